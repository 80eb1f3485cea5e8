//! Bills of materials: CycloneDX and SPDX documents, attested or not, as lists of packages.
//!
//! A component's package URL says what it is; properties that scanners write (`aquasecurity:trivy:*`, `syft:*`) say where it was found, what
//! its source package is and which list it stood in. Components without a package URL cannot be matched, and are counted.

use super::Group;
use crate::{
    distros::os_release::family,
    unit::{LARGE, Run, Unit},
};
use probity_model::{
    Capability, Diagnostic, Ecosystem, Facts, Package, Place, Purl, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    ecosystem::{Evidence, PackageClass, UNKNOWN},
    facts::{OsRelease, SbomDocument},
    package::Relationship,
};
use probity_sbom::{Bom, Component, ComponentKind, HashAlgorithm, Limits, RelationKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Documents that lie in an artifact under the names that tools give them.
pub(crate) static EMBEDDED: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/sbom",
        version: 1,
        claims: &[
            Pattern::Suffix(".cdx.json"),
            Pattern::Suffix(".cdx.xml"),
            Pattern::Suffix(".spdx.json"),
            Pattern::Suffix(".spdx"),
            Pattern::Name("bom.json"),
            Pattern::Name("bom.xml"),
            Pattern::Name("sbom.json"),
        ],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(embedded),
};

pub(crate) static GROUP: Group = Group { ecosystems: &[], analyzers: &[&EMBEDDED] };

/// Where the operating system of a document stands among release files: it is what the document is about.
const RANK: u8 = 200;

fn embedded(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    // The names are used for other things too.
    if probity_sbom::detect(file.bytes).is_none() {
        return Ok(());
    }
    read(file.path, file.bytes, out)
}

/// Whether a file is a bill of materials.
pub fn is_sbom(bytes: &[u8]) -> bool {
    probity_sbom::detect(bytes).is_some()
}

/// The packages of a bill of materials.
pub fn read(path: &str, bytes: &[u8], out: &mut Facts) -> Result<(), AnalyzeError> {
    let read = probity_sbom::read(bytes, &Limits::default()).map_err(|err| AnalyzeError::new(err.to_string()))?;
    let bom = &read.bom;
    for warning in &bom_warnings(&read) {
        out.diagnostics.push(Diagnostic::note(Reason::AnalyzerDisabled, warning.clone()).at(path));
    }
    if let Some(attested) = &read.attested {
        out.diagnostics.push(
            Diagnostic::note(
                Reason::AnalyzerDisabled,
                format!("the document is attested ({}), and the signature was not verified", attested.predicate_type),
            )
            .at(path),
        );
    }
    let world = World::new(path, bom);
    let mut unmatched = 0_u64;
    for component in &bom.components {
        match component.kind {
            ComponentKind::OperatingSystem => {
                out.os.push(OsRelease {
                    family: family(component.property("aquasecurity:trivy:Type").unwrap_or(&component.name), &component.name),
                    version: component.version.clone().unwrap_or_default(),
                    pretty_name: component.description.clone(),
                    rank: RANK,
                    at: Place::file(path),
                });
            }
            _ => match world.package(component) {
                Some(package) => out.packages.push(package),
                // Lockfiles, containers and files are places; a library that nothing identifies is a package that is lost.
                None if matches!(component.kind, ComponentKind::Library | ComponentKind::Framework) => unmatched += 1,
                None => {}
            },
        }
    }
    if unmatched > 0 {
        out.diagnostics.push(
            Diagnostic::warning(
                Reason::AnalyzerFailed,
                format!("{unmatched} components have no package URL that is understood: nothing is known about them"),
            )
            .at(path)
            .affecting([Capability::Vulnerabilities]),
        );
    }
    distribution(path, bom, out);
    let root = bom.root.as_deref().and_then(|root| bom.components.iter().find(|component| component.reference == root));
    out.sboms.push(SbomDocument {
        format: bom.format.map(|format| format.to_string()).unwrap_or_default(),
        serial: bom.serial.clone().or_else(|| bom.namespace.clone()),
        subject: root.map(|root| root.name.clone()).or_else(|| bom.name.clone()),
        properties: root
            .map(|root| root.properties.iter().filter(|(name, _)| name.starts_with("aquasecurity:trivy:")).cloned().collect())
            .unwrap_or_default(),
        components: bom.components.len() as u64,
        at: Place::file(path),
    });
    Ok(())
}

fn bom_warnings(read: &probity_sbom::Read) -> Vec<String> {
    const SHOWN: usize = 20;
    let mut warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    if let Some(more) = warnings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        warnings.truncate(SHOWN);
        warnings.push(format!("{more} more parts of the document were not understood"));
    }
    warnings
}

/// Documents without an operating system component say it in the package URLs: `distro=debian-12`.
fn distribution(path: &str, bom: &Bom, out: &mut Facts) {
    if out.os.iter().any(|os| os.rank == RANK && *os.at.path == *path) {
        return;
    }
    let mut votes: BTreeMap<(String, String), usize> = BTreeMap::new();
    for purl in bom.components.iter().filter_map(|component| Purl::parse(component.purl.as_deref()?)) {
        if !matches!(purl.kind.as_str(), "deb" | "rpm" | "apk") {
            continue;
        }
        let Some(distro) = purl.qualifier("distro") else { continue };
        let (family, version) = match distro.split_once('-') {
            Some((family, version)) => (family.to_owned(), version.to_owned()),
            None if distro.starts_with(|c: char| c.is_ascii_digit()) => (purl.namespace.clone(), distro.to_owned()),
            None => (distro.to_owned(), String::new()),
        };
        *votes.entry((family, version)).or_default() += 1;
    }
    if let Some(((family, version), _)) = votes.into_iter().max_by_key(|(_, count)| *count) {
        let family = crate::distros::os_release::family(&family, "");
        out.os.push(OsRelease { family, version, pretty_name: None, rank: RANK, at: Place::file(path) });
    }
}

struct World<'a> {
    path: &'a str,
    /// Lockfiles by reference of what they list: path and kind.
    lists: HashMap<&'a str, (&'a str, &'a str)>,
    by_reference: HashMap<&'a str, &'a Component>,
    needs: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> World<'a> {
    fn new(path: &'a str, bom: &'a Bom) -> Self {
        let by_reference: HashMap<&str, &Component> =
            bom.components.iter().map(|component| (component.reference.as_str(), component)).collect();
        let mut needs: HashMap<&str, Vec<&str>> = HashMap::new();
        for relation in bom.relations.iter().filter(|relation| matches!(relation.kind, RelationKind::DependsOn | RelationKind::Contains)) {
            needs.entry(&relation.from).or_default().extend(relation.to.iter().map(String::as_str));
        }
        for (from, to) in bom.edges() {
            let list = needs.entry(from).or_default();
            if !list.contains(&to) && list.len() < 10_000 {
                list.push(to);
            }
        }
        // What a lockfile pulls in, however deep, stands in that lockfile.
        let mut lists = HashMap::new();
        for component in &bom.components {
            let is_list =
                component.kind == ComponentKind::Application && component.property("aquasecurity:trivy:Class") == Some("lang-pkgs");
            let Some(kind) = component.property("aquasecurity:trivy:Type").filter(|_| is_list) else { continue };
            let mut todo: Vec<&str> = vec![&component.reference];
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            while let Some(reference) = todo.pop() {
                if !seen.insert(reference) {
                    continue;
                }
                lists.entry(reference).or_insert((component.name.as_str(), kind));
                todo.extend(needs.get(reference).into_iter().flatten());
            }
        }
        Self { path, lists, by_reference, needs }
    }

    fn package(&self, component: &Component) -> Option<Package> {
        let purl = Purl::parse(component.purl.as_deref()?)?;
        let list = self.lists.get(component.reference.as_str());
        let property = |name: &str| component.property(&format!("aquasecurity:trivy:{name}"));
        let kind = property("PkgType").or(list.map(|(_, kind)| *kind)).or_else(|| property("Type"));
        let ecosystem = ecosystem(kind, &purl)?;
        let os = ecosystem.class == PackageClass::Os;
        let epoch = purl.qualifier("epoch").filter(|epoch| *epoch != "0");
        let version = purl.version.clone().or_else(|| component.version.clone()).unwrap_or_default();
        let version = match epoch {
            Some(epoch) if os && !version.starts_with(&format!("{epoch}:")) => format!("{epoch}:{version}"),
            _ => version,
        };
        let (source_name, source_version) = source(component, &purl, &version, os);
        let place = property("FilePath")
            .or(list.map(|(path, _)| *path))
            .or_else(|| component.property("syft:location:0:path"))
            .unwrap_or(if os || ecosystem.heading.is_some() { "" } else { self.path });
        let mut package = Package {
            name: name(&purl, component),
            version,
            id: property("PkgID").unwrap_or_default().to_owned(),
            arch: purl.qualifier("arch").map(str::to_owned),
            source_name,
            source_version,
            licenses: component.licenses.iter().map(text).collect(),
            maintainer: component.supplier.as_ref().map(|party| party.name.clone()).filter(|_| os),
            modularity: property("Modularitylabel").or_else(|| purl.qualifier("modularitylabel")).map(str::to_owned),
            relationship: Relationship::Unknown,
            digest: component.hashes.first().map(|hash| format!("{}:{}", algorithm(hash.algorithm), hash.value)),
            evidence: Some(Evidence::Sbom),
            at: Place::file(place.trim_start_matches('/')),
            ..Package::of(ecosystem)
        };
        if package.id == format!("{}{}{}", package.name, ecosystem.id_separator, package.version) {
            package.id.clear();
        }
        let purl = Purl {
            qualifiers: purl.qualifiers.iter().filter(|(key, _)| key != "file_path" && key != "package-id").cloned().collect(),
            ..purl
        };
        package.purl = purl.to_string();
        package.depends_on = self.dependencies(component);
        Some(package)
    }

    /// The ids of the packages it needs.
    fn dependencies(&self, component: &Component) -> Vec<String> {
        let mut ids: Vec<String> = self
            .needs
            .get(component.reference.as_str())
            .into_iter()
            .flatten()
            .filter_map(|reference| self.by_reference.get(*reference))
            .filter_map(|needed| {
                if let Some(id) = needed.property("aquasecurity:trivy:PkgID") {
                    return Some(id.to_owned());
                }
                let purl = Purl::parse(needed.purl.as_deref()?)?;
                let ecosystem = ecosystem(needed.property("aquasecurity:trivy:PkgType"), &purl)?;
                Some(format!("{}{}{}", name(&purl, needed), ecosystem.id_separator, purl.version.as_deref().unwrap_or_default()))
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

fn text(license: &probity_sbom::License) -> String {
    match &license.value {
        probity_sbom::LicenseValue::Id(text) | probity_sbom::LicenseValue::Name(text) | probity_sbom::LicenseValue::Expression(text) => {
            text.clone()
        }
        probity_sbom::LicenseValue::None => "NONE".to_owned(),
    }
}

const fn algorithm(algorithm: HashAlgorithm) -> &'static str {
    match algorithm {
        HashAlgorithm::Md5 => "md5",
        HashAlgorithm::Sha1 => "sha1",
        HashAlgorithm::Sha256 => "sha256",
        HashAlgorithm::Sha512 => "sha512",
        _ => "other",
    }
}

/// The name as the ecosystem's own lists spell it.
fn name(purl: &Purl, component: &Component) -> String {
    match purl.kind.as_str() {
        "maven" if !purl.namespace.is_empty() => format!("{}:{}", purl.namespace, purl.name),
        "npm" | "golang" | "composer" | "swift" | "github" | "githubactions" if !purl.namespace.is_empty() => {
            format!("{}/{}", purl.namespace, purl.name)
        }
        "cocoapods" => purl.subpath.as_ref().map_or_else(|| purl.name.clone(), |part| format!("{}/{part}", purl.name)),
        // Package URLs of Python are normalised; the document has the name that the package gives itself.
        "pypi" if component.group.is_none() => component.name.clone(),
        _ => purl.name.clone(),
    }
}

/// Name and full version of the source package: what advisories of distributions speak of.
fn source(component: &Component, purl: &Purl, version: &str, os: bool) -> (Option<String>, Option<String>) {
    let property = |name: &str| component.property(&format!("aquasecurity:trivy:{name}"));
    if let Some(name) = property("SrcName") {
        let version = property("SrcVersion").map(|version| {
            let epoch = property("SrcEpoch").filter(|epoch| *epoch != "0").map(|epoch| format!("{epoch}:")).unwrap_or_default();
            let release = property("SrcRelease").map(|release| format!("-{release}")).unwrap_or_default();
            format!("{epoch}{version}{release}")
        });
        return (Some(name.to_owned()), version);
    }
    let Some(upstream) = purl.qualifier("upstream").filter(|_| os) else { return (None, None) };
    if let Some(source) = upstream.strip_suffix(".src.rpm") {
        let mut parts = source.rsplitn(3, '-');
        let (release, number, name) = (parts.next(), parts.next(), parts.next());
        let epoch = version.split_once(':').map(|(epoch, _)| format!("{epoch}:")).unwrap_or_default();
        return match (name, number, release) {
            (Some(name), Some(number), Some(release)) => (Some(name.to_owned()), Some(format!("{epoch}{number}-{release}"))),
            _ => (Some(source.to_owned()), None),
        };
    }
    match upstream.split_once('@') {
        Some((name, version)) => (Some(name.to_owned()), Some(version.to_owned())),
        None => (Some(upstream.to_owned()), Some(version.to_owned())),
    }
}

/// Which list a package stood in: what the document says, else what its package URL allows.
fn ecosystem(kind: Option<&str>, purl: &Purl) -> Option<&'static Ecosystem> {
    let by_id = |id: &str| super::ecosystems().find(|ecosystem| ecosystem.id == id);
    if let Some(found) = kind.and_then(by_id).filter(|ecosystem| ecosystem.purl_type == purl.kind) {
        return Some(found);
    }
    let usual = match purl.kind.as_str() {
        "deb" => "dpkg",
        "apk" => "apk",
        "rpm" => "rpm",
        "alpm" => "pacman",
        "npm" => "node-pkg",
        "pypi" => "python-pkg",
        "gem" => "gemspec",
        "maven" => "jar",
        "golang" => "gobinary",
        "cargo" => "rustbinary",
        "composer" => "composer-vendor",
        "nuget" => "nuget",
        "conda" => "conda-pkg",
        other => {
            return super::ecosystems()
                .find(|ecosystem| ecosystem.purl_type == other)
                .or_else(|| (!other.is_empty() && other != "generic" && other != "oci" && other != "docker").then_some(&UNKNOWN));
        }
    };
    by_id(usual).or_else(|| super::ecosystems().find(|ecosystem| ecosystem.purl_type == purl.kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const CYCLONEDX: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
 "metadata":{"component":{"bom-ref":"root","type":"container","name":"shop:1"}},
 "components":[
  {"bom-ref":"os","type":"operating-system","name":"debian","version":"12.5"},
  {"bom-ref":"a","type":"library","name":"libssl3","version":"3.0.11-1","purl":"pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12.5&epoch=1",
   "licenses":[{"license":{"name":"OpenSSL-ish"}}],
   "properties":[{"name":"aquasecurity:trivy:SrcName","value":"openssl"},{"name":"aquasecurity:trivy:SrcVersion","value":"3.0.11"},{"name":"aquasecurity:trivy:SrcRelease","value":"1"}]},
  {"bom-ref":"b","type":"library","name":"no-purl","version":"1"},
  {"bom-ref":"f","type":"file","name":"x"}],
 "dependencies":[{"ref":"root","dependsOn":["os"]},{"ref":"os","dependsOn":["a"]}]}"#;

    #[test]
    fn packages_sources_and_the_operating_system() {
        check_together(
            &[("usr/share/shop.cdx.json", CYCLONEDX.as_bytes())],
            "os debian 12.5 rank 200
             deb libssl3 1:3.0.11-1 amd64 from openssl@3.0.11-1 [OpenSSL-ish]
             diagnostic Warning 1 components have no package URL that is understood: nothing is known about them
             error usr/share/shop.cdx.json: 1 components have no package URL that is understood: nothing is known about them",
        );
    }

    #[test]
    fn syft_says_sources_in_the_package_url() {
        let text = r#"{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"x","documentNamespace":"https://example.org/x","creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: t"]},
 "packages":[{"name":"openssl-libs","SPDXID":"SPDXRef-1","versionInfo":"1:1.1.1k-9.el8","downloadLocation":"NOASSERTION","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:rpm/rhel/openssl-libs@1.1.1k-9.el8?arch=x86_64&epoch=1&upstream=openssl-1.1.1k-9.el8.src.rpm&distro=rhel-8.8"}]}]}"#;
        check_together(
            &[("x.spdx.json", text.as_bytes())],
            "os redhat 8.8 rank 200
             rpm openssl-libs 1:1.1.1k-9.el8 x86_64 from openssl@1:1.1.1k-9.el8",
        );
    }

    #[test]
    fn other_files_of_those_names_are_passed_over() {
        check(&EMBEDDED, "web/bom.json", b"{\"a\": 1}", "");
        check(&EMBEDDED, "web/bom.json", b"\xff\xfe", "");
    }

    #[test]
    fn never_panics() {
        robust(&EMBEDDED, "x.cdx.json", CYCLONEDX.as_bytes());
    }
}
