//! The graph of elements to the neutral document.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::names;
use super::project::{NONE_ELEMENT, NONE_LICENSE};
use crate::json::{Node, Path, View};
use crate::model::reserved;
use crate::warnings::Warnings;
use crate::{
    Acknowledgement, Bom, Component, ComponentKind, ExternalReference, ExtractedLicense, Format, Hash, License, LicenseValue, Limits,
    Party, PartyKind, Relation, RelationKind, SbomError, Tool, cdx_only, license,
};

/// Sets of licences nest; deeper ones are refused.
const DEEPEST_LICENSE: usize = 16;

const PACKAGE: &[&str] = &[
    "type",
    "spdxId",
    "@id",
    "creationInfo",
    "name",
    "summary",
    "description",
    "comment",
    "externalIdentifier",
    "externalRef",
    "verifiedUsing",
    "extension",
    "suppliedBy",
    "originatedBy",
    "builtTime",
    "releaseTime",
    "validUntilTime",
    "software_primaryPurpose",
    "software_copyrightText",
    "software_attributionText",
    "software_packageVersion",
    "software_packageUrl",
    "software_downloadLocation",
    "software_homePage",
    "software_sourceInfo",
];

pub(super) fn bom(view: View<'_>, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    let Some(Node::List(graph)) = view.node.get("@graph") else {
        return Err(SbomError::Content { pointer: "/@graph".to_owned(), message: "the document has no graph of elements".to_owned() });
    };
    let mut index = BTreeMap::new();
    for element in graph {
        for key in ["spdxId", "@id"] {
            if let Some(id) = element.text(key) {
                index.entry(id).or_insert(element);
            }
        }
    }
    let base = graph
        .iter()
        .find(|element| element.text("type") == Some("SpdxDocument"))
        .and_then(|document| document.text("spdxId"))
        .map(|id| id.strip_suffix("#SPDXRef-DOCUMENT").unwrap_or(id).to_owned());
    let mut reader = Reader {
        bom: Bom { format: Some(Format::Spdx3Json), namespace: base, ..Bom::default() },
        index,
        extracted: BTreeMap::new(),
        places: BTreeMap::new(),
        relations: BTreeMap::new(),
        pairs: 0,
        members: Cell::new(100_000),
        limits,
        warnings,
    };
    let here = Path::Key(view.path, "@graph");
    for (position, element) in graph.iter().enumerate() {
        reader.element(View::new(element, &Path::Index(&here, position)))?;
    }
    for (position, element) in graph.iter().enumerate() {
        reader.relationship(View::new(element, &Path::Index(&here, position)))?;
    }
    reader.roots(graph);
    reader.bom.extracted_licenses = std::mem::take(&mut reader.extracted).into_values().collect();
    license::forget_own_definitions(&mut reader.bom);
    Ok(reader.bom)
}

struct Reader<'n, 'l, 'w> {
    bom: Bom,
    index: BTreeMap<&'n str, &'n Node<'n>>,
    extracted: BTreeMap<String, ExtractedLicense>,
    /// Where each component is in the list.
    places: BTreeMap<String, usize>,
    relations: BTreeMap<(String, RelationKind, Option<String>), usize>,
    pairs: u64,
    /// Members of licence sets that may still be visited: sets can share members, so that a small graph is a huge expression.
    members: Cell<u32>,
    limits: &'l Limits,
    warnings: &'w mut Warnings,
}

/// The identifier in a field that holds a reference or, inline, the element itself.
fn target<'n>(node: &'n Node<'n>) -> Option<&'n str> {
    match node {
        Node::Text(id) => Some(id),
        Node::Object(_) => node.text("spdxId").or_else(|| node.text("@id")),
        _ => None,
    }
}

/// A list, or the one value that stands for a list of one.
fn items<'n>(node: &'n Node<'n>, key: &str) -> &'n [Node<'n>] {
    match node.get(key) {
        Some(Node::List(list)) => list,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

impl<'n> Reader<'n, '_, '_> {
    fn element(&mut self, view: View<'_>) -> Result<(), SbomError> {
        let kind = view.node.text("type").or_else(|| view.node.text("@type")).unwrap_or_default();
        match kind {
            "CreationInfo" => self.creation_info(view),
            "SpdxDocument" => self.document(view),
            "software_Package" => return self.component(view, ComponentKind::Unknown),
            "software_File" => return self.component(view, ComponentKind::File),
            "ai_AIPackage" => return self.component(view, ComponentKind::MachineLearningModel),
            "dataset_DatasetPackage" => return self.component(view, ComponentKind::Data),
            "simplelicensing_LicenseExpression" => self.custom_licenses(view),
            // Read where something refers to them.
            "Person"
            | "Organization"
            | "SoftwareAgent"
            | "Agent"
            | "Tool"
            | "software_Sbom"
            | "Bom"
            | "Bundle"
            | "Relationship"
            | "LifecycleScopedRelationship"
            | "simplelicensing_SimpleLicensingText" => {}
            _ if kind.starts_with("expandedlicensing_") => {}
            _ => view.warn(self.warnings, format!("elements of type `{}` are not carried over", crate::text::clip(kind, 60))),
        }
        Ok(())
    }

    /// Only the document's own creation information counts; elements taken over from others have theirs.
    fn creation_info(&mut self, view: View<'_>) {
        if self.bom.created.is_some() {
            view.warn(self.warnings, "further creation information is not carried over");
            return;
        }
        self.bom.created = view.text("created", self.warnings);
        for agent in items(view.node, "createdBy") {
            if let Some(party) = self.party(agent) {
                self.bom.authors.push(party);
                continue;
            }
            // A program that made the document counts as a tool, unless tools are listed as well.
            let name = target(agent).and_then(|id| self.index.get(id)).and_then(|it| it.text("name"));
            if let (Some(name), true) = (name, items(view.node, "createdUsing").is_empty()) {
                self.bom.tools.push(Tool { name: name.to_owned(), ..Tool::default() });
            }
        }
        for tool in items(view.node, "createdUsing") {
            let Some(tool) = target(tool).and_then(|id| self.index.get(id).copied()) else { continue };
            let version = tool.list("externalIdentifier").iter().find(|it| it.text("externalIdentifierType") == Some("other"));
            let name = tool.text("name").unwrap_or_default();
            self.bom.tools.push(match version.and_then(|it| it.text("identifier")) {
                Some(version) => Tool { name: name.to_owned(), version: Some(version.to_owned()), ..Tool::default() },
                None => crate::spdx2::tool(name),
            });
        }
    }

    /// `None` for programs.
    fn party(&self, node: &Node<'_>) -> Option<Party> {
        let element =
            target(node).and_then(|id| self.index.get(id).copied()).or_else(|| matches!(node, Node::Object(_)).then_some(node))?;
        let kind = match element.text("type")? {
            "Person" => PartyKind::Person,
            "Organization" | "Agent" => PartyKind::Organization,
            _ => return None,
        };
        let email = element.list("externalIdentifier").iter().find(|it| it.text("externalIdentifierType") == Some("email"));
        let email = email.and_then(|it| it.text("identifier")).map(str::to_owned);
        Some(Party { kind, name: element.text("name").unwrap_or_default().to_owned(), email, urls: Vec::new() })
    }

    fn document(&mut self, view: View<'_>) {
        self.bom.name = view.text("name", self.warnings);
        self.bom.comment = view.text("comment", self.warnings);
        for (name, value) in properties(view, self.warnings) {
            if !cdx_only::to_document(&mut self.bom, &name, &value) {
                self.bom.properties.push((name, value));
            }
        }
    }

    /// Identifiers in the document's own namespace are shortened to their fragment.
    fn local(&self, id: &str) -> String {
        let base = self.bom.namespace.as_deref().unwrap_or_default();
        match id.strip_prefix(base).and_then(|rest| rest.strip_prefix('#')) {
            Some(fragment) if !base.is_empty() && fragment.starts_with("SPDXRef-") => fragment.to_owned(),
            _ => id.to_owned(),
        }
    }

    fn component(&mut self, view: View<'_>, kind: ComponentKind) -> Result<(), SbomError> {
        if self.bom.components.len() as u64 >= self.limits.components {
            return Err(SbomError::TooLarge { what: "components", limit: self.limits.components });
        }
        view.report_unread(PACKAGE, "a package or file", self.warnings);
        let Some(id) = view.text("spdxId", self.warnings).or_else(|| view.text("@id", self.warnings)) else {
            view.warn(self.warnings, "an element without an identifier was not read");
            return Ok(());
        };
        if self.places.contains_key(&id) {
            view.warn(self.warnings, "a further element with the same identifier was not read");
            return Ok(());
        }
        let warnings = &mut *self.warnings;
        let purpose = view.text("software_primaryPurpose", warnings).map(|word| names::kind(&word));
        let mut component = Component {
            reference: String::new(),
            kind: if kind == ComponentKind::Unknown { purpose.unwrap_or_default() } else { kind },
            name: view.text("name", warnings).unwrap_or_default(),
            version: view.text("software_packageVersion", warnings),
            purl: view.text("software_packageUrl", warnings),
            description: view.text("description", warnings),
            copyright: view.text("software_copyrightText", warnings).filter(|text| text != "NOASSERTION"),
            ..Component::default()
        };
        let reference = |kind: &str, url: String| ExternalReference { kind: kind.to_owned(), url, comment: None, hashes: Vec::new() };
        component.external_references.extend(view.text("software_homePage", warnings).map(|url| reference("website", url)));
        component.external_references.extend(view.text("software_downloadLocation", warnings).map(|url| reference("distribution", url)));
        view.each("externalIdentifier", warnings, |identifier, warnings| {
            let (Some(kind), Some(value)) = (identifier.text("externalIdentifierType", warnings), identifier.text("identifier", warnings))
            else {
                return Ok(());
            };
            match kind.as_str() {
                "cpe22" | "cpe23" => component.cpes.push(value),
                "packageUrl" if component.purl.is_none() => component.purl = Some(value),
                "packageUrl" if component.purl.as_deref() == Some(value.as_str()) => {}
                _ => identifier.warn(warnings, format!("identifiers of type `{}` are not carried over", crate::text::clip(&kind, 60))),
            }
            Ok(())
        })?;
        view.each("externalRef", warnings, |item, warnings| {
            let word = item.text("externalRefType", warnings).unwrap_or_else(|| "other".to_owned());
            let mut kind = names::reference_kind(&word).unwrap_or("other").to_owned();
            let mut comment = item.text("comment", warnings);
            // The form in which this crate writes kinds that SPDX 3 does not have.
            if let ("other", Some(text)) = (word.as_str(), comment.as_deref()) {
                let (first, rest) = text.split_once(' ').map_or((text, None), |(first, rest)| (first, Some(rest.to_owned())));
                if first.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') || first.starts_with("spdx:") {
                    (kind, comment) = (first.to_owned(), rest);
                }
            }
            for url in item.texts("locator", warnings) {
                component.external_references.push(ExternalReference {
                    kind: kind.clone(),
                    url,
                    comment: comment.clone(),
                    hashes: Vec::new(),
                });
            }
            Ok(())
        })?;
        view.each("verifiedUsing", warnings, |hash, warnings| {
            let (Some(algorithm), Some(value)) = (hash.text("algorithm", warnings), hash.text("hashValue", warnings)) else {
                return Ok(());
            };
            match names::algorithm(&algorithm) {
                Some(algorithm) => component.hashes.push(Hash { algorithm, value: value.trim().to_ascii_lowercase() }),
                None => hash.warn(warnings, format!("the hash algorithm `{}` is unknown", crate::text::clip(&algorithm, 50))),
            }
            Ok(())
        })?;
        let texts = [
            ("software_sourceInfo", reserved::SOURCE_INFO),
            ("summary", reserved::SUMMARY),
            ("comment", reserved::COMMENT),
            ("builtTime", reserved::BUILT),
            ("releaseTime", reserved::RELEASED),
            ("validUntilTime", reserved::VALID_UNTIL),
        ];
        for (field, name) in texts {
            component.properties.extend(view.text(field, warnings).map(|value| (name.to_owned(), value)));
        }
        for text in view.texts("software_attributionText", warnings) {
            component.properties.push(crate::trivy::property(&text).unwrap_or_else(|| (reserved::ATTRIBUTION.to_owned(), text)));
        }
        for (name, value) in properties(view, warnings) {
            if !(name.starts_with(cdx_only::PREFIX) && cdx_only::to_component(&mut component, &name, &value)) {
                component.properties.push((name, value));
            }
        }
        component.supplier = view.node.get("suppliedBy").and_then(|agent| self.party(agent));
        component.originator = items(view.node, "originatedBy").first().and_then(|agent| self.party(agent));
        component.reference = self.local(&id);
        self.places.insert(id, self.bom.components.len());
        self.bom.components.push(component);
        Ok(())
    }

    fn custom_licenses(&mut self, view: View<'_>) {
        for entry in view.node.list("simplelicensing_customIdToUri") {
            let (Some(key), Some(uri)) = (entry.text("key"), entry.text("value")) else { continue };
            let Some(definition) = self.index.get(uri) else { continue };
            let text = definition.text("simplelicensing_licenseText").or_else(|| definition.text("expandedlicensing_licenseText"));
            let license = ExtractedLicense {
                id: key.to_owned(),
                name: definition.text("name").map(str::to_owned),
                text: text.unwrap_or_default().to_owned(),
            };
            self.extracted.insert(key.to_owned(), license);
        }
    }

    fn relationship(&mut self, view: View<'_>) -> Result<(), SbomError> {
        let element = view.node.text("type").unwrap_or_default();
        if !matches!(element, "Relationship" | "LifecycleScopedRelationship") {
            return Ok(());
        }
        let kind = view.node.text("relationshipType").unwrap_or_default();
        let Some(from) = view.node.get("from").and_then(target) else {
            view.warn(self.warnings, "a relationship without a start was not read");
            return Ok(());
        };
        let comment = view.text("comment", self.warnings);
        match kind {
            "hasDeclaredLicense" => return self.licensed(view, from, Acknowledgement::Declared),
            "hasConcludedLicense" => return self.licensed(view, from, Acknowledgement::Concluded),
            _ => {}
        }
        let scope = view.node.text("scope").and_then(names::scoped_relationship);
        let start = self.local(from);
        if !self.places.contains_key(from) {
            if kind != "describes" {
                view.warn(self.warnings, "a relationship of something that is no package or file is not carried over");
            }
            return Ok(());
        }
        for to in items(view.node, "to") {
            let Some(id) = target(to) else { continue };
            if kind == "dependsOn" && (id == NONE_ELEMENT || id.ends_with("/Core/NoneElement")) {
                self.relation(start.clone(), RelationKind::DependsOn, comment.clone())?;
                continue;
            }
            if !self.places.contains_key(id) {
                view.warn(self.warnings, "a relationship to something that is no package or file is not carried over");
                continue;
            }
            let end = self.local(id);
            match (kind, scope) {
                ("dependsOn", Some(name)) => self.relate(end, RelationKind::Other(name.to_owned()), start.clone(), comment.clone())?,
                ("dependsOn", None) => self.relate(start.clone(), RelationKind::DependsOn, end, comment.clone())?,
                ("contains", _) => self.relate(start.clone(), RelationKind::Contains, end, comment.clone())?,
                ("other", _) if comment.as_deref() == Some(crate::spdx2::PROVIDES) => {
                    self.relate(start.clone(), RelationKind::Provides, end, None)?;
                }
                ("other", _) => {
                    // The form in which this crate writes relationships that SPDX 3 does not have.
                    let upper = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
                    let split = comment
                        .as_deref()
                        .map(|text| text.split_once(": ").map_or((text, None), |(name, rest)| (name, Some(rest.to_owned()))));
                    let (name, comment) = match split {
                        Some((name, rest)) if upper(name) => (name.to_owned(), rest),
                        _ => ("OTHER".to_owned(), comment.clone()),
                    };
                    self.relate(start.clone(), RelationKind::Other(name), end, comment)?;
                }
                _ => self.relate(start.clone(), RelationKind::Other(names::relationship_name(kind)), end, comment.clone())?,
            }
        }
        Ok(())
    }

    fn licensed(&mut self, view: View<'_>, from: &str, acknowledgement: Acknowledgement) -> Result<(), SbomError> {
        let Some(place) = self.places.get(from).copied() else {
            view.warn(self.warnings, "the licence of something that is no package or file is not carried over");
            return Ok(());
        };
        for to in items(view.node, "to") {
            self.count()?;
            let Some(value) = self.license(to, 0) else {
                if target(to).is_none_or(|id| !id.ends_with("NoAssertionLicense") && !id.ends_with("/NoAssertion")) {
                    view.warn(self.warnings, "a licence that is none was not read");
                }
                continue;
            };
            let mut license = License { acknowledgement: Some(acknowledgement), ..License::new(value) };
            // A definition this crate made from a name gives the name back.
            if let LicenseValue::Expression(id) = &license.value
                && let Some(known) = self.extracted.get(id)
                && let Some(name) = &known.name
                && license::reference_for(name) == *id
            {
                license.text = Some(known.text.clone()).filter(|text| text != name && !text.is_empty());
                license.value = LicenseValue::Name(name.clone());
            }
            if let Some(component) = self.bom.components.get_mut(place) {
                component.licenses.push(license);
            }
        }
        Ok(())
    }

    fn license(&self, node: &Node<'_>, depth: usize) -> Option<LicenseValue> {
        if let Some(id) = target(node) {
            if id == NONE_LICENSE || id.ends_with("/NoneLicense") {
                return Some(LicenseValue::None);
            }
            if let Some(listed) = id.strip_prefix("https://spdx.org/licenses/").or_else(|| id.strip_prefix("http://spdx.org/licenses/")) {
                return Some(license::classify(listed));
            }
        }
        let element = target(node).and_then(|id| self.index.get(id).copied());
        if let Some(Node::Object(_)) = element {
            self.license_element(element?, depth)
        } else {
            matches!(node, Node::Object(_)).then(|| self.license_element(node, depth))?
        }
    }

    fn license_element(&self, element: &Node<'_>, depth: usize) -> Option<LicenseValue> {
        let named = || element.text("name").map(str::to_owned);
        match element.text("type")? {
            "simplelicensing_LicenseExpression" => match element.text("simplelicensing_licenseExpression")? {
                "NOASSERTION" => None,
                text => Some(license::classify(text)),
            },
            "simplelicensing_SimpleLicensingText" => {
                named().or_else(|| element.text("simplelicensing_licenseText").map(str::to_owned)).map(LicenseValue::Name)
            }
            "expandedlicensing_CustomLicense" => {
                named().or_else(|| element.text("simplelicensing_licenseText").map(str::to_owned)).map(LicenseValue::Name)
            }
            "expandedlicensing_ListedLicense" => named().map(|name| license::classify(&name)),
            set @ ("expandedlicensing_ConjunctiveLicenseSet" | "expandedlicensing_DisjunctiveLicenseSet") if depth < DEEPEST_LICENSE => {
                let operator = if set.contains("Conjunctive") { " AND " } else { " OR " };
                let mut parts = Vec::new();
                for member in items(element, "expandedlicensing_member") {
                    self.members.set(self.members.get().checked_sub(1)?);
                    parts.push(match self.license(member, depth + 1)? {
                        LicenseValue::Id(text) | LicenseValue::Name(text) => text,
                        LicenseValue::Expression(text) => format!("({text})"),
                        LicenseValue::None => return None,
                    });
                }
                let joined = parts.join(operator);
                if joined.len() > 16 * 1024 { None } else { Some(license::classify(&joined)) }
            }
            _ => None,
        }
    }

    fn roots(&mut self, graph: &'n [Node<'n>]) {
        let mut queue: Vec<&'n str> = Vec::new();
        for element in graph {
            match element.text("type") {
                Some("SpdxDocument") => queue.extend(items(element, "rootElement").iter().filter_map(target)),
                Some("Relationship") if element.text("relationshipType") == Some("describes") => {
                    queue.extend(items(element, "to").iter().filter_map(target));
                }
                _ => {}
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut next = 0;
        // Collections lead to their own roots; each is followed once.
        while let Some(id) = queue.get(next).copied() {
            next += 1;
            if !seen.insert(id) {
                continue;
            }
            if self.places.contains_key(id) {
                let reference = self.local(id);
                if self.bom.root.is_none() { self.bom.root = Some(reference) } else { self.bom.also_describes.push(reference) }
            } else if let Some(element) = self.index.get(id) {
                queue.extend(items(element, "rootElement").iter().filter_map(target));
            }
        }
    }

    fn count(&mut self) -> Result<(), SbomError> {
        self.pairs += 1;
        if self.pairs > self.limits.relations {
            Err(SbomError::TooLarge { what: "relations", limit: self.limits.relations })
        } else {
            Ok(())
        }
    }

    fn relate(&mut self, from: String, kind: RelationKind, to: String, comment: Option<String>) -> Result<(), SbomError> {
        let place = self.relation(from, kind, comment)?;
        if let Some(relation) = self.bom.relations.get_mut(place) {
            relation.to.push(to);
        }
        Ok(())
    }

    fn relation(&mut self, from: String, kind: RelationKind, comment: Option<String>) -> Result<usize, SbomError> {
        self.count()?;
        let relations = &mut self.bom.relations;
        Ok(*self.relations.entry((from.clone(), kind.clone(), comment.clone())).or_insert_with(|| {
            relations.push(Relation { from, kind, to: Vec::new(), comment });
            relations.len() - 1
        }))
    }
}

/// The extension for properties of CycloneDX.
fn properties(view: View<'_>, warnings: &mut Warnings) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for extension in items(view.node, "extension") {
        if extension.text("type") != Some("extension_CdxPropertiesExtension") {
            view.warn(warnings, "an extension is not carried over");
            continue;
        }
        for entry in items(extension, "extension_cdxProperty") {
            if let Some(name) = entry.text("extension_cdxPropName") {
                out.push((name.to_owned(), entry.text("extension_cdxPropValue").unwrap_or_default().to_owned()));
            }
        }
    }
    out
}
