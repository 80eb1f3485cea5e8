//! `KCV-0016`: the admission plugin `NodeRestriction`.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "enable-admission-plugins", Want::Has("NodeRestriction"), None)];
