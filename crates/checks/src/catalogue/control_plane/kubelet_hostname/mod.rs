//! `KCV-0086`: the name of the node.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    fact: Some("kubeletHostnameOverrideArgumentSet"),
    ..Setting::flag(Component::Kubelet, "hostname-override", Want::Unset, None)
}];
