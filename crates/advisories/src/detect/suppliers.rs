//! Vendors that rebuild packages of a distribution with fixes of their own: Root.io and Seal.
//!
//! Root.io's packages keep their names; their versions tell (`.root.io`, Alpine's `-r10071`). Where an image has one, Root.io's advisories replace
//! those of the distribution about the same vulnerability, for every package. Seal's packages are named `seal-…` and have advisories of their own.
//! Missing: RapidFort, whose marker file nothing reads yet.

use super::{
    Match, Outcome,
    distribution::{source_name, source_version},
    language::any_holds,
};
use crate::store::{Advisory, AdvisoryStore, Bucket, StoreError};
use probity_model::{Inventory, ecosystem::PackageClass, package::Package, vulnerability::MatchEvidence};
use probity_versions::Scheme;

pub(super) struct Suppliers {
    scheme: Scheme,
    root_io: Option<String>,
    /// What Seal builds on.
    seal: Option<&'static str>,
}

impl Suppliers {
    pub(super) fn of(inventory: &Inventory, family: &str, release: &str, scheme: Scheme) -> Self {
        let mut packages = inventory.facts.packages.iter().filter(|package| package.ecosystem.class == PackageClass::Os);
        let parts = match family {
            "debian" => 1,
            "ubuntu" | "alpine" => 2,
            _ => 0,
        };
        let root_io = (parts > 0 && packages.any(|package| is_root_io(family, &package.version))).then(|| {
            let release = release.split('.').take(parts).collect::<Vec<_>>().join(".");
            format!("root.io {family} {}", release.trim_end_matches("-ESM"))
        });
        let seal = match family {
            "alpine" => Some("alpine"),
            "debian" | "ubuntu" => Some("debian"),
            "cbl-mariner" | "centos" | "redhat" | "oracle" => Some("Red Hat"),
            _ => None,
        };
        Self { scheme, root_io, seal }
    }

    /// Judges a package that a supplier has renamed; `None` for any other.
    pub(super) fn judge_own(&self, package: &Package, store: &dyn AdvisoryStore) -> Result<Option<Outcome>, StoreError> {
        let Some(base) = self.seal.filter(|_| is_seal(package)) else { return Ok(None) };
        let name = source_name(package);
        let version = source_version(package);
        let release = if base == "Red Hat" { enterprise_release(version) } else { "" };
        let bucket = format!("seal {base}{}{release}", if release.is_empty() { "" } else { " " });
        let mut outcome = Outcome::default();
        if !store.knows(Bucket::Named(&bucket)) {
            outcome
                .problems
                .push(format!("`{}` is a package of Seal, for which the vulnerability database has no advisories", package.name));
            return Ok(Some(outcome));
        }
        let found = store.advisories(Bucket::Named(&bucket), name)?;
        outcome.problems.extend(found.unreadable);
        for advisory in &found.advisories {
            self.judge(advisory, package, name, &mut outcome);
        }
        Ok(Some(outcome))
    }

    /// Judges by a supplier's advisories, and gives back those of the distribution that it does not replace.
    pub(super) fn replace(
        &self,
        advisories: Vec<Advisory>,
        package: &Package,
        name: &str,
        store: &dyn AdvisoryStore,
        outcome: &mut Outcome,
    ) -> Result<Vec<Advisory>, StoreError> {
        let Some(bucket) = &self.root_io else { return Ok(advisories) };
        let found = store.advisories(Bucket::Named(bucket), name)?;
        outcome.problems.extend(found.unreadable);
        for advisory in &found.advisories {
            self.judge(advisory, package, name, outcome);
        }
        Ok(advisories.into_iter().filter(|base| !found.advisories.iter().any(|own| own.id == base.id)).collect())
    }

    fn judge(&self, advisory: &Advisory, package: &Package, name: &str, outcome: &mut Outcome) {
        let version = source_version(package);
        let ranges = &advisory.vulnerable_versions;
        match any_holds(self.scheme, version, ranges.iter()) {
            // No range means every version.
            Ok(holds) if holds || ranges.is_empty() => {
                let evidence = MatchEvidence {
                    bucket: advisory.bucket.to_string(),
                    name: name.to_owned(),
                    version: version.to_owned(),
                    affected: if ranges.is_empty() { vec!["*".to_owned()] } else { ranges.clone() },
                    unaffected: advisory.patched_versions.clone(),
                };
                let mut matched = Match::new(advisory, advisory.patched_versions.join(", "), evidence);
                let publisher = advisory.source.as_ref().map(|source| source.base_id.clone().unwrap_or_else(|| source.id.clone()));
                matched.own_severity = advisory.severity.zip(publisher);
                outcome.matches.push(matched);
            }
            Ok(_) => {}
            Err(error) => outcome.problems.push(format!("`{}` was not compared with `{}`: {error}", package.name, advisory.id)),
        }
    }
}

fn is_root_io(family: &str, version: &str) -> bool {
    if family != "alpine" {
        return version.contains(".root.io");
    }
    // One digit, `007`, one digit.
    version.split("-r").skip(1).any(
        |revision| matches!(revision.as_bytes(), [first, b'0', b'0', b'7', last, ..] if first.is_ascii_digit() && last.is_ascii_digit()),
    )
}

fn is_seal(package: &Package) -> bool {
    let starts = |name: &str| name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("seal-"));
    starts(&package.name) || package.source_name.as_deref().is_some_and(starts)
}

/// `8` of `1.2-3.el8+sp1`.
fn enterprise_release(version: &str) -> &str {
    let release = version.rsplit_once('-').map_or(version, |(_, release)| release);
    let after = release.split_once("el").map_or("", |(_, after)| after);
    after.split(['_', '+']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suppliers_are_told_by_names_and_versions() {
        for (family, version, expected) in [
            ("debian", "1.2-3.root.io.1", true),
            ("debian", "1.2-3", false),
            ("alpine", "1.2.3-r10071", true),
            ("alpine", "1.2.3-r1007", false),
            ("alpine", "1.2.3-r10", false),
        ] {
            assert_eq!(is_root_io(family, version), expected, "{version}");
        }
        for (version, expected) in [("1.2-3.el8+sp1", "8"), ("1-9.el10_0.1", "10"), ("1.2-3", "")] {
            assert_eq!(enterprise_release(version), expected, "{version}");
        }
    }
}
