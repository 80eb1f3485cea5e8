//! The authorization modes of the API server, by flag or by file.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authorization/>

use super::{
    components::Component,
    settings::{Config, Default, Setting, Want},
};

/// What the modes have to be.
pub(super) const fn modes(want: Want) -> Setting {
    let config = Config {
        kind: "AuthorizationConfiguration",
        flag: "authorization-config",
        path: &["authorizers", "*", "type"],
        default: Default::Nothing,
        accepts: None,
    };
    let flag = Setting::flag(Component::ApiServer, "authorization-mode", want, Some("AlwaysAllow"));
    Setting { config: Some(config), ..flag }
}
