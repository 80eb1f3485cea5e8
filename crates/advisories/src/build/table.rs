//! Everything by bucket, package and vulnerability, and how it is written.

use super::{BuildReport, cluster::Names, input::Collected};
use crate::{
    bolt::{WriteError, Writer},
    sources::{Advisory as Notice, Affected, EndOfLife, Home, without_vulnerable},
    store::{
        Advisory, Entry, EntryCve, Vulnerability,
        value::{self, bucket},
    },
};
use probity_model::{
    Severity,
    vulnerability::{DataSource, Epss, FixStatus, Kev, Rating, SourceFreshness},
};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    io::{Seek, Write},
    sync::Arc,
};

/// References of one vulnerability that are kept; some feeds list hundreds.
const MAX_REFERENCES: usize = 60;
/// Longest text of one vulnerability.
const MAX_TEXT: usize = 64 << 10;

/// Whose words are kept where several publishers describe a vulnerability, best first. Distributions describe an update rather than a vulnerability.
const VOICES: [&str; 18] = [
    "ghsa",
    "nvd",
    "govulndb",
    "rustsec",
    "pypa",
    "ruby-advisory-db",
    "php-security-advisories",
    "bitnami",
    "osv",
    "debian",
    "ubuntu",
    "redhat",
    "alpine",
    "suse-cvrf",
    "oracle-oval",
    "amazon",
    "rocky",
    "alma",
];

#[derive(Debug, Default)]
struct Feed {
    source: Arc<DataSource>,
    newest: Option<String>,
    packages: BTreeMap<String, BTreeMap<String, Advisory>>,
}

/// The whole database in memory.
#[derive(Debug, Default)]
pub(super) struct Table {
    feeds: BTreeMap<String, Feed>,
    /// Package → key → entries; the products by name until they have numbers.
    red_hat: BTreeMap<String, BTreeMap<String, Vec<RedHatEntry>>>,
    red_hat_source: Option<(Arc<DataSource>, Option<String>)>,
    products: BTreeMap<String, u32>,
    repositories: BTreeMap<String, BTreeSet<String>>,
    vulnerabilities: BTreeMap<String, Detail>,
    aliases: BTreeMap<String, BTreeSet<String>>,
    /// The other way round.
    names_of: BTreeMap<String, Vec<String>>,
    kev: BTreeMap<String, Kev>,
    epss: BTreeMap<String, Epss>,
    end_of_life: BTreeMap<String, BTreeMap<String, EndOfLife>>,
}

#[derive(Debug, Clone, PartialEq)]
struct RedHatEntry {
    fixed: String,
    status: FixStatus,
    arches: Vec<String>,
    cpes: Vec<String>,
    cves: BTreeMap<String, Severity>,
}

/// A vulnerability while publishers still add to it.
#[derive(Debug, Default)]
struct Detail {
    whole: Vulnerability,
    /// How good the voices are that the texts come from; smaller is better.
    title_voice: usize,
    description_voice: usize,
}

impl Table {
    pub(super) fn new(all: Collected, report: &mut BuildReport) -> Self {
        let mut table = Self::default();
        let names = Names::new(all.advisories.iter());
        for notice in &all.advisories {
            table.add(notice, &names, report);
        }
        for (name, cpes) in all.repositories {
            table.repositories.entry(name).or_default().extend(cpes);
        }
        let products: BTreeSet<&String> = table
            .red_hat
            .values()
            .flat_map(BTreeMap::values)
            .flatten()
            .flat_map(|entry| &entry.cpes)
            .chain(table.repositories.values().flatten())
            .collect();
        table.products = (0_u32..).zip(products).map(|(number, cpe)| (cpe.clone(), number)).collect();
        // A later entry of a catalogue replaces an earlier one: feeds may hold several days.
        for (id, kev) in all.kev {
            table.kev.insert(id, kev);
        }
        for (id, epss) in all.epss {
            if table.epss.get(&id).is_none_or(|known| known.date <= epss.date) {
                table.epss.insert(id, epss);
            }
        }
        for end in all.end_of_life {
            table.end_of_life.entry(end.product.clone()).or_default().insert(end.release.clone(), end);
        }
        // Text about vulnerabilities that no package has would only be carried around.
        let listed: BTreeSet<String> = table.listed().collect();
        table.vulnerabilities.retain(|id, _| listed.contains(id));
        for (alias, ids) in &table.aliases {
            for id in ids {
                table.names_of.entry(id.clone()).or_default().push(alias.clone());
            }
        }
        table.count(report);
        table
    }

    pub(super) fn is_empty(&self) -> bool {
        self.feeds.is_empty() && self.red_hat.is_empty() && self.kev.is_empty() && self.epss.is_empty() && self.end_of_life.is_empty()
    }

    /// Every vulnerability that a package has.
    fn listed(&self) -> impl Iterator<Item = String> + '_ {
        let feeds = self.feeds.values().flat_map(|feed| feed.packages.values()).flat_map(BTreeMap::keys).cloned();
        let red_hat = self.red_hat.values().flat_map(BTreeMap::values).flatten().flat_map(|entry| entry.cves.keys()).cloned();
        feeds.chain(red_hat)
    }

    fn count(&self, report: &mut BuildReport) {
        report.buckets = self.feeds.len() as u64 + u64::from(!self.red_hat.is_empty());
        report.packages = self.feeds.values().map(|feed| feed.packages.len() as u64).sum::<u64>() + self.red_hat.len() as u64;
        let own = self.feeds.values().flat_map(|feed| feed.packages.values()).map(|package| package.len() as u64).sum::<u64>();
        report.advisories = own + self.red_hat.values().map(|package| package.len() as u64).sum::<u64>();
        report.vulnerabilities = self.vulnerabilities.len() as u64;
        report.aliases = self.aliases.len() as u64;
        report.kev = self.kev.len() as u64;
        report.epss = self.epss.len() as u64;
        report.end_of_life = self.end_of_life.values().map(|releases| releases.len() as u64).sum();
    }

    fn add(&mut self, notice: &Notice, names: &Names, report: &mut BuildReport) {
        let own = names.listed_by(notice);
        let mut described: BTreeSet<&str> = BTreeSet::new();
        for affected in &notice.affected {
            let ids: &[String] = if affected.ids.is_empty() { &own } else { &affected.ids };
            described.extend(ids.iter().map(String::as_str));
            if affected.home == Home::RedHat {
                self.add_red_hat(notice, affected, ids);
                continue;
            }
            let bucket = affected.home.bucket(&notice.source);
            let feed = self.feeds.entry(bucket).or_insert_with(|| Feed { source: Arc::clone(&notice.source), ..Feed::default() });
            feed.newest = feed.newest.take().max(notice.modified.clone());
            let package = feed.packages.entry(affected.package.clone()).or_default();
            for id in ids {
                let advisory = advisory(notice, affected, id, names);
                insert(package, advisory, &notice.id, affected, report);
            }
        }
        if notice.affected.is_empty() {
            described.extend(own.iter().map(String::as_str));
        }
        for id in described {
            for other in names.others(notice, id) {
                if !notice.affected.iter().any(|affected| affected.ids.contains(&other)) {
                    self.aliases.entry(other).or_default().insert(id.to_owned());
                }
            }
            self.describe(id, notice);
        }
    }

    fn add_red_hat(&mut self, notice: &Notice, affected: &Affected, ids: &[String]) {
        let newest = self.red_hat_source.take().and_then(|(_, newest)| newest).max(notice.modified.clone());
        self.red_hat_source = Some((Arc::clone(&notice.source), newest));
        let package = self.red_hat.entry(affected.package.clone()).or_default();
        // A fix is listed by its notice, what has none by the vulnerability.
        let keys: Vec<(&String, Vec<&String>)> = match affected.vendor_ids.first() {
            Some(notice) => vec![(notice, ids.iter().collect())],
            None => ids.iter().map(|id| (id, vec![id])).collect(),
        };
        for (key, cves) in keys {
            let entries = package.entry(key.clone()).or_default();
            let same = entries.iter_mut().find(|entry| {
                entry.fixed == affected.fixed
                    && entry.status == affected.status
                    && entry.arches == affected.arches
                    && entry.cpes == affected.cpes
            });
            let cves = cves.into_iter().map(|cve| (cve.clone(), affected.severity));
            match same {
                Some(entry) => entry.cves.extend(cves),
                None => entries.push(RedHatEntry {
                    fixed: affected.fixed.clone(),
                    status: affected.status,
                    arches: affected.arches.clone(),
                    cpes: affected.cpes.clone(),
                    cves: cves.collect(),
                }),
            }
        }
    }

    /// Adds what a notice says of a vulnerability.
    fn describe(&mut self, id: &str, notice: &Notice) {
        let entry = self.vulnerabilities.entry(id.to_owned()).or_insert_with(|| Detail {
            title_voice: usize::MAX,
            description_voice: usize::MAX,
            ..Detail::default()
        });
        let voice = VOICES.iter().position(|voice| *voice == notice.source.id).unwrap_or(VOICES.len());
        let detail = &mut entry.whole.detail;
        if !notice.title.is_empty() && voice < entry.title_voice {
            detail.title = cut(&notice.title, 1024);
            entry.title_voice = voice;
        }
        if !notice.description.is_empty() && voice < entry.description_voice {
            detail.description = cut(&notice.description, MAX_TEXT);
            entry.description_voice = voice;
        }
        for rating in &notice.ratings {
            add_rating(&mut detail.ratings, rating);
        }
        for (list, more, most) in
            [(&mut detail.cwes, &notice.cwes, usize::MAX), (&mut detail.references, &notice.references, MAX_REFERENCES)]
        {
            for text in more {
                if list.len() < most && !list.contains(text) {
                    list.push(text.clone());
                }
            }
        }
        // First published, last modified, whoever it was.
        detail.published = match (detail.published.take(), notice.published.clone()) {
            (Some(known), Some(more)) => Some(known.min(more)),
            (known, more) => known.or(more),
        };
        detail.modified = detail.modified.take().max(notice.modified.clone());
    }

    /// Writes the database. Keys go in order: root buckets by name, packages and ids in them.
    pub(super) fn write<W: Write + Seek>(self, out: W) -> Result<W, WriteError> {
        let mut writer = Writer::new(out)?;
        let mut roots: BTreeMap<&str, Part<'_>> = self.feeds.iter().map(|(name, feed)| (name.as_str(), Part::Feed(feed))).collect();
        roots.insert(bucket::DATA_SOURCE, Part::Sources);
        roots.insert(bucket::VULNERABILITY, Part::Vulnerabilities);
        for (name, part, is_there) in [
            (bucket::RED_HAT, Part::RedHat, !self.red_hat.is_empty()),
            (bucket::RED_HAT_CPE, Part::Products, !self.products.is_empty()),
            (bucket::KEV, Part::Kev, !self.kev.is_empty()),
            (bucket::EPSS, Part::Epss, !self.epss.is_empty()),
            (super::bucket::ALIAS, Part::Aliases, !self.aliases.is_empty()),
            (super::bucket::END_OF_LIFE, Part::EndOfLife, !self.end_of_life.is_empty()),
        ] {
            if is_there {
                roots.insert(name, part);
            }
        }
        for (name, part) in roots {
            writer.open_bucket(name.as_bytes())?;
            self.write_part(&mut writer, &part)?;
            writer.close_bucket()?;
        }
        writer.finish()
    }

    fn write_part<W: Write + Seek>(&self, writer: &mut Writer<W>, part: &Part<'_>) -> Result<(), WriteError> {
        match part {
            Part::Feed(feed) => {
                for (package, advisories) in &feed.packages {
                    writer.open_bucket(package.as_bytes())?;
                    for (id, advisory) in advisories {
                        writer.put(id.as_bytes(), &value::write_advisory(advisory))?;
                    }
                    writer.close_bucket()?;
                }
            }
            Part::Sources => {
                let count = |packages: usize| Some(packages as u64);
                let mut sources: BTreeMap<&str, SourceFreshness> = BTreeMap::new();
                for (name, feed) in &self.feeds {
                    let advisories = count(feed.packages.values().map(BTreeMap::len).sum());
                    sources.insert(
                        name,
                        SourceFreshness { name: name.clone(), source: (*feed.source).clone(), newest: feed.newest.clone(), advisories },
                    );
                }
                if let Some((source, newest)) = &self.red_hat_source {
                    let advisories = count(self.red_hat.values().map(BTreeMap::len).sum());
                    let name = bucket::RED_HAT.to_owned();
                    sources
                        .insert(bucket::RED_HAT, SourceFreshness { name, source: (**source).clone(), newest: newest.clone(), advisories });
                }
                for (name, freshness) in sources {
                    writer.put(name.as_bytes(), &value::write_source(&freshness))?;
                }
            }
            Part::Vulnerabilities => {
                for (id, detail) in &self.vulnerabilities {
                    writer.put(id.as_bytes(), &value::write_vulnerability(&self.with_aliases(id, &detail.whole)))?;
                }
            }
            Part::RedHat => self.write_red_hat(writer)?,
            Part::Products => {
                // Buckets in a bucket are in order too: `cpe`, `nvr`, `repository`.
                writer.open_bucket(bucket::PRODUCT.as_bytes())?;
                let numbered: BTreeMap<String, &String> = self.products.iter().map(|(cpe, number)| (number.to_string(), cpe)).collect();
                for (number, cpe) in numbered {
                    writer.put(number.as_bytes(), cpe.as_bytes())?;
                }
                writer.close_bucket()?;
                writer.open_bucket(bucket::REPOSITORY.as_bytes())?;
                for (name, cpes) in self.repositories.iter().filter(|(name, _)| !name.is_empty()) {
                    let numbers: Vec<u32> = cpes.iter().filter_map(|cpe| self.products.get(cpe).copied()).collect();
                    writer.put(name.as_bytes(), &value::write_products(&numbers))?;
                }
                writer.close_bucket()?;
            }
            Part::Kev => {
                for (id, kev) in &self.kev {
                    writer.put(id.as_bytes(), &value::write_kev(kev))?;
                }
            }
            Part::Epss => {
                for (id, epss) in &self.epss {
                    writer.put(id.as_bytes(), &value::write_epss(epss))?;
                }
            }
            Part::Aliases => {
                for (alias, ids) in &self.aliases {
                    writer.put(alias.as_bytes(), serde_json::json!(ids).to_string().as_bytes())?;
                }
            }
            Part::EndOfLife => {
                for (product, releases) in self.end_of_life.iter().filter(|(product, _)| !product.is_empty()) {
                    writer.open_bucket(product.as_bytes())?;
                    for (release, end) in releases {
                        let value = serde_json::json!({ "Date": end.date, "Ended": end.ended, "Extended": end.extended });
                        writer.put(release.as_bytes(), value.to_string().as_bytes())?;
                    }
                    writer.close_bucket()?;
                }
            }
        }
        Ok(())
    }

    fn with_aliases(&self, id: &str, vulnerability: &Vulnerability) -> Vulnerability {
        let mut whole = vulnerability.clone();
        whole.aliases = self.names_of.get(id).cloned().unwrap_or_default();
        whole
    }

    fn write_red_hat<W: Write + Seek>(&self, writer: &mut Writer<W>) -> Result<(), WriteError> {
        for (package, keys) in &self.red_hat {
            writer.open_bucket(package.as_bytes())?;
            for (key, entries) in keys {
                let entries = entries.iter().map(|entry| Entry {
                    fixed_version: entry.fixed.clone(),
                    arches: entry.arches.clone(),
                    status: entry.status,
                    vendor_ids: Vec::new(),
                    products: entry.cpes.iter().filter_map(|cpe| self.products.get(cpe).copied()).collect(),
                    // A value that is the vulnerability's own does not repeat its name.
                    cves: entry
                        .cves
                        .iter()
                        .map(|(id, severity)| EntryCve {
                            id: if id == key { String::new() } else { id.clone() },
                            severity: known(*severity),
                        })
                        .collect(),
                });
                let advisory = Advisory { id: key.clone(), entries: entries.collect(), ..Advisory::default() };
                writer.put(key.as_bytes(), &value::write_advisory(&advisory))?;
            }
            writer.close_bucket()?;
        }
        Ok(())
    }
}

/// A root bucket.
enum Part<'a> {
    Feed(&'a Feed),
    Sources,
    Vulnerabilities,
    RedHat,
    Products,
    Kev,
    Epss,
    Aliases,
    EndOfLife,
}

fn known(severity: Severity) -> Option<Severity> {
    (severity != Severity::Unknown).then_some(severity)
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", text.split_at(end).0)
}

/// One rating for each source: the newer one, filled up from the older.
fn add_rating(ratings: &mut Vec<Rating>, more: &Rating) {
    let Some(known) = ratings.iter_mut().find(|rating| rating.source == more.source) else {
        ratings.push(more.clone());
        ratings.sort_by(|a, b| a.source.cmp(&b.source));
        return;
    };
    let (newer, older) = if more.date > known.date { (more.clone(), known.clone()) } else { (known.clone(), more.clone()) };
    *known = Rating {
        source: newer.source,
        severity: newer.severity.or(older.severity),
        cvss2: newer.cvss2.or(older.cvss2),
        cvss3: newer.cvss3.or(older.cvss3),
        cvss4: newer.cvss4.or(older.cvss4),
        date: newer.date.or(older.date),
    };
}

fn advisory(notice: &Notice, affected: &Affected, id: &str, names: &Names) -> Advisory {
    let mut vendor_ids = affected.vendor_ids.clone();
    let language = matches!(affected.home, Home::Language { .. });
    if language && notice.id != id && vendor_ids.is_empty() {
        vendor_ids.push(notice.id.clone());
    }
    let aliases = if affected.ids.is_empty() { names.others(notice, id).into_iter().collect() } else { Vec::new() };
    let mut out = Advisory {
        id: id.to_owned(),
        aliases,
        vendor_ids,
        arches: affected.arches.clone(),
        // Fixed is what a fixed version says by itself; trivy-db writes the others.
        status: if affected.status == FixStatus::Fixed { FixStatus::Unknown } else { affected.status },
        severity: known(affected.severity),
        fixed_version: affected.fixed.clone(),
        affected_version: affected.since.clone(),
        vulnerable_versions: affected.vulnerable.clone(),
        patched_versions: affected.patched.clone(),
        unaffected_versions: affected.unaffected.clone(),
        custom: affected.custom.as_ref().map(ToString::to_string),
        ..Advisory::default()
    };
    if has_entries(&affected.home) {
        out.arches = Vec::new();
        out.entries = vec![Entry {
            fixed_version: affected.fixed.clone(),
            arches: affected.arches.clone(),
            vendor_ids: affected.vendor_ids.clone(),
            ..Entry::default()
        }];
    }
    out
}

/// Distributions whose packages differ between architectures or builds.
fn has_entries(home: &Home) -> bool {
    matches!(home, Home::Distribution { bucket, .. } if bucket.starts_with("rocky ") || bucket.starts_with("Oracle Linux "))
}

/// The build that a version of Oracle belongs to: FIPS and Ksplice builds have their own fixes.
fn flavour(version: &str) -> &'static str {
    if version.contains(".ksplice") {
        "ksplice"
    } else if version.ends_with("_fips") || version.contains("_fips") {
        "fips"
    } else {
        ""
    }
}

/// Puts an advisory into a package, beside or into what is there under its name.
fn insert(package: &mut BTreeMap<String, Advisory>, mut more: Advisory, own_id: &str, affected: &Affected, report: &mut BuildReport) {
    let Some(known) = package.get_mut(&more.id) else {
        package.insert(more.id.clone(), more);
        return;
    };
    let scheme = affected.home.scheme();
    report.merged += 1;
    if matches!(affected.home, Home::Language { .. }) {
        // Ranges may be joined when they say what is vulnerable. Where notices say what is good, joining them would excuse what one of them accuses.
        let says_good = |advisory: &Advisory| {
            !advisory.unaffected_versions.is_empty()
                || advisory.patched_versions.iter().any(|range| range.starts_with(['<', '>', '=', '~', '^', '!']))
        };
        let same_good = known.patched_versions == more.patched_versions && known.unaffected_versions == more.unaffected_versions;
        if (says_good(known) || says_good(&more)) && !same_good {
            report.merged -= 1;
            report.conflicts += 1;
            own_id.clone_into(&mut more.id);
            if !package.contains_key(own_id) {
                package.insert(own_id.to_owned(), more);
            }
            return;
        }
        join(&mut known.vulnerable_versions, more.vulnerable_versions);
        join(&mut known.patched_versions, more.patched_versions);
        without_vulnerable(scheme, &known.vulnerable_versions, &mut known.patched_versions);
        known.custom = known.custom.take().or(more.custom);
    } else {
        if !more.entries.is_empty() {
            for entry in more.entries.drain(..) {
                add_entry(&mut known.entries, entry, |a, b| scheme.compare(a, b) == Ok(Ordering::Less));
            }
        }
        // The package is good when the last update that names the vulnerability is in; without any fix it is not.
        let normal = |version: &str| flavour(version).is_empty();
        let later = scheme.compare(&known.fixed_version, &more.fixed_version) == Ok(Ordering::Less);
        if known.fixed_version.is_empty() || more.fixed_version.is_empty() {
            if more.fixed_version.is_empty() {
                known.fixed_version.clear();
                known.status = more.status;
            }
        } else if (later && normal(&more.fixed_version)) || (!normal(&known.fixed_version) && normal(&more.fixed_version)) {
            known.fixed_version = more.fixed_version;
            known.status = more.status;
        }
        known.severity = known.severity.max(more.severity);
        if known.affected_version != more.affected_version {
            known.affected_version.clear();
        }
    }
    join(&mut known.arches, more.arches);
    join(&mut known.vendor_ids, more.vendor_ids);
    join(&mut known.aliases, more.aliases);
    for list in [&mut known.arches, &mut known.vendor_ids, &mut known.aliases] {
        list.sort();
    }
}

/// Of one build and one set of architectures, the last fix counts.
fn add_entry(entries: &mut Vec<Entry>, more: Entry, is_older: impl Fn(&str, &str) -> bool) {
    let same =
        entries.iter_mut().find(|entry| entry.arches == more.arches && flavour(&entry.fixed_version) == flavour(&more.fixed_version));
    match same {
        Some(entry) => {
            if is_older(&entry.fixed_version, &more.fixed_version) {
                entry.fixed_version = more.fixed_version;
            }
            join(&mut entry.vendor_ids, more.vendor_ids);
            entry.vendor_ids.sort();
        }
        None => entries.push(more),
    }
}

fn join(list: &mut Vec<String>, more: Vec<String>) {
    for text in more {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}
