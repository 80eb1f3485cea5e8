//! Fits the neutral document to SPDX 2.2 or 2.3.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sha1::{Digest as _, Sha1};

use super::{names, wire};
use crate::model::reserved;
use crate::refs::{self, Refs};
use crate::warnings::Warnings;
use crate::{
    Acknowledgement, Bom, Component, ComponentKind, Hash, HashAlgorithm, License, LicenseValue, Party, PartyKind, RelationKind,
    SpdxVersion, cdx_only, cpe, date, iri, license, purl, text, trivy,
};

const NOASSERTION: &str = "NOASSERTION";
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

pub(super) fn references(bom: &Bom) -> Refs {
    Refs::new(bom, |component| {
        let reference = component.reference.as_str();
        let own = reference
            .strip_prefix("SPDXRef-")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_alphanumeric() || b".-".contains(&it)));
        if own && reference != DOCUMENT {
            return reference.to_owned();
        }
        let clean: String = component.name.chars().map(|it| if it.is_ascii_alphanumeric() || it == '.' { it } else { '-' }).collect();
        let what = if is_file(component) { "File" } else { "Package" };
        format!("SPDXRef-{what}-{}-{}", text::clip_plain(clean.trim_matches('-'), 64), refs::short_hash(reference))
    })
}

/// Files of SPDX need a SHA-1, and have no room for what only packages have.
fn is_file(component: &Component) -> bool {
    let sha1 = component.hashes.iter().any(|hash| hash.algorithm == HashAlgorithm::Sha1 && names::is_digest(hash.algorithm, &hash.value));
    component.kind == ComponentKind::File
        && sha1
        && component.purl.is_none()
        && component.version.is_none()
        && component.cpes.is_empty()
        && component.supplier.is_none()
        && component.external_references.is_empty()
        && component.description.is_none()
}

pub(super) fn project<'b>(
    bom: &'b Bom,
    refs: &'b Refs,
    version: SpdxVersion,
    tag_value: bool,
    warnings: &mut Warnings,
) -> wire::Document<'b> {
    let created = created(bom, warnings);
    let annotator = bom.tools.first().map_or_else(|| "Tool: probity".to_owned(), tool_name);
    Projection { bom, refs, version, tag_value, created, annotator, book: LicenseBook::new(bom), warnings }.document()
}

/// The time of creation, which SPDX requires.
pub(crate) fn created(bom: &Bom, warnings: &mut Warnings) -> String {
    bom.created.as_deref().and_then(date::utc_seconds).unwrap_or_else(|| {
        warnings.push("", "the document has no time of creation: SPDX requires one, so this is the start of 1970");
        "1970-01-01T00:00:00Z".to_owned()
    })
}

/// A namespace: the document's own, one from its serial number, or one from its content.
pub(crate) fn namespace(bom: &Bom) -> String {
    let own = bom.namespace.as_deref().and_then(iri::absolute).filter(|uri| !uri.contains('#'));
    own.unwrap_or_else(|| {
        let name = document_name(bom);
        let clean: String =
            name.chars().map(|it| if it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_') { it } else { '-' }).collect();
        let uuid = bom.serial.as_deref().and_then(refs::serial).and_then(|serial| serial.strip_prefix("urn:uuid:").map(str::to_owned));
        let uuid = uuid.unwrap_or_else(|| {
            let mut content = format!("{name}\n{}", bom.created.as_deref().unwrap_or_default());
            for component in &bom.components {
                content.push('\n');
                content.push_str(&component.reference);
            }
            refs::uuid_for(&content)
        });
        format!("https://spdx.org/spdxdocs/{}-{uuid}", text::clip_plain(&clean, 100))
    })
}

pub(crate) fn document_name(bom: &Bom) -> &str {
    let root = || bom.root.as_deref().and_then(|root| bom.components.iter().find(|it| it.reference == root)).map(|root| root.name.as_str());
    bom.name.as_deref().or_else(root).filter(|name| !name.trim().is_empty()).unwrap_or("sbom")
}

fn tool_name(tool: &crate::Tool) -> String {
    match &tool.version {
        Some(version) => one_line(&format!("Tool: {}-{version}", tool.name)),
        None => one_line(&format!("Tool: {}", tool.name)),
    }
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).collect::<Vec<_>>().join(" ")
}

struct Projection<'b, 'w> {
    bom: &'b Bom,
    refs: &'b Refs,
    version: SpdxVersion,
    tag_value: bool,
    created: String,
    annotator: String,
    book: LicenseBook<'b>,
    warnings: &'w mut Warnings,
}

impl<'b> Projection<'b, '_> {
    fn document(mut self) -> wire::Document<'b> {
        let bom = self.bom;
        if !bom.vulnerabilities.is_empty() {
            self.warn("", "vulnerabilities cannot be said in SPDX 2 and were left out");
        }
        if !bom.compositions.is_empty() {
            self.warn("", "statements on completeness cannot be said in SPDX 2 and were left out");
        }
        if !bom.external_references.is_empty() {
            self.warn("", "external references of the document were left out");
        }
        let contents = self.contents();
        let mut packages = Vec::new();
        let mut files = Vec::new();
        for (component, id) in self.refs.pairs(bom) {
            if is_file(component) {
                files.push(self.file(component, id));
            } else {
                let inside = contents.get(id).map(Vec::as_slice).unwrap_or_default();
                packages.push(self.package(component, id, inside));
            }
        }
        let mut annotations: Vec<_> =
            cdx_only::of_document(bom).into_iter().map(|(name, value)| self.annotation(format!("{name}: {value}").into())).collect();
        annotations.extend(bom.properties.iter().map(|(name, value)| self.property(name, value)));
        wire::Document {
            spdx_version: self.version.as_str(),
            data_license: "CC0-1.0",
            id: DOCUMENT,
            name: Cow::Borrowed(document_name(bom)),
            document_namespace: namespace(bom),
            comment: bom.comment.as_deref().map(Cow::Borrowed),
            creation_info: wire::CreationInfo { created: self.created.clone(), creators: self.creators() },
            annotations,
            packages,
            files,
            relationships: self.relationships(),
            extracted_licenses: self.book.finish(),
        }
    }

    fn warn(&mut self, at: &str, message: impl Into<String>) {
        self.warnings.push(at, message);
    }

    fn creators(&mut self) -> Vec<String> {
        let bom = self.bom;
        let mut out: Vec<String> = bom.authors.iter().filter_map(|author| self.party(author)).collect();
        if bom.tools.iter().any(|tool| tool.vendor.is_some() || tool.group.is_some()) {
            self.warn("", "the vendors of tools are left out");
        }
        out.extend(bom.tools.iter().map(tool_name));
        let mut seen = BTreeSet::new();
        out.retain(|creator| seen.insert(creator.clone()));
        if out.is_empty() {
            self.warn("", "the document names no creator: SPDX requires one, so this program is named");
            out.push("Tool: probity".to_owned());
        }
        out
    }

    fn party(&mut self, party: &Party) -> Option<String> {
        if party.name.trim().is_empty() {
            self.warn("", "persons and organisations without a name are left out");
            return None;
        }
        if !party.urls.is_empty() {
            self.warn("", "the web addresses of persons and organisations are left out");
        }
        let kind = match party.kind {
            PartyKind::Person => "Person",
            PartyKind::Organization => "Organization",
        };
        let email = party.email.as_ref().map(|email| format!(" ({email})")).unwrap_or_default();
        Some(one_line(&format!("{kind}: {}{email}", party.name)))
    }

    /// Which files each component contains.
    fn contents(&self) -> BTreeMap<&'b str, Vec<&'b Component>> {
        let files: BTreeMap<&str, &'b Component> = self
            .bom
            .components
            .iter()
            .filter(|component| is_file(component))
            .map(|component| (component.reference.as_str(), component))
            .collect();
        let mut out: BTreeMap<&'b str, Vec<&'b Component>> = BTreeMap::new();
        let related = self.bom.relations.iter().filter(|relation| relation.kind == RelationKind::Contains);
        let related = related.flat_map(|relation| relation.to.iter().map(|to| (relation.from.as_str(), to.as_str())));
        let nested = self.bom.components.iter().filter_map(|it| Some((it.parent.as_deref()?, it.reference.as_str())));
        for (from, to) in related.chain(nested) {
            if let (Some(id), Some(file)) = (self.refs.get(from), files.get(to)) {
                out.entry(id).or_default().push(file);
            }
        }
        out
    }

    fn package(&mut self, component: &'b Component, id: &'b str, contents: &[&'b Component]) -> wire::Package<'b> {
        let v2_3 = self.version >= SpdxVersion::V2_3;
        let (purpose, less) = names::purpose(component.kind);
        let mut annotations = self.annotations(component, !v2_3 || less);
        let mut external_refs = self.identifiers(component, id);
        let (homepage, download) = self.references_of(component, id, &mut external_refs);
        let (declared, concluded) = self.licenses(&component.licenses, id);
        let single = |name: &str| component.property(name);
        let mut time = |name: &str| {
            let value = component.property(name)?;
            let valid = date::utc_seconds(value).filter(|_| v2_3);
            if valid.is_none() {
                annotations.push(wire::Annotation {
                    annotation_date: self.created.clone(),
                    annotation_type: "OTHER",
                    annotator: self.annotator.clone(),
                    comment: Cow::Owned(format!("{name}: {value}")),
                });
            }
            valid
        };
        let (built_date, release_date, valid_until_date) = (time(reserved::BUILT), time(reserved::RELEASED), time(reserved::VALID_UNTIL));
        let name = cdx_only::full_name(component);
        wire::Package {
            name: if name.trim().is_empty() { "unknown".to_owned() } else { name },
            id,
            version_info: component.version.as_deref(),
            package_file_name: single(reserved::FILE_NAME),
            supplier: component.supplier.as_ref().and_then(|party| self.party(party)),
            originator: component.originator.as_ref().and_then(|party| self.party(party)),
            download_location: download.unwrap_or_else(|| NOASSERTION.to_owned()),
            files_analyzed: !contents.is_empty(),
            package_verification_code: (!contents.is_empty()).then(|| wire::VerificationCode { value: verification_code(contents) }),
            checksums: self.checksums(&component.hashes, id),
            homepage,
            source_info: single(reserved::SOURCE_INFO),
            license_concluded: concluded,
            license_declared: declared,
            copyright_text: component.copyright.as_deref().unwrap_or(NOASSERTION),
            summary: single(reserved::SUMMARY),
            description: component.description.as_deref(),
            comment: single(reserved::COMMENT),
            external_refs,
            attribution_texts: attributions(component),
            primary_package_purpose: purpose.filter(|_| v2_3),
            built_date,
            release_date,
            valid_until_date,
            annotations,
        }
    }

    fn file(&mut self, component: &'b Component, id: &'b str) -> wire::File<'b> {
        let (declared, concluded) = self.licenses(&component.licenses, id);
        wire::File {
            file_name: cdx_only::full_name(component),
            id,
            checksums: self.checksums(&component.hashes, id),
            license_concluded: concluded,
            license_info_in_files: parts_of(&declared),
            copyright_text: component.copyright.as_deref().unwrap_or(NOASSERTION),
            comment: component.property(reserved::COMMENT),
            attribution_texts: attributions(component),
            annotations: self.annotations(component, false),
        }
    }

    /// Declared and concluded, as expressions.
    fn licenses(&mut self, licenses: &'b [License], id: &str) -> (String, String) {
        let (concluded, declared): (Vec<&License>, Vec<&License>) =
            licenses.iter().partition(|license| license.acknowledgement == Some(Acknowledgement::Concluded));
        if licenses.iter().any(|license| license.url.is_some()) {
            self.warn(id, "the web addresses of licences are left out");
        }
        (self.book.expression(&declared), self.book.expression(&concluded))
    }

    fn checksums(&mut self, hashes: &'b [Hash], id: &str) -> Vec<wire::Checksum<'b>> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for hash in hashes {
            match names::algorithm_name(hash.algorithm, self.version) {
                Some(_) if !names::is_digest(hash.algorithm, &hash.value) => self.warn(id, "a digest whose value is none was left out"),
                Some(algorithm) => {
                    if seen.insert((algorithm, hash.value.as_str())) {
                        out.push(wire::Checksum { algorithm, checksum_value: &hash.value });
                    }
                }
                None => {
                    let version = self.version.as_str();
                    self.warn(id, format!("{version} has no hash algorithm {}: the digest was left out", hash.algorithm.as_str()));
                }
            }
        }
        out
    }

    /// Package URL and CPE names.
    fn identifiers(&mut self, component: &'b Component, id: &str) -> Vec<wire::ExternalRef<'b>> {
        let mut out = Vec::new();
        match component.purl.as_deref() {
            Some(purl) if purl::is_valid(purl) => out.push(self.external_ref("PACKAGE-MANAGER", "purl", purl.to_owned(), None)),
            Some(purl) => self.warn(id, format!("`{}` is not a package URL and was left out", text::clip(purl, 100))),
            None => {}
        }
        for name in &component.cpes {
            match cpe::parse(name) {
                Some(cpe::Cpe::V23) => out.push(self.external_ref("SECURITY", "cpe23Type", name.clone(), None)),
                Some(cpe::Cpe::V22) => out.push(self.external_ref("SECURITY", "cpe22Type", name.clone(), None)),
                None => self.warn(id, format!("`{}` is not a CPE name and was left out", text::clip(name, 100))),
            }
        }
        out
    }

    /// JSON of 2.2 spells categories with an underscore, and has no persistent identifiers.
    fn external_ref(&self, category: &'b str, kind: &'b str, locator: String, comment: Option<&'b str>) -> wire::ExternalRef<'b> {
        let old = self.version < SpdxVersion::V2_3;
        let category = match category {
            "PACKAGE-MANAGER" | "PACKAGE_MANAGER" if old && !self.tag_value => "PACKAGE_MANAGER",
            "PACKAGE-MANAGER" | "PACKAGE_MANAGER" => "PACKAGE-MANAGER",
            "PERSISTENT-ID" | "PERSISTENT_ID" if !old => "PERSISTENT-ID",
            "SECURITY" => "SECURITY",
            _ => "OTHER",
        };
        wire::ExternalRef { reference_category: category, reference_type: kind, reference_locator: locator, comment }
    }

    /// Home page and download location have fields of their own; the rest is added to `out`.
    fn references_of(
        &mut self,
        component: &'b Component,
        id: &str,
        out: &mut Vec<wire::ExternalRef<'b>>,
    ) -> (Option<String>, Option<String>) {
        let mut homepage = None;
        let mut download = None;
        for reference in &component.external_references {
            if !reference.hashes.is_empty() {
                self.warn(id, "the digests of external references are left out");
            }
            let url = iri::reference(&reference.url);
            if url.is_empty() {
                self.warn(id, "an external reference without an address is left out");
                continue;
            }
            let plain = reference.comment.is_none();
            match reference.kind.as_str() {
                "website" if homepage.is_none() && plain && is_web(&url, &[]) => homepage = Some(url),
                "distribution" if download.is_none() && plain && is_web(&url, &["git+", "hg+", "svn+", "bzr+"]) => download = Some(url),
                "advisories" if is_web(&url, &[]) && self.version >= SpdxVersion::V2_3 => {
                    out.push(self.external_ref("SECURITY", "advisory", url, reference.comment.as_deref()));
                }
                kind => {
                    let (category, kind) = kind.strip_prefix("spdx:").and_then(|rest| rest.split_once(':')).unwrap_or(("OTHER", kind));
                    let persistent = matches!(category, "PERSISTENT-ID" | "PERSISTENT_ID");
                    let category = if persistent && !is_persistent(kind, &url) { "OTHER" } else { category };
                    let kind = if kind.is_empty() || kind.contains(char::is_whitespace) { "other" } else { kind };
                    out.push(self.external_ref(category, kind, url, reference.comment.as_deref()));
                }
            }
        }
        (homepage, download)
    }

    fn annotations(&self, component: &'b Component, with_kind: bool) -> Vec<wire::Annotation<'b>> {
        let pairs = cdx_only::of_component(component, with_kind);
        let mut out: Vec<_> = pairs.into_iter().map(|(name, value)| self.annotation(format!("{name}: {value}").into())).collect();
        let elsewhere = [
            reserved::SOURCE_INFO,
            reserved::COMMENT,
            reserved::SUMMARY,
            reserved::FILE_NAME,
            reserved::ATTRIBUTION,
            reserved::VERIFICATION_CODE,
            reserved::BUILT,
            reserved::RELEASED,
            reserved::VALID_UNTIL,
        ];
        let mut taken = BTreeSet::new();
        for (name, value) in &component.properties {
            // A field holds one value; a second property of that name is kept beside it.
            let field = elsewhere.contains(&name.as_str()) && (name == reserved::ATTRIBUTION || taken.insert(name.as_str()));
            let package_field = !matches!(name.as_str(), reserved::COMMENT | reserved::ATTRIBUTION);
            if !field || package_field && is_file(component) {
                out.push(self.property(name, value));
            }
        }
        out
    }

    fn property(&self, name: &str, value: &'b str) -> wire::Annotation<'b> {
        self.annotation(match trivy::key(name) {
            Some(key) => format!("{key}: {value}").into(),
            None if name == reserved::ANNOTATION => value.into(),
            None => format!("{name}: {value}").into(),
        })
    }

    fn annotation(&self, comment: Cow<'b, str>) -> wire::Annotation<'b> {
        wire::Annotation { annotation_date: self.created.clone(), annotation_type: "OTHER", annotator: self.annotator.clone(), comment }
    }

    fn relationships(&mut self) -> Vec<wire::Relationship<'b>> {
        let bom = self.bom;
        let refs = self.refs;
        let mut out = Vec::new();
        let described: Vec<&'b str> = bom.root.iter().chain(&bom.also_describes).filter_map(|it| refs.get(it)).collect();
        let described = if described.is_empty() { self.outermost() } else { described };
        if described.is_empty() {
            // A document must describe something, and an empty one describes nothing.
            out.push(relationship(DOCUMENT, "DESCRIBES", "NONE"));
        }
        for id in described {
            out.push(relationship(DOCUMENT, "DESCRIBES", id));
        }
        for component in &bom.components {
            if let Some(parent) = &component.parent {
                match (refs.get(parent), refs.get(&component.reference)) {
                    (Some(parent), Some(id)) => out.push(relationship(parent, "CONTAINS", id)),
                    _ => self.warn(&component.reference, "the component is nested in one that does not exist"),
                }
            }
        }
        for relation in &bom.relations {
            let Some(from) = refs.get(&relation.from) else {
                self.warn(&relation.from, "a relation starts at a component that does not exist and was left out");
                continue;
            };
            let comment = relation.comment.as_deref().map(Cow::Borrowed);
            let (kind, comment) = match &relation.kind {
                RelationKind::DependsOn => ("DEPENDS_ON", comment),
                RelationKind::Contains => ("CONTAINS", comment),
                RelationKind::Provides => ("OTHER", Some(Cow::Borrowed(PROVIDES))),
                RelationKind::Other(name) if names::has_relationship(name, self.version) => (name.as_str(), comment),
                RelationKind::Other(name) => {
                    let text = relation.comment.as_ref().map_or_else(|| name.clone(), |comment| format!("{name}: {comment}"));
                    ("OTHER", Some(Cow::Owned(text)))
                }
            };
            if relation.to.is_empty() && relation.kind == RelationKind::DependsOn {
                out.push(wire::Relationship { comment: comment.clone(), ..relationship(from, kind, "NONE") });
            }
            for to in &relation.to {
                match refs.get(to) {
                    Some(to) => out.push(wire::Relationship { comment: comment.clone(), ..relationship(from, kind, to) }),
                    None => self.warn(to, "a relation leads to a component that does not exist and was left out"),
                }
            }
        }
        out
    }

    /// What nothing else needs or contains: what a document without a root describes.
    fn outermost(&self) -> Vec<&'b str> {
        let inner: BTreeSet<&str> = self.bom.edges().filter(|(from, to)| from != to).map(|(_, to)| to).collect();
        let pairs = || self.refs.pairs(self.bom);
        let outer: Vec<&str> = pairs().filter(|(component, _)| !inner.contains(component.reference.as_str())).map(|(_, id)| id).collect();
        if outer.is_empty() { pairs().map(|(_, id)| id).take(1).collect() } else { outer }
    }
}

/// The comment that stands for a CycloneDX `provides`.
pub(crate) const PROVIDES: &str = "cyclonedx:provides";

fn relationship<'b>(from: &'b str, kind: &'b str, to: &'b str) -> wire::Relationship<'b> {
    wire::Relationship { spdx_element_id: from, related_spdx_element: to, relationship_type: Cow::Borrowed(kind), comment: None }
}

fn attributions(component: &Component) -> Vec<&str> {
    component.properties.iter().filter(|(name, _)| name == reserved::ATTRIBUTION).map(|(_, value)| value.as_str()).collect()
}

/// The two kinds of persistent identifier (annex F.4).
fn is_persistent(kind: &str, locator: &str) -> bool {
    match kind {
        "swh" => locator.strip_prefix("swh:1:").and_then(|rest| rest.split_once(':')).is_some_and(|(object, digest)| {
            matches!(object, "snp" | "rel" | "rev" | "dir" | "cnt")
                && digest.len() == 40
                && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        }),
        "gitoid" => locator.strip_prefix("gitoid:").and_then(|rest| rest.rsplit_once(':')).is_some_and(|(object, digest)| {
            matches!(
                object,
                "blob:sha1" | "blob:sha256" | "tree:sha1" | "tree:sha256" | "commit:sha1" | "commit:sha256" | "tag:sha1" | "tag:sha256"
            ) && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        }),
        _ => false,
    }
}

/// An address that the fields for home page and download location take.
fn is_web(url: &str, prefixes: &[&str]) -> bool {
    let bare = prefixes.iter().find_map(|prefix| url.strip_prefix(prefix)).unwrap_or(url);
    let schemes = ["https://", "http://", "ftp://", "ssh://", "git://"];
    let allowed = if prefixes.is_empty() { schemes.get(..2).unwrap_or_default() } else { &schemes };
    allowed.iter().any(|scheme| bare.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_alphanumeric())))
}

/// SHA-1 over the sorted SHA-1 digests of the files, as chapter 7.9 says.
fn verification_code(files: &[&Component]) -> String {
    let mut digests: Vec<&str> = files
        .iter()
        .filter_map(|file| file.hashes.iter().find(|hash| hash.algorithm == HashAlgorithm::Sha1).map(|hash| hash.value.as_str()))
        .collect();
    digests.sort_unstable();
    refs::hex(&Sha1::digest(digests.concat().as_bytes()))
}

/// Turns licences into expressions, and remembers which `LicenseRef-…` need a definition.
pub(crate) struct LicenseBook<'b> {
    known: BTreeMap<&'b str, &'b crate::ExtractedLicense>,
    used: BTreeMap<String, wire::ExtractedLicense>,
}

impl<'b> LicenseBook<'b> {
    pub(crate) fn new(bom: &'b Bom) -> Self {
        Self { known: bom.extracted_licenses.iter().map(|it| (it.id.as_str(), it)).collect(), used: BTreeMap::new() }
    }

    /// One expression for licences that all apply; `NOASSERTION` when there are none.
    pub(crate) fn expression(&mut self, licenses: &[&License]) -> String {
        if let [License { value: LicenseValue::None, .. }] = licenses {
            return "NONE".to_owned();
        }
        let mut parts: Vec<String> = Vec::with_capacity(licenses.len());
        let mut seen = BTreeSet::new();
        for license in licenses {
            let part = match &license.value {
                LicenseValue::Id(id) => license::identifier(id).map(str::to_owned),
                LicenseValue::Expression(text) => license::parse(text)
                    .filter(|parsed| !parsed.foreign && parsed.references.iter().all(|it| is_reference(it)))
                    .map(|parsed| {
                        for reference in &parsed.references {
                            self.define_reference(reference);
                        }
                        parsed.text
                    }),
                LicenseValue::Name(_) => None,
                LicenseValue::None => continue,
            };
            let part = part.unwrap_or_else(|| self.define_name(license));
            if seen.insert(part.clone()) {
                parts.push(part);
            }
        }
        if parts.is_empty() { NOASSERTION.to_owned() } else { license::and(&parts) }
    }

    fn define_reference(&mut self, id: &str) {
        if self.used.contains_key(id) {
            return;
        }
        let known = self.known.get(id);
        let text = known.map(|it| it.text.clone()).filter(|text| !text.is_empty());
        self.used.insert(
            id.to_owned(),
            wire::ExtractedLicense {
                license_id: id.to_owned(),
                extracted_text: text.unwrap_or_else(|| "The text of this licence is not known.".to_owned()),
                name: known.and_then(|it| it.name.clone()).unwrap_or_else(|| NOASSERTION.to_owned()),
            },
        );
    }

    fn define_name(&mut self, license: &License) -> String {
        let name = match &license.value {
            LicenseValue::Id(name) | LicenseValue::Name(name) | LicenseValue::Expression(name) => name.as_str(),
            LicenseValue::None => "NONE",
        };
        let name = if name.trim().is_empty() { "unknown" } else { name };
        let id = license::reference_for(name);
        let text = license.text.clone().unwrap_or_else(|| name.to_owned());
        self.used.entry(id.clone()).or_insert_with(|| wire::ExtractedLicense {
            license_id: id.clone(),
            extracted_text: text,
            name: name.to_owned(),
        });
        id
    }

    pub(crate) fn finish(&mut self) -> Vec<wire::ExtractedLicense> {
        std::mem::take(&mut self.used).into_values().collect()
    }
}

/// The single licences of an expression.
fn parts_of(expression: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut words = expression.split([' ', '(', ')']).filter(|word| !word.is_empty() && !matches!(*word, "AND" | "OR")).peekable();
    while let Some(word) = words.next() {
        if word == "WITH" {
            words.next();
        } else if out.iter().all(|it| it != word) && out.len() < 1_000 {
            out.push(word.to_owned());
        }
    }
    out
}

fn is_reference(id: &str) -> bool {
    id.strip_prefix("LicenseRef-")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_alphanumeric() || b".-".contains(&it)))
}
