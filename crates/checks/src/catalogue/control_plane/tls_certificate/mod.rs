//! `KCV-0027`: `--tls-cert-file` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[
    Setting::flag(Component::ApiServer, "tls-cert-file", Want::Set, None),
    Setting::flag(Component::ApiServer, "tls-private-key-file", Want::Set, None),
];
