//! `KCV-0037`: `--root-ca-file` of kube-controller-manager.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ControllerManager, "root-ca-file", Want::Set, None)];
