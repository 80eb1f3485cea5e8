//! `KCV-0043`: `--client-cert-auth` of etcd.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::Etcd, "client-cert-auth", Want::True, Some("false"))];
