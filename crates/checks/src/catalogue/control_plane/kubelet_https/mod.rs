//! `KCV-0004`: `--kubelet-https` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "kubelet-https", Want::NotFalse, Some("true"))];
