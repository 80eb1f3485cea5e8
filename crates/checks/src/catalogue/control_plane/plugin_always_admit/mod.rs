//! `KCV-0011`: the admission plugin `AlwaysAdmit`.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "enable-admission-plugins", Want::HasNot("AlwaysAdmit"), None)];
