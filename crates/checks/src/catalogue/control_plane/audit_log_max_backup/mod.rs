//! `KCV-0021`: `--audit-log-maxbackup` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "audit-log-maxbackup", Want::AtLeast(10), None)];
