//! CSAF 2.0 documents: Red Hat's VEX (one for each vulnerability) and advisories, SUSE's advisories.
//!
//! <https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>. A document has a tree of products, relationships that make products of parts ("this rpm as a
//! component of that system", also "of that module of that system"), and for each vulnerability lists of product ids by status.
//!
//! Odd: Red Hat names an rpm that has no fix without a version, and says why in a remediation. SUSE lists what it fixed as `recommended`.
//! Documents of other publishers are about products that no package manager knows; they are passed over with that reason.

mod product;

use super::{
    Advisory, Affected, FeedFile, Format, Home, Sink, Why, cvss, distros,
    text::{cve_ids, date, is_id, or_default},
};
use probity_model::{
    Severity,
    vulnerability::{FixStatus, Rating},
};
use probity_versions::Scheme;
use product::{Part, Products};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

pub(super) static FORMAT: Format = Format { id: "csaf", title: "CSAF and VEX", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_object_with(&["document"]) && memchr::memmem::find(file.bytes, b"\"csaf_version\"").is_some()
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "document")]
    head: Head,
    #[serde(default, deserialize_with = "or_default")]
    product_tree: product::Tree,
    #[serde(default, deserialize_with = "or_default")]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    #[serde(default, deserialize_with = "or_default")]
    publisher: Publisher,
    #[serde(default, deserialize_with = "or_default")]
    tracking: Tracking,
    #[serde(default, deserialize_with = "or_default")]
    aggregate_severity: Text,
}

#[derive(Deserialize, Default)]
struct Publisher {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
}

#[derive(Deserialize, Default)]
struct Tracking {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    initial_release_date: String,
    #[serde(default, deserialize_with = "or_default")]
    current_release_date: String,
}

#[derive(Deserialize, Default)]
struct Text {
    #[serde(default, deserialize_with = "or_default")]
    text: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default, deserialize_with = "or_default")]
    cve: String,
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    #[serde(default, deserialize_with = "or_default")]
    cwe: Cwe,
    #[serde(default, deserialize_with = "or_default")]
    notes: Vec<Note>,
    #[serde(default, deserialize_with = "or_default")]
    product_status: BTreeMap<String, Vec<String>>,
    #[serde(default, deserialize_with = "or_default")]
    remediations: Vec<Remediation>,
    #[serde(default, deserialize_with = "or_default")]
    scores: Vec<Score>,
    #[serde(default, deserialize_with = "or_default")]
    threats: Vec<Threat>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    release_date: String,
}

#[derive(Deserialize, Default)]
struct Cwe {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
}

#[derive(Deserialize)]
struct Note {
    #[serde(default, deserialize_with = "or_default")]
    category: String,
    #[serde(default, deserialize_with = "or_default")]
    text: String,
}

#[derive(Deserialize)]
struct Remediation {
    #[serde(default, deserialize_with = "or_default")]
    category: String,
    #[serde(default, deserialize_with = "or_default")]
    details: String,
    #[serde(default, deserialize_with = "or_default")]
    url: String,
    #[serde(default, deserialize_with = "or_default")]
    product_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Score {
    #[serde(default, deserialize_with = "or_default")]
    cvss_v2: Vector,
    #[serde(default, deserialize_with = "or_default")]
    cvss_v3: Vector,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Vector {
    #[serde(default, deserialize_with = "or_default")]
    vector_string: String,
    base_score: Option<f64>,
}

#[derive(Deserialize)]
struct Threat {
    #[serde(default, deserialize_with = "or_default")]
    category: String,
    #[serde(default, deserialize_with = "or_default")]
    details: String,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default, deserialize_with = "or_default")]
    url: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Vendor {
    RedHat,
    Suse,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    sink.seen += 1;
    let Document { head, product_tree, vulnerabilities } = match serde_json::from_slice(file.bytes) {
        Ok(document) => document,
        Err(error) => return sink.unreadable(error),
    };
    let vendor = match head.publisher.name.as_str() {
        name if name.starts_with("Red Hat") => Vendor::RedHat,
        name if name.starts_with("SUSE") => Vendor::Suse,
        name => return sink.reject(Why::UnknownEcosystem, &head.tracking.id, format!("products of `{name}`")),
    };
    let modified = date(&head.tracking.current_release_date);
    sink.state(modified.clone());
    let products = Products::new(&product_tree);
    let source = match vendor {
        Vendor::RedHat => distros::RED_HAT.source(),
        Vendor::Suse => distros::SUSE.source(),
    };
    if vulnerabilities.is_empty() {
        sink.reject(Why::NotAVulnerability, &head.tracking.id, "it names no vulnerability");
    }
    for vulnerability in vulnerabilities {
        let id = if vulnerability.cve.is_empty() {
            cve_ids(&vulnerability.title).into_iter().next().unwrap_or_default()
        } else {
            vulnerability.cve.clone()
        };
        if !is_id(&id) {
            sink.reject(Why::NotAVulnerability, &head.tracking.id, "a vulnerability without an id");
            continue;
        }
        let severity = vulnerability
            .threats
            .iter()
            .filter(|t| t.category == "impact")
            .filter_map(|t| cvss::word(&t.details))
            .max()
            .or_else(|| cvss::word(&head.aggregate_severity.text));
        let mut rating = Rating { source: source.id.clone(), severity, date: modified.clone(), ..Rating::default() };
        for score in &vulnerability.scores {
            for vector in [&score.cvss_v3, &score.cvss_v2] {
                cvss::add(&mut rating, &vector.vector_string, vector.base_score);
            }
        }
        let affected = match vendor {
            Vendor::RedHat => red_hat(&id, &vulnerability, &products, severity.unwrap_or_default(), sink),
            Vendor::Suse => suse(&id, &head.tracking.id, &vulnerability, &products, sink),
        };
        if affected.is_empty() {
            sink.reject(Why::NotAVulnerability, &id, "no package is affected");
            continue;
        }
        let note = |category: &str| vulnerability.notes.iter().find(|note| note.category == category).map(|note| note.text.clone());
        let title = if vulnerability.title.is_empty() { head.title.clone() } else { vulnerability.title.clone() };
        sink.keep(Advisory {
            id,
            aliases: Vec::new(),
            source: source.clone(),
            title,
            description: note("description").or_else(|| note("general")).unwrap_or_default(),
            ratings: if rating.severity.is_some() { vec![rating] } else { Vec::new() },
            cwes: Some(vulnerability.cwe.id).filter(|id| !id.is_empty()).into_iter().collect(),
            references: vulnerability.references.into_iter().map(|reference| reference.url).filter(|url| !url.is_empty()).collect(),
            published: date(&vulnerability.release_date).or_else(|| date(&head.tracking.initial_release_date)),
            modified: modified.clone(),
            affected,
        });
    }
}

/// What the statuses of a document say of one kind of package: the architectures and products it holds for.
#[derive(Default)]
struct Group {
    arches: BTreeSet<String>,
    cpes: BTreeSet<String>,
}

/// Package, notice, fixed version, status.
type GroupKey = (String, String, String, FixStatus);

fn red_hat(id: &str, vulnerability: &Vulnerability, products: &Products<'_>, severity: Severity, sink: &mut Sink) -> Vec<Affected> {
    // The first remediation that names a product counts.
    let mut remedies: BTreeMap<&str, &Remediation> = BTreeMap::new();
    for remediation in vulnerability.remediations.iter().filter(|remediation| remediation.category != "workaround") {
        for product in &remediation.product_ids {
            remedies.entry(product).or_insert(remediation);
        }
    }
    let mut groups: BTreeMap<GroupKey, Group> = BTreeMap::new();
    let mut unnamed = 0_usize;
    for (status, list) in &vulnerability.product_status {
        if !matches!(status.as_str(), "fixed" | "known_affected" | "under_investigation") {
            continue;
        }
        for product in list {
            let Some(part) = products.resolve(product) else {
                unnamed += 1;
                continue;
            };
            let Part { name, version, arch, module, cpe, .. } = part;
            let Some(cpe) = cpe else { continue };
            if name.is_empty() || (arch == "src" && status == "fixed") {
                continue;
            }
            let remedy = remedies.get(product.as_str()).copied();
            let (notice, fixed, status) = if status == "fixed" {
                let notice = remedy.map(|remedy| notice_of(&remedy.url)).unwrap_or_default();
                (notice, version, FixStatus::Fixed)
            } else {
                (
                    String::new(),
                    String::new(),
                    if status == "under_investigation" { FixStatus::UnderInvestigation } else { unfixed(remedy) },
                )
            };
            if status == FixStatus::Fixed && fixed.is_empty() {
                continue;
            }
            let package = module.map_or_else(|| name.clone(), |module| distros::modular(&module, &name));
            let group = groups.entry((package, notice, fixed, status)).or_default();
            if !arch.is_empty() && arch != "src" {
                group.arches.insert(arch);
            }
            group.cpes.insert(cpe);
        }
    }
    if unnamed > 0 {
        sink.reject(Why::NoPackage, id, format!("{unnamed} product ids are not in the product tree"));
    }
    groups
        .into_iter()
        .map(|((package, notice, fixed, status), group)| Affected {
            home: Home::RedHat,
            package,
            ids: vec![id.to_owned()],
            vendor_ids: Some(notice).filter(|id| !id.is_empty()).into_iter().collect(),
            fixed,
            status,
            severity,
            arches: group.arches.into_iter().collect(),
            cpes: group.cpes.into_iter().collect(),
            ..Affected::default()
        })
        .collect()
}

/// `https://access.redhat.com/errata/RHSA-2024:1234` ends with the notice's id.
fn notice_of(url: &str) -> String {
    let last = url.rsplit('/').next().unwrap_or_default();
    if last.starts_with("RH") && is_id(last) { last.to_owned() } else { String::new() }
}

/// Red Hat's words for why there is no fix.
fn unfixed(remedy: Option<&Remediation>) -> FixStatus {
    match remedy.map(|remedy| (remedy.category.as_str(), remedy.details.as_str())) {
        Some(("no_fix_planned", details)) if details.contains("support scope") => FixStatus::EndOfLife,
        Some(("no_fix_planned", _)) => FixStatus::WillNotFix,
        Some(("none_available", details)) if details.contains("deferred") => FixStatus::FixDeferred,
        _ => FixStatus::Affected,
    }
}

fn suse(id: &str, notice: &str, vulnerability: &Vulnerability, products: &Products<'_>, sink: &mut Sink) -> Vec<Affected> {
    let mut groups: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
    let mut unnamed = 0_usize;
    let fixed =
        vulnerability.product_status.iter().filter(|(status, _)| matches!(status.as_str(), "recommended" | "fixed" | "first_fixed"));
    for product in fixed.flat_map(|(_, list)| list) {
        let Some(part) = products.resolve(product) else {
            unnamed += 1;
            continue;
        };
        let Some(bucket) = distros::suse_bucket(&part.platform) else { continue };
        if part.name.is_empty() || part.version.is_empty() || part.arch == "src" {
            continue;
        }
        groups.entry((bucket, part.name, part.version)).or_default().insert(part.arch);
    }
    if unnamed > 0 {
        sink.reject(Why::NoPackage, id, format!("{unnamed} product ids are not in the product tree"));
    }
    groups
        .into_keys()
        .map(|(bucket, package, fixed)| Affected {
            home: distros::home(bucket, Scheme::Rpm),
            package,
            ids: vec![id.to_owned()],
            vendor_ids: Some(notice.to_owned()).filter(|notice| is_id(notice) && notice != id).into_iter().collect(),
            fixed,
            status: FixStatus::Fixed,
            ..Affected::default()
        })
        .collect()
}
