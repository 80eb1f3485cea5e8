//! `KCV-0022`: `--audit-log-maxsize` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "audit-log-maxsize", Want::AtLeast(100), None)];
