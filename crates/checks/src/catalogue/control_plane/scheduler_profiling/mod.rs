//! `KCV-0040`: profiles of the scheduler.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Config, Default, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    config: Some(Config {
        kind: "KubeSchedulerConfiguration",
        flag: "config",
        path: &["enableProfiling"],
        default: Default::Value("true"),
        accepts: None,
    }),
    ..Setting::flag(Component::Scheduler, "profiling", Want::False, Some("true"))
}];
