//! `KCV-0005`: `--kubelet-client-certificate` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[
    Setting::flag(Component::ApiServer, "kubelet-client-certificate", Want::Set, None),
    Setting::flag(Component::ApiServer, "kubelet-client-key", Want::Set, None),
];
