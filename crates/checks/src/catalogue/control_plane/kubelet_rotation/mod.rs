//! `KCV-0090`: renewal of the client certificate.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("rotate-certificates", Some("true")),
    &["rotateCertificates"],
    Default::Value("true"),
    Some("kubeletRotateCertificatesArgumentSet"),
    Want::NotFalse,
)];
