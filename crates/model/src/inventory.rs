//! The facts of one whole artifact after whiteouts, ownership and de-duplication.

use crate::{document::SourceFile, facts::Facts, facts::OsRelease, subject::Subject};
use std::sync::Arc;

/// One subject and everything that was seen in it.
#[derive(Debug, Clone)]
pub struct Inventory {
    pub subject: Subject,
    /// The operating system, when a release file says which.
    pub os: Option<OsRelease>,
    /// The publisher had stopped supporting the operating system at the moment of the run.
    pub end_of_life: bool,
    /// Visible facts, sorted; secrets and data also from files that later layers deleted (`at.removed_by`).
    pub facts: Facts,
    /// Executables that no package owns; empty when no package database was found (see `package_database`).
    pub unowned: Vec<UnownedFile>,
    /// Whether a package database with lists of files was found, so that ownership can be judged.
    pub package_database: bool,
    /// Paths that a layer deleted from a lower one, sorted.
    pub deleted: Vec<Deleted>,
    /// Files of the final tree.
    pub file_count: u64,
    pub layer_count: u64,
    /// Configuration files, by path.
    pub files: Vec<SourceFile>,
}

/// Index into `facts.files`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnownedFile(pub usize);

/// A path that a later layer removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deleted {
    pub path: Arc<str>,
    /// The layer that removed it.
    pub layer: u32,
    /// The whole content of the folder was hidden (an opaque whiteout).
    pub opaque: bool,
}
