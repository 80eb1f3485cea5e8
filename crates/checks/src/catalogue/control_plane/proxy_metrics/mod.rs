//! `PB-K8S-0129`: the metrics of kube-proxy.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Config, Default, Setting, Want},
    },
    native::check,
};

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    config: Some(Config {
        kind: "KubeProxyConfiguration",
        flag: "config",
        path: &["metricsBindAddress"],
        default: Default::Value("127.0.0.1:10249"),
        accepts: None,
    }),
    ..Setting::flag(Component::Proxy, "metrics-bind-address", Want::Loopback, Some("127.0.0.1:10249"))
}];
