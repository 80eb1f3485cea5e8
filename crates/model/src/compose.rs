//! A Compose project.
//!
//! <https://github.com/compose-spec/compose-spec>

use crate::{node::Node, place::Lines};

/// One Compose file (or a file with its overrides), `extends` and merge keys resolved, variables with defaults interpolated.
#[derive(Debug, Clone)]
pub struct Project {
    pub name: Option<String>,
    pub services: Vec<Service>,
    /// The whole file: `networks`, `volumes`, `secrets`, `configs`.
    pub root: Node,
}

/// One service after `extends`.
#[derive(Debug, Clone)]
pub struct Service {
    pub name: String,
    /// The lines of the service in its file.
    pub lines: Lines,
    /// The merged definition. Nodes that come from another file (`extends`, override files) have the lines of the place in this file that
    /// they were pulled in at, so that lines always belong to the path of the document.
    pub node: Node,
    pub profiles: Vec<String>,
    /// `env_file` entries: named, never read outside the project's folder.
    pub env_files: Vec<String>,
}
