//! `KCV-0087`: the rate of events.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("event-qps", Some("50")),
    &["eventRecordQPS"],
    Default::Value("50"),
    Some("kubeletEventQpsArgumentSet"),
    Want::AtLeast(0),
)];
