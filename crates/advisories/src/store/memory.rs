//! A store in memory: the starter set, and small databases of tests.

use super::{Advisory, AdvisoryStore, Bucket, Lookup, RedHatProducts, StoreError, Vulnerability};
use probity_model::vulnerability::{DataSource, Database};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A table of advisories.
#[derive(Debug, Default)]
pub struct MemoryStore {
    database: Database,
    buckets: BTreeMap<Arc<str>, Feed>,
    vulnerabilities: BTreeMap<String, Vulnerability>,
    repositories: BTreeMap<String, Vec<u32>>,
    images: BTreeMap<String, Vec<u32>>,
}

#[derive(Debug, Default)]
struct Feed {
    source: Option<Arc<DataSource>>,
    /// By package, then by id.
    packages: BTreeMap<String, BTreeMap<String, Advisory>>,
}

impl MemoryStore {
    pub fn new(database: Database) -> Self {
        Self { database, ..Self::default() }
    }

    /// Says who publishes a bucket, whether or not it has any advisories.
    pub fn add_source(&mut self, bucket: &str, source: DataSource) {
        self.feed(bucket).1.source = Some(Arc::new(source));
    }

    /// Adds an advisory about `package`, as the ecosystem's advisories spell it. One with the same id is replaced.
    pub fn add_advisory(&mut self, bucket: &str, package: &str, mut advisory: Advisory) {
        let (name, feed) = self.feed(bucket);
        advisory.bucket = name;
        advisory.source = None;
        feed.packages.entry(package.to_owned()).or_default().insert(advisory.id.clone(), advisory);
    }

    pub fn add_vulnerability(&mut self, id: &str, vulnerability: Vulnerability) {
        self.vulnerabilities.insert(id.to_owned(), vulnerability);
    }

    pub fn add_red_hat_products(&mut self, of: RedHatProducts<'_>, products: Vec<u32>) {
        match of {
            RedHatProducts::Repository(name) => self.repositories.insert(name.to_owned(), products),
            RedHatProducts::Image(name) => self.images.insert(name.to_owned(), products),
        };
    }

    /// How many vulnerabilities its advisories speak of.
    pub fn vulnerability_count(&self) -> usize {
        let advisories = self.buckets.values().flat_map(|feed| feed.packages.values()).flat_map(BTreeMap::keys);
        advisories.chain(self.vulnerabilities.keys()).collect::<BTreeSet<_>>().len()
    }

    fn feed(&mut self, bucket: &str) -> (Arc<str>, &mut Feed) {
        let name = self.buckets.get_key_value(bucket).map_or_else(|| Arc::from(bucket), |(name, _)| Arc::clone(name));
        (Arc::clone(&name), self.buckets.entry(name).or_default())
    }

    fn matching<'a>(&'a self, bucket: Bucket<'a>) -> impl Iterator<Item = &'a Feed> + 'a {
        self.buckets.iter().filter(move |(name, _)| bucket.includes(name)).map(|(_, feed)| feed)
    }
}

impl AdvisoryStore for MemoryStore {
    fn database(&self) -> &Database {
        &self.database
    }

    fn knows(&self, bucket: Bucket<'_>) -> bool {
        self.matching(bucket).next().is_some()
    }

    fn advisories(&self, bucket: Bucket<'_>, package: &str) -> Result<Lookup, StoreError> {
        let mut found = Lookup::default();
        for feed in self.matching(bucket) {
            for advisory in feed.packages.get(package).into_iter().flat_map(BTreeMap::values) {
                found.advisories.push(Advisory { source: feed.source.clone(), ..advisory.clone() });
            }
        }
        Ok(found)
    }

    fn vulnerability(&self, id: &str) -> Result<Option<Vulnerability>, StoreError> {
        Ok(self.vulnerabilities.get(id).cloned())
    }

    fn red_hat_products(&self, of: RedHatProducts<'_>) -> Result<Vec<u32>, StoreError> {
        let found = match of {
            RedHatProducts::Repository(name) => self.repositories.get(name),
            RedHatProducts::Image(name) => self.images.get(name),
        };
        Ok(found.cloned().unwrap_or_default())
    }
}
