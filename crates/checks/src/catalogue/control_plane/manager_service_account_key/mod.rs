//! `KCV-0036`: `--service-account-private-key-file` of kube-controller-manager.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ControllerManager, "service-account-private-key-file", Want::Set, None)];
