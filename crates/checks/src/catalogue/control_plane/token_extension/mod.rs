//! `PB-K8S-0125`: `--service-account-extend-token-expiration` of kube-apiserver.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::flag(Component::ApiServer, "service-account-extend-token-expiration", Want::False, Some("true"))];
