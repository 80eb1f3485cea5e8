//! `KCV-0038`: `--feature-gates` of kube-controller-manager.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] =
    &[Setting::flag(Component::ControllerManager, "feature-gates", Want::Gate("RotateKubeletServerCertificate"), None)];
