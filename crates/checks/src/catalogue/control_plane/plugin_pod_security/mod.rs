//! `KCV-0013`: a plugin that judges the security of pods.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, settings| settings::judge(set, if settings.kubernetes >= (1, 23) { NOW } else { BEFORE }));

const NOW: &[Setting] = &[Setting::flag(Component::ApiServer, "disable-admission-plugins", Want::HasNot("PodSecurity"), None)];

const BEFORE: &[Setting] =
    &[Setting::flag(Component::ApiServer, "enable-admission-plugins", Want::HasAny(&["PodSecurityPolicy", "SecurityContextDeny"]), None)];
