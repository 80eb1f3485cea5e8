//! `KCV-0033`: `--terminated-pod-gc-threshold` of kube-controller-manager.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ControllerManager, "terminated-pod-gc-threshold", Want::AtLeast(1), None)];
