//! `PB-K8S-0126`: `--trusted-ca-file` of etcd.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::Etcd, "trusted-ca-file", Want::Set, None)];
