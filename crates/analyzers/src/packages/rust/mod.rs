//! Rust: Cargo lockfiles and programs with an audit section.

use super::Group;

pub(crate) static GROUP: Group = Group { ecosystems: &[], analyzers: &[] };
