//! `KCV-0079`: anonymous requests to the kubelet.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("anonymous-auth", Some("true")),
    &["authentication", "anonymous", "enabled"],
    Default::Value("false"),
    Some("kubeletAnonymousAuthArgumentSet"),
    Want::False,
)];
