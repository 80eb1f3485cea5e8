//! `KCV-0088`: the certificate of the kubelet.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    unless: &[("rotate-server-certificates", "serverTLSBootstrap", "true")],
    ..Setting::kubelet(("tls-cert-file", None), &["tlsCertFile"], Default::Nothing, Some("kubeletTlsCertFileTlsArgumentSet"), Want::Set)
}];
