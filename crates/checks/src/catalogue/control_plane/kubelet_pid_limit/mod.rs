//! `PB-K8S-0127`: process ids of pods.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] =
    &[Setting::kubelet(("pod-max-pids", Some("-1")), &["podPidsLimit"], Default::Value("-1"), None, Want::AtLeast(1))];
