//! `KCV-0026`: `--etcd-certfile` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[
    Setting::flag(Component::ApiServer, "etcd-certfile", Want::Set, None),
    Setting::flag(Component::ApiServer, "etcd-keyfile", Want::Set, None),
];
