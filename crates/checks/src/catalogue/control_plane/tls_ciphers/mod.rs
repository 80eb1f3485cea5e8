//! `PB-K8S-0122`: cipher suites of the API server.

use crate::{
    catalogue::control_plane::{
        ciphers::STRONG,
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    unless: &[("tls-min-version", "tlsMinVersion", "VersionTLS13")],
    ..Setting::flag(Component::ApiServer, "tls-cipher-suites", Want::Only(STRONG), None)
}];
