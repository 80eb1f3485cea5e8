//! `KCV-0080`: authorization of the kubelet.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("authorization-mode", Some("AlwaysAllow")),
    &["authorization", "mode"],
    Default::Value("Webhook"),
    Some("kubeletAuthorizationModeArgumentSet"),
    Want::HasNot("AlwaysAllow"),
)];
