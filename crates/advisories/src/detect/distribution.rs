//! Packages of distributions: one row for each family in [`DRIVERS`].
//!
//! A row says in which bucket the advisories of a release are, whether they are about source or binary packages, which version is compared and by
//! which order, and what an advisory without a fix means. Families that need more have it in fields of their own: Oracle's flavours, entries by
//! architecture, modules, Red Hat's products ([`super::red_hat`]), vendors that rebuild packages of a distribution ([`super::suppliers`]).
//!
//! Arch Linux's `AffectedVersion` is the version in which the problem was noticed, not the first one that has it, so it is not looked at.

use super::{Match, Outcome, red_hat::RedHat, suppliers::Suppliers};
use crate::store::{Advisory, AdvisoryStore, Bucket, Entry, StoreError};
use probity_model::{
    Capability, Diagnostic, Inventory, Reason, Severity,
    ecosystem::PackageClass,
    package::Package,
    vulnerability::{DatabaseKind, FixStatus, MatchEvidence},
};
use probity_versions::{Scheme, VersionError};
use std::{cmp::Ordering, collections::BTreeMap};

/// How packages of a family of distributions are judged.
pub(super) struct Driver {
    families: &'static [&'static str],
    /// The type of package URLs.
    kind: &'static str,
    /// Names that the bucket of a release may have, best first.
    buckets: fn(&str) -> Vec<String>,
    name: Name,
    version: Version,
    scheme: Scheme,
    /// Advisories without a fixed version mean that every version is affected.
    unfixed: bool,
    /// Fixed versions are shown without an epoch of 0.
    normal: bool,
    /// Advisories rate by package, under this name.
    rates_as: Option<&'static str>,
    special: Special,
}

/// What advisories are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Binary,
    /// The source package, or the package where it names none.
    Source,
    /// The binary package, behind its module: `nodejs:12::npm`.
    Modular,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Binary,
    Source,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Special {
    None,
    /// `AffectedVersion` is the first affected one.
    Introduced,
    /// Modular packages without a label cannot be told from others.
    Labels,
    /// A fix of one flavour is none for packages of another.
    Flavours,
    /// Versions that the order cannot read are read as rpm's.
    RpmToo,
    RedHat,
}

const BASE: Driver = Driver {
    families: &[],
    kind: "rpm",
    buckets: |_| Vec::new(),
    name: Name::Binary,
    version: Version::Binary,
    scheme: Scheme::Rpm,
    unfixed: false,
    normal: false,
    rates_as: None,
    special: Special::None,
};

const ROLLING_APK: Driver = Driver { kind: "apk", name: Name::Source, scheme: Scheme::Apk, ..BASE };

const DEB: Driver = Driver { kind: "deb", name: Name::Source, version: Version::Source, scheme: Scheme::Deb, unfixed: true, ..BASE };

pub(super) const DRIVERS: &[Driver] = &[
    Driver {
        families: &["alpine"],
        buckets: |version| of("alpine", &minor(version)),
        version: Version::Source,
        unfixed: true,
        special: Special::Introduced,
        ..ROLLING_APK
    },
    Driver { families: &["wolfi"], buckets: |_| rolling("wolfi"), ..ROLLING_APK },
    Driver { families: &["chainguard"], buckets: |_| rolling("chainguard"), ..ROLLING_APK },
    Driver { families: &["minimos"], buckets: |_| rolling("minimos"), ..ROLLING_APK },
    Driver { families: &["debian"], buckets: |version| of("debian", major(version)), rates_as: Some("debian"), ..DEB },
    Driver { families: &["ubuntu"], buckets: ubuntu, ..DEB },
    Driver { families: &["echo"], buckets: |_| rolling("echo"), rates_as: Some("echo"), ..DEB },
    Driver {
        families: &["redhat", "centos"],
        buckets: |_| rolling("Red Hat"),
        name: Name::Modular,
        unfixed: true,
        normal: true,
        rates_as: Some("redhat"),
        special: Special::RedHat,
        ..BASE
    },
    Driver {
        families: &["alma"],
        buckets: |version| of("alma", major(version)),
        name: Name::Modular,
        normal: true,
        special: Special::Labels,
        ..BASE
    },
    Driver { families: &["rocky"], buckets: |version| of("rocky", major(version)), name: Name::Modular, normal: true, ..BASE },
    Driver { families: &["oracle"], buckets: |version| of("Oracle Linux", major(version)), special: Special::Flavours, ..BASE },
    Driver { families: &["amazon"], buckets: amazon, scheme: Scheme::Deb, special: Special::RpmToo, ..BASE },
    Driver {
        families: &["azurelinux", "azure"],
        buckets: |version| of("Azure Linux", &minor(version)),
        name: Name::Source,
        version: Version::Source,
        unfixed: true,
        normal: true,
        ..BASE
    },
    Driver {
        families: &["cbl-mariner", "mariner"],
        buckets: |version| of("CBL-Mariner", &minor(version)),
        name: Name::Source,
        version: Version::Source,
        unfixed: true,
        normal: true,
        ..BASE
    },
    Driver { families: &["opensuse-leap", "opensuse"], buckets: |version| of("openSUSE Leap", version), ..BASE },
    Driver { families: &["opensuse-leap-micro", "leap-micro"], buckets: |version| of("openSUSE Leap Micro", version), ..BASE },
    Driver { families: &["opensuse-tumbleweed"], buckets: |_| rolling("openSUSE Tumbleweed"), ..BASE },
    Driver { families: &["sles"], buckets: suse, ..BASE },
    Driver { families: &["slem"], buckets: |version| of("SUSE Linux Enterprise Micro", version), ..BASE },
    Driver { families: &["photon"], buckets: |version| of("Photon OS", version), name: Name::Source, ..BASE },
    Driver { families: &["bottlerocket"], kind: "bottlerocket", buckets: |_| rolling("bottlerocket"), ..BASE },
    Driver { families: &["arch"], kind: "alpm", buckets: |_| rolling("archlinux"), scheme: Scheme::Pacman, unfixed: true, ..BASE },
];

fn rolling(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

/// No release, no bucket.
fn of(name: &str, release: &str) -> Vec<String> {
    if release.is_empty() { Vec::new() } else { vec![format!("{name} {release}")] }
}

/// `12` of `12.5`.
fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

/// `3.19` of `3.19.1`.
fn minor(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// With Extended Security Maintenance, a release has a bucket of its own from the end of its standard support on.
fn ubuntu(version: &str) -> Vec<String> {
    let plain = version.strip_suffix("-ESM");
    let release = minor(plain.unwrap_or(version));
    let mut names = if plain.is_some() { of("ubuntu", &format!("{release}-ESM")) } else { Vec::new() };
    names.extend(of("ubuntu", &release));
    names
}

/// Before 2, releases were named by their month, and all of them have one bucket.
fn amazon(version: &str) -> Vec<String> {
    let release = major(version.split_whitespace().next().unwrap_or_default());
    let month = release.len() == 4 && release.starts_with("201");
    of("amazon linux", if month { "1" } else { release })
}

/// Databases of old spell `15.3` as `15-SP3`.
fn suse(version: &str) -> Vec<String> {
    let name = "SUSE Linux Enterprise";
    let mut names = of(name, version);
    if let Some((release, pack)) = version.split_once('.') {
        names.push(format!("{name} {release}-SP{pack}"));
    }
    names
}

/// The operating system as messages name it.
pub(super) fn title(inventory: &Inventory) -> String {
    inventory
        .os
        .as_ref()
        .map_or_else(|| "the distribution".to_owned(), |os| format!("`{}`", format!("{} {}", os.family, os.version).trim_end()))
}

/// The distribution of one artifact.
pub(super) struct Distribution {
    driver: &'static Driver,
    bucket: String,
    red_hat: Option<RedHat>,
    suppliers: Suppliers,
}

impl Distribution {
    /// `None` when packages of the operating system cannot be judged, which is said, or when there are none.
    pub(super) fn of(inventory: &Inventory, store: &dyn AdvisoryStore, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let count = inventory.facts.packages.iter().filter(|package| package.ecosystem.class == PackageClass::Os).count();
        if count == 0 {
            return None;
        }
        let mut refuse = |message: String, hint: &str| {
            let diagnostic = Diagnostic::warning(Reason::UnsupportedOs, message).affecting([Capability::Vulnerabilities]);
            diagnostics.push(if hint.is_empty() { diagnostic } else { diagnostic.hint(hint) });
        };
        let (packages, were) = if count == 1 { ("1 package".to_owned(), "was") } else { (format!("{count} packages"), "were") };
        let Some(os) = &inventory.os else {
            refuse(
                format!("{packages} of an operating system {were} not matched: no file says which distribution and release it is"),
                "name it with `--distro`",
            );
            return None;
        };
        let title = title(inventory);
        let family = os.family.to_ascii_lowercase();
        let Some(driver) = DRIVERS.iter().find(|driver| driver.families.contains(&family.as_str())) else {
            refuse(format!("{packages} of {title} {were} not matched: its publisher has no advisories that this build reads"), "");
            return None;
        };
        let names = (driver.buckets)(&os.version);
        let bucket = names.iter().find(|name| store.knows(Bucket::Named(name)));
        let Some(bucket) = bucket.or_else(|| (store.database().kind == DatabaseKind::Starter).then(|| names.first()).flatten()) else {
            let what = if os.version.is_empty() && names.is_empty() {
                format!("{packages} of {title} {were} not matched: no file says which release it is")
            } else {
                format!("{packages} of {title} {were} not matched: the vulnerability database has no advisories for it")
            };
            refuse(what, "an update of the database may help: `probity db update`; a release that is past its end is not in it");
            return None;
        };
        if inventory.end_of_life {
            refuse(
                format!("{title} is past its end of life: its publisher does not say any more which vulnerabilities its packages have"),
                "move to a release that is supported",
            );
        }
        let red_hat = match driver.special {
            Special::RedHat => match RedHat::of(inventory, store, major(&os.version)) {
                Ok(red_hat) => Some(red_hat),
                Err(error) => {
                    refuse(format!("{packages} of {title} {were} not matched: {error}"), "");
                    return None;
                }
            },
            _ => None,
        };
        let suppliers = Suppliers::of(inventory, &family, &os.version, driver.scheme);
        Some(Self { driver, bucket: bucket.clone(), red_hat, suppliers })
    }

    pub(super) const fn kind(&self) -> &'static str {
        self.driver.kind
    }

    pub(super) fn judge(&self, package: &Package, store: &dyn AdvisoryStore) -> Result<Outcome, StoreError> {
        if let Some(outcome) = self.suppliers.judge_own(package, store)? {
            return Ok(outcome);
        }
        let mut outcome = Outcome::default();
        let driver = self.driver;
        let name = match driver.name {
            Name::Binary => package.name.clone(),
            Name::Source => source_name(package).to_owned(),
            Name::Modular => match (module(package), is_modular(package)) {
                (Some(module), _) => format!("{module}::{}", package.name),
                (None, true) => {
                    outcome.problems.push(format!(
                        "`{}` belongs to a module and does not say to which: advisories of modules were not compared",
                        package.name
                    ));
                    if driver.special == Special::Labels {
                        return Ok(outcome);
                    }
                    package.name.clone()
                }
                (None, false) => package.name.clone(),
            },
        };
        let found = store.advisories(Bucket::Named(&self.bucket), &name)?;
        outcome.problems.extend(found.unreadable);
        let advisories = self.suppliers.replace(found.advisories, package, &name, store, &mut outcome)?;
        if advisories.is_empty() {
            return Ok(outcome);
        }
        let version = match driver.version {
            Version::Binary => package.version.as_str(),
            Version::Source => source_version(package),
        };
        if version.trim().is_empty() {
            outcome.problems.push(format!("`{}` has no version, and {} advisories are about it", package.name, advisories.len()));
            return Ok(outcome);
        }
        let mut by_id: BTreeMap<&str, Part<'_>> = BTreeMap::new();
        for advisory in &advisories {
            let mut parts = Vec::new();
            match &self.red_hat {
                Some(red_hat) => match red_hat.parts(advisory, package) {
                    Ok(found) => parts = found,
                    Err(problem) => {
                        outcome.problems.push(problem);
                        break;
                    }
                },
                None if advisory.entries.is_empty() => {
                    if is_for(&advisory.arches, package) {
                        parts.push(Part::of(advisory));
                    }
                }
                None => parts.extend(
                    advisory.entries.iter().filter(|entry| is_for(&entry.arches, package)).map(|entry| Part::entry(advisory, entry)),
                ),
            }
            for part in parts {
                if driver.special == Special::Flavours && flavour(part.fixed_version) != flavour(&package.version) {
                    continue;
                }
                if let Err(error) = self.add(&mut by_id, part) {
                    outcome.problems.push(format!("`{}` was not compared with `{}`: {error}", package.name, advisory.id));
                }
            }
        }
        for part in by_id.into_values() {
            match self.is_affected(version, &part) {
                Ok(true) => outcome.matches.push(self.matched(part, &name, version)),
                Ok(false) => {}
                Err(error) => outcome.problems.push(format!("`{}` was not compared with `{}`: {error}", package.name, part.id)),
            }
        }
        Ok(outcome)
    }

    /// Of several fixes of one vulnerability the latest counts; one without a fix only where no other has one.
    fn add<'a>(&self, by_id: &mut BTreeMap<&'a str, Part<'a>>, part: Part<'a>) -> Result<(), VersionError> {
        let later = match by_id.get(part.id) {
            None => true,
            Some(known) if known.fixed_version.is_empty() => !part.fixed_version.is_empty(),
            Some(_) if part.fixed_version.is_empty() => false,
            Some(known) => self.compare(known.fixed_version, part.fixed_version)? == Ordering::Less,
        };
        if later {
            by_id.insert(part.id, part);
        }
        Ok(())
    }

    fn compare(&self, one: &str, other: &str) -> Result<Ordering, VersionError> {
        let order = self.driver.scheme.compare(one, other);
        if order.is_err() && self.driver.special == Special::RpmToo {
            return Scheme::Rpm.compare(one, other);
        }
        order
    }

    fn is_affected(&self, version: &str, part: &Part<'_>) -> Result<bool, VersionError> {
        if part.status == FixStatus::NotAffected {
            return Ok(false);
        }
        if self.driver.special == Special::Introduced
            && !part.advisory.affected_version.is_empty()
            && self.compare(version, &part.advisory.affected_version)? == Ordering::Less
        {
            return Ok(false);
        }
        if part.fixed_version.is_empty() {
            return Ok(self.driver.unfixed || part.status > FixStatus::NotAffected);
        }
        Ok(self.compare(version, part.fixed_version)? == Ordering::Less)
    }

    fn matched(&self, part: Part<'_>, name: &str, version: &str) -> Match {
        let mut affected = Vec::new();
        if part.fixed_version.is_empty() {
            affected.push("*".to_owned());
        } else if self.driver.special == Special::Introduced && !part.advisory.affected_version.is_empty() {
            affected.push(format!(">= {}, < {}", part.advisory.affected_version, part.fixed_version));
        } else {
            affected.push(format!("< {}", part.fixed_version));
        }
        let evidence = MatchEvidence {
            bucket: part.advisory.bucket.to_string(),
            name: name.to_owned(),
            version: version.to_owned(),
            affected,
            unaffected: Vec::new(),
        };
        let fixed =
            if self.driver.normal { part.fixed_version.strip_prefix("0:").unwrap_or(part.fixed_version) } else { part.fixed_version };
        let rates_as = self.driver.rates_as.map(str::to_owned);
        let mut matched = Match::new(part.advisory, fixed.to_owned(), evidence);
        part.id.clone_into(&mut matched.id);
        matched.vendor_ids = part.vendor_ids;
        matched.status = part.status;
        matched.own_severity = part.severity.zip(rates_as);
        matched
    }
}

/// What one advisory says of one vulnerability for the package.
pub(super) struct Part<'a> {
    pub(super) id: &'a str,
    pub(super) vendor_ids: Vec<String>,
    pub(super) fixed_version: &'a str,
    pub(super) status: FixStatus,
    pub(super) severity: Option<Severity>,
    /// Where the rest is.
    pub(super) advisory: &'a Advisory,
}

impl<'a> Part<'a> {
    fn of(advisory: &'a Advisory) -> Self {
        Self {
            id: &advisory.id,
            vendor_ids: advisory.vendor_ids.clone(),
            fixed_version: &advisory.fixed_version,
            status: advisory.status,
            severity: advisory.severity,
            advisory,
        }
    }

    pub(super) fn entry(advisory: &'a Advisory, entry: &'a Entry) -> Self {
        let mut part = Self { fixed_version: &entry.fixed_version, status: entry.status, ..Self::of(advisory) };
        part.vendor_ids.extend(entry.vendor_ids.iter().filter(|id| !advisory.vendor_ids.contains(id)).cloned());
        part
    }
}

pub(super) fn source_name(package: &Package) -> &str {
    package.source_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&package.name)
}

pub(super) fn source_version(package: &Package) -> &str {
    package.source_version.as_deref().filter(|version| !version.is_empty()).unwrap_or(&package.version)
}

/// An advisory that names no architectures is for all; a package without one runs on all.
pub(super) fn is_for(arches: &[String], package: &Package) -> bool {
    match package.arch.as_deref() {
        None | Some("" | "noarch" | "None") => true,
        Some(arch) => arches.is_empty() || arches.iter().any(|one| one == arch || one == "noarch"),
    }
}

/// `nodejs:12` of `nodejs:12:8030020201124152102:229f0a1c`.
fn module(package: &Package) -> Option<&str> {
    let label = package.modularity.as_deref()?;
    let (end, _) = label.match_indices(':').nth(1)?;
    label.get(..end)
}

/// Builds of modules have it in their release: `1.module_el8.6.0+2868+44838709`.
fn is_modular(package: &Package) -> bool {
    package.version.rsplit_once('-').is_some_and(|(_, release)| release.contains(".module_el") || release.contains(".module+el"))
}

/// Oracle's builds for FIPS and for Ksplice's libraries in user space are packages of their own.
fn flavour(version: &str) -> &'static str {
    let version = version.to_ascii_lowercase();
    if version.ends_with("_fips") {
        "fips"
    } else if version.split('.').any(|part| part.starts_with("ksplice")) {
        "ksplice"
    } else {
        "normal"
    }
}
