//! Packages to vulnerabilities.
//!
//! Packages of a distribution are judged by the distribution's own data (`distribution`), packages of languages by the feeds of their ecosystem
//! (`language`). Whatever could not be judged is a diagnostic: a distribution that is unknown or past its end, an ecosystem without feeds, a
//! version or a range that cannot be read. Equal packages are judged once; results are in the order of the packages, then of ids.

mod distribution;
mod finish;
mod language;
mod red_hat;
mod suppliers;
mod vendors;

use crate::store::{Advisory, AdvisoryStore, StoreError};
use distribution::Distribution;
use probity_model::{
    Capability, Diagnostic, Inventory, Reason, Severity,
    ecosystem::PackageClass,
    package::Package,
    vulnerability::{DataSource, DetectedVulnerability, FixStatus, MatchEvidence},
};
use rayon::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

/// Problems with single packages that are said one by one; what is more is counted.
const MAX_PROBLEMS: usize = 500;

/// How packages are judged.
#[derive(Debug, Clone, Default)]
pub struct DetectOptions {
    /// Whose rating counts, in order; empty is [`crate::ratings::AUTO`].
    pub severity_sources: Vec<String>,
    /// Judge packages of other vendors by the distribution's data too.
    pub third_party: bool,
}

/// What was found, and what was not judged.
#[derive(Debug, Clone, Default)]
pub struct Detected {
    /// By package, then by id.
    pub vulnerabilities: Vec<DetectedVulnerability>,
    pub diagnostics: Vec<Diagnostic>,
    /// Packages that were compared with a database that knows their distribution or ecosystem.
    pub examined: u64,
}

/// An advisory that a package falls under.
#[derive(Debug, Clone)]
struct Match {
    id: String,
    aliases: Vec<String>,
    vendor_ids: Vec<String>,
    fixed_version: String,
    status: FixStatus,
    /// What the publisher says of this package in particular, and under which name.
    own_severity: Option<(Severity, String)>,
    source: Option<Arc<DataSource>>,
    evidence: MatchEvidence,
    custom: Option<String>,
}

impl Match {
    fn new(advisory: &Advisory, fixed_version: String, evidence: MatchEvidence) -> Self {
        Self {
            id: advisory.id.clone(),
            aliases: advisory.aliases.clone(),
            vendor_ids: advisory.vendor_ids.clone(),
            fixed_version,
            status: advisory.status,
            own_severity: None,
            source: advisory.source.clone(),
            evidence,
            custom: advisory.custom.clone(),
        }
    }
}

/// What came of one package.
#[derive(Debug, Default)]
struct Outcome {
    matches: Vec<Match>,
    /// Sentences about what could not be judged.
    problems: Vec<String>,
}

/// What could not be said about one package in particular.
#[derive(Debug, Default)]
struct Problems(BTreeMap<(Arc<str>, String), u64>);

/// Equal packages: the first stands for all.
struct Group<'a> {
    package: &'a Package,
    indices: Vec<usize>,
    os: bool,
}

/// Matches the packages of one artifact with a database.
pub fn detect(inventory: &Inventory, store: &dyn AdvisoryStore, options: &DetectOptions) -> Detected {
    let mut diagnostics = Vec::new();
    let distribution = Distribution::of(inventory, store, &mut diagnostics);
    let groups = groups(inventory, store, distribution.as_ref(), options, &mut diagnostics);
    let outcomes: Vec<Outcome> = groups
        .par_iter()
        .map(|group| {
            let outcome = match (&distribution, group.os) {
                (Some(distribution), true) => distribution.judge(group.package, store),
                (_, true) => Ok(Outcome::default()),
                (_, false) => language::judge(group.package, store),
            };
            outcome.unwrap_or_else(|error| Outcome { matches: Vec::new(), problems: vec![sentence(&error)] })
        })
        .collect();
    let mut problems = Problems::default();
    let mut judged = Vec::with_capacity(groups.len());
    for (group, outcome) in groups.into_iter().zip(outcomes) {
        for problem in outcome.problems {
            *problems.0.entry((Arc::clone(&group.package.at.path), problem)).or_default() += group.indices.len() as u64;
        }
        judged.push((group, outcome.matches));
    }
    let examined = judged.iter().map(|(group, _)| group.indices.len() as u64).sum();
    let vulnerabilities = finish::finish(inventory, store, options, judged, &mut problems);
    problems.report(&mut diagnostics);
    diagnostics.sort();
    diagnostics.dedup();
    Detected { vulnerabilities, diagnostics, examined }
}

fn sentence(error: &StoreError) -> String {
    error.to_string()
}

impl Problems {
    fn report(self, diagnostics: &mut Vec<Diagnostic>) {
        let more = self.0.len().saturating_sub(MAX_PROBLEMS);
        for ((path, message), _) in self.0.into_iter().take(MAX_PROBLEMS) {
            diagnostics.push(Diagnostic::warning(Reason::AnalyzerFailed, message).at(&path).affecting([Capability::Vulnerabilities]));
        }
        if more > 0 {
            diagnostics.push(
                Diagnostic::warning(Reason::AnalyzerFailed, format!("{more} more packages could not be compared with the database"))
                    .affecting([Capability::Vulnerabilities]),
            );
        }
    }
}

/// The packages that can be judged, equal ones together; says which cannot.
fn groups<'a>(
    inventory: &'a Inventory,
    store: &dyn AdvisoryStore,
    distribution: Option<&Distribution>,
    options: &DetectOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Group<'a>> {
    let mut left_out = LeftOut::default();
    let mut asked: BTreeMap<&str, bool> = BTreeMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: BTreeMap<Key<'a>, usize> = BTreeMap::new();
    for (index, package) in inventory.facts.packages.iter().enumerate() {
        let os = package.ecosystem.class == PackageClass::Os;
        if os {
            // A signing key that rpm lists among packages.
            if package.name == "gpg-pubkey" {
                continue;
            }
            let Some(distribution) = distribution else { continue };
            if distribution.kind() != package.ecosystem.purl_type {
                count(&mut left_out.other_kind, package.ecosystem.id, &package.name);
                continue;
            }
            if !options.third_party && vendors::is_third_party(package) {
                count(&mut left_out.third_party, "", &package.name);
                continue;
            }
        } else {
            let feeds = package.ecosystem.advisories;
            let knows = *asked.entry(feeds).or_insert_with(|| !feeds.is_empty() && store.knows(language::feeds(feeds)));
            if !knows {
                count(&mut left_out.no_feeds, package.ecosystem.id, &package.name);
                continue;
            }
        }
        let key = Key::of(package, os);
        if let Some(group) = places.get(&key).and_then(|place| groups.get_mut(*place)) {
            group.indices.push(index);
        } else {
            places.insert(key, groups.len());
            groups.push(Group { package, indices: vec![index], os });
        }
    }
    left_out.report(inventory, store, diagnostics);
    groups
}

/// What decides how a package is judged.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    ecosystem: &'static str,
    name: &'a str,
    version: &'a str,
    arch: Option<&'a str>,
    source_name: Option<&'a str>,
    source_version: Option<&'a str>,
    modularity: Option<&'a str>,
    layer: Option<u32>,
}

impl<'a> Key<'a> {
    fn of(package: &'a Package, os: bool) -> Self {
        let all = Self {
            ecosystem: package.ecosystem.id,
            name: &package.name,
            version: &package.version,
            arch: package.arch.as_deref(),
            source_name: package.source_name.as_deref(),
            source_version: package.source_version.as_deref(),
            modularity: package.modularity.as_deref(),
            layer: package.at.layer,
        };
        if os { all } else { Self { arch: None, source_name: None, source_version: None, modularity: None, layer: None, ..all } }
    }
}

/// Packages that no comparison was made for, by why.
#[derive(Default)]
struct LeftOut {
    other_kind: BTreeMap<&'static str, Counted>,
    third_party: BTreeMap<&'static str, Counted>,
    no_feeds: BTreeMap<&'static str, Counted>,
}

#[derive(Default)]
struct Counted {
    count: u64,
    names: Vec<String>,
}

fn count(counts: &mut BTreeMap<&'static str, Counted>, what: &'static str, name: &str) {
    let counted = counts.entry(what).or_default();
    counted.count += 1;
    if counted.names.len() < 5 && !counted.names.iter().any(|known| known == name) {
        counted.names.push(name.to_owned());
    }
}

impl LeftOut {
    fn report(self, inventory: &Inventory, store: &dyn AdvisoryStore, diagnostics: &mut Vec<Diagnostic>) {
        let vulnerabilities = [Capability::Vulnerabilities];
        let os = distribution::title(inventory);
        for (kind, counted) in &self.other_kind {
            diagnostics.push(
                Diagnostic::warning(
                    Reason::UnsupportedOs,
                    format!("{} of {kind}: the advisories of {os} do not concern them", counted.text()),
                )
                .affecting(vulnerabilities),
            );
        }
        for counted in self.third_party.values() {
            diagnostics.push(Diagnostic::note(
                Reason::UnsupportedOs,
                format!("{} of other vendors: the advisories of {os} do not concern them, and they were not matched", counted.text()),
            ));
        }
        for (ecosystem, counted) in &self.no_feeds {
            // The starter set has gaps everywhere, which is said once and for all.
            if store.database().kind == probity_model::vulnerability::DatabaseKind::Starter {
                continue;
            }
            diagnostics.push(
                Diagnostic::warning(
                    Reason::DbMissing,
                    format!("{} of kind `{ecosystem}`: the vulnerability database has no advisories for it", counted.text()),
                )
                .affecting(vulnerabilities),
            );
        }
    }
}

impl Counted {
    /// `7 packages (a, b, c, d, e, …)`
    fn text(&self) -> String {
        let more = if self.count > self.names.len() as u64 { ", …" } else { "" };
        format!("{} package{} ({}{more})", self.count, if self.count == 1 { "" } else { "s" }, self.names.join(", "))
    }
}
