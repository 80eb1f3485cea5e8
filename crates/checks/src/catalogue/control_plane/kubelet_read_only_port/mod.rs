//! `KCV-0082`: the read-only port of the kubelet.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("read-only-port", Some("10255")),
    &["readOnlyPort"],
    Default::Value("0"),
    Some("kubeletReadOnlyPortArgumentSet"),
    Want::Zero,
)];
