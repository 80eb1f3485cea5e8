//! SPDX 2 to the neutral document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{names, project};
use crate::json::{Node, Path, View};
use crate::model::reserved;
use crate::warnings::Warnings;
use crate::{
    Acknowledgement, Bom, Component, ComponentKind, ExternalReference, ExtractedLicense, Format, Hash, License, LicenseValue, Limits,
    Party, PartyKind, Relation, RelationKind, SbomError, Tool, cdx_only, license, trivy,
};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";

const DOCUMENT_FIELDS: &[&str] = &[
    "SPDXID",
    "spdxVersion",
    "dataLicense",
    "name",
    "documentNamespace",
    "comment",
    "creationInfo",
    "annotations",
    "packages",
    "files",
    "hasExtractedLicensingInfos",
    "relationships",
    "documentDescribes",
];
const PACKAGE_FIELDS: &[&str] = &[
    "SPDXID",
    "name",
    "versionInfo",
    "packageFileName",
    "supplier",
    "originator",
    "downloadLocation",
    "filesAnalyzed",
    "packageVerificationCode",
    "checksums",
    "homepage",
    "sourceInfo",
    "licenseConcluded",
    "licenseDeclared",
    "copyrightText",
    "summary",
    "description",
    "comment",
    "externalRefs",
    "attributionTexts",
    "primaryPackagePurpose",
    "builtDate",
    "releaseDate",
    "validUntilDate",
    "annotations",
    "hasFiles",
];
const FILE_FIELDS: &[&str] = &[
    "SPDXID",
    "fileName",
    "checksums",
    "licenseConcluded",
    "licenseInfoInFiles",
    "copyrightText",
    "comment",
    "attributionTexts",
    "annotations",
];

pub(super) fn bom(view: View<'_>, format: Format, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    let bom = Bom { format: Some(format), ..Bom::default() };
    let mut reader = Reader { bom, limits, warnings, relations: BTreeMap::new(), pairs: 0, extracted: BTreeMap::new() };
    reader.document(view)?;
    Ok(reader.bom)
}

struct Reader<'l, 'w> {
    bom: Bom,
    limits: &'l Limits,
    warnings: &'w mut Warnings,
    /// Where each relation is in the list, so that pairs with the same start and kind come together.
    relations: BTreeMap<(String, RelationKind, Option<String>), usize>,
    pairs: u64,
    extracted: BTreeMap<String, ExtractedLicense>,
}

impl Reader<'_, '_> {
    fn document(&mut self, view: View<'_>) -> Result<(), SbomError> {
        view.report_unread(DOCUMENT_FIELDS, "the document", self.warnings);
        self.bom.name = view.text("name", self.warnings);
        self.bom.namespace = view.text("documentNamespace", self.warnings);
        self.bom.comment = view.text("comment", self.warnings);
        if let Some(info) = view.node.get("creationInfo") {
            self.creation_info(View::new(info, &Path::Key(view.path, "creationInfo")));
        }
        self.annotations(view, None)?;
        self.extracted_licenses(view)?;
        self.each_component(view, "packages", Self::package)?;
        self.each_component(view, "files", Self::file)?;
        self.relationships(view)?;
        self.described(view);
        unique_references(&mut self.bom, self.warnings);
        self.bom.extracted_licenses = std::mem::take(&mut self.extracted).into_values().collect();
        license::forget_own_definitions(&mut self.bom);
        Ok(())
    }

    fn creation_info(&mut self, view: View<'_>) {
        view.report_unread(&["created", "creators", "licenseListVersion"], "the creation information", self.warnings);
        self.bom.created = view.text("created", self.warnings);
        for creator in view.texts("creators", self.warnings) {
            match creator.split_once(':').map(|(kind, name)| (kind.trim(), name.trim())) {
                Some(("Tool", name)) => self.bom.tools.push(tool(name)),
                Some((kind @ ("Organization" | "Person"), name)) if !name.is_empty() => self.bom.authors.push(party(kind, name)),
                _ => view.warn(self.warnings, "a creator that is no person, organisation or tool was not read"),
            }
        }
    }

    fn extracted_licenses(&mut self, view: View<'_>) -> Result<(), SbomError> {
        let extracted = &mut self.extracted;
        view.each("hasExtractedLicensingInfos", self.warnings, |info, warnings| {
            info.report_unread(&["licenseId", "extractedText", "name"], "an extracted licence", warnings);
            if let Some(id) = info.text("licenseId", warnings) {
                let text = info.text("extractedText", warnings).unwrap_or_default();
                let name = info.text("name", warnings).filter(|name| name != "NOASSERTION");
                extracted.insert(id.clone(), ExtractedLicense { id, name, text });
            }
            Ok(())
        })
    }

    fn each_component(
        &mut self,
        view: View<'_>,
        key: &str,
        read: fn(&mut Self, View<'_>) -> Result<Component, SbomError>,
    ) -> Result<(), SbomError> {
        let Some(Node::List(items)) = view.node.get(key) else {
            if view.has(key) {
                view.warn(self.warnings, format!("`{key}` is not a list and was not read"));
            }
            return Ok(());
        };
        let here = Path::Key(view.path, key);
        for (index, item) in items.iter().enumerate() {
            let path = Path::Index(&here, index);
            let item = View::new(item, &path);
            if !matches!(item.node, Node::Object(_)) {
                item.warn(self.warnings, "an entry that is not an object was not read");
                continue;
            }
            if self.bom.components.len() as u64 >= self.limits.components {
                return Err(SbomError::TooLarge { what: "components", limit: self.limits.components });
            }
            let component = read(self, item)?;
            self.bom.components.push(component);
        }
        Ok(())
    }

    fn package(&mut self, view: View<'_>) -> Result<Component, SbomError> {
        view.report_unread(PACKAGE_FIELDS, "a package", self.warnings);
        let mut component = Component { reference: view.text("SPDXID", self.warnings).unwrap_or_default(), ..Component::default() };
        component.name = view.text("name", self.warnings).unwrap_or_default();
        component.version = stated(view.text("versionInfo", self.warnings));
        if let Some(purpose) = view.text("primaryPackagePurpose", self.warnings) {
            component.kind = names::kind(&purpose).unwrap_or_else(|| {
                view.warn(self.warnings, format!("the package purpose `{}` is unknown", crate::text::clip(&purpose, 50)));
                ComponentKind::Unknown
            });
        }
        component.supplier = self.party(view, "supplier");
        component.originator = self.party(view, "originator");
        component.description = view.text("description", self.warnings);
        component.copyright = stated(view.text("copyrightText", self.warnings));
        component.hashes = self.checksums(view)?;
        let website = stated(view.text("homepage", self.warnings)).map(|url| reference("website", url));
        let download = stated(view.text("downloadLocation", self.warnings)).map(|url| reference("distribution", url));
        component.external_references = website.into_iter().chain(download).collect();
        self.external_refs(view, &mut component)?;
        for (field, acknowledgement) in [("licenseDeclared", Acknowledgement::Declared), ("licenseConcluded", Acknowledgement::Concluded)] {
            let license = view.text(field, self.warnings).and_then(|text| self.license(view, &text, acknowledgement));
            component.licenses.extend(license);
        }
        let fields = [
            ("packageFileName", reserved::FILE_NAME),
            ("sourceInfo", reserved::SOURCE_INFO),
            ("summary", reserved::SUMMARY),
            ("comment", reserved::COMMENT),
            ("builtDate", reserved::BUILT),
            ("releaseDate", reserved::RELEASED),
            ("validUntilDate", reserved::VALID_UNTIL),
        ];
        for (field, property) in fields {
            let value = view.text(field, self.warnings);
            component.properties.extend(value.map(|value| (property.to_owned(), value)));
        }
        self.attributions(view, &mut component);
        if let Some(Node::List(files)) = view.node.get("hasFiles") {
            for file in files {
                if let Node::Text(file) = file {
                    self.relate(component.reference.clone(), RelationKind::Contains, file.clone().into_owned(), None)?;
                }
            }
        }
        self.annotations(view, Some(&mut component))?;
        Ok(component)
    }

    fn file(&mut self, view: View<'_>) -> Result<Component, SbomError> {
        view.report_unread(FILE_FIELDS, "a file", self.warnings);
        let mut component = Component { kind: ComponentKind::File, ..Component::default() };
        component.reference = view.text("SPDXID", self.warnings).unwrap_or_default();
        component.name = view.text("fileName", self.warnings).unwrap_or_default();
        component.hashes = self.checksums(view)?;
        component.copyright = stated(view.text("copyrightText", self.warnings));
        let found: Vec<String> = view.texts("licenseInfoInFiles", self.warnings).into_iter().filter(|it| it != "NOASSERTION").collect();
        for text in found {
            let license = self.license(view, &text, Acknowledgement::Declared);
            component.licenses.extend(license);
        }
        let concluded = view.text("licenseConcluded", self.warnings).and_then(|text| self.license(view, &text, Acknowledgement::Concluded));
        component.licenses.extend(concluded);
        component.properties.extend(view.text("comment", self.warnings).map(|value| (reserved::COMMENT.to_owned(), value)));
        self.attributions(view, &mut component);
        self.annotations(view, Some(&mut component))?;
        Ok(component)
    }

    fn party(&mut self, view: View<'_>, key: &str) -> Option<Party> {
        let text = stated(view.text(key, self.warnings))?;
        match text.split_once(':').map(|(kind, name)| (kind.trim(), name.trim())) {
            Some((kind @ ("Organization" | "Person"), name)) if !name.is_empty() => Some(party(kind, name)),
            // Some tools write the bare name.
            _ => {
                view.warn(self.warnings, format!("`{key}` does not say whether it is a person or an organisation"));
                Some(Party::organization(text))
            }
        }
    }

    fn checksums(&mut self, view: View<'_>) -> Result<Vec<Hash>, SbomError> {
        let mut out = Vec::new();
        view.each("checksums", self.warnings, |checksum, warnings| {
            let (Some(name), Some(value)) = (checksum.text("algorithm", warnings), checksum.text("checksumValue", warnings)) else {
                return Ok(());
            };
            // Version 2.2 allowed the full identifier of the ontology.
            let short = name.rsplit_once("checksumAlgorithm_").map_or(name.as_str(), |(_, short)| short);
            match names::algorithm(short) {
                Some(algorithm) => out.push(Hash { algorithm, value: value.trim().to_ascii_lowercase() }),
                None => checksum.warn(warnings, format!("the hash algorithm `{}` is unknown", crate::text::clip(&name, 50))),
            }
            Ok(())
        })?;
        Ok(out)
    }

    fn external_refs(&mut self, view: View<'_>, component: &mut Component) -> Result<(), SbomError> {
        view.each("externalRefs", self.warnings, |item, warnings| {
            let (Some(kind), Some(locator)) = (item.text("referenceType", warnings), item.text("referenceLocator", warnings)) else {
                return Ok(());
            };
            let category = item.text("referenceCategory", warnings).unwrap_or_else(|| "OTHER".to_owned()).replace('_', "-");
            let short = kind.rsplit('/').next().unwrap_or(&kind);
            let comment = item.text("comment", warnings);
            match (category.as_str(), short) {
                ("PACKAGE-MANAGER", "purl") if component.purl.is_none() => component.purl = Some(locator),
                ("SECURITY", "cpe23Type" | "cpe22Type") => component.cpes.push(locator),
                ("SECURITY", "advisory") => {
                    component.external_references.push(ExternalReference { comment, ..reference("advisories", locator) });
                }
                ("OTHER", word) if is_plain_word(word) => {
                    component.external_references.push(ExternalReference { comment, ..reference(word, locator) });
                }
                _ => component
                    .external_references
                    .push(ExternalReference { comment, ..reference(&format!("spdx:{category}:{kind}"), locator) }),
            }
            Ok(())
        })
    }

    fn license(&mut self, view: View<'_>, text: &str, acknowledgement: Acknowledgement) -> Option<License> {
        let text = text.trim();
        if text == "NOASSERTION" || text.is_empty() {
            return None;
        }
        let mut license = License { acknowledgement: Some(acknowledgement), ..License::new(license::classify(text)) };
        match &license.value {
            // A definition this crate made from a name gives the name back.
            LicenseValue::Expression(id) => {
                if let Some(known) = self.extracted.get(id)
                    && let Some(name) = &known.name
                    && license::reference_for(name) == *id
                {
                    license.text = Some(known.text.clone()).filter(|text| text != name && !text.is_empty());
                    license.value = LicenseValue::Name(name.clone());
                }
            }
            LicenseValue::Name(name) => {
                view.warn(self.warnings, format!("`{}` is not an SPDX expression: read as a name", crate::text::clip(name, 100)));
            }
            LicenseValue::Id(_) | LicenseValue::None => {}
        }
        Some(license)
    }

    fn attributions(&mut self, view: View<'_>, component: &mut Component) {
        for text in view.texts("attributionTexts", self.warnings) {
            component.properties.push(trivy::property(&text).unwrap_or_else(|| (reserved::ATTRIBUTION.to_owned(), text)));
        }
    }

    /// Annotations of the form `name: value` are properties; others keep their text only.
    fn annotations(&mut self, view: View<'_>, component: Option<&mut Component>) -> Result<(), SbomError> {
        let mut pairs = Vec::new();
        view.each("annotations", self.warnings, |annotation, warnings| {
            if let Some(Node::Text(comment)) = annotation.node.get("comment") {
                let by_tool = annotation.text("annotator", warnings).is_some_and(|annotator| annotator.starts_with("Tool:"));
                let split = comment.split_once(": ").or_else(|| Some((comment.strip_suffix(':')?, "")));
                let pair = split.filter(|(name, _)| by_tool && !name.is_empty() && !name.contains(char::is_whitespace));
                pairs.push(match (trivy::property(comment), pair) {
                    (Some(property), _) => property,
                    (None, Some((name, value))) => (name.to_owned(), value.to_owned()),
                    (None, None) => (reserved::ANNOTATION.to_owned(), comment.clone().into_owned()),
                });
            }
            Ok(())
        })?;
        let Some(component) = component else {
            for (name, value) in pairs {
                if !cdx_only::to_document(&mut self.bom, &name, &value) {
                    self.bom.properties.push((name, value));
                }
            }
            return Ok(());
        };
        for (name, value) in pairs {
            if !(name.starts_with(cdx_only::PREFIX) && cdx_only::to_component(component, &name, &value)) {
                component.properties.push((name, value));
            }
        }
        Ok(())
    }

    fn relationships(&mut self, view: View<'_>) -> Result<(), SbomError> {
        let Some(Node::List(items)) = view.node.get("relationships") else { return Ok(()) };
        let here = Path::Key(view.path, "relationships");
        for (index, item) in items.iter().enumerate() {
            let path = Path::Index(&here, index);
            let item = View::new(item, &path);
            let (Some(from), Some(to), Some(kind)) = (
                item.text("spdxElementId", self.warnings),
                item.text("relatedSpdxElement", self.warnings),
                item.text("relationshipType", self.warnings),
            ) else {
                item.warn(self.warnings, "a relationship without both ends and a type was not read");
                continue;
            };
            let comment = item.text("comment", self.warnings);
            match (from.as_str(), kind.as_str(), to.as_str()) {
                (DOCUMENT, "DESCRIBES", "NONE" | "NOASSERTION") => {}
                (DOCUMENT, "DESCRIBES", _) => self.describe(to),
                (_, "DESCRIBED_BY", DOCUMENT) => self.describe(from),
                // The same said of a package is another statement.
                (DOCUMENT, ..) | (_, _, DOCUMENT) => item.warn(self.warnings, "a relationship of the document itself is not carried over"),
                (_, "DEPENDS_ON", "NONE") => self.open(from, RelationKind::DependsOn, comment)?,
                (_, _, "NONE" | "NOASSERTION") => {
                    item.warn(self.warnings, format!("a relationship to {to} is not carried over"));
                }
                _ if from.starts_with("DocumentRef-") || to.starts_with("DocumentRef-") => {
                    item.warn(self.warnings, "a relationship to another document is not carried over");
                }
                (_, "DEPENDS_ON", _) => self.relate(from, RelationKind::DependsOn, to, comment)?,
                (_, "DEPENDENCY_OF", _) => self.relate(to, RelationKind::DependsOn, from, comment)?,
                (_, "CONTAINS", _) => self.relate(from, RelationKind::Contains, to, comment)?,
                (_, "CONTAINED_BY", _) => self.relate(to, RelationKind::Contains, from, comment)?,
                (_, "OTHER", _) if comment.as_deref() == Some(project::PROVIDES) => self.relate(from, RelationKind::Provides, to, None)?,
                _ => self.relate(from, RelationKind::Other(kind), to, comment)?,
            }
        }
        Ok(())
    }

    fn describe(&mut self, reference: String) {
        match &self.bom.root {
            None => self.bom.root = Some(reference),
            Some(root) if *root == reference => {}
            Some(_) if self.bom.also_describes.len() as u64 >= self.limits.components => {}
            Some(_) => self.bom.also_describes.push(reference),
        }
    }

    fn described(&mut self, view: View<'_>) {
        let known: std::collections::BTreeSet<String> = self.bom.root.iter().chain(&self.bom.also_describes).cloned().collect();
        for reference in view.texts("documentDescribes", self.warnings) {
            if !known.contains(&reference) {
                self.describe(reference);
            }
        }
    }

    fn open(&mut self, from: String, kind: RelationKind, comment: Option<String>) -> Result<(), SbomError> {
        self.relation(from, kind, comment).map(|_| ())
    }

    fn relate(&mut self, from: String, kind: RelationKind, to: String, comment: Option<String>) -> Result<(), SbomError> {
        let index = self.relation(from, kind, comment)?;
        if let Some(relation) = self.bom.relations.get_mut(index) {
            relation.to.push(to);
        }
        Ok(())
    }

    fn relation(&mut self, from: String, kind: RelationKind, comment: Option<String>) -> Result<usize, SbomError> {
        self.pairs += 1;
        if self.pairs > self.limits.relations {
            return Err(SbomError::TooLarge { what: "relations", limit: self.limits.relations });
        }
        let relations = &mut self.bom.relations;
        Ok(*self.relations.entry((from.clone(), kind.clone(), comment.clone())).or_insert_with(|| {
            relations.push(Relation { from, kind, to: Vec::new(), comment });
            relations.len() - 1
        }))
    }
}

/// `NOASSERTION` and `NONE` say nothing that the model keeps.
fn stated(text: Option<String>) -> Option<String> {
    text.filter(|text| text != "NOASSERTION" && text != "NONE")
}

fn reference(kind: &str, url: String) -> ExternalReference {
    ExternalReference { kind: kind.to_owned(), url, comment: None, hashes: Vec::new() }
}

/// A type that is a word of CycloneDX, as this crate writes it.
fn is_plain_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn party(kind: &str, name: &str) -> Party {
    let kind = if kind == "Person" { PartyKind::Person } else { PartyKind::Organization };
    Party { kind, ..cdx_only::parse_person(name) }
}

/// `name-version`, where the version starts with a digit or `v` and a digit, or is `dev`.
pub(crate) fn tool(text: &str) -> Tool {
    let is_version = |tail: &str| tail == "dev" || tail.strip_prefix('v').unwrap_or(tail).starts_with(|it: char| it.is_ascii_digit());
    // The first hyphen that a version follows: versions have hyphens themselves (`1.0.0-rc.1`).
    let split = text
        .match_indices('-')
        .filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)))
        .find(|(name, tail)| !name.is_empty() && is_version(tail));
    match split {
        Some((name, version)) => Tool { name: name.to_owned(), version: Some(version.to_owned()), ..Tool::default() },
        None => Tool { name: text.to_owned(), ..Tool::default() },
    }
}

/// Elements that share an identifier are told apart; the first keeps it, as it is what relationships mean.
fn unique_references(bom: &mut Bom, warnings: &mut Warnings) {
    let mut taken: std::collections::BTreeSet<String> = bom.components.iter().map(|component| component.reference.clone()).collect();
    let mut seen = std::collections::BTreeSet::new();
    for (index, component) in bom.components.iter_mut().enumerate() {
        if !component.reference.is_empty() && seen.insert(component.reference.clone()) {
            continue;
        }
        let message = if component.reference.is_empty() { "an element has no SPDXID" } else { "several elements have the same SPDXID" };
        warnings.push(&component.reference, message);
        let mut unique: Cow<'_, str> =
            format!("{}-{index}", if component.reference.is_empty() { "SPDXRef-Unnamed" } else { &component.reference }).into();
        while !taken.insert(unique.clone().into_owned()) {
            unique.to_mut().push('-');
        }
        component.reference = unique.into_owned();
        seen.insert(component.reference.clone());
    }
}
