//! From matches to findings: one for each vulnerability of a package, with what is published about it and the severity that counts.

use super::{DetectOptions, Group, Match, Problems};
use crate::{
    ratings::{self, OwnRating},
    store::{AdvisoryStore, Vulnerability},
};
use probity_model::{
    Inventory,
    vulnerability::{DetectedVulnerability, FixStatus, Rating, VulnerabilityDetail},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Ids that name a vulnerability, not a notice about many.
const NAMES: &[&str] = &[
    "CVE-",
    "GHSA-",
    "GO-",
    "RUSTSEC-",
    "PYSEC-",
    "OSV-",
    "GMS-",
    "NSWG-ECO-",
    "JLSEC-",
    "BIT-",
    "MAL-",
    "HSEC-",
    "RSEC-",
    "CPANSA-",
    "EEF-",
    "DRUPAL-",
];

fn is_name(id: &str) -> bool {
    NAMES.iter().any(|start| id.starts_with(start))
}

fn is_cve(id: &str) -> bool {
    id.starts_with("CVE-")
}

/// A match as a finding, before it is given to every package of its group.
struct Finding {
    matched: Match,
    vulnerability: Arc<Vulnerability>,
}

pub(super) fn finish(
    inventory: &Inventory,
    store: &dyn AdvisoryStore,
    options: &DetectOptions,
    judged: Vec<(Group<'_>, Vec<Match>)>,
    problems: &mut Problems,
) -> Vec<DetectedVulnerability> {
    let ids: BTreeSet<&str> = judged.iter().flat_map(|(_, matches)| matches.iter().map(|matched| matched.id.as_str())).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let read: Vec<_> = ids.par_iter().map(|id| store.vulnerability(id)).collect();
    let mut published: BTreeMap<String, Arc<Vulnerability>> = BTreeMap::new();
    for (id, read) in ids.into_iter().zip(read) {
        let vulnerability = match read {
            Ok(vulnerability) => vulnerability.unwrap_or_default(),
            Err(error) => {
                *problems.0.entry(("".into(), error.to_string())).or_default() += 1;
                Vulnerability::default()
            }
        };
        published.insert(id.to_owned(), Arc::new(vulnerability));
    }
    let mut details = Details::default();
    let mut detected = Vec::new();
    for (group, matches) in judged {
        let findings = matches.into_iter().map(|matched| {
            let vulnerability = published.get(&matched.id).cloned().unwrap_or_default();
            Finding { matched, vulnerability }
        });
        for finding in cluster(findings.collect()) {
            let finding = finding.finding(inventory, options, &mut details);
            detected.extend(group.indices.iter().map(|index| DetectedVulnerability { package: *index, ..finding.clone() }));
        }
    }
    detected.sort_by(|a, b| (a.package, &a.id).cmp(&(b.package, &b.id)));
    detected
}

/// Joins matches of one package that are about one vulnerability under several names. Two CVEs are never one.
fn cluster(mut findings: Vec<Finding>) -> Vec<Finding> {
    // Better names first, so that the others join them.
    findings.sort_by(|a, b| rank(&a.matched.id).cmp(&rank(&b.matched.id)).then_with(|| a.matched.id.cmp(&b.matched.id)));
    let mut kept: Vec<Finding> = Vec::new();
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings {
        let names = finding.names();
        let known = if is_cve(&finding.matched.id) {
            by_name.get(&finding.matched.id).copied().filter(|at| kept.get(*at).is_some_and(|one| one.matched.id == finding.matched.id))
        } else {
            // Its own id among the others' names counts more than a name that both have.
            names.iter().find_map(|name| by_name.get(name).copied())
        };
        let at = known.unwrap_or(kept.len());
        for name in &names {
            by_name.entry(name.clone()).or_insert(at);
        }
        match kept.get_mut(at) {
            Some(one) => one.absorb(finding),
            None => kept.push(finding),
        }
    }
    kept
}

fn rank(id: &str) -> u8 {
    if is_cve(id) {
        0
    } else if id.starts_with("GHSA-") {
        1
    } else {
        2
    }
}

impl Finding {
    /// All ids of the vulnerability, its own first.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.matched.id.clone()];
        let others =
            self.matched.aliases.iter().chain(&self.vulnerability.aliases).chain(self.matched.vendor_ids.iter().filter(|id| is_name(id)));
        for name in others {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    fn absorb(&mut self, other: Self) {
        let names = other.names();
        self.matched.aliases.extend(names.into_iter().filter(|name| !is_cve(name)));
        if self.matched.fixed_version.is_empty() {
            self.matched.fixed_version = other.matched.fixed_version;
        }
        if self.vulnerability.detail == VulnerabilityDetail::default() {
            self.vulnerability = other.vulnerability;
        }
    }

    fn finding(self, inventory: &Inventory, options: &DetectOptions, details: &mut Details) -> DetectedVulnerability {
        let mut aliases: BTreeSet<String> = self.names().into_iter().collect();
        let Self { matched, vulnerability } = self;
        aliases.remove(&matched.id);
        let own = matched.own_severity.as_ref().map(|(severity, source)| OwnRating { severity: *severity, source });
        let publisher = matched.source.as_deref();
        let choice = ratings::choose(&matched.id, &vulnerability, publisher, own, &options.severity_sources);
        let status = if !matched.fixed_version.is_empty() {
            FixStatus::Fixed
        } else if matched.status == FixStatus::Unknown {
            FixStatus::Affected
        } else {
            matched.status
        };
        let detail = details.of(&matched, &vulnerability);
        DetectedVulnerability {
            subject: inventory.subject.id,
            package: 0,
            id: matched.id,
            aliases: aliases.into_iter().collect(),
            vendor_ids: matched.vendor_ids,
            fixed_version: matched.fixed_version,
            status,
            severity: choice.severity,
            severity_source: choice.source,
            source: matched.source,
            evidence: matched.evidence,
            detail,
            disposition: None,
        }
    }
}

/// What makes details of one vulnerability differ.
type DetailKey = (String, Option<String>, Option<(probity_model::Severity, String)>, Option<String>);

/// Details that were made before, so that the packages of an image share them.
#[derive(Default)]
struct Details(BTreeMap<DetailKey, Arc<VulnerabilityDetail>>);

impl Details {
    fn of(&mut self, matched: &Match, vulnerability: &Vulnerability) -> Arc<VulnerabilityDetail> {
        let publisher = matched.source.as_deref();
        let key = (matched.id.clone(), publisher.map(|source| source.id.clone()), matched.own_severity.clone(), matched.custom.clone());
        Arc::clone(self.0.entry(key).or_insert_with(|| {
            let mut detail = vulnerability.detail.clone();
            if let Some((severity, source)) = &matched.own_severity {
                if let Some(rating) = detail.ratings.iter_mut().find(|rating| rating.source == *source) {
                    rating.severity = Some(*severity);
                } else {
                    detail.ratings.push(Rating { source: source.clone(), severity: Some(*severity), ..Rating::default() });
                    detail.ratings.sort_by(|a, b| a.source.cmp(&b.source));
                }
            }
            detail.primary_url = ratings::primary_url(&matched.id, &detail.references, publisher);
            if matched.custom.is_some() {
                detail.custom.clone_from(&matched.custom);
            }
            Arc::new(detail)
        }))
    }
}
