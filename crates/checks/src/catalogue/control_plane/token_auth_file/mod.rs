//! `KCV-0002`: `--token-auth-file` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "token-auth-file", Want::Unset, None)];
