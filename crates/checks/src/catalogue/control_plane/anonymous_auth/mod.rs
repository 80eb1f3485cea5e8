//! `KCV-0001`: anonymous requests.

use crate::{
    catalogue::control_plane::{
        components::Component,
        settings::{self, Config, Default, Setting, Want},
    },
    native::check,
};
use probity_model::node::Node;

check!(Manifests, |set, _| settings::judge(set, SETTINGS));

const SETTINGS: &[Setting] = &[Setting {
    config: Some(Config {
        kind: "AuthenticationConfiguration",
        flag: "authentication-config",
        path: &["anonymous", "enabled"],
        default: Default::Flag,
        accepts: Some(is_for_health_checks),
    }),
    ..Setting::flag(Component::ApiServer, "anonymous-auth", Want::False, Some("true"))
}];

/// Whether anonymous requests are limited to the endpoints of probes.
fn is_for_health_checks(root: &Node) -> bool {
    let conditions = root.get("anonymous").map_or(&[][..], |anonymous| anonymous.items_of("conditions"));
    !conditions.is_empty()
        && conditions.iter().all(|condition| matches!(condition.text_of("path"), Some("/healthz" | "/livez" | "/readyz")))
}
