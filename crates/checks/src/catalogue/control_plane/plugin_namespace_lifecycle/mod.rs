//! `KCV-0015`: the admission plugin `NamespaceLifecycle`.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "disable-admission-plugins", Want::HasNot("NamespaceLifecycle"), None)];
