//! `KCV-0047`: `--peer-auto-tls` of etcd.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::Etcd, "peer-auto-tls", Want::False, Some("false"))];
