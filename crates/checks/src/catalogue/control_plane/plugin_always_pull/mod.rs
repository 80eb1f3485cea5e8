//! `KCV-0012`: the admission plugin `AlwaysPullImages`.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "enable-admission-plugins", Want::Has("AlwaysPullImages"), None)];
