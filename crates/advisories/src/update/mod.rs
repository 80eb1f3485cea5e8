//! Getting databases: from registries with fail-over, from an archive, and what two of them differ in.
//!
//! A database is an OCI artifact of one layer, a compressed tar archive of the database file and `metadata.json`
//! (<https://github.com/aquasecurity/trivy-db>, `ghcr.io/aquasecurity/trivy-db:2`). Repositories are asked in order; whatever goes wrong with one, a name that
//! does not resolve as well as a wrong digest, the next is asked, and the failures are told. The layer is inflated while its digest is computed, into a
//! folder beside the one that is replaced (`replace`): nothing is replaced before the digest is right and the database opens. Any number of
//! processes may do this at once.
//!
//! Waiting on 429 and 5xx, resuming broken downloads and keeping credentials from other hosts is the client's ([`probity_oci`]).
//!
//! Missing: verification of signatures. The publishers of these databases do not sign them, which the result says.

mod archive;
mod inspect;

pub use archive::{export, import};
pub use inspect::{Change, Difference, Found, Why, diff, why};

use crate::{
    build::digest_of,
    javadb::{self, JavaDb},
    replace::Staging,
    store::{self, Metadata, Store},
};
use jiff::{SignedDuration, Timestamp};
use probity_oci::{Client, Reference};
use probity_vfs::{Budget, Digest, Limits, OpenErrorKind, StreamSpec, read_file, with_stream};
use serde::Deserialize;
use std::{io, path::Path, time::Duration};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Artifact {
    /// Advisories: `db/trivy.db`.
    Advisories,
    /// Java archives by digest: `java-db/trivy-java.db`.
    JavaIndex,
}

impl Artifact {
    /// Where it is published, best first.
    pub const fn default_repositories(self) -> &'static [&'static str] {
        match self {
            Self::Advisories => {
                &["mirror.gcr.io/aquasec/trivy-db:2", "ghcr.io/aquasecurity/trivy-db:2", "public.ecr.aws/aquasecurity/trivy-db:2"]
            }
            Self::JavaIndex => &[
                "mirror.gcr.io/aquasec/trivy-java-db:1",
                "ghcr.io/aquasecurity/trivy-java-db:1",
                "public.ecr.aws/aquasecurity/trivy-java-db:1",
            ],
        }
    }

    /// The layer's media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Advisories => "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip",
            Self::JavaIndex => "application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip",
        }
    }

    /// Inside the cache folder.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Advisories => store::FOLDER,
            Self::JavaIndex => javadb::FOLDER,
        }
    }

    const fn database_file(self) -> &'static str {
        match self {
            Self::Advisories => store::DATABASE_FILE,
            Self::JavaIndex => javadb::DATABASE_FILE,
        }
    }

    const fn schema(self) -> u32 {
        match self {
            Self::Advisories => store::SCHEMA,
            Self::JavaIndex => javadb::SCHEMA,
        }
    }

    /// A database is not asked for again so soon after it was downloaded, even when it calls itself old.
    const fn patience(self) -> SignedDuration {
        match self {
            Self::Advisories => SignedDuration::from_hours(1),
            Self::JavaIndex => SignedDuration::from_hours(24),
        }
    }
}

/// How to update.
#[derive(Debug, Clone, Copy)]
pub struct UpdateOptions {
    pub artifact: Artifact,
    /// No socket is opened, whatever else is asked for.
    pub offline: bool,
    /// Downloads even when the database is fresh.
    pub force: bool,
    pub now: Timestamp,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// The database is fresh.
    Fresh(Metadata),
    /// There is one, and offline nobody looked for a newer one. `stale`: it calls itself old.
    Offline {
        metadata: Metadata,
        stale: bool,
    },
    Downloaded(Download),
}

/// A database that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    pub repository: String,
    /// `sha256:…` of the manifest and of the layer, which was verified.
    pub manifest: String,
    pub layer: String,
    /// Of the layer as stored.
    pub bytes: u64,
    pub signature: Signature,
    pub metadata: Metadata,
    /// Repositories that were asked before, and what was wrong.
    pub failures: Vec<Failure>,
}

/// Whether the publisher vouches for a download by more than its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// The publisher signs nothing.
    Unsigned,
}

impl Signature {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
        }
    }
}

/// A repository that did not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub repository: String,
    pub message: String,
}

/// There is no database to go on with.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error("there is no database in `{folder}`, and offline none is downloaded")]
    Offline { folder: String },
    #[error("the database in `{folder}` has schema {found}, and this build reads schema {known}")]
    NewerSchema { folder: String, found: u32, known: u32 },
    #[error("no repository was named")]
    NoRepository,
    #[error("no repository gave a database: {}", .0.iter().map(|failure| format!("`{}`: {}", failure.repository, failure.message)).collect::<Vec<_>>().join("; "))]
    Failed(Vec<Failure>),
    #[error("cannot read `{path}`: {message}")]
    Archive { path: String, message: String },
    #[error("cannot write `{path}`: {error}")]
    Output { path: String, error: io::Error },
}

impl UpdateError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Offline { .. } => "run `probity db update` where there is a network, or bring one with `probity db import`",
            Self::NewerSchema { .. } => "update probity",
            Self::NoRepository | Self::Failed(_) => "name a mirror with `--db-repository`, or bring a database with `probity db import`",
            Self::Archive { .. } => "an archive of `probity db export` has the database and `metadata.json`",
            Self::Output { .. } => "choose another folder with `--cache-dir`",
        }
    }
}

/// Downloads a database into a cache folder, unless what is there is fresh.
pub fn update(
    repositories: &[String],
    cache: &Path,
    options: UpdateOptions,
    client: &dyn Fn() -> Result<Client, probity_oci::Error>,
) -> Result<Update, UpdateError> {
    let artifact = options.artifact;
    let target = cache.join(artifact.folder());
    let present = present(&target, artifact);
    if let Some(metadata) = &present
        && metadata.schema > artifact.schema()
    {
        return Err(UpdateError::NewerSchema { folder: target.display().to_string(), found: metadata.schema, known: artifact.schema() });
    }
    let usable = present.filter(|metadata| metadata.schema == artifact.schema());
    if options.offline {
        let Some(metadata) = usable else { return Err(UpdateError::Offline { folder: target.display().to_string() }) };
        let stale = is_past(metadata.next_update.as_deref(), options.now);
        return Ok(Update::Offline { metadata, stale });
    }
    if let Some(metadata) = usable
        && !options.force
        && is_fresh(&metadata, artifact, options.now)
    {
        return Ok(Update::Fresh(metadata));
    }
    if repositories.is_empty() {
        return Err(UpdateError::NoRepository);
    }
    // Only now: reading credentials and certificates is work, too.
    let client = client().map_err(|error| UpdateError::Failed(vec![Failure { repository: String::new(), message: error.to_string() }]))?;
    let mut failures = Vec::new();
    for repository in repositories {
        match download(&client, repository, &target, options) {
            Ok(mut download) => {
                download.failures = failures;
                return Ok(Update::Downloaded(download));
            }
            Err(message) => failures.push(Failure { repository: repository.clone(), message }),
        }
    }
    Err(UpdateError::Failed(failures))
}

/// The metadata of a database that is there and whose file can be opened.
fn present(target: &Path, artifact: Artifact) -> Option<Metadata> {
    let metadata = read_file(&target.join(store::METADATA_FILE), MAX_METADATA).ok()?;
    probity_vfs::StoredFile::open(&target.join(artifact.database_file())).ok()?;
    Metadata::read(&metadata).ok()
}

fn is_past(date: Option<&str>, now: Timestamp) -> bool {
    date.and_then(|date| date.parse::<Timestamp>().ok()).is_none_or(|date| now >= date)
}

/// Not old by its own account, or downloaded a moment ago.
fn is_fresh(metadata: &Metadata, artifact: Artifact, now: Timestamp) -> bool {
    let downloaded = metadata.downloaded_at.as_deref().and_then(|date| date.parse::<Timestamp>().ok());
    let just_now = downloaded.is_some_and(|at| at <= now && now.duration_since(at) < artifact.patience());
    just_now || !is_past(metadata.next_update.as_deref(), now)
}

const MAX_METADATA: u64 = 1 << 20;
/// Published layers have less than a hundred megabytes, the Java index less than a gigabyte.
const MAX_LAYER: u64 = 8 << 30;
/// Files of the archive.
const MAX_FILES: u64 = 1000;

fn limits() -> Limits {
    Limits {
        max_file_bytes: 32 << 30,
        max_total_bytes: 40 << 30,
        max_entries: MAX_FILES,
        max_time: Duration::from_hours(2),
        ..Limits::default()
    }
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    #[serde(rename = "mediaType", default)]
    media_type: String,
    digest: String,
    size: u64,
}

fn download(client: &Client, repository: &str, target: &Path, options: UpdateOptions) -> Result<Download, String> {
    let artifact = options.artifact;
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let reference: Reference = repository.parse().map_err(|error: probity_oci::ReferenceError| error.to_string())?;
    let sent = client.manifest(&reference).map_err(|error| text(&error))?;
    let manifest: Manifest = serde_json::from_slice(&sent.bytes).map_err(|error| format!("its manifest cannot be read: {error}"))?;
    let layer = manifest.layers.into_iter().find(|layer| layer.media_type == artifact.media_type());
    let layer = layer.ok_or_else(|| format!("it is no database: no layer has the type `{}`", artifact.media_type()))?;
    let digest = Digest::parse(&layer.digest).ok_or_else(|| format!("`{}` is no digest", layer.digest))?;
    if layer.size > MAX_LAYER {
        return Err(format!("the database has {} bytes, more than {MAX_LAYER}", layer.size));
    }
    let staging = Staging::beside(target).map_err(|error| text(&error))?;
    let mut blob = client.blob(&reference, &layer.digest, Some(layer.size)).map_err(|error| text(&error))?;
    let algorithms = [digest.algorithm()];
    let spec = StreamSpec { stored: &algorithms, content: &[], size: Some(layer.size) };
    let budget = Budget::new(limits());
    let (unpacked, summary) = with_stream(&mut blob, &spec, &budget, |blocks| archive::unpack(blocks, artifact, &staging));
    // A damaged archive is first of all a wrong digest.
    if summary.error.as_ref().is_none_or(|error| probity_vfs::LimitError::of(error).is_none())
        && summary.stored_bytes == layer.size
        && !summary.stored.contains(&digest)
    {
        let found = summary.stored.first().map(ToString::to_string).unwrap_or_default();
        return Err(format!("the layer `{digest}` has the digest `{found}`"));
    }
    if let Some(error) = summary.error {
        return Err(text(&error));
    }
    if summary.stored_bytes != layer.size || !summary.stored.contains(&digest) {
        return Err(format!("the layer `{digest}` has {} of {} bytes", summary.stored_bytes, layer.size));
    }
    unpacked?;
    let metadata = finish(&staging, artifact, Some(options.now))?;
    staging.take_the_place_of(target).map_err(|error| text(&error))?;
    Ok(Download {
        repository: repository.to_owned(),
        manifest: sent.digest,
        layer: layer.digest,
        bytes: layer.size,
        signature: Signature::Unsigned,
        metadata,
        failures: Vec::new(),
    })
}

/// Checks what was unpacked and completes its metadata.
fn finish(staging: &Staging, artifact: Artifact, now: Option<Timestamp>) -> Result<Metadata, String> {
    let path = staging.path().join(store::METADATA_FILE);
    let bytes = read_file(&path, MAX_METADATA)
        .map_err(|error| if error.kind == OpenErrorKind::NotFound { "it has no `metadata.json`".to_owned() } else { error.to_string() })?;
    let mut metadata = Metadata::read(&bytes).map_err(|error| format!("its `metadata.json` cannot be read: {error}"))?;
    if metadata.schema != artifact.schema() {
        return Err(format!("it has schema {}, and this build reads schema {}", metadata.schema, artifact.schema()));
    }
    match artifact {
        Artifact::Advisories => drop(Store::open(staging.path()).map_err(|error| error.to_string())?),
        Artifact::JavaIndex => drop(JavaDb::open(staging.path()).map_err(|error| error.to_string())?),
    }
    let (digest, _) = digest_of(&staging.path().join(artifact.database_file())).map_err(|error| error.to_string())?;
    metadata.digest = Some(digest);
    if let Some(now) = now {
        metadata.downloaded_at = Some(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    std::fs::write(&path, metadata.write()).map_err(|error| error.to_string())?;
    Ok(metadata)
}
