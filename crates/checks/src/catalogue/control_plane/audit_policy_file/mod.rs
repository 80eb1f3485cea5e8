//! `PB-K8S-0121`: `--audit-policy-file` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "audit-policy-file", Want::Set, None)];
