//! `KCV-0092`: cipher suites of the kubelet.

use crate::{
    catalogue::control_plane::{
        ciphers::STRONG,
        settings::{self, Default, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    unless: &[("tls-min-version", "tlsMinVersion", "VersionTLS13")],
    ..Setting::kubelet(
        ("tls-cipher-suites", None),
        &["tlsCipherSuites"],
        Default::Nothing,
        Some("kubeletOnlyUseStrongCryptographic"),
        Want::Only(STRONG),
    )
}];
