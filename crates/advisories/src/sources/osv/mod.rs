//! OSV: one vulnerability of any ecosystem, as JSON or YAML.
//!
//! <https://ossf.github.io/osv-schema/>, versions up to 1.7. A file holds one entry; the dump of an ecosystem is a zip of such files. Also published in
//! this format: GitHub's advisories, PyPA's, Go's (with the symbols that are vulnerable), Bitnami's, and most distributions'.
//!
//! Odd: a notice of a distribution names the vulnerabilities that it fixes in `upstream` or `related`, not in `aliases`. `versions` is a list besides the
//! ranges; only those outside the ranges are kept. Ranges of git commits say nothing about versions of packages and are passed over.

mod ecosystem;

use super::{
    Advisory, Affected, FeedFile, Format, Home, Sink, Why, cvss, distros,
    text::{cve_ids, date, is_cve, is_id, or_default},
    yaml,
};
use ecosystem::{Place, place};
use probity_model::{
    Severity,
    vulnerability::{DataSource, FixStatus, Rating},
};
use serde::Deserialize;
use serde_json::Value;
use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

pub(super) static FORMAT: Format = Format { id: "osv", title: "OSV", recognise, read };

/// More packages of one entry are not read.
const MAX_AFFECTED: usize = 200_000;

fn recognise(file: &FeedFile<'_>) -> bool {
    let json = file.is_object_with(&["id", "affected"])
        || file.is_object_with(&["id", "modified", "schema_version"])
        || file.is_object_with(&["id", "modified", "withdrawn"]);
    json || (file.is_text_with(&["id:", "modified:"]) && !file.head().starts_with(b"```"))
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    sink.seen += 1;
    let parsed: Result<Osv, String> = match &file.shape {
        super::shape::Shape::Object(_) => serde_json::from_slice(file.bytes).map_err(|error| error.to_string()),
        _ => yaml::read(&file.text()),
    };
    match parsed {
        Ok(entry) => convert(entry, sink),
        Err(error) => sink.unreadable(error),
    }
}

#[derive(Deserialize)]
struct Osv {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    modified: String,
    #[serde(default, deserialize_with = "or_default")]
    published: String,
    #[serde(default, deserialize_with = "or_default")]
    withdrawn: String,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    related: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    upstream: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    summary: String,
    #[serde(default, deserialize_with = "or_default")]
    details: String,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<Score>,
    #[serde(default, deserialize_with = "or_default")]
    affected: Vec<Package>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: Database,
}

/// The version of a vector can be seen in the vector.
#[derive(Deserialize, Default, Clone)]
struct Score {
    #[serde(default, deserialize_with = "or_default")]
    score: String,
}

#[derive(Deserialize, Default)]
struct Reference {
    #[serde(default, deserialize_with = "or_default")]
    url: String,
}

#[derive(Deserialize, Default)]
struct Database {
    /// A word for GitHub and Bitnami; other databases put other things here.
    #[serde(default)]
    severity: Value,
    #[serde(default)]
    cwe_ids: Value,
}

#[derive(Deserialize, Default)]
struct Package {
    #[serde(default, rename = "package", deserialize_with = "or_default")]
    named: Name,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<Score>,
    #[serde(default, deserialize_with = "or_default")]
    ranges: Vec<Range>,
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
    #[serde(default)]
    ecosystem_specific: Value,
    #[serde(default)]
    database_specific: Value,
}

#[derive(Deserialize, Default)]
struct Name {
    #[serde(default, deserialize_with = "or_default")]
    ecosystem: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
}

#[derive(Deserialize, Default)]
struct Range {
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<Event>,
    #[serde(default)]
    database_specific: Value,
}

#[derive(Deserialize, Default)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

fn convert(entry: Osv, sink: &mut Sink) {
    if !is_id(&entry.id) {
        return sink.reject(Why::Unreadable, &entry.id, "the entry has no id");
    }
    sink.state(date(&entry.modified));
    if !entry.withdrawn.is_empty() {
        return sink.reject(Why::Withdrawn, &entry.id, entry.withdrawn);
    }
    // Entries of several publishers' buckets become an advisory for each: GitHub's name packages of ten ecosystems.
    let mut by_source: BTreeMap<Arc<DataSource>, Vec<Affected>> = BTreeMap::new();
    let mut word = entry.database_specific.severity.as_str().and_then(cvss::word);
    let mut scores = entry.severity.clone();
    // Distributions' packages share them; reported once for the notice, not for each of its packages.
    let fixes = fixed_ids(&entry);
    let (mut nameless, mut without_module) = (false, None);
    for package in entry.affected.iter().take(MAX_AFFECTED) {
        if scores.is_empty() {
            scores.clone_from(&package.severity);
        }
        let Some(place) = place(&package.named.ecosystem, &entry.id) else {
            let named = if package.named.ecosystem.is_empty() { "no ecosystem" } else { &package.named.ecosystem };
            sink.reject(Why::UnknownEcosystem, &entry.id, named);
            continue;
        };
        if let Some(informational) = package.database_specific.get("informational").and_then(Value::as_str)
            && informational != "unsound"
        {
            sink.reject(Why::NotAVulnerability, &entry.id, informational);
            continue;
        }
        if fixes.ids.is_empty() && !matches!(place.home, Home::Language { .. }) {
            nameless = true;
            continue;
        }
        let affected = by_source.entry(Arc::clone(&place.source)).or_default();
        if let Err(name) = one_package(&entry, &fixes, package, &place, affected, sink) {
            without_module.get_or_insert(name);
        }
    }
    if nameless {
        sink.reject(Why::NotAVulnerability, &entry.id, "it names no vulnerability");
    }
    if let Some(name) = without_module {
        sink.reject(Why::NoPackage, &entry.id, format!("`{name}` is of a module, and the notice does not say of which"));
    }
    if entry.affected.len() > MAX_AFFECTED {
        sink.reject(Why::Unreadable, &entry.id, format!("it names more than {MAX_AFFECTED} packages"));
    }
    if entry.affected.is_empty() {
        sink.reject(Why::NoPackage, &entry.id, "");
    }
    let references: Vec<String> = entry.references.into_iter().map(|reference| reference.url).filter(|url| !url.is_empty()).collect();
    let cwes: Vec<String> = entry
        .database_specific
        .cwe_ids
        .as_array()
        .map(|ids| ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    for (source, affected) in by_source.into_iter().filter(|(_, affected)| !affected.is_empty()) {
        let mut rating = Rating { source: source.id.clone(), severity: word.take(), date: date(&entry.modified), ..Rating::default() };
        let mut rated = rating.severity.is_some();
        for score in &scores {
            if let Some(severity) = cvss::word(&score.score) {
                // Ubuntu says `{"type": "Ubuntu", "score": "medium"}`.
                rating.severity = Some(severity);
                rated = true;
            } else {
                rated |= cvss::add(&mut rating, &score.score, None);
            }
        }
        if !rated && let Some(severity) = entry.summary.split_once(": ").and_then(|(word, _)| cvss::word(word)) {
            // `Important: kernel security update`
            rating.severity = Some(severity);
            rated = true;
        }
        word = rating.severity;
        let title = if entry.summary.is_empty() { first_line(&entry.details) } else { entry.summary.clone() };
        sink.keep(Advisory {
            id: entry.id.clone(),
            aliases: entry.aliases.iter().filter(|id| is_id(id)).cloned().collect(),
            source,
            title,
            description: entry.details.clone(),
            ratings: if rated { vec![rating] } else { Vec::new() },
            cwes: cwes.clone(),
            references: references.clone(),
            published: date(&entry.published),
            modified: date(&entry.modified),
            affected,
        });
    }
}

/// Notices without a title get their text's first sentence, cut at a length that fits a line of a table.
fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim_start_matches('#').trim();
    match line.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", line.split_at(at).0.trim_end()),
        None => line.to_owned(),
    }
}

/// An error is the name of a package of a module that nobody names.
fn one_package(
    entry: &Osv,
    fixes: &Fixes,
    package: &Package,
    place: &Place,
    out: &mut Vec<Affected>,
    sink: &mut Sink,
) -> Result<(), String> {
    let name = (place.normalise)(package.named.name.trim());
    if name.is_empty() || name.len() > 1024 {
        sink.reject(Why::NoPackage, &entry.id, package.named.name.as_str());
        return Ok(());
    }
    let ranges = Intervals::read(package);
    if ranges.pairs.is_empty() && package.versions.is_empty() {
        let why =
            if package.ranges.iter().any(|range| range.kind == "GIT") { "only commits, no versions" } else { "no range and no versions" };
        sink.reject(Why::NoRange, &entry.id, format!("{name}: {why}"));
        return Ok(());
    }
    match &place.home {
        Home::Language { scheme, .. } => {
            let (mut vulnerable, mut patched) = ranges.constraints();
            without_vulnerable(*scheme, &vulnerable, &mut patched);
            vulnerable.extend(outside(*scheme, &package.versions, &vulnerable));
            out.push(Affected {
                home: place.home.clone(),
                package: name,
                vulnerable,
                patched,
                custom: symbols(&package.ecosystem_specific),
                ..Affected::default()
            });
            Ok(())
        }
        home => {
            let Some(mut affected) = distribution(package, home, &name, &ranges) else {
                sink.reject(
                    Why::NoRange,
                    &entry.id,
                    format!("{name}: a distribution's package with a last affected version and no fixed one"),
                );
                return Ok(());
            };
            affected.ids.clone_from(&fixes.ids);
            affected.vendor_ids.clone_from(&fixes.vendor_ids);
            affected.cpes = place.cpe.clone().into_iter().collect();
            let names = modular_names(entry, &name, &affected.fixed, home);
            if names.is_empty() {
                return Err(name);
            }
            out.extend(names.into_iter().map(|package| Affected { package, ..affected.clone() }));
            Ok(())
        }
    }
}

/// What a distribution says of its package: the version that fixes it. `None` when it says neither that nor that there is none.
fn distribution(package: &Package, home: &Home, name: &str, ranges: &Intervals) -> Option<Affected> {
    let scheme = home.scheme();
    // The last bound wins where there are several: a package is good when the newest fix is in.
    let mut fixed = String::new();
    for (_, end) in &ranges.pairs {
        if let End::Before(version) = end
            && (fixed.is_empty() || scheme.compare(version, &fixed) == Ok(Ordering::Greater))
        {
            fixed.clone_from(version);
        }
    }
    let open = ranges.pairs.iter().any(|(_, end)| *end == End::Open) || (ranges.pairs.is_empty() && !package.versions.is_empty());
    let last = ranges.pairs.iter().find_map(|(_, end)| if let End::Through(version) = end { Some(version.clone()) } else { None });
    let mut status = if fixed.is_empty() { FixStatus::Affected } else { FixStatus::Fixed };
    if open && !fixed.is_empty() && ranges.pairs.len() > 1 {
        // Fixed once and broken again.
        fixed.clear();
        status = FixStatus::Affected;
    }
    if fixed.is_empty() && last.is_some() && !open {
        return None;
    }
    let since = match ranges.pairs.first() {
        Some((start, _)) if ranges.pairs.len() == 1 && start != "0" => start.clone(),
        _ => String::new(),
    };
    let mut severity = Severity::Unknown;
    if let Some(urgency) = package.ecosystem_specific.get("urgency").and_then(Value::as_str) {
        if urgency == "end-of-life" {
            status = FixStatus::EndOfLife;
        }
        severity = cvss::word(urgency).unwrap_or_default();
    }
    Some(Affected { home: home.clone(), package: name.to_owned(), fixed, since, status, severity, ..Affected::default() })
}

/// The names that scanners look for: a package of a module is not the package of that name outside it.
fn modular_names(entry: &Osv, name: &str, fixed: &str, home: &Home) -> Vec<String> {
    let alma = matches!(home, Home::Distribution { bucket, .. } if bucket.starts_with("alma ") || bucket.starts_with("rocky "));
    if !alma || !distros::is_modular(fixed) {
        return vec![name.to_owned()];
    }
    distros::modules_of(&entry.summary).iter().map(|module| distros::modular(module, name)).collect()
}

/// What a distribution's entry is about.
struct Fixes {
    /// The vulnerabilities.
    ids: Vec<String>,
    /// The notice's own name, where that is another thing than the vulnerability's.
    vendor_ids: Vec<String>,
}

/// Starts of the ids of notices that are about security, whatever else they name.
const SECURITY_NOTICES: [&str; 10] = ["ALSA-", "RLSA-", "RXSA-", "RHSA-", "ELSA-", "SUSE-SU-", "openSUSE-SU-", "DSA-", "DLA-", "USN-"];

fn fixed_ids(entry: &Osv) -> Fixes {
    let cves = |ids: &[String]| -> Vec<String> { ids.iter().filter(|id| is_cve(id)).cloned().collect() };
    let mut ids = cves(&entry.upstream);
    if ids.is_empty() {
        ids = cves(&entry.aliases);
    }
    if ids.is_empty() {
        ids = cves(&entry.related);
    }
    // `DEBIAN-CVE-2024-1234`, `UBUNTU-CVE-…`, `ALPINE-CVE-…` are the distribution's pages about one vulnerability.
    let own = entry.id.split_once("-CVE-").and_then(|(_, rest)| cve_ids(&format!("CVE-{rest}")).into_iter().next());
    if ids.is_empty() {
        ids.extend(own.clone());
    }
    if ids.is_empty() {
        let others = entry.upstream.iter().chain(&entry.aliases);
        let known = |id: &str| is_id(id) && ["GHSA-", "GO-", "RUSTSEC-", "PYSEC-", "MAL-"].iter().any(|start| id.starts_with(start));
        ids = others.filter(|id| known(id)).take(1).cloned().collect();
    }
    let is_notice = SECURITY_NOTICES.iter().any(|start| entry.id.starts_with(start));
    if ids.is_empty() && is_notice {
        // Some notices, of kernels above all, name what they fix only by the pages that they link to.
        ids = entry
            .references
            .iter()
            .filter(|reference| reference.url.to_ascii_lowercase().contains("/cve"))
            .flat_map(|reference| cve_ids(&reference.url))
            .collect();
    }
    if ids.is_empty() && is_notice {
        ids.push(entry.id.clone());
    }
    ids.sort();
    ids.dedup();
    let notice = own.is_none() && !ids.contains(&entry.id) && !is_cve(&entry.id);
    Fixes { ids, vendor_ids: if notice { vec![entry.id.clone()] } else { Vec::new() } }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Open,
    Before(String),
    Through(String),
}

/// Affected ranges of an entry: from, to.
struct Intervals {
    pairs: Vec<(String, End)>,
}

impl Intervals {
    /// Events in the order that they are written, which is the order of versions in every feed we know; an end without a beginning begins at the first
    /// version.
    fn read(package: &Package) -> Self {
        let mut pairs: Vec<(String, End)> = Vec::new();
        for range in package.ranges.iter().filter(|range| range.kind != "GIT") {
            let mut from: Option<String> = None;
            let before = pairs.len();
            for event in &range.events {
                let end = if let Some(fixed) = &event.fixed {
                    End::Before(fixed.trim().to_owned())
                } else if let Some(last) = &event.last_affected {
                    End::Through(last.trim().to_owned())
                } else if let Some(introduced) = &event.introduced {
                    if let Some(open) = from.replace(introduced.trim().to_owned()) {
                        pairs.push((open, End::Open));
                    }
                    continue;
                } else if let Some(limit) = event.limit.as_ref().filter(|limit| *limit != "*") {
                    End::Before(limit.trim().to_owned())
                } else {
                    continue;
                };
                match from.take() {
                    Some(start) => pairs.push((start, end)),
                    // A second end of one beginning: the wider one stands.
                    None if pairs.len() > before => {}
                    None => pairs.push(("0".to_owned(), end)),
                }
            }
            if let Some(start) = from {
                pairs.push((start, last_known(range).unwrap_or(End::Open)));
            }
        }
        Self { pairs }
    }

    /// As the database writes them: `>=1.0, <1.2`, and the versions that end the ranges.
    fn constraints(&self) -> (Vec<String>, Vec<String>) {
        let (mut vulnerable, mut patched) = (Vec::new(), Vec::new());
        for (start, end) in &self.pairs {
            let start = if start == "0" { String::new() } else { format!(">={start}") };
            let end = match end {
                End::Open => String::new(),
                End::Before(version) => {
                    if !patched.contains(version) {
                        patched.push(version.clone());
                    }
                    format!("<{version}")
                }
                End::Through(version) => format!("<={version}"),
            };
            // An empty range is every version, in trivy-db too.
            let separator = if start.is_empty() || end.is_empty() { "" } else { ", " };
            let text = format!("{start}{separator}{end}");
            if !vulnerable.contains(&text) {
                vulnerable.push(text);
            }
        }
        (vulnerable, patched)
    }
}

/// Drops versions that end one range and lie in another: as a patched version, such a one would excuse what the other range accuses.
pub(crate) fn without_vulnerable(scheme: probity_versions::Scheme, vulnerable: &[String], patched: &mut Vec<String>) {
    if vulnerable.len() > 1 && !patched.is_empty() {
        let ranges: Vec<_> =
            vulnerable.iter().filter(|range| !range.is_empty()).filter_map(|range| scheme.constraint(range).ok()).collect();
        patched.retain(|version| !ranges.iter().any(|range| range.matches(version) == Ok(true)));
    }
}

/// GitHub writes an inclusive end beside the range: `"last_known_affected_version_range": "<= 1.2"`.
fn last_known(range: &Range) -> Option<End> {
    let text = range.database_specific.get("last_known_affected_version_range")?.as_str()?.trim();
    if let Some(version) = text.strip_prefix("<=") {
        return Some(End::Through(version.trim().to_owned()));
    }
    text.strip_prefix('<').map(|version| End::Before(version.trim().to_owned()))
}

/// `=1.2` for each listed version that no range has. Versions that the scheme cannot read are kept as they are, so that they are reported.
fn outside(scheme: probity_versions::Scheme, versions: &[String], ranges: &[String]) -> Vec<String> {
    if ranges.iter().any(String::is_empty) {
        return Vec::new();
    }
    let constraints: Vec<_> = ranges.iter().filter_map(|range| scheme.constraint(range).ok()).collect();
    let mut out: Vec<String> = versions
        .iter()
        .map(|version| version.trim())
        .filter(|version| !version.is_empty() && !constraints.iter().any(|constraint| constraint.matches(version) == Ok(true)))
        .map(|version| format!("={version}"))
        .collect();
    out.sort();
    out.dedup();
    out
}

/// The parts of a Go module that are vulnerable: `{"Imports": [{"Path": …, "Symbols": […]}]}`.
fn symbols(specific: &Value) -> Option<Value> {
    let imports = specific.get("imports")?.as_array()?;
    let out: Vec<Value> = imports
        .iter()
        .filter_map(|import| {
            let path = import.get("path")?.as_str()?;
            let list = |key: &str| import.get(key).filter(|list| list.as_array().is_some_and(|list| !list.is_empty())).cloned();
            let mut object = serde_json::Map::new();
            object.insert("Path".to_owned(), path.into());
            for (key, name) in [("symbols", "Symbols"), ("goos", "GOOS"), ("goarch", "GOARCH")] {
                if let Some(list) = list(key) {
                    object.insert(name.to_owned(), list);
                }
            }
            Some(Value::Object(object))
        })
        .collect();
    (!out.is_empty()).then(|| serde_json::json!({ "Imports": out }))
}
