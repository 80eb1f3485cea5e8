//! `PB-K8S-0128`: seccomp by default.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] =
    &[Setting::kubelet(("seccomp-default", Some("false")), &["seccompDefault"], Default::Value("false"), None, Want::True)];
