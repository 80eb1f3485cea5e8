//! `KCV-0039`: `--bind-address` of kube-controller-manager.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ControllerManager, "bind-address", Want::Loopback, Some("0.0.0.0"))];
