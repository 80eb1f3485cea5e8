//! `KCV-0085`: idle connections.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("streaming-connection-idle-timeout", Some("4h")),
    &["streamingConnectionIdleTimeout"],
    Default::Value("4h"),
    Some("kubeletStreamingConnectionIdleTimeoutArgumentSet"),
    Want::NotZero,
)];
