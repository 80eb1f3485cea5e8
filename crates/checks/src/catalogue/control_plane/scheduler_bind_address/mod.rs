//! `KCV-0041`: `--bind-address` of kube-scheduler.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::Scheduler, "bind-address", Want::Loopback, Some("0.0.0.0"))];
