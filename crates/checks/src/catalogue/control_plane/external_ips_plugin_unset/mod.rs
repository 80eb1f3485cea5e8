//! `KCV-0003`: `--enable-admission-plugins` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] =
    &[Setting::flag(Component::ApiServer, "enable-admission-plugins", Want::HasNot("DenyServiceExternalIPs"), None)];
