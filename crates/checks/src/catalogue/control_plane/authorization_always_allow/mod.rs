//! `KCV-0007`: the mode `AlwaysAllow`.

use crate::{
    catalogue::control_plane::{
        authorization::modes,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[modes(Want::HasNot("AlwaysAllow"))];
