//! What is known of packages, read while scanning.
//!
//! The layout is that of trivy-db, schema 2 (<https://github.com/aquasecurity/trivy-db>): a bucket for each release of a distribution
//! (`debian 12`) and for each feed of an ecosystem (`npm::GitHub Security Advisory Npm`), in it a bucket for each package, in that one value for
//! each vulnerability. What is published about a vulnerability whatever package has it is in the bucket `vulnerability`. Buckets that start with
//! `probity` are our own and are optional.
//!
//! A store is a file ([`Store`]), a table in memory ([`MemoryStore`]) or several of them in order ([`Layered`]); matching sees [`AdvisoryStore`].

mod error;
mod file;
mod layered;
mod memory;
pub mod value;

pub use error::{SCHEMA, StoreError};
pub use file::{DATABASE_FILE, FOLDER, METADATA_FILE, Metadata, Store};
pub use layered::Layered;
pub use memory::MemoryStore;

use probity_model::{
    Severity,
    vulnerability::{DataSource, Database, FixStatus, VulnerabilityDetail},
};
use std::sync::Arc;

/// Knowledge that is only read.
pub trait AdvisoryStore: Send + Sync {
    fn database(&self) -> &Database;

    /// Whether there is any bucket of this name.
    fn knows(&self, bucket: Bucket<'_>) -> bool;

    /// What the buckets say of a package: by bucket, then by id.
    fn advisories(&self, bucket: Bucket<'_>, package: &str) -> Result<Lookup, StoreError>;

    /// What is published about a vulnerability; `None` when nothing is.
    fn vulnerability(&self, id: &str) -> Result<Option<Vulnerability>, StoreError>;

    /// The numbers of the products that a Red Hat repository or image belongs to; empty when it is unknown.
    fn red_hat_products(&self, of: RedHatProducts<'_>) -> Result<Vec<u32>, StoreError>;
}

/// Which top-level buckets are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket<'a> {
    /// `debian 12`.
    Named(&'a str),
    /// Every feed of an ecosystem: `npm` for all of `npm::…`.
    Ecosystem(&'a str),
}

impl Bucket<'_> {
    /// Whether a bucket of this name is meant.
    pub fn includes(&self, name: &str) -> bool {
        match self {
            Self::Named(whole) => name == *whole,
            Self::Ecosystem(first) => name.strip_prefix(first).is_some_and(|rest| rest.starts_with("::")),
        }
    }
}

/// By what Red Hat's products are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedHatProducts<'a> {
    /// A content set: `rhel-8-for-x86_64-baseos-rpms`.
    Repository(&'a str),
    /// Name, version, release and architecture of an image: `ubi8-container-8.3-227-x86_64`.
    Image(&'a str),
}

/// The answer about one package.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lookup {
    pub advisories: Vec<Advisory>,
    /// What stands in the database and could not be understood, one sentence each.
    pub unreadable: Vec<String>,
}

/// One value of a package's bucket: that a vulnerability concerns it, and in which versions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Advisory {
    /// The top-level bucket it was found in.
    pub bucket: Arc<str>,
    /// From the bucket `data-source`.
    pub source: Option<Arc<DataSource>>,
    /// The key: `CVE-2021-44228`, or the publisher's id (`RHSA-2019:2304`, `GHSA-…`).
    pub id: String,
    /// Other ids of the same vulnerability; written by our own databases only.
    pub aliases: Vec<String>,
    /// Ids of the publisher's notices.
    pub vendor_ids: Vec<String>,
    /// Empty: all.
    pub arches: Vec<String>,
    pub status: FixStatus,
    /// Where the publisher rates the vulnerability for this package in particular.
    pub severity: Option<Severity>,
    /// Distributions: the first version that is not affected; empty when there is none.
    pub fixed_version: String,
    /// Distributions: the first version that is affected; empty when all are.
    pub affected_version: String,
    /// Languages: ranges, any of which may match.
    pub vulnerable_versions: Vec<String>,
    pub patched_versions: Vec<String>,
    pub unaffected_versions: Vec<String>,
    /// Red Hat, Oracle and Rocky: one for each set of architectures or products.
    pub entries: Vec<Entry>,
    /// The database's own extension, JSON text.
    pub custom: Option<String>,
}

/// A part of an [`Advisory`] with its own fix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub fixed_version: String,
    /// Empty: all.
    pub arches: Vec<String>,
    pub status: FixStatus,
    pub vendor_ids: Vec<String>,
    /// Red Hat: numbers of the affected products.
    pub products: Vec<u32>,
    /// Red Hat: the vulnerabilities that a notice fixes.
    pub cves: Vec<EntryCve>,
}

/// A vulnerability in an [`Entry`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryCve {
    /// Empty where the advisory itself is the vulnerability.
    pub id: String,
    pub severity: Option<Severity>,
}

/// A value of the bucket `vulnerability`, with what our own buckets add.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vulnerability {
    pub detail: VulnerabilityDetail,
    /// A severity without a source, which old databases have.
    pub severity: Option<Severity>,
    /// Other ids; written by our own databases only.
    pub aliases: Vec<String>,
}
