//! `KCV-0009`: the RBAC authorizer.

use crate::{
    catalogue::control_plane::{
        authorization::modes,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[modes(Want::Has("RBAC"))];
