//! `KCV-0089`: the key of the kubelet.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    unless: &[("rotate-server-certificates", "serverTLSBootstrap", "true")],
    ..Setting::kubelet(
        ("tls-private-key-file", None),
        &["tlsPrivateKeyFile"],
        Default::Nothing,
        Some("kubeletTlsPrivateKeyFileArgumentSet"),
        Want::Set,
    )
}];
