//! `KCV-0084`: firewall chains.

use crate::{
    catalogue::control_plane::settings::{self, Default, Setting, Want},
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting::kubelet(
    ("make-iptables-util-chains", Some("true")),
    &["makeIPTablesUtilChains"],
    Default::Value("true"),
    Some("kubeletMakeIptablesUtilChainsArgumentSet"),
    Want::True,
)];
