//! `KCV-0042`: `--cert-file` of etcd.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] =
    &[Setting::flag(Component::Etcd, "cert-file", Want::Set, None), Setting::flag(Component::Etcd, "key-file", Want::Set, None)];
