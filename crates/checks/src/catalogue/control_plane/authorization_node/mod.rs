//! `KCV-0008`: the Node authorizer.

use crate::{
    catalogue::control_plane::{
        authorization::modes,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[modes(Want::Has("Node"))];
