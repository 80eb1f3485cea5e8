//! `KCV-0091`: renewal of the serving certificate.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[
    Setting::kubelet(
        ("feature-gates", None),
        &["featureGates", "RotateKubeletServerCertificate"],
        Default::Value("true"),
        Some("kubeletRotateKubeletServerCertificateArgumentSet"),
        Want::Gate("RotateKubeletServerCertificate"),
    ),
    Setting::kubelet(("rotate-server-certificates", Some("true")), &["serverTLSBootstrap"], Default::Value("true"), None, Want::NotFalse),
];
