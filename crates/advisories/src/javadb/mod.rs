//! The index of Java archives: which artifact a jar is, by the digest of its bytes or by its name and version.
//!
//! <https://github.com/aquasecurity/trivy-java-db>, schema 1: an SQLite file with `artifacts(id, group_id, artifact_id)` and
//! `indices(artifact_id, version, sha1, archive_type)`, and an index for each way to ask. A question reads the pages on its path.

mod sqlite;

use crate::store::Metadata;
use probity_model::vulnerability::{Database, DatabaseKind};
use probity_vfs::{OpenError, OpenErrorKind, StoredFile};
use sqlite::{Cell, Sqlite, SqliteError, Table};
use std::{collections::BTreeMap, fmt, path::Path};

/// Inside a cache folder.
pub const FOLDER: &str = "java-db";
pub const DATABASE_FILE: &str = "trivy-java.db";
pub const METADATA_FILE: &str = "metadata.json";
/// The schema that this build reads.
pub const SCHEMA: u32 = 1;

const METADATA_BYTES: u64 = 1 << 20;
/// Archives of one name that are looked at; the most common names of Maven Central have some ten thousand.
const MAX_ROWS: usize = 200_000;
const TOO_MANY: SqliteError = SqliteError::damaged(0, "more than 200000 archives have one name");

/// The index cannot be opened or read. [`JavaDbError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum JavaDbError {
    #[error("there is no index of Java archives in `{folder}`")]
    Missing { folder: String },
    #[error("the index of Java archives `{path}` has no `metadata.json` beside it")]
    MissingMetadata { path: String },
    #[error("cannot read `{path}`: {message}")]
    Metadata { path: String, message: String },
    #[error("the index of Java archives `{path}` has schema {found}, and this build reads schema {SCHEMA}")]
    Schema { path: String, found: u32 },
    #[error("the index of Java archives `{path}` is damaged: {message}")]
    Damaged { path: String, message: String },
    #[error(transparent)]
    Unreadable(#[from] OpenError),
}

impl JavaDbError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::MissingMetadata { .. } => "get it with `probity db update`",
            Self::Schema { found, .. } if *found > SCHEMA => "update probity",
            Self::Metadata { .. } | Self::Schema { .. } | Self::Damaged { .. } => "replace it with `probity db update`",
            Self::Unreadable(_) => "check the permissions of the file and its folder",
        }
    }
}

/// What an archive is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Artifact {
    pub group: String,
    pub artifact: String,
    pub version: String,
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.group, self.artifact, self.version)
    }
}

/// The index, open for reading by any number of threads.
pub struct JavaDb {
    path: String,
    database: Database,
    sqlite: Sqlite,
    artifacts: Table,
    archives: Table,
    /// Positions of the columns.
    group: usize,
    artifact: usize,
    of: usize,
    version: usize,
    kind: usize,
    by_name: Index,
    by_artifact: Index,
    by_sha1: Index,
}

/// An index of SQLite whose first column is what is asked for.
struct Index {
    table: Table,
    /// Columns before the row's number.
    columns: usize,
}

impl fmt::Debug for JavaDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JavaDb({})", self.path)
    }
}

impl JavaDb {
    /// Opens the index of a cache folder, or of the folder that has the two files itself.
    pub fn open(folder: &Path) -> Result<Self, JavaDbError> {
        let inner = folder.join(FOLDER);
        for folder in [inner.as_path(), folder] {
            let file = match StoredFile::open(&folder.join(DATABASE_FILE)) {
                Ok(file) => file,
                Err(error) if error.kind == OpenErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            let path = folder.join(DATABASE_FILE).display().to_string();
            let metadata = folder.join(METADATA_FILE);
            let bytes = match probity_vfs::read_file(&metadata, METADATA_BYTES) {
                Ok(bytes) => bytes,
                Err(error) if error.kind == OpenErrorKind::NotFound => return Err(JavaDbError::MissingMetadata { path }),
                Err(error) => return Err(error.into()),
            };
            let metadata =
                Metadata::read(&bytes).map_err(|message| JavaDbError::Metadata { path: metadata.display().to_string(), message })?;
            if metadata.schema != SCHEMA {
                return Err(JavaDbError::Schema { path, found: metadata.schema });
            }
            let sqlite = Sqlite::open(file).map_err(|error| damaged(&path, &error))?;
            return Self::new(path, sqlite, metadata);
        }
        Err(JavaDbError::Missing { folder: folder.display().to_string() })
    }

    fn new(path: String, sqlite: Sqlite, metadata: Metadata) -> Result<Self, JavaDbError> {
        let schema = sqlite.schema().map_err(|error| damaged(&path, &error))?;
        let missing = |what: &str| JavaDbError::Damaged { path: path.clone(), message: format!("it has no {what}") };
        let table = |name: &str| schema.table(name).ok_or_else(|| missing(&format!("table `{name}`")));
        let column = |table: &sqlite::Described, name: &str| table.column(name).ok_or_else(|| missing(&format!("column `{name}`")));
        let index = |table: &str, first: &str| -> Result<Index, JavaDbError> {
            let found = schema.index(table, first).ok_or_else(|| missing(&format!("index of `{table}` by `{first}`")))?;
            Ok(Index { table: found.table, columns: found.columns.len() })
        };
        let (artifacts, archives) = (table("artifacts")?, table("indices")?);
        Ok(Self {
            group: column(artifacts, "group_id")?,
            artifact: column(artifacts, "artifact_id")?,
            of: column(archives, "artifact_id")?,
            version: column(archives, "version")?,
            kind: column(archives, "archive_type")?,
            by_name: index("artifacts", "artifact_id")?,
            by_artifact: index("indices", "artifact_id")?,
            by_sha1: index("indices", "sha1")?,
            artifacts: artifacts.table,
            archives: archives.table,
            database: Database {
                kind: DatabaseKind::JavaIndex,
                path: path.clone(),
                schema: metadata.schema,
                updated_at: metadata.updated_at,
                next_update: metadata.next_update,
                downloaded_at: metadata.downloaded_at,
                digest: metadata.digest,
                sources: Vec::new(),
            },
            path,
            sqlite,
        })
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The artifact whose archive has this SHA-1.
    pub fn by_sha1(&self, sha1: &[u8; 20]) -> Result<Option<Artifact>, JavaDbError> {
        self.find_by_sha1(sha1).map_err(|error| self.damaged(&error))
    }

    /// The group that an archive of this name and version most likely belongs to: of those that have one, the group with the most archives of
    /// this name; of equals, the first by name.
    pub fn group_of(&self, artifact: &str, version: &str) -> Result<Option<String>, JavaDbError> {
        self.find_group(artifact, version).map_err(|error| self.damaged(&error))
    }

    /// Whether there are archives of this artifact.
    pub fn exists(&self, group: &str, artifact: &str) -> Result<bool, JavaDbError> {
        let found = self.artifacts_named(artifact).map_err(|error| self.damaged(&error))?;
        Ok(found.iter().any(|(_, known)| known == group))
    }

    fn damaged(&self, error: &SqliteError) -> JavaDbError {
        damaged(&self.path, error)
    }

    fn find_by_sha1(&self, sha1: &[u8; 20]) -> Result<Option<Artifact>, SqliteError> {
        let Some(number) = self.numbers(&self.by_sha1, &Cell::Blob(sha1)).next() else { return Ok(None) };
        let Some(archive) = self.sqlite.row(self.archives, number?)? else { return Ok(None) };
        let (Some(of), Some(version)) = (archive.integer(self.of), archive.text(self.version)) else { return Ok(None) };
        let Some(artifact) = self.sqlite.row(self.artifacts, of)? else { return Ok(None) };
        let (Some(group), Some(artifact)) = (artifact.text(self.group), artifact.text(self.artifact)) else { return Ok(None) };
        Ok(Some(Artifact { group: group.to_owned(), artifact: artifact.to_owned(), version: version.to_owned() }))
    }

    /// Numbers and groups of the artifacts of a name.
    fn artifacts_named(&self, artifact: &str) -> Result<Vec<(i64, String)>, SqliteError> {
        let mut found = Vec::new();
        for number in self.numbers(&self.by_name, &Cell::Text(artifact)) {
            let number = number?;
            if found.len() == MAX_ROWS {
                return Err(TOO_MANY);
            }
            if let Some(row) = self.sqlite.row(self.artifacts, number)?
                && let Some(group) = row.text(self.group)
            {
                found.push((number, group.to_owned()));
            }
        }
        Ok(found)
    }

    fn find_group(&self, artifact: &str, version: &str) -> Result<Option<String>, SqliteError> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut left = MAX_ROWS;
        for (number, group) in self.artifacts_named(artifact)? {
            let (mut archives, mut fits) = (0, false);
            for row in self.numbers(&self.by_artifact, &Cell::Integer(number)) {
                let row = row?;
                left = left.checked_sub(1).ok_or(TOO_MANY)?;
                archives += 1;
                if !fits && let Some(row) = self.sqlite.row(self.archives, row)? {
                    fits = row.text(self.version) == Some(version) && row.text(self.kind).is_none_or(|kind| kind == "jar");
                }
            }
            if fits {
                *counts.entry(group).or_default() += archives;
            }
        }
        let best = counts.values().max().copied();
        Ok(counts.into_iter().find(|(_, count)| Some(*count) == best).map(|(group, _)| group))
    }

    /// Numbers of the rows whose value in the first column of an index is this.
    fn numbers<'a>(&'a self, index: &Index, value: &'a Cell<'a>) -> impl Iterator<Item = Result<i64, SqliteError>> + 'a {
        let columns = index.columns;
        self.sqlite.equal(index.table, value).map(move |entry| {
            entry.and_then(|entry| entry.integer(columns).ok_or(SqliteError::damaged(0, "an entry of an index names no row")))
        })
    }
}

fn damaged(path: &str, error: &SqliteError) -> JavaDbError {
    JavaDbError::Damaged { path: path.to_owned(), message: error.to_string() }
}
