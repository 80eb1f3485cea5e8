//! `KCV-0046`: `--peer-client-cert-auth` of etcd.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::Etcd, "peer-client-cert-auth", Want::True, Some("false"))];
