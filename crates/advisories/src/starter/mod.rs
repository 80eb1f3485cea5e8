//! The starter set: some hundred well-known vulnerabilities, and when distributions end, inside the program.
//!
//! A machine without a network and without a database still finds Log4Shell. The set is far from complete: with it alone something may be shown to be
//! vulnerable, never that nothing is, and [`Database::kind`] says so to whoever concludes. Both tables are text (`data/starter`), read only when they are
//! asked for.
//!
//! Odd: there is one feed name for all publishers, and one source of ratings, because the set is a selection and not a copy of any feed.

use crate::{
    sources::rating,
    store::{Advisory, MemoryStore, SCHEMA, Vulnerability},
};
use jiff::civil::Date;
use probity_model::{
    Severity,
    vulnerability::{DataSource, Database, DatabaseKind, Kev, Rating, SourceFreshness, VulnerabilityDetail},
};
use std::collections::BTreeMap;

const VULNERABILITIES: &str = include_str!("../../data/starter/vulnerabilities.tsv");
const END_OF_LIFE: &str = include_str!("../../data/starter/eol.tsv");

/// The newest feed that facts were taken from.
const FACTS_OF: &str = "2026-08-22T00:00:00Z";
/// The id of the set as a source of ratings.
pub const SOURCE: &str = "starter";
const NAME: &str = "Probity starter set";
const URL: &str = env!("CARGO_PKG_REPOSITORY");

/// The set as a store.
pub fn store() -> MemoryStore {
    let entries: Vec<Entry<'_>> = entries().collect();
    let source = DataSource { id: SOURCE.to_owned(), name: NAME.to_owned(), url: URL.to_owned(), base_id: None };
    let mut buckets: BTreeMap<String, u64> = BTreeMap::new();
    for affected in entries.iter().flat_map(|entry| &entry.affected) {
        *buckets.entry(affected.bucket()).or_default() += 1;
    }
    let sources = buckets.iter().map(|(name, count)| SourceFreshness {
        name: name.clone(),
        source: source.clone(),
        newest: Some(FACTS_OF.to_owned()),
        advisories: Some(*count),
    });
    let mut store = MemoryStore::new(Database {
        kind: DatabaseKind::Starter,
        path: "embedded".to_owned(),
        schema: SCHEMA,
        updated_at: Some(FACTS_OF.to_owned()),
        sources: sources.collect(),
        ..Database::default()
    });
    for bucket in buckets.keys() {
        store.add_source(bucket, source.clone());
    }
    for entry in &entries {
        let aliases: Vec<String> = entry.aliases.iter().map(|id| (*id).to_owned()).collect();
        for affected in &entry.affected {
            store.add_advisory(&affected.bucket(), affected.package, affected.advisory(entry.id, &aliases));
        }
        let mut known = rating(SOURCE, entry.vector).unwrap_or_else(|| Rating { source: SOURCE.to_owned(), ..Rating::default() });
        known.severity = Some(entry.severity);
        let detail = VulnerabilityDetail {
            title: entry.title.to_owned(),
            ratings: vec![known],
            kev: entry.kev.clone(),
            ..VulnerabilityDetail::default()
        };
        store.add_vulnerability(entry.id, Vulnerability { detail, severity: None, aliases });
    }
    store
}

/// A vulnerability of the table.
struct Entry<'a> {
    id: &'a str,
    aliases: Vec<&'a str>,
    severity: Severity,
    vector: &'a str,
    kev: Option<Kev>,
    title: &'a str,
    affected: Vec<Affected<'a>>,
}

/// A package of a vulnerability.
struct Affected<'a> {
    /// `npm`, `debian 12`.
    world: &'a str,
    package: &'a str,
    vulnerable: Vec<&'a str>,
    patched: Vec<&'a str>,
    unaffected: Vec<&'a str>,
    notices: Vec<&'a str>,
}

/// The table's entries in order. Lines that are malformed would be skipped; a test sees to it that there are none.
fn entries() -> impl Iterator<Item = Entry<'static>> {
    let mut lines = VULNERABILITIES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    std::iter::from_fn(move || {
        let mut columns = lines.next()?.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (id, aliases, severity, vector, kev, title) = (next(), next(), next(), next(), next(), next());
        let mut affected = Vec::new();
        while let Some(line) = lines.peek().and_then(|line| line.strip_prefix('\t')) {
            affected.push(Affected::read(line));
            lines.next();
        }
        let aliases = aliases.split(' ').filter(|id| !id.is_empty()).collect();
        Some(Entry { id, aliases, severity: severity.parse().unwrap_or_default(), vector, kev: read_kev(kev), title, affected })
    })
}

fn read_kev(text: &str) -> Option<Kev> {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let added = words.next()?.to_owned();
    Some(Kev { added, due: words.next().map(str::to_owned), ransomware: words.next() == Some("ransomware") })
}

impl<'a> Affected<'a> {
    fn read(line: &'a str) -> Self {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (world, package) = (next(), next());
        let mut list = |separator: char| next().split(separator).filter(|text| !text.is_empty()).collect::<Vec<_>>();
        Self { world, package, vulnerable: list(';'), patched: list(';'), unaffected: list(';'), notices: list(',') }
    }

    /// Releases of distributions have a number or a name behind the family's.
    fn is_distribution(&self) -> bool {
        self.world.contains(' ')
    }

    fn bucket(&self) -> String {
        if self.is_distribution() { self.world.to_owned() } else { format!("{}::{NAME}", self.world) }
    }

    fn advisory(&self, id: &str, aliases: &[String]) -> Advisory {
        let owned = |list: &[&str]| list.iter().map(|text| if *text == "*" { String::new() } else { (*text).to_owned() }).collect();
        let mut advisory =
            Advisory { id: id.to_owned(), aliases: aliases.to_vec(), vendor_ids: owned(&self.notices), ..Advisory::default() };
        if self.is_distribution() {
            self.patched.first().copied().unwrap_or_default().clone_into(&mut advisory.fixed_version);
        } else {
            advisory.vulnerable_versions = owned(&self.vulnerable);
            advisory.patched_versions = owned(&self.patched);
            advisory.unaffected_versions = owned(&self.unaffected);
        }
        advisory
    }
}

/// What is known of a release of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Every user gets security updates until the end of this day.
    Until(Date),
    /// A rolling release: supported as long as it is updated.
    Rolling,
    Unknown,
}

/// Families whose point releases end one by one: an unknown one is not a part of the release before the point.
const EXACT: [&str; 4] = ["sles", "slem", "opensuse-leap", "nixos"];

/// What is known of a release: `12.5` of Debian is `12`, `3.19.1` of Alpine is `3.19`.
pub fn support(family: &str, version: &str) -> Support {
    let of_family = || {
        END_OF_LIFE
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .filter(|(name, _)| *name == family)
            .filter_map(|(_, rest)| rest.split_once('\t'))
    };
    if of_family().any(|(release, _)| release == "*") {
        return Support::Rolling;
    }
    let mut wanted = version.split([' ', '-']).next().unwrap_or_default();
    loop {
        if let Some((_, day)) = of_family().find(|(release, _)| *release == wanted) {
            return day.parse().map_or(Support::Unknown, Support::Until);
        }
        match wanted.rsplit_once('.') {
            Some((shorter, _)) if !EXACT.contains(&family) => wanted = shorter,
            _ => return Support::Unknown,
        }
    }
}

/// The last day on which every user of a release gets security updates; `None` when it is unknown or the release is a rolling one.
pub fn eol(family: &str, version: &str) -> Option<Date> {
    match support(family, version) {
        Support::Until(day) => Some(day),
        Support::Rolling | Support::Unknown => None,
    }
}

#[cfg(test)]
mod tests;
