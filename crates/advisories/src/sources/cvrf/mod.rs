//! CVRF 1.1 and 1.2: SUSE's security notices.
//!
//! <https://docs.oasis-open.org/csaf/csaf-cvrf/v1.2/csaf-cvrf-v1.2.html>. Relationships of the product tree make product ids of a package (its rpm's name) and a
//! system (`SUSE Linux Enterprise Server 15 SP3`); vulnerabilities list those that are fixed.

use super::{
    Advisory, Affected, FeedFile, Format, Sink, Why, cvss, distros, rpm,
    text::{cve_ids, date, is_id},
    xml::{Element, elements},
};
use probity_model::vulnerability::{FixStatus, Rating};
use probity_versions::Scheme;
use std::collections::{BTreeSet, HashMap};

pub(super) static FORMAT: Format = Format { id: "cvrf", title: "CVRF", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_xml("cvrfdoc")
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    sink.seen += 1;
    let (mut title, mut publisher, mut id) = (String::new(), String::new(), String::new());
    let (mut first_released, mut modified) = (None, None);
    // Product id → package and system.
    let mut parts: HashMap<String, (String, String)> = HashMap::new();
    let mut vulnerabilities = Vec::new();
    let wanted = ["DocumentTitle", "DocumentPublisher", "DocumentTracking", "ProductTree", "Vulnerability"];
    let result = elements(file.bytes, &wanted, &mut |element| match element.name.as_str() {
        "DocumentTitle" => element.text.trim().clone_into(&mut title),
        "DocumentPublisher" => publisher = format!("{} {}", element.text_of("ContactDetails"), element.text_of("IssuingAuthority")),
        "DocumentTracking" => {
            element.child("Identification").map_or("", |identification| identification.text_of("ID")).clone_into(&mut id);
            first_released = date(element.text_of("InitialReleaseDate"));
            modified = date(element.text_of("CurrentReleaseDate"));
        }
        "ProductTree" => element.walk(&mut |child| {
            if child.name == "Relationship"
                && let (Some(package), Some(system)) = (child.attribute("ProductReference"), child.attribute("RelatesToProductReference"))
                && let Some(product) = child.child("FullProductName").and_then(|name| name.attribute("ProductID"))
            {
                parts.insert(product.to_owned(), (package.to_owned(), system.to_owned()));
            }
        }),
        _ => vulnerabilities.push(element),
    });
    if let Err(error) = result {
        sink.unreadable(error);
    }
    sink.state(modified.clone());
    if !is_id(&id) || !publisher.to_ascii_lowercase().contains("suse") {
        return sink.reject(Why::UnknownEcosystem, &id, format!("a notice of `{}`", publisher.trim()));
    }
    if vulnerabilities.is_empty() {
        return sink.reject(Why::NotAVulnerability, &id, "it names no vulnerability");
    }
    let source = distros::SUSE.source();
    for vulnerability in vulnerabilities {
        let Some(cve) = cve_ids(vulnerability.text_of("CVE")).into_iter().next() else {
            sink.reject(Why::NotAVulnerability, &id, "a vulnerability without an id");
            continue;
        };
        let affected = affected(&vulnerability, &cve, &id, &parts);
        if affected.is_empty() {
            sink.reject(Why::NoPackage, &cve, format!("{id} fixes it in no distribution that we know"));
            continue;
        }
        let mut rating = Rating { source: source.id.clone(), date: modified.clone(), ..Rating::default() };
        vulnerability.walk(&mut |child| match child.name.as_str() {
            "Threat" if child.attribute("Type") == Some("Impact") => {
                rating.severity = rating.severity.or(cvss::word(child.text_of("Description")));
            }
            "ScoreSet" | "ScoreSetV2" | "ScoreSetV3" => {
                for (vector, score) in [("Vector", "BaseScore"), ("VectorV3", "BaseScoreV3"), ("VectorV2", "BaseScoreV2")] {
                    cvss::add(&mut rating, child.text_of(vector), child.text_of(score).parse().ok());
                }
            }
            _ => {}
        });
        let note = vulnerability
            .child("Notes")
            .into_iter()
            .flat_map(|notes| notes.children_named("Note"))
            .find(|note| note.attribute("Type") == Some("General"));
        let mut references = Vec::new();
        vulnerability.walk(&mut |child| {
            if child.name == "URL" {
                references.push(child.text.trim().to_owned());
            }
        });
        sink.keep(Advisory {
            id: cve,
            source: source.clone(),
            title: title.clone(),
            description: note.map(|note| note.text.trim().to_owned()).unwrap_or_default(),
            ratings: if rating.severity.is_some() { vec![rating] } else { Vec::new() },
            references,
            published: first_released.clone(),
            modified: modified.clone(),
            affected,
            ..Advisory::default()
        });
    }
}

fn affected(vulnerability: &Element, cve: &str, notice: &str, parts: &HashMap<String, (String, String)>) -> Vec<Affected> {
    let mut fixed: BTreeSet<(String, String, String)> = BTreeSet::new();
    for status in vulnerability.child("ProductStatuses").into_iter().flat_map(|list| list.children_named("Status")) {
        if !matches!(status.attribute("Type"), Some("Fixed" | "First Fixed" | "Recommended")) {
            continue;
        }
        for product in status.children_named("ProductID") {
            let id = product.text.trim();
            let Some((package, system)) = parts
                .get(id)
                .map(|(package, system)| (package.as_str(), system.as_str()))
                .or_else(|| id.split_once(':').map(|(s, p)| (p, s)))
            else {
                continue;
            };
            if let (Some(bucket), Some((name, version, arch))) = (distros::suse_bucket(system), rpm::split_nvra(package))
                && arch != "src"
            {
                fixed.insert((bucket, name.to_owned(), version));
            }
        }
    }
    fixed
        .into_iter()
        .map(|(bucket, package, fixed)| Affected {
            home: distros::home(bucket, Scheme::Rpm),
            package,
            ids: vec![cve.to_owned()],
            vendor_ids: vec![notice.to_owned()],
            fixed,
            status: FixStatus::Fixed,
            ..Affected::default()
        })
        .collect()
}
