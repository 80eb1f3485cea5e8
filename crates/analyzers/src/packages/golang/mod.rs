//! Go: modules, workspaces and programs.

use super::Group;

pub(crate) static GROUP: Group = Group { ecosystems: &[], analyzers: &[] };
