//! Packages to vulnerabilities, and how far the answer reaches.
//!
//! Where there is no database, only the starter set, or one that is too old, what is found stands and what is not found proves nothing: a
//! diagnostic takes the capability away.

use jiff::Timestamp;
use probity_advisories::{
    detect::{DetectOptions, detect as match_packages},
    javadb::{JavaDb, JavaDbError},
    store::AdvisoryStore,
};
use probity_model::{
    Capability, Diagnostic, Inventory, Package, Purl, Reason, SubjectId,
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
    /// Names Java archives by their digest, when it is there.
    pub java: Option<Arc<JavaDb>>,
    /// What could not be opened or updated: shown with the report.
    pub diagnostics: Vec<Diagnostic>,
    /// Whose rating counts, in order; empty means the usual order.
    pub severity_sources: Vec<String>,
    /// Judge packages of other vendors by the distribution's data too.
    pub third_party: bool,
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
        ledger.diagnostics.extend(name_archives(inventory, knowledge.java.as_deref()));
        let options = DetectOptions { severity_sources: knowledge.severity_sources.clone(), third_party: knowledge.third_party };
        let mut found = match_packages(inventory, &*knowledge.store, &options);
        for diagnostic in &mut found.diagnostics {
            diagnostic.subject.get_or_insert(inventory.subject.id);
        }
        ledger.vulnerabilities.append(&mut found.vulnerabilities);
        ledger.diagnostics.append(&mut found.diagnostics);
        *examined.entry(inventory.subject.id).or_default() += found.examined;
    }
    let mut databases = vec![database];
    databases.extend(knowledge.java.iter().map(|index| index.database().clone()));
    (databases, examined)
}

/// Archives whose metadata does not say what they are: an index knows many of them by their digest.
fn name_archives(inventory: &mut Inventory, index: Option<&JavaDb>) -> Option<Diagnostic> {
    let subject = inventory.subject.id;
    let mut nameless = 0_u64;
    let mut failure = None;
    let mut renamed = false;
    for package in inventory.facts.packages.iter_mut().filter(|package| package.guessed && package.kind() == "maven") {
        let found = index.map(|index| name_archive(package, index));
        match found {
            Some(Ok(true)) => renamed = true,
            Some(Err(err)) => failure = Some(err.to_string()),
            Some(Ok(false)) | None if !package.name.contains(':') => nameless += 1,
            Some(Ok(false)) | None => {}
        }
    }
    if renamed {
        inventory.facts.packages.sort_unstable();
    }
    let mut diagnostic = if let Some(message) = failure {
        Diagnostic::warning(Reason::AnalyzerFailed, message)
    } else if nameless > 0 {
        let message =
            format!("{nameless} Java archives have no metadata that names their group, so that advisories about them are not found");
        match index {
            Some(_) => Diagnostic::warning(Reason::AnalyzerFailed, format!("{message}; the index of archives does not know them")),
            None => {
                Diagnostic::warning(Reason::DbMissing, message).hint("get the index of published archives with `probity db update --java`")
            }
        }
    } else {
        return None;
    };
    diagnostic.subject = Some(subject);
    Some(diagnostic.affecting([Capability::Vulnerabilities]))
}

fn name_archive(package: &mut Package, index: &JavaDb) -> Result<bool, JavaDbError> {
    let digest = package.digest.as_deref().and_then(|digest| sha1(digest.strip_prefix("sha1:")?));
    let by_digest = digest.map(|digest| index.by_sha1(&digest)).transpose()?.flatten();
    let name = if let Some(found) = by_digest {
        package.version = found.version;
        format!("{}:{}", found.group, found.artifact)
    } else {
        // A guess that the index confirms is none any more.
        if let Some((group, artifact)) = package.name.split_once(':')
            && index.exists(group, artifact)?
        {
            package.guessed = false;
            return Ok(true);
        }
        let artifact = package.name.rsplit(':').next().unwrap_or(&package.name);
        match index.group_of(artifact, &package.version)? {
            Some(group) => format!("{group}:{artifact}"),
            None => return Ok(false),
        }
    };
    package.name = name;
    package.id.clear();
    package.guessed = false;
    package.purl = Purl::of(package, None).map(|purl| purl.to_string()).unwrap_or_default();
    Ok(true)
}

fn sha1(hex: &str) -> Option<[u8; 20]> {
    let mut out = [0; 20];
    let digits = hex.as_bytes().chunks_exact(2);
    if digits.len() != out.len() || !digits.remainder().is_empty() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(digits) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
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
