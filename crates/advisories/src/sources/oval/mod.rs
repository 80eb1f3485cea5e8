//! OVAL definitions of distributions that use rpm: Red Hat, Oracle, Azure Linux and CBL-Mariner, SUSE.
//!
//! <https://oval.mitre.org/language/version5.11/>. A definition is a tree of criteria over tests; a test compares the version of a package (an object) with
//! a state. Read is what these publishers write: tests "version less than", conditions on the architecture, and that a module is enabled. Everything that
//! must hold besides (which distribution it is, how packages are signed) only repeats whom the file is about.

use super::{
    Advisory, Affected, FeedFile, Format, Home, Sink, Why, cvss,
    distros::{self, Publisher},
    rpm,
    text::{cve_ids, date, is_cve, is_id},
    xml::{Element, elements},
};
use probity_model::vulnerability::{FixStatus, Rating};
use probity_versions::Scheme;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) static FORMAT: Format = Format { id: "oval", title: "OVAL definitions", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_xml("oval_definitions")
}

/// What a test compares.
struct Test {
    object: String,
    state: String,
}

/// What a state asks for.
#[derive(Default)]
struct State {
    /// With the operation `less than`.
    before: Option<String>,
    arches: Vec<String>,
}

#[derive(Default)]
struct Tables {
    tests: HashMap<String, Test>,
    objects: HashMap<String, String>,
    states: HashMap<String, State>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let mut tables = Tables::default();
    let mut definitions = Vec::new();
    let wanted = ["definition", "rpminfo_test", "rpminfo_object", "rpminfo_state"];
    let result = elements(file.bytes, &wanted, &mut |element| match element.name.as_str() {
        "definition" => definitions.push(element),
        "rpminfo_test" => {
            let reference = |child: &str, attribute: &str| {
                element.child(child).and_then(|child| child.attribute(attribute)).unwrap_or_default().to_owned()
            };
            let test = Test { object: reference("object", "object_ref"), state: reference("state", "state_ref") };
            tables.tests.insert(id_of(&element), test);
        }
        "rpminfo_object" => {
            tables.objects.insert(id_of(&element), element.text_of("name").to_owned());
        }
        _ => {
            let evr =
                element.child("evr").filter(|evr| evr.attribute("operation") == Some("less than")).map(|evr| evr.text.trim().to_owned());
            tables.states.insert(id_of(&element), State { before: evr, arches: arches(element.text_of("arch")) });
        }
    });
    if let Err(error) = result {
        sink.unreadable(error);
    }
    for definition in definitions {
        sink.seen += 1;
        one_definition(&definition, &tables, sink);
    }
}

fn id_of(element: &Element) -> String {
    element.attribute("id").unwrap_or_default().to_owned()
}

/// `aarch64|ppc64le|x86_64`, with or without anchors.
fn arches(text: &str) -> Vec<String> {
    text.split(['|', '(', ')', '^', '$']).filter(|word| rpm::ARCHES.contains(word)).map(str::to_owned).collect()
}

/// A package that the criteria say is too old.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Old {
    module: Option<String>,
    package: String,
    fixed: String,
}

fn one_definition(definition: &Element, tables: &Tables, sink: &mut Sink) {
    let Some(metadata) = definition.child("metadata") else { return sink.reject(Why::Unreadable, &id_of(definition), "no metadata") };
    let title = metadata.text_of("title");
    let references: Vec<&Element> = metadata.children_named("reference").collect();
    let ref_ids = |source: &str| -> Vec<String> {
        let matching = references.iter().filter(|reference| reference.attribute("source").is_some_and(|s| s.eq_ignore_ascii_case(source)));
        matching.filter_map(|reference| reference.attribute("ref_id")).filter(|id| is_id(id)).map(str::to_owned).collect()
    };
    let notices: Vec<String> = ["RHSA", "RHBA", "RHEA", "elsa", "SUSE-SU", "SUSE CVE"]
        .iter()
        .flat_map(|source| ref_ids(source))
        .filter(|id| !is_cve(id))
        .collect();
    let advisory = metadata.child("advisory");
    let mut cves: BTreeSet<String> = ref_ids("CVE").into_iter().chain(ref_ids("SUSE CVE")).flat_map(|id| cve_ids(&id)).collect();
    for cve in advisory.into_iter().flat_map(|advisory| advisory.children_named("cve")) {
        cves.extend(cve_ids(&cve.text));
    }
    if cves.is_empty() {
        cves.extend(cve_ids(title));
    }
    let name = notices.first().cloned().or_else(|| cves.first().cloned()).unwrap_or_else(|| id_of(definition));
    if cves.is_empty() {
        return sink.reject(Why::NotAVulnerability, &name, "it names no vulnerability");
    }
    if definition.attribute("class") == Some("inventory") || metadata.text_of("patchable") == "Not Applicable" {
        return sink.reject(Why::NotAVulnerability, &name, "it is about no update");
    }
    let mut old: BTreeMap<Old, BTreeSet<String>> = BTreeMap::new();
    if let Some(criteria) = definition.child("criteria") {
        walk(criteria, tables, &Context::default(), &mut old);
    }
    let platforms: Vec<&str> = metadata
        .children_named("affected")
        .flat_map(|affected| affected.children_named("platform"))
        .map(|platform| platform.text.trim())
        .collect();
    let products: Vec<String> = advisory
        .and_then(|advisory| advisory.child("affected_cpe_list"))
        .map(|list| list.children_named("cpe").map(|cpe| cpe.text.trim().to_owned()).filter(|cpe| cpe.starts_with("cpe:")).collect())
        .unwrap_or_default();
    let unfixed = advisory.is_some_and(|advisory| advisory.child("affected").is_some()) && notices.is_empty();
    let severity = advisory
        .map(|advisory| advisory.text_of("severity"))
        .filter(|word| !word.is_empty())
        .unwrap_or_else(|| metadata.text_of("severity"));
    let severity = cvss::word(severity);
    let mut affected = Vec::new();
    let mut publisher = None;
    for (Old { module, package, fixed }, arches) in old {
        let Some((home, by)) = home(&platforms, &fixed, &notices, !products.is_empty()) else { continue };
        publisher = Some(by);
        let package = module.map_or_else(|| package.clone(), |module| distros::modular(&module, &package));
        affected.push(Affected {
            home,
            package,
            ids: cves.iter().cloned().collect(),
            vendor_ids: notices.iter().take(1).cloned().collect(),
            status: if fixed.is_empty() || unfixed { FixStatus::Affected } else { FixStatus::Fixed },
            fixed,
            severity: severity.unwrap_or_default(),
            arches: arches.into_iter().collect(),
            cpes: products.clone(),
            ..Affected::default()
        });
    }
    let Some(publisher) = publisher else {
        return sink.reject(
            Why::NoRange,
            &name,
            format!("no package version of {}", platforms.first().copied().unwrap_or("a platform we know")),
        );
    };
    let source = publisher.source();
    let dates = advisory.map(|advisory| {
        let of = |element: &str| advisory.child(element).and_then(|element| element.attribute("date")).and_then(date);
        (of("issued").or_else(|| date(metadata.text_of("advisory_date"))), of("updated"))
    });
    let (issued, modified) = dates.unwrap_or((date(metadata.text_of("advisory_date")), None));
    sink.state(modified.clone().or_else(|| issued.clone()));
    let mut rating = Rating { source: source.id.clone(), severity, date: modified.clone().or_else(|| issued.clone()), ..Rating::default() };
    // A notice about one vulnerability has its vector: `6.5/CVSS:3.1/AV:N/…`.
    if cves.len() == 1 {
        for cve in advisory.into_iter().flat_map(|advisory| advisory.children_named("cve")) {
            for attribute in ["cvss3", "cvss2"] {
                if let Some((score, vector)) = cve.attribute(attribute).and_then(|text| text.split_once('/')) {
                    cvss::add(&mut rating, vector, score.parse().ok());
                }
            }
        }
    }
    sink.keep(Advisory {
        id: name,
        source,
        title: title.to_owned(),
        description: metadata.text_of("description").to_owned(),
        ratings: if rating.severity.is_some() { vec![rating] } else { Vec::new() },
        references: references
            .iter()
            .filter_map(|reference| reference.attribute("ref_url"))
            .filter(|url| url.starts_with("http"))
            .map(str::to_owned)
            .collect(),
        published: issued,
        modified,
        affected,
        ..Advisory::default()
    });
}

/// Conditions above a criterion.
#[derive(Default, Clone)]
struct Context {
    module: Option<String>,
    arches: Vec<String>,
}

/// Trees are no deeper than the reader of XML allows.
fn walk(criteria: &Element, tables: &Tables, above: &Context, out: &mut BTreeMap<Old, BTreeSet<String>>) {
    let mut context = above.clone();
    if criteria.attribute("operator").is_none_or(|operator| operator.eq_ignore_ascii_case("and")) {
        for criterion in criteria.children_named("criterion") {
            let comment = criterion.attribute("comment").unwrap_or_default();
            // `Module nodejs:12 is enabled`
            if let Some(module) = comment.strip_prefix("Module ").and_then(|rest| rest.strip_suffix(" is enabled")) {
                context.module = Some(module.to_owned());
            }
            // `Oracle Linux arch is x86_64`
            if let Some((_, arch)) = comment.split_once(" arch is ") {
                context.arches = arches(arch);
            }
        }
    }
    for child in &criteria.children {
        match child.name.as_str() {
            "criteria" => walk(child, tables, &context, out),
            "criterion" => {
                if let Some(found) = too_old(child, tables) {
                    let (package, fixed, state) = found;
                    let arches = if state.is_empty() { &context.arches } else { state };
                    out.entry(Old { module: context.module.clone(), package, fixed }).or_default().extend(arches.iter().cloned());
                }
            }
            _ => {}
        }
    }
}

/// The package and version of a test that a version is less than another.
fn too_old<'t>(criterion: &Element, tables: &'t Tables) -> Option<(String, String, &'t Vec<String>)> {
    let test = tables.tests.get(criterion.attribute("test_ref")?)?;
    let name = tables.objects.get(&test.object).filter(|name| !name.is_empty())?;
    let state = tables.states.get(&test.state)?;
    let before = state.before.as_deref()?;
    Some((name.clone(), rpm::without_zero_epoch(before).to_owned(), &state.arches))
}

/// Whose package it is: by the platforms that the definition names, and for Azure Linux by the version, which ends with the release.
fn home(platforms: &[&str], fixed: &str, notices: &[String], has_products: bool) -> Option<(Home, Publisher)> {
    let of = |bucket: String, publisher| Some((distros::home(bucket, Scheme::Rpm), publisher));
    let azure = [(".azl3", "Azure Linux 3.0"), (".cm2", "CBL-Mariner 2.0"), (".cm1", "CBL-Mariner 1.0")];
    if let Some((_, bucket)) = azure.iter().find(|(tag, _)| fixed.ends_with(tag)) {
        return of((*bucket).to_owned(), if bucket.starts_with("Azure") { distros::AZURE } else { distros::MARINER });
    }
    for platform in platforms {
        if let Some(release) = platform.strip_prefix("Oracle Linux ") {
            return of(format!("Oracle Linux {}", release.trim()), distros::ORACLE);
        }
        if platform.starts_with("Red Hat") && (has_products || notices.iter().any(|notice| notice.starts_with("RH"))) {
            return Some((Home::RedHat, distros::RED_HAT));
        }
        if let Some(bucket) = distros::suse_bucket(platform) {
            return of(bucket, distros::SUSE);
        }
    }
    None
}
