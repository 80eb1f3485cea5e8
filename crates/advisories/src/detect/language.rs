//! Packages of languages: ranges of every feed of the ecosystem.
//!
//! A version is affected when it lies in one of the vulnerable ranges and in none of the patched or unaffected ones; where there are no vulnerable
//! ranges, when it lies in none of the others. An empty range, vulnerable or patched, means every version.
//!
//! Feeds overlap, and then they have the same id. What the last of them says counts, as it does for trivy-db's own readers: general feeds
//! (`GitHub Security Advisory …`) sort before those of the ecosystem's own people (`ruby-advisory-db`, `The Go Vulnerability Database`).

use super::{Match, Outcome};
use crate::store::{Advisory, AdvisoryStore, Bucket, StoreError};
use probity_model::{
    package::{Package, Relationship},
    vulnerability::MatchEvidence,
};
use probity_versions::{Constraint, Scheme};
use std::collections::BTreeMap;

pub(super) const fn feeds(ecosystem: &str) -> Bucket<'_> {
    Bucket::Ecosystem(ecosystem)
}

pub(super) fn judge(package: &Package, store: &dyn AdvisoryStore) -> Result<Outcome, StoreError> {
    let name = (package.ecosystem.normalize)(&package.name);
    let found = store.advisories(feeds(package.ecosystem.advisories), &name)?;
    let mut outcome = Outcome { matches: Vec::new(), problems: found.unreadable };
    if found.advisories.is_empty() {
        return Ok(outcome);
    }
    if package.version.trim().is_empty() {
        // The project itself is not one of its dependencies.
        if !matches!(package.relationship, Relationship::Root | Relationship::Workspace) {
            outcome.problems.push(format!("`{}` has no version, and {} advisories are about it", package.name, found.advisories.len()));
        }
        return Ok(outcome);
    }
    let scheme = package.ecosystem.versions;
    if let Err(error) = scheme.check(&package.version)
        && !found.advisories.iter().all(concerns_every_version)
    {
        outcome.problems.push(format!("`{}` was not compared with {} advisories: {error}", package.name, found.advisories.len()));
        return Ok(outcome);
    }
    let mut by_id: BTreeMap<&str, Option<Match>> = BTreeMap::new();
    for advisory in &found.advisories {
        match is_affected(scheme, &package.version, advisory) {
            Ok(affected) => {
                by_id.insert(&advisory.id, affected.then(|| matched(scheme, package, &name, advisory)));
            }
            Err(reason) => outcome.problems.push(format!("`{}` was not compared with `{}`: {reason}", package.name, advisory.id)),
        }
    }
    outcome.matches = by_id.into_values().flatten().collect();
    Ok(outcome)
}

fn concerns_every_version(advisory: &Advisory) -> bool {
    advisory.vulnerable_versions.iter().chain(&advisory.patched_versions).any(|range| range.trim().is_empty())
}

/// Whether one of the ranges holds. A range that cannot be read is an error only if no other holds.
pub(super) fn any_holds<'a>(scheme: Scheme, version: &str, ranges: impl Iterator<Item = &'a String>) -> Result<bool, String> {
    let mut error = None;
    for range in ranges {
        match scheme.constraint(range) {
            Ok(constraint) => match constraint.matches(version) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(wrong) => error = Some(wrong.to_string()),
            },
            Err(wrong) => error = Some(wrong.to_string()),
        }
    }
    error.map_or(Ok(false), Err)
}

fn is_affected(scheme: Scheme, version: &str, advisory: &Advisory) -> Result<bool, String> {
    if concerns_every_version(advisory) {
        return Ok(true);
    }
    let stated = !advisory.vulnerable_versions.is_empty();
    if stated && !any_holds(scheme, version, advisory.vulnerable_versions.iter())? {
        return Ok(false);
    }
    let mut secure = advisory.patched_versions.iter().chain(&advisory.unaffected_versions).peekable();
    if secure.peek().is_none() {
        return Ok(stated);
    }
    match any_holds(scheme, version, secure) {
        Ok(holds) => Ok(!holds),
        // That the version is vulnerable is stated; what is not readable would only take it back.
        Err(_) if stated => Ok(true),
        Err(error) => Err(error),
    }
}

fn matched(scheme: Scheme, package: &Package, name: &str, advisory: &Advisory) -> Match {
    let unaffected = advisory.patched_versions.iter().chain(&advisory.unaffected_versions).cloned().collect();
    let evidence = MatchEvidence {
        bucket: advisory.bucket.to_string(),
        name: name.to_owned(),
        version: package.version.clone(),
        affected: advisory.vulnerable_versions.clone(),
        unaffected,
    };
    Match::new(advisory, fixed_version(scheme, advisory), evidence)
}

/// The patched versions as they are published, else the ends of the vulnerable ranges.
fn fixed_version(scheme: Scheme, advisory: &Advisory) -> String {
    let mut fixed: Vec<&str> = Vec::new();
    let constraints: Vec<_> = if advisory.patched_versions.is_empty() {
        advisory.vulnerable_versions.iter().filter_map(|range| scheme.constraint(range).ok()).collect()
    } else {
        Vec::new()
    };
    let patched = advisory.patched_versions.iter().map(|version| version.trim());
    for version in patched.chain(constraints.iter().flat_map(Constraint::exclusive_upper_bounds)) {
        if !version.is_empty() && !fixed.contains(&version) {
            fixed.push(version);
        }
    }
    fixed.join(", ")
}
