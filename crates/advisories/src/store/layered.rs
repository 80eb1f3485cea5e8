//! Several stores in order.

use super::{AdvisoryStore, Bucket, Lookup, RedHatProducts, StoreError, Vulnerability};
use probity_model::vulnerability::Database;
use std::collections::BTreeSet;

/// A store, and others that fill its gaps: what an earlier one says of a package or a vulnerability stands.
pub struct Layered {
    first: Box<dyn AdvisoryStore>,
    others: Vec<Box<dyn AdvisoryStore>>,
    /// Asked for exploitation only.
    details: Vec<Box<dyn AdvisoryStore>>,
}

impl Layered {
    pub fn new(first: Box<dyn AdvisoryStore>) -> Self {
        Self { first, others: Vec::new(), details: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, store: Box<dyn AdvisoryStore>) -> Self {
        self.others.push(store);
        self
    }

    /// Adds a store that only says more about vulnerabilities that the others know: whether they are exploited.
    #[must_use]
    pub fn with_details(mut self, store: Box<dyn AdvisoryStore>) -> Self {
        self.details.push(store);
        self
    }

    fn all(&self) -> impl Iterator<Item = &dyn AdvisoryStore> {
        std::iter::once(&*self.first).chain(self.others.iter().map(|store| &**store))
    }
}

impl AdvisoryStore for Layered {
    /// The first one's: it decides what the answers are worth.
    fn database(&self) -> &Database {
        self.first.database()
    }

    fn knows(&self, bucket: Bucket<'_>) -> bool {
        self.all().any(|store| store.knows(bucket))
    }

    fn advisories(&self, bucket: Bucket<'_>, package: &str) -> Result<Lookup, StoreError> {
        let mut found = self.first.advisories(bucket, package)?;
        for store in &self.others {
            let mut more = store.advisories(bucket, package)?;
            let known: BTreeSet<String> =
                found.advisories.iter().flat_map(|a| std::iter::once(&a.id).chain(&a.aliases).chain(&a.vendor_ids)).cloned().collect();
            more.advisories.retain(|advisory| !known.contains(&advisory.id) && !advisory.aliases.iter().any(|alias| known.contains(alias)));
            found.advisories.append(&mut more.advisories);
            found.unreadable.append(&mut more.unreadable);
        }
        Ok(found)
    }

    fn vulnerability(&self, id: &str) -> Result<Option<Vulnerability>, StoreError> {
        let mut found: Option<Vulnerability> = None;
        for store in self.all() {
            let Some(more) = store.vulnerability(id)? else { continue };
            match &mut found {
                None => found = Some(more),
                Some(found) => {
                    let (detail, more) = (&mut found.detail, more.detail);
                    detail.kev = detail.kev.take().or(more.kev);
                    detail.epss = detail.epss.take().or(more.epss);
                }
            }
        }
        for store in &self.details {
            let Some(more) = store.vulnerability(id)? else { continue };
            if let Some(found) = &mut found {
                found.detail.kev = found.detail.kev.take().or(more.detail.kev);
                found.detail.epss = found.detail.epss.take().or(more.detail.epss);
            }
        }
        Ok(found)
    }

    fn red_hat_products(&self, of: RedHatProducts<'_>) -> Result<Vec<u32>, StoreError> {
        for store in self.all() {
            let products = store.red_hat_products(of)?;
            if !products.is_empty() {
                return Ok(products);
            }
        }
        Ok(Vec::new())
    }
}
