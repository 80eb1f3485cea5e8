//! A database from feeds: what comes in, what is refused and why, and how notices of several publishers about one vulnerability become one.
//!
//! Feeds are read in parallel (`input`), their bounds are checked against the ecosystem's order of versions, names of one vulnerability are brought
//! together (`cluster`), and the result is written in the layout of trivy-db, schema 2 (`table`). The same feeds give the same bytes: nothing here
//! asks a clock, and dates are the feeds' or the caller's.

mod cluster;
mod input;
mod report;
mod table;
#[cfg(test)]
mod tests;

pub use crate::sources::{Why, formats};
pub use report::{BuildReport, Quarantined, Rejected, SourceReport};

use crate::{
    bolt::WriteError,
    replace,
    store::{DATABASE_FILE, METADATA_FILE, Metadata, SCHEMA},
};
use jiff::{SignedDuration, Timestamp};
use probity_vfs::{Algorithm, Hasher, OpenError, StoredFile};
use std::{
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

/// Names of buckets that other databases do not have, besides those in [`crate::store::value::bucket`].
pub mod bucket {
    /// Another name of a vulnerability → the names it is listed by.
    pub const ALIAS: &str = "probity alias";
    /// Product → release → `{"Date": …, "Ended": …, "Extended": …}`.
    pub const END_OF_LIFE: &str = "probity eol";
}

/// A feed: a folder of files, an archive (tar or zip, compressed or not), or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedInput {
    pub path: PathBuf,
    /// What reports call it; the file's name when empty.
    pub name: String,
}

impl FeedInput {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), name: String::new() }
    }
}

/// How to build.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// RFC 3339: when the database says it was made. The newest date that any feed states when `None`.
    pub as_of: Option<String>,
    /// Hours until the database calls itself old; 24 when `None`.
    pub next_update_hours: Option<u32>,
    /// Bounds of what is read; generous ones when `None`.
    pub limits: Option<probity_vfs::Limits>,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    Reading(&'a str),
    /// Files of one input, so far.
    Files {
        input: &'a str,
        files: u64,
    },
    Merging {
        advisories: u64,
    },
    Writing,
}

/// A database cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Input(#[from] OpenError),
    #[error("the feeds have no advisory that could be kept: {0}")]
    Empty(String),
    #[error("`{0}` is no date such as 2026-01-31T00:00:00Z")]
    Date(String),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("cannot write `{path}`: {error}")]
    Output { path: String, error: io::Error },
}

/// Builds a database of all inputs and puts it in the place of what is in `out`, whole or not at all.
pub fn build(
    inputs: &[FeedInput],
    out: &Path,
    options: &BuildOptions,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<BuildReport, BuildError> {
    let as_of = options.as_of.as_deref().map(|text| {
        text.parse::<Timestamp>().or_else(|_| format!("{text}T00:00:00Z").parse()).map_err(|_| BuildError::Date(text.to_owned()))
    });
    let as_of = as_of.transpose()?;
    let mut report = BuildReport::default();
    let mut all = input::Collected::default();
    let limits = options.limits.clone().unwrap_or_else(input::default_limits);
    for feed in inputs {
        let name = if feed.name.is_empty() {
            feed.path.file_name().unwrap_or(feed.path.as_os_str()).to_string_lossy().into_owned()
        } else {
            feed.name.clone()
        };
        progress(Progress::Reading(&name));
        let read = input::read(&feed.path, &name, &limits, progress)?;
        report.add_input(&name, &read);
        all.join(read);
    }
    progress(Progress::Merging { advisories: all.advisories.len() as u64 });
    let stated = all.stated.take();
    let table = table::Table::new(all, &mut report);
    if table.is_empty() {
        return Err(BuildError::Empty(report.why_empty()));
    }
    progress(Progress::Writing);
    let updated = as_of.or_else(|| stated.as_deref().and_then(|date| date.parse().ok())).unwrap_or(Timestamp::UNIX_EPOCH);
    let next = updated.checked_add(SignedDuration::from_hours(i64::from(options.next_update_hours.unwrap_or(24)))).unwrap_or(updated);
    let text = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut metadata =
        Metadata { schema: SCHEMA, updated_at: Some(text(updated)), next_update: Some(text(next)), downloaded_at: None, digest: None };
    let wrong = |path: &Path, error: io::Error| BuildError::Output { path: path.display().to_string(), error };
    let staging = replace::Staging::beside(out).map_err(|error| wrong(out, error))?;
    let path = staging.path().join(DATABASE_FILE);
    let file = staging.create(DATABASE_FILE).map_err(|error| wrong(&path, error))?;
    let mut file = table.write(BufWriter::with_capacity(1 << 20, file))?;
    file.flush().map_err(|error| wrong(&path, error))?;
    let (digest, bytes) = digest_of(&path)?;
    report.digest.clone_from(&digest);
    report.bytes = bytes;
    metadata.digest = Some(digest);
    report.metadata = metadata.clone();
    std::fs::write(staging.path().join(METADATA_FILE), metadata.write()).map_err(|error| wrong(&path, error))?;
    staging.take_the_place_of(out).map_err(|error| wrong(out, error))?;
    Ok(report)
}

/// `sha256:…` of a file, and its size.
pub(crate) fn digest_of(path: &Path) -> Result<(String, u64), OpenError> {
    let file = StoredFile::open(path)?;
    let mut hasher = Hasher::new(&[Algorithm::Sha256]);
    let mut reader = file.whole();
    let mut block = vec![0; probity_vfs::BLOCK_BYTES];
    loop {
        let count = reader.read(&mut block).map_err(|error| OpenError {
            path: path.display().to_string(),
            kind: probity_vfs::OpenErrorKind::Other,
            message: error.to_string(),
        })?;
        if count == 0 {
            break;
        }
        hasher.update(block.get(..count).unwrap_or_default());
    }
    Ok((hasher.finish().first().map(ToString::to_string).unwrap_or_default(), file.bytes()))
}
