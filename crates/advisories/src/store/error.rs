//! Why a database cannot be used.

use probity_vfs::OpenError;

/// The schema that this build reads.
pub const SCHEMA: u32 = 2;

/// A database cannot be opened or read. [`StoreError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no vulnerability database in `{folder}`")]
    Missing { folder: String },
    #[error("the vulnerability database `{path}` has no `metadata.json` beside it")]
    MissingMetadata { path: String },
    #[error("cannot read `{path}`: {message}")]
    Metadata { path: String, message: String },
    #[error("the vulnerability database `{path}` has schema {found}, and this build reads schema {SCHEMA}")]
    NewerSchema { path: String, found: u32 },
    #[error("the vulnerability database `{path}` has the outdated schema {found}, and this build reads schema {SCHEMA}")]
    OlderSchema { path: String, found: u32 },
    #[error("the vulnerability database `{path}` is damaged: {message}")]
    Damaged { path: String, message: String },
    #[error(transparent)]
    Unreadable(#[from] OpenError),
}

impl StoreError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "get one with `probity db update`, or name the folder that has `db/trivy.db` with `--cache-dir`",
            Self::MissingMetadata { .. } => "copy `metadata.json` together with `trivy.db`, or get both with `probity db update`",
            Self::NewerSchema { .. } => "update probity",
            Self::Metadata { .. } | Self::OlderSchema { .. } | Self::Damaged { .. } => "replace it with `probity db update`",
            Self::Unreadable(_) => "check the permissions of the file and its folder",
        }
    }
}
