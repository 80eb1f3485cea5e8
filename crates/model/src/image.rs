//! The configuration of a container image, as facts.
//!
//! Follows the OCI image configuration, with Docker's additions (`Healthcheck`, `OnBuild`, `Shell`).

use serde::Serialize;
use std::collections::BTreeMap;

/// An image configuration. Times are RFC 3339 text as found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImageConfig {
    pub created: Option<String>,
    pub author: Option<String>,
    pub os: Option<String>,
    pub architecture: Option<String>,
    pub variant: Option<String>,
    /// `USER`; empty when none was set, which means root.
    pub user: String,
    /// `NAME=value` in order.
    pub env: Vec<String>,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    pub working_dir: String,
    /// `8080/tcp`, sorted.
    pub exposed_ports: Vec<String>,
    pub volumes: Vec<String>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: Option<String>,
    pub shell: Vec<String>,
    pub on_build: Vec<String>,
    pub healthcheck: Option<Healthcheck>,
    /// One entry for every instruction, also those that made no layer.
    pub history: Vec<History>,
    /// Annotations of the manifest, such as `org.opencontainers.image.base.name`.
    pub annotations: BTreeMap<String, String>,
}

/// A `HEALTHCHECK`. `test` starts with `NONE`, `CMD` or `CMD-SHELL`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Healthcheck {
    pub test: Vec<String>,
}

impl Healthcheck {
    /// Whether it runs anything: an empty test inherits and `NONE` disables.
    pub fn is_active(&self) -> bool {
        self.test.first().is_some_and(|word| word != "NONE")
    }
}

/// One history entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct History {
    pub created: Option<String>,
    pub created_by: Option<String>,
    pub comment: Option<String>,
    pub empty_layer: bool,
}

impl ImageConfig {
    /// A label or, failing that, a manifest annotation.
    pub fn label_or_annotation(&self, name: &str) -> Option<&str> {
        self.labels.get(name).or_else(|| self.annotations.get(name)).map(String::as_str)
    }
}
