//! `KCV-0035`: `--use-service-account-credentials` of kube-controller-manager.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ControllerManager, "use-service-account-credentials", Want::True, Some("false"))];
