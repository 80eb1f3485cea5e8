//! Python: requirement lists, lockfiles, and installed distributions.

use super::Group;

pub(crate) static GROUP: Group = Group { ecosystems: &[], analyzers: &[] };
