//! A database on disk: `db/trivy.db` and `db/metadata.json` of a cache folder.
//!
//! Opening reads the names of the top-level buckets and who publishes them; a lookup reads the pages on its path. An update replaces the file,
//! never its content, so that whoever has it open goes on with what was opened.

use super::{
    Advisory, AdvisoryStore, Bucket, Lookup, RedHatProducts, SCHEMA, StoreError, Vulnerability,
    value::{self, bucket},
};
use crate::bolt::{self, Bolt, BoltError, Item};
use probity_model::vulnerability::{DataSource, Database, DatabaseKind, SourceFreshness};
use probity_vfs::{OpenErrorKind, StoredFile};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

/// Inside a cache folder.
pub const FOLDER: &str = "db";
pub const DATABASE_FILE: &str = "trivy.db";
pub const METADATA_FILE: &str = "metadata.json";

const METADATA_BYTES: u64 = 1 << 20;
/// Published databases have about two hundred.
const MAX_BUCKETS: usize = 100_000;
/// What one package may have; the largest of published databases, kernels, have some thousands.
const MAX_ADVISORIES: usize = 1_000_000;

/// `metadata.json`. Times are RFC 3339 UTC; one that means "never" is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    pub schema: u32,
    pub updated_at: Option<String>,
    pub next_update: Option<String>,
    pub downloaded_at: Option<String>,
    /// `sha256:…` of the database, where whoever put it there wrote it down.
    pub digest: Option<String>,
}

impl Metadata {
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        // Year 1 is how Go writes a time that is not set.
        let time = |name: &str| text(name).filter(|time| !time.starts_with("0001-"));
        let schema = value.get("Version").and_then(Value::as_u64).and_then(|schema| u32::try_from(schema).ok());
        Ok(Self {
            schema: schema.ok_or("it has no `Version`")?,
            updated_at: time("UpdatedAt"),
            next_update: time("NextUpdate"),
            downloaded_at: time("DownloadedAt"),
            digest: text("Digest"),
        })
    }

    pub fn write(&self) -> Vec<u8> {
        let time = |time: &Option<String>| Value::from(time.as_deref().unwrap_or("0001-01-01T00:00:00Z"));
        let mut value = serde_json::json!({
            "Version": self.schema,
            "NextUpdate": time(&self.next_update),
            "UpdatedAt": time(&self.updated_at),
            "DownloadedAt": time(&self.downloaded_at),
        });
        if let (Some(object), Some(digest)) = (value.as_object_mut(), &self.digest) {
            object.insert("Digest".to_owned(), digest.as_str().into());
        }
        value.to_string().into_bytes()
    }
}

/// A database file with its metadata.
pub struct Store {
    path: String,
    bolt: Bolt,
    database: Database,
    buckets: BTreeMap<Arc<str>, Named>,
}

/// A top-level bucket.
struct Named {
    tree: bolt::Bucket,
    source: Option<Arc<DataSource>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.path)
    }
}

impl Store {
    /// Opens the database of a cache folder, or of the folder that has the two files itself.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let inner = folder.join(FOLDER);
        let open = |folder: &Path| match StoredFile::open(&folder.join(DATABASE_FILE)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind == OpenErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let (folder, file) = match open(&inner)? {
            Some(file) => (inner, file),
            None => match open(folder)? {
                Some(file) => (folder.to_owned(), file),
                None => return Err(StoreError::Missing { folder: folder.display().to_string() }),
            },
        };
        let path = folder.join(DATABASE_FILE).display().to_string();
        let metadata = read_metadata(&folder.join(METADATA_FILE), &path)?;
        // Whatever the container is: a database of another schema is not taken for a damaged one.
        check_schema(&path, metadata.schema)?;
        let bolt = Bolt::open(file).map_err(|error| damaged(&path, &error))?;
        Self::new(path, bolt, metadata)
    }

    /// A database in memory; `name` stands for its path.
    pub fn from_bytes(name: &str, bytes: Arc<[u8]>, metadata: Metadata) -> Result<Self, StoreError> {
        check_schema(name, metadata.schema)?;
        let bolt = Bolt::from_bytes(bytes).map_err(|error| damaged(name, &error))?;
        Self::new(name.to_owned(), bolt, metadata)
    }

    fn new(path: String, bolt: Bolt, metadata: Metadata) -> Result<Self, StoreError> {
        let mut sources = Vec::new();
        let mut buckets: BTreeMap<Arc<str>, Named> = BTreeMap::new();
        let mut read = || -> Result<(), BoltError> {
            for item in bolt.items(&bolt.root()) {
                if buckets.len() > MAX_BUCKETS {
                    return Err(BoltError::TooMany { what: "top-level buckets", limit: MAX_BUCKETS });
                }
                if let (name, Item::Bucket(tree)) = item? {
                    buckets.insert(String::from_utf8_lossy(&name).into(), Named { tree, source: None });
                }
            }
            if let Some(listed) = buckets.get(bucket::DATA_SOURCE) {
                for item in bolt.items(&listed.tree) {
                    if sources.len() > MAX_BUCKETS {
                        return Err(BoltError::TooMany { what: "data sources", limit: MAX_BUCKETS });
                    }
                    // One that cannot be understood leaves its bucket without a publisher.
                    if let (name, Item::Value(bytes)) = item?
                        && let Ok(freshness) = value::read_source(&String::from_utf8_lossy(&name), &bytes)
                    {
                        sources.push(freshness);
                    }
                }
            }
            Ok(())
        };
        read().map_err(|error| damaged(&path, &error))?;
        for freshness in &sources {
            if let Some(named) = buckets.get_mut(freshness.name.as_str()) {
                named.source = Some(Arc::new(freshness.source.clone()));
            }
        }
        let database = Database {
            kind: DatabaseKind::TrivyDb,
            path: path.clone(),
            schema: metadata.schema,
            updated_at: metadata.updated_at,
            next_update: metadata.next_update,
            downloaded_at: metadata.downloaded_at,
            digest: metadata.digest,
            sources,
        };
        Ok(Self { path, bolt, database, buckets })
    }

    /// Who publishes what is in it.
    pub fn sources(&self) -> &[SourceFreshness] {
        &self.database.sources
    }

    /// Names of the top-level buckets that hold advisories, sorted.
    pub fn advisory_buckets(&self) -> impl Iterator<Item = &str> {
        let special = [bucket::DATA_SOURCE, bucket::VULNERABILITY, bucket::RED_HAT_CPE];
        self.buckets.keys().map(|name| &**name).filter(move |name| !special.contains(name) && !name.starts_with(bucket::OWN))
    }

    /// Names of the packages of a bucket, by name; an error ends them.
    pub fn packages(&self, bucket: &str) -> impl Iterator<Item = Result<String, StoreError>> + '_ {
        let items = self.buckets.get(bucket).map(|named| self.bolt.items(&named.tree));
        items.into_iter().flatten().filter_map(|item| match item {
            Ok((name, Item::Bucket(_))) => Some(Ok(String::from_utf8_lossy(&name).into_owned())),
            Ok(_) => None,
            Err(error) => Some(Err(self.damaged(&error))),
        })
    }

    /// Ids of everything that is published about vulnerabilities, by id; an error ends them.
    pub fn vulnerability_ids(&self) -> impl Iterator<Item = Result<String, StoreError>> + '_ {
        let items = self.buckets.get(bucket::VULNERABILITY).map(|named| self.bolt.items(&named.tree));
        items.into_iter().flatten().map(|item| match item {
            Ok((id, _)) => Ok(String::from_utf8_lossy(&id).into_owned()),
            Err(error) => Err(self.damaged(&error)),
        })
    }

    fn damaged(&self, error: &BoltError) -> StoreError {
        damaged(&self.path, error)
    }

    /// A value of a bucket that may not be there.
    fn value(&self, bucket: &str, key: &str) -> Result<Option<crate::bolt::Value>, BoltError> {
        match self.buckets.get(bucket) {
            Some(named) => self.bolt.value(&named.tree, key.as_bytes()),
            None => Ok(None),
        }
    }

    fn collect(&self, name: &Arc<str>, named: &Named, package: &str, found: &mut Lookup) -> Result<(), BoltError> {
        let Some(tree) = self.bolt.bucket(&named.tree, package.as_bytes())? else { return Ok(()) };
        for (count, item) in self.bolt.items(&tree).enumerate() {
            if count == MAX_ADVISORIES {
                found
                    .unreadable
                    .push(format!("`{package}` in `{name}` has more than {MAX_ADVISORIES} advisories: the others were not read"));
                break;
            }
            let (key, Item::Value(bytes)) = item? else { continue };
            let id = String::from_utf8_lossy(&key);
            // Keys of hand-made databases have spaces at their ends, and a value of length 0 says nothing.
            let id = id.trim();
            if bytes.is_empty() {
                continue;
            }
            match value::read_advisory(id, &bytes) {
                Ok(advisory) => found.advisories.push(Advisory { bucket: Arc::clone(name), source: named.source.clone(), ..advisory }),
                Err(error) => found.unreadable.push(format!("`{id}` of `{package}` in `{name}`: {error}")),
            }
        }
        Ok(())
    }
}

fn damaged(path: &str, error: &BoltError) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), message: error.to_string() }
}

fn check_schema(path: &str, found: u32) -> Result<(), StoreError> {
    let path = path.to_owned();
    match found.cmp(&SCHEMA) {
        std::cmp::Ordering::Less => Err(StoreError::OlderSchema { path, found }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::NewerSchema { path, found }),
    }
}

fn read_metadata(path: &Path, database: &str) -> Result<Metadata, StoreError> {
    let bytes = match probity_vfs::read_file(path, METADATA_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind == OpenErrorKind::NotFound => return Err(StoreError::MissingMetadata { path: database.to_owned() }),
        Err(error) => return Err(error.into()),
    };
    Metadata::read(&bytes).map_err(|message| StoreError::Metadata { path: path.display().to_string(), message })
}

impl AdvisoryStore for Store {
    fn database(&self) -> &Database {
        &self.database
    }

    fn knows(&self, bucket: Bucket<'_>) -> bool {
        self.matching(bucket).next().is_some()
    }

    fn advisories(&self, bucket: Bucket<'_>, package: &str) -> Result<Lookup, StoreError> {
        let mut found = Lookup::default();
        for (name, named) in self.matching(bucket) {
            self.collect(name, named, package, &mut found).map_err(|error| self.damaged(&error))?;
        }
        Ok(found)
    }

    fn vulnerability(&self, id: &str) -> Result<Option<Vulnerability>, StoreError> {
        let value = |bucket| self.value(bucket, id).map_err(|error| self.damaged(&error));
        let wrong = |bucket: &str, error: String| StoreError::Damaged {
            path: self.path.clone(),
            message: format!("cannot read `{id}` in `{bucket}`: {error}"),
        };
        let mut found = match value(bucket::VULNERABILITY)? {
            Some(bytes) => Some(value::read_vulnerability(&bytes).map_err(|error| wrong(bucket::VULNERABILITY, error))?),
            None => None,
        };
        if let Some(bytes) = value(bucket::KEV)? {
            let kev = value::read_kev(&bytes).map_err(|error| wrong(bucket::KEV, error))?;
            found.get_or_insert_default().detail.kev = Some(kev);
        }
        if let Some(bytes) = value(bucket::EPSS)? {
            let epss = value::read_epss(&bytes).map_err(|error| wrong(bucket::EPSS, error))?;
            found.get_or_insert_default().detail.epss = Some(epss);
        }
        Ok(found)
    }

    fn red_hat_products(&self, of: RedHatProducts<'_>) -> Result<Vec<u32>, StoreError> {
        let Some(named) = self.buckets.get(bucket::RED_HAT_CPE) else { return Ok(Vec::new()) };
        let (inner, key) = match of {
            RedHatProducts::Repository(name) => (bucket::REPOSITORY, name),
            RedHatProducts::Image(name) => (bucket::IMAGE, name),
        };
        let value = match self.bolt.bucket(&named.tree, inner.as_bytes()) {
            Ok(Some(tree)) => self.bolt.value(&tree, key.as_bytes()),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        match value.map_err(|error| self.damaged(&error))? {
            Some(bytes) => value::read_products(&bytes).map_err(|error| StoreError::Damaged {
                path: self.path.clone(),
                message: format!("cannot read `{key}` in `{}`: {error}", bucket::RED_HAT_CPE),
            }),
            None => Ok(Vec::new()),
        }
    }
}

impl Store {
    fn matching<'a>(&'a self, bucket: Bucket<'a>) -> impl Iterator<Item = (&'a Arc<str>, &'a Named)> + 'a {
        let first = match bucket {
            Bucket::Named(name) | Bucket::Ecosystem(name) => name,
        };
        // Names that start alike stand together.
        self.buckets
            .range::<str, _>((std::ops::Bound::Included(first), std::ops::Bound::Unbounded))
            .take_while(move |(name, _)| name.starts_with(first))
            .filter(move |(name, _)| bucket.includes(name))
    }
}
