//! `KCV-0081`: the authority for clients of the kubelet.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("client-ca-file", None),
    &["authentication", "x509", "clientCAFile"],
    Default::Nothing,
    Some("kubeletClientCaFileArgumentSet"),
    Want::Set,
)];
