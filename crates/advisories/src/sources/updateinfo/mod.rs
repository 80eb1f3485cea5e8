//! `updateinfo.xml`, the list of updates of a yum repository: Amazon Linux, Rocky Linux, AlmaLinux; and Amazon's updates as JSON.
//!
//! <https://docs.pulpproject.org/pulp_rpm/> names no specification; the schema is that of createrepo_c's `updaterecord`. An update names vulnerabilities by
//! `references` of type `cve` and packages with epoch, version, release and architecture. Which release it is about is said by the update's id (Amazon) or
//! by its collection or `release` (Rocky, Alma).

use super::{
    Advisory, Affected, FeedFile, Format, Sink, Why, cvss,
    distros::{self, Publisher},
    rpm,
    text::{cve_ids, date, is_cve, is_id, or_default},
    xml::{Element, elements},
};
use probity_model::vulnerability::{FixStatus, Rating};
use probity_versions::Scheme;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

pub(super) static FORMAT: Format = Format { id: "updateinfo", title: "updateinfo.xml and ALAS", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_xml("updates") || file.is_object_with(&["id", "cveids", "packages"]) || file.is_array_with(&["id", "cveids", "packages"])
}

/// An update, whatever it was written in.
#[derive(Default)]
struct Update {
    id: String,
    kind: String,
    title: String,
    description: String,
    severity: String,
    /// Where it says what it is about: release, collection.
    about: String,
    issued: Option<String>,
    updated: Option<String>,
    cves: BTreeSet<String>,
    references: Vec<String>,
    /// Module, package, version → architectures.
    packages: BTreeMap<(Option<String>, String, String), BTreeSet<String>>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    if !file.is_xml("updates") {
        return read_json(file, sink);
    }
    let result = elements(file.bytes, &["update"], &mut |element| keep(from_xml(&element), sink));
    if let Err(error) = result {
        sink.unreadable(error);
    }
}

fn from_xml(element: &Element) -> Update {
    let when = |name: &str| element.child(name).and_then(|child| child.attribute("date")).and_then(date);
    let mut update = Update {
        id: element.text_of("id").to_owned(),
        kind: element.attribute("type").unwrap_or_default().to_owned(),
        title: element.text_of("title").to_owned(),
        description: element.text_of("description").to_owned(),
        severity: element.text_of("severity").to_owned(),
        about: element.text_of("release").to_owned(),
        issued: when("issued"),
        updated: when("updated"),
        ..Update::default()
    };
    for reference in element.child("references").into_iter().flat_map(|list| list.children_named("reference")) {
        if reference.attribute("type") == Some("cve") {
            update.cves.extend(cve_ids(reference.attribute("id").or(reference.attribute("title")).unwrap_or_default()));
        }
        update.references.extend(reference.attribute("href").filter(|url| url.starts_with("http")).map(str::to_owned));
    }
    for collection in element.child("pkglist").into_iter().flat_map(|list| list.children_named("collection")) {
        update.about.push(' ');
        update.about.push_str(collection.attribute("short").unwrap_or_default());
        update.about.push(' ');
        update.about.push_str(collection.text_of("name"));
        let module =
            collection.child("module").and_then(|module| Some(format!("{}:{}", module.attribute("name")?, module.attribute("stream")?)));
        for package in collection.children_named("package") {
            let of = |name: &str| package.attribute(name).unwrap_or_default();
            if of("arch") == "src" {
                continue;
            }
            let key = (module.clone(), of("name").to_owned(), rpm::evr(of("epoch"), of("version"), of("release")));
            update.packages.entry(key).or_default().insert(of("arch").to_owned());
        }
    }
    update
}

#[derive(Deserialize)]
struct JsonUpdate {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    severity: String,
    #[serde(default, deserialize_with = "or_default")]
    issued: JsonDate,
    #[serde(default, deserialize_with = "or_default")]
    updated: JsonDate,
    #[serde(default, deserialize_with = "or_default")]
    cveids: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<JsonReference>,
    #[serde(default, deserialize_with = "or_default")]
    packages: Vec<JsonPackage>,
}

#[derive(Deserialize, Default)]
struct JsonDate {
    #[serde(default, deserialize_with = "or_default")]
    date: String,
}

#[derive(Deserialize)]
struct JsonReference {
    #[serde(default, deserialize_with = "or_default")]
    href: String,
}

#[derive(Deserialize)]
struct JsonPackage {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    epoch: String,
    #[serde(default, deserialize_with = "or_default")]
    version: String,
    #[serde(default, deserialize_with = "or_default")]
    release: String,
    #[serde(default, deserialize_with = "or_default")]
    arch: String,
}

fn read_json(file: &FeedFile<'_>, sink: &mut Sink) {
    let many = matches!(file.shape, super::shape::Shape::Array(_));
    let parsed: Result<Vec<JsonUpdate>, _> =
        if many { serde_json::from_slice(file.bytes) } else { serde_json::from_slice(file.bytes).map(|update| vec![update]) };
    match parsed {
        Err(error) => sink.unreadable(error),
        Ok(updates) => {
            for json in updates {
                let mut update = Update {
                    id: json.id,
                    kind: "security".to_owned(),
                    title: json.title,
                    description: json.description,
                    severity: json.severity,
                    issued: date(&json.issued.date),
                    updated: date(&json.updated.date),
                    cves: json.cveids.iter().filter(|id| is_cve(id)).cloned().collect(),
                    references: json.references.into_iter().map(|reference| reference.href).filter(|url| url.starts_with("http")).collect(),
                    ..Update::default()
                };
                for package in json.packages.into_iter().filter(|package| package.arch != "src") {
                    let version = rpm::evr(&package.epoch, &package.version, &package.release);
                    update.packages.entry((None, package.name, version)).or_default().insert(package.arch);
                }
                keep(update, sink);
            }
        }
    }
}

fn keep(update: Update, sink: &mut Sink) {
    sink.seen += 1;
    if !is_id(&update.id) {
        return sink.reject(Why::Unreadable, &update.id, "the update has no id");
    }
    if update.kind != "security" {
        return sink.reject(Why::NotAVulnerability, &update.id, update.kind);
    }
    if update.cves.is_empty() {
        return sink.reject(Why::NotAVulnerability, &update.id, "it names no vulnerability");
    }
    let Some((bucket, publisher)) = bucket(&update.id, &update.about) else {
        return sink.reject(Why::UnknownEcosystem, &update.id, format!("an update of `{}`", update.about.trim()));
    };
    let modified = update.updated.clone().or_else(|| update.issued.clone());
    sink.state(modified.clone());
    let source = publisher.source();
    let severity = cvss::word(&update.severity);
    let ids: Vec<String> = update.cves.into_iter().collect();
    let affected = update.packages.into_iter().filter(|((_, name, _), _)| !name.is_empty()).map(|((module, name, version), arches)| {
        let package = module.map_or_else(|| name.clone(), |module| distros::modular(&module, &name));
        Affected {
            home: distros::home(bucket.clone(), Scheme::Rpm),
            package,
            ids: ids.clone(),
            vendor_ids: vec![update.id.clone()],
            fixed: version,
            status: FixStatus::Fixed,
            severity: severity.unwrap_or_default(),
            arches: arches.into_iter().filter(|arch| !arch.is_empty()).collect(),
            ..Affected::default()
        }
    });
    let rating = severity.map(|severity| Rating {
        source: source.id.clone(),
        severity: Some(severity),
        date: modified.clone(),
        ..Rating::default()
    });
    sink.keep(Advisory {
        affected: affected.collect(),
        id: update.id.clone(),
        source,
        title: update.title,
        description: update.description,
        ratings: rating.into_iter().collect(),
        references: update.references,
        published: update.issued,
        modified,
        ..Advisory::default()
    });
}

fn bucket(id: &str, about: &str) -> Option<(String, Publisher)> {
    if let Some(rest) = id.strip_prefix("ALAS") {
        // `ALAS-2024-1`, `ALAS2-2024-1`, `ALAS2LIVEPATCH-…`, `ALAS2DOCKER-…`, `ALAS2023-2024-1`
        let family: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let release = match family.as_str() {
            "" => "1",
            "2" => "2",
            "2022" => "2022",
            "2023" => "2023",
            _ => return None,
        };
        return Some((format!("amazon linux {release}"), distros::AMAZON));
    }
    // `Rocky Linux 9`, `rocky-linux-8-x86-64-baseos-rpms`, `almalinux-8-…`
    let about = about.to_ascii_lowercase();
    let release_after = |word: &str| {
        let rest = about.split(word).nth(1)?.trim_start_matches(|c: char| !c.is_ascii_digit());
        let release: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!release.is_empty()).then_some(release)
    };
    if id.starts_with("RL") {
        return Some((format!("rocky {}", release_after("rocky")?), distros::ROCKY));
    }
    if id.starts_with("AL") {
        return Some((format!("alma {}", release_after("alma")?), distros::ALMA));
    }
    None
}
