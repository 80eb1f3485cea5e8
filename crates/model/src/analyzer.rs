//! Units that turn one file into facts.

use crate::facts::Facts;

/// Which files an analyzer reads. Patterns are data: the engine builds one index and asks each path once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// The last component: `passwd`.
    Name(&'static str),
    /// The end of the last component, lower-cased: `.pem`.
    Suffix(&'static str),
    /// The whole path relative to the root: `var/lib/dpkg/status`.
    Path(&'static str),
    /// Files below a folder, `(folder, suffix)`: `("var/lib/dpkg/info", ".list")`.
    Below(&'static str, &'static str),
    /// The beginning and the end of the last component, as written: `("pylock.", ".toml")`.
    Like(&'static str, &'static str),
    /// Files directly in a folder of this name, wherever it is, `(folder, suffix)`: `("conda-meta", ".json")`.
    In(&'static str, &'static str),
    /// Files whose first bytes are those of an ELF, PE or Mach-O program or library, and that are executable or named like one (`.exe`, `.dll`, `.so`).
    Program,
    /// Files that may be text, whatever their name: for secrets. The engine skips what is binary.
    Text,
}

/// What an analyzer is.
#[derive(Debug)]
pub struct AnalyzerMeta {
    /// `distros/os-release`: its folder.
    pub id: &'static str,
    /// Bump when output changes: part of cache keys.
    pub version: u32,
    pub claims: &'static [Pattern],
    /// What is lost when it fails or a claimed file is skipped.
    pub provides: &'static [crate::diagnostic::Capability],
    /// Larger files are skipped with a diagnostic.
    pub max_bytes: u64,
}

/// Metadata of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileMeta {
    /// Permission bits including setuid, setgid, sticky.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub size: u64,
}

/// A file with its content.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Relative to the root, without a leading slash.
    pub path: &'a str,
    pub meta: FileMeta,
    pub bytes: &'a [u8],
}

/// Why a file could not be analyzed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct AnalyzeError {
    pub message: String,
    pub line: Option<u32>,
}

impl AnalyzeError {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: None }
    }
}

/// Stateless; one instance serves all threads.
pub trait Analyzer: Sync {
    fn meta(&self) -> &'static AnalyzerMeta;
    /// Adds what `file` shows to `out`. On error, whatever was already added stands.
    fn analyze(&self, file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError>;
}
