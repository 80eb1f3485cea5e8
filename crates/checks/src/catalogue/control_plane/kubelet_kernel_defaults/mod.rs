//! `KCV-0083`: kernel settings.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("protect-kernel-defaults", Some("false")),
    &["protectKernelDefaults"],
    Default::Value("false"),
    Some("kubeletProtectKernelDefaultsArgumentSet"),
    Want::True,
)];
