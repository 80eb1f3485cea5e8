//! Packages to vulnerabilities, and how far the answer reaches.
//!
//! Where there is no database, only the starter set, or one that is too old, what is found stands and what is not found proves nothing: a
//! diagnostic takes the capability away.

use jiff::Timestamp;
use probity_advisories::{
    detect::{DetectOptions, detect as match_packages},
    store::AdvisoryStore,
};
use probity_model::{
    Capability, Diagnostic, Inventory, Reason, SubjectId,
    facts::OsRelease,
    finding::Ledger,
    vulnerability::{Database, DatabaseKind},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How many packages of each subject were compared with advisories.
pub(crate) type Examined = BTreeMap<SubjectId, u64>;

/// What is known about vulnerabilities, and how it is used.
#[derive(Clone)]
pub struct Knowledge {
    pub store: Arc<dyn AdvisoryStore>,
    /// What could not be opened or updated: shown with the report.
    pub diagnostics: Vec<Diagnostic>,
    /// Whose rating counts, in order; empty means the usual order.
    pub severity_sources: Vec<String>,
    /// Judge packages of other vendors by the distribution's data too.
    pub third_party: bool,
    /// Report what a wanted range allows, not only what is certain.
    pub comprehensive: bool,
    /// Overrides what the artifact says.
    pub distro: Option<OsRelease>,
    /// An older database proves nothing.
    pub max_age: Option<Duration>,
}

/// Fills in the vulnerabilities and says what they rest on.
pub(crate) fn detect(
    knowledge: Option<&Knowledge>,
    inventories: &mut [Inventory],
    ledger: &mut Ledger,
    as_of: &str,
) -> (Vec<Database>, Examined) {
    let mut examined = Examined::new();
    let Some(knowledge) = knowledge else { return (Vec::new(), examined) };
    let database = knowledge.store.database().clone();
    ledger.diagnostics.extend(knowledge.diagnostics.iter().cloned());
    ledger.diagnostics.extend(worth(&database, knowledge.max_age, as_of));
    for inventory in inventories.iter_mut() {
        let options = DetectOptions {
            severity_sources: knowledge.severity_sources.clone(),
            third_party: knowledge.third_party,
        };
        let mut found = match_packages(inventory, &*knowledge.store, &options);
        for diagnostic in &mut found.diagnostics {
            diagnostic.subject.get_or_insert(inventory.subject.id);
        }
        ledger.vulnerabilities.append(&mut found.vulnerabilities);
        ledger.diagnostics.append(&mut found.diagnostics);
        *examined.entry(inventory.subject.id).or_default() += found.examined;
    }
    (vec![database], examined)
}

/// Why silence of the database would prove nothing.
fn worth(database: &Database, max_age: Option<Duration>, as_of: &str) -> Option<Diagnostic> {
    if database.kind == DatabaseKind::Starter {
        return Some(
            Diagnostic::warning(
                Reason::DbStarter,
                "only the built-in set of well-known vulnerabilities was used: what it finds is there, what it does not find proves nothing",
            )
            .hint("get the whole database with `probity db update`")
            .affecting([Capability::Vulnerabilities]),
        );
    }
    let (max_age, updated) = (max_age?, database.updated_at.as_deref()?);
    let (now, updated_at): (Timestamp, Timestamp) = (as_of.parse().ok()?, updated.parse().ok()?);
    let age = now.duration_since(updated_at).unsigned_abs();
    (updated_at < now && age > max_age).then(|| {
        Diagnostic::warning(
            Reason::DbStale,
            format!("the vulnerability database is of {updated}, older than --max-db-age allows: what it does not find proves nothing"),
        )
        .hint("update it with `probity db update`")
        .affecting([Capability::Vulnerabilities])
    })
}

/// Whether the publisher had ended support for the release at that moment.
pub(crate) fn is_end_of_life(os: &OsRelease, as_of: &str) -> bool {
    let Some(Ok(today)) = as_of.get(..10).map(str::parse) else { return false };
    probity_compliance::end_of_life(&os.family, &os.version, today) == Some(true)
}
