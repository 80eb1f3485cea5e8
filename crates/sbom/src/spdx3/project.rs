//! Makes the graph of elements.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{names, wire};
use crate::model::reserved;
use crate::refs::{self, Refs};
use crate::spdx2::{LicenseBook, created, document_name, namespace};
use crate::warnings::Warnings;
use crate::{
    Acknowledgement, Bom, Component, ComponentKind, License, LicenseValue, Party, PartyKind, RelationKind, cdx_only, cpe, date, iri,
    license, purl, text,
};

const CREATION_INFO: &str = "_:creationInfo";
/// "Depends on nothing": the individual that the specification has for it.
pub(super) const NONE_ELEMENT: &str = "https://spdx.org/rdf/3.0.1/terms/Core/NoneElement";
pub(super) const NONE_LICENSE: &str = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoneLicense";

/// The identifiers of everything.
pub(super) struct Ids {
    base: String,
    refs: Refs,
}

impl Ids {
    pub(super) fn new(bom: &Bom) -> Self {
        let base = namespace(bom);
        let refs = Refs::new(bom, |component| {
            let reference = component.reference.as_str();
            if ["https://", "http://", "urn:"].iter().any(|scheme| reference.starts_with(scheme)) && iri::reference(reference) == reference
            {
                return reference.to_owned();
            }
            let own = reference
                .strip_prefix("SPDXRef-")
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_alphanumeric() || b".-".contains(&it)));
            if own && !matches!(reference, "SPDXRef-DOCUMENT" | "SPDXRef-SBOM") {
                return format!("{base}#{reference}");
            }
            let clean: String = component.name.chars().map(|it| if it.is_ascii_alphanumeric() || it == '.' { it } else { '-' }).collect();
            format!("{base}#SPDXRef-Package-{}-{}", text::clip_plain(clean.trim_matches('-'), 64), refs::short_hash(reference))
        });
        Self { base, refs }
    }

    fn id(&self, name: impl std::fmt::Display) -> String {
        format!("{}#SPDXRef-{name}", self.base)
    }
}

pub(super) fn project<'b>(bom: &'b Bom, ids: &'b Ids, warnings: &mut Warnings) -> wire::Document<'b> {
    let projection = Projection {
        bom,
        ids,
        book: LicenseBook::new(bom),
        agents: BTreeMap::new(),
        agent_elements: Vec::new(),
        expressions: BTreeMap::new(),
        relationships: Vec::new(),
        warnings,
    };
    projection.document()
}

struct Projection<'b, 'w> {
    bom: &'b Bom,
    ids: &'b Ids,
    book: LicenseBook<'b>,
    agents: BTreeMap<(bool, &'b str, Option<&'b str>), String>,
    agent_elements: Vec<wire::Element<'b>>,
    /// Expressions and the identifiers of their elements.
    expressions: BTreeMap<String, String>,
    relationships: Vec<wire::Element<'b>>,
    warnings: &'w mut Warnings,
}

impl<'b> Projection<'b, '_> {
    fn document(mut self) -> wire::Document<'b> {
        let bom = self.bom;
        for (left_out, what) in [
            (!bom.vulnerabilities.is_empty(), "vulnerabilities"),
            (!bom.compositions.is_empty(), "statements on completeness"),
            (!bom.external_references.is_empty(), "external references of the document"),
        ] {
            if left_out {
                self.warn("", format!("{what} are not written in SPDX 3 and were left out"));
            }
        }
        let created = created(bom, self.warnings);
        let authors: Vec<String> = bom.authors.iter().map(|party| self.agent(party)).collect();
        let tools = self.tools();
        let created_by = if authors.is_empty() { vec![self.software_agent()] } else { authors };
        let mut components = Vec::with_capacity(bom.components.len());
        for (component, id) in self.ids.refs.pairs(bom) {
            components.push(self.component(component, id));
        }
        self.nesting();
        self.relations();
        let licenses = self.license_elements();
        let roots = self.roots();
        let mut extension =
            cdx_only::of_document(bom).into_iter().map(|(name, value)| wire::Property { name, value: value.into() }).collect::<Vec<_>>();
        extension.extend(bom.properties.iter().map(|(name, value)| wire::Property { name, value: value.into() }));
        let mut profiles = vec!["core", "software", "simpleLicensing"];
        if !extension.is_empty() || bom.components.iter().any(|component| !component.properties.is_empty()) {
            profiles.push("extension");
        }
        let sbom = self.ids.id("SBOM");
        let data_license = self.ids.id("DataLicense");
        let document = wire::Collection {
            spdx_id: self.ids.id("DOCUMENT"),
            creation_info: CREATION_INFO,
            name: Some(document_name(bom)),
            comment: bom.comment.as_deref(),
            profile_conformance: profiles,
            data_license: Some(data_license.clone()),
            extension: if extension.is_empty() { Vec::new() } else { vec![wire::Extension { properties: extension }] },
            root_element: vec![sbom.clone()],
            element: Vec::new(),
        };
        let elements: Vec<String> = components.iter().chain(&self.relationships).chain(&licenses).filter_map(id_of).collect();
        let sbom = wire::Collection {
            spdx_id: sbom,
            creation_info: CREATION_INFO,
            name: None,
            comment: None,
            profile_conformance: Vec::new(),
            data_license: None,
            extension: Vec::new(),
            root_element: roots,
            element: elements,
        };
        let mut graph = vec![wire::Element::CreationInfo(wire::CreationInfo {
            id: CREATION_INFO,
            spec_version: "3.0.1",
            created,
            created_by,
            created_using: tools,
        })];
        graph.extend(self.agent_elements);
        graph.push(wire::Element::SpdxDocument(document));
        graph.push(wire::Element::LicenseExpression(wire::LicenseExpression {
            spdx_id: data_license,
            creation_info: CREATION_INFO,
            expression: "CC0-1.0".to_owned(),
            custom: Vec::new(),
        }));
        graph.push(wire::Element::Sbom(sbom));
        graph.extend(components);
        graph.extend(licenses);
        graph.extend(self.relationships);
        wire::Document { context: "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", graph }
    }

    fn warn(&mut self, at: &str, message: impl Into<String>) {
        self.warnings.push(at, message);
    }

    fn agent(&mut self, party: &'b Party) -> String {
        if !party.urls.is_empty() {
            self.warn("", "the web addresses of persons and organisations are left out");
        }
        let person = party.kind == PartyKind::Person;
        let key = (person, party.name.as_str(), party.email.as_deref());
        if let Some(id) = self.agents.get(&key) {
            return id.clone();
        }
        let id = self.ids.id(format_args!("Agent-{}", self.agents.len() + 1));
        self.agents.insert(key, id.clone());
        let email = party.email.as_deref().map(|identifier| wire::ExternalIdentifier { external_identifier_type: "email", identifier });
        let agent = wire::Agent {
            spdx_id: id.clone(),
            creation_info: CREATION_INFO,
            name: &party.name,
            external_identifier: email.into_iter().collect(),
        };
        self.agent_elements.push(if person { wire::Element::Person(agent) } else { wire::Element::Organization(agent) });
        id
    }

    /// Something must have made the document: the program, when no person or organisation is named.
    fn software_agent(&mut self) -> String {
        let id = self.ids.id("Agent-Software");
        let name = self.bom.tools.first().map_or("probity", |tool| tool.name.as_str());
        let agent = wire::Agent { spdx_id: id.clone(), creation_info: CREATION_INFO, name, external_identifier: Vec::new() };
        self.agent_elements.push(wire::Element::SoftwareAgent(agent));
        id
    }

    /// Elements of type `Tool` have a name only; the version is kept as a package identifier beside it.
    fn tools(&mut self) -> Vec<String> {
        let bom = self.bom;
        if bom.tools.iter().any(|tool| tool.vendor.is_some() || tool.group.is_some()) {
            self.warn("", "the vendors of tools are left out");
        }
        let mut out = Vec::new();
        for (index, tool) in bom.tools.iter().enumerate() {
            let id = self.ids.id(format_args!("Tool-{}", index + 1));
            let version =
                tool.version.as_deref().map(|identifier| wire::ExternalIdentifier { external_identifier_type: "other", identifier });
            let agent = wire::Agent {
                spdx_id: id.clone(),
                creation_info: CREATION_INFO,
                name: &tool.name,
                external_identifier: version.into_iter().collect(),
            };
            self.agent_elements.push(wire::Element::Tool(agent));
            out.push(id);
        }
        out
    }

    fn component(&mut self, component: &'b Component, id: &'b str) -> wire::Element<'b> {
        let file = component.kind == ComponentKind::File
            && component.purl.is_none()
            && component.version.is_none()
            && !component.external_references.iter().any(|it| matches!(it.kind.as_str(), "website" | "distribution"));
        let (purpose, less) = names::purpose(component.kind);
        let mut package =
            wire::Package { spdx_id: id, creation_info: CREATION_INFO, name: cdx_only::full_name(component), ..wire::Package::default() };
        package.description = component.description.as_deref();
        package.primary_purpose = purpose.filter(|_| !file);
        package.copyright_text = component.copyright.as_deref();
        package.package_version = component.version.as_deref();
        package.supplied_by = component.supplier.as_ref().map(|party| self.agent(party));
        package.originated_by = component.originator.iter().map(|party| self.agent(party)).collect();
        self.identify(component, id, &mut package);
        for hash in &component.hashes {
            match names::algorithm_name(hash.algorithm) {
                Some(algorithm) => package.verified_using.push(wire::Hash { algorithm, hash_value: &hash.value }),
                None => self.warn(id, format!("SPDX 3 has no hash algorithm {}: the digest was left out", hash.algorithm.as_str())),
            }
        }
        let pairs = cdx_only::of_component(component, less);
        let mut properties: Vec<wire::Property<'b>> =
            pairs.into_iter().map(|(name, value)| wire::Property { name, value: value.into() }).collect();
        for (name, value) in &component.properties {
            let time = || date::utc_seconds(value);
            let slot = match name.as_str() {
                reserved::SUMMARY => set(&mut package.summary, Some(value.as_str())),
                reserved::COMMENT => set(&mut package.comment, Some(value.as_str())),
                reserved::SOURCE_INFO if !file => set(&mut package.source_info, Some(value.as_str())),
                reserved::BUILT => set(&mut package.built_time, time()),
                reserved::RELEASED => set(&mut package.release_time, time()),
                reserved::VALID_UNTIL => set(&mut package.valid_until_time, time()),
                reserved::ATTRIBUTION => {
                    package.attribution_text.push(value);
                    true
                }
                _ => false,
            };
            if !slot {
                properties.push(wire::Property { name, value: value.into() });
            }
        }
        if !properties.is_empty() {
            package.extension.push(wire::Extension { properties });
        }
        self.licenses(component, id);
        if file { wire::Element::File(Box::new(package)) } else { wire::Element::Package(Box::new(package)) }
    }

    fn identify(&mut self, component: &'b Component, id: &str, package: &mut wire::Package<'b>) {
        match component.purl.as_deref() {
            Some(purl) if purl::is_valid(purl) => package.package_url = Some(purl),
            Some(purl) => self.warn(id, format!("`{}` is not a package URL and was left out", text::clip(purl, 100))),
            None => {}
        }
        for name in &component.cpes {
            let kind = match cpe::parse(name) {
                Some(cpe::Cpe::V23) => "cpe23",
                Some(cpe::Cpe::V22) => "cpe22",
                None => {
                    self.warn(id, format!("`{}` is not a CPE name and was left out", text::clip(name, 100)));
                    continue;
                }
            };
            package.external_identifier.push(wire::ExternalIdentifier { external_identifier_type: kind, identifier: name });
        }
        for reference in &component.external_references {
            if !reference.hashes.is_empty() {
                self.warn(id, "the digests of external references are left out");
            }
            let plain = reference.comment.is_none();
            let slot = match (reference.kind.as_str(), iri::absolute(&reference.url)) {
                ("website", Some(url)) if plain => set(&mut package.home_page, Some(url)),
                ("distribution", Some(url)) if plain => set(&mut package.download_location, Some(url)),
                _ => false,
            };
            if slot {
                continue;
            }
            let known = names::reference(&reference.kind);
            let comment = match (known, reference.comment.as_deref()) {
                (Some(_), comment) => comment.map(Cow::Borrowed),
                (None, Some(comment)) => Some(Cow::Owned(format!("{} {comment}", reference.kind))),
                (None, None) => Some(Cow::Borrowed(reference.kind.as_str())),
            };
            package.external_ref.push(wire::ExternalRef {
                external_ref_type: known.unwrap_or("other"),
                locator: vec![reference.url.clone()],
                comment,
            });
        }
    }

    fn licenses(&mut self, component: &'b Component, id: &'b str) {
        let (concluded, declared): (Vec<&License>, Vec<&License>) =
            component.licenses.iter().partition(|license| license.acknowledgement == Some(Acknowledgement::Concluded));
        if component.licenses.iter().any(|license| license.url.is_some()) {
            self.warn(id, "the web addresses of licences are left out");
        }
        for (licenses, kind) in [(declared, "hasDeclaredLicense"), (concluded, "hasConcludedLicense")] {
            if licenses.is_empty() {
                continue;
            }
            let to = if let [License { value: LicenseValue::None, .. }] = licenses.as_slice() {
                NONE_LICENSE.to_owned()
            } else {
                let expression = self.book.expression(&licenses);
                let next = self.expressions.len() + 1;
                self.expressions.entry(expression).or_insert_with(|| self.ids.id(format_args!("License-{next}"))).clone()
            };
            self.relationship(id, kind, vec![to], None);
        }
    }

    fn license_elements(&mut self) -> Vec<wire::Element<'b>> {
        let mut out = Vec::new();
        let definitions: BTreeMap<String, String> = self
            .book
            .finish()
            .into_iter()
            .map(|definition| {
                let id = self.ids.id(&definition.license_id);
                out.push(wire::Element::LicensingText(wire::LicensingText {
                    spdx_id: id.clone(),
                    creation_info: CREATION_INFO,
                    name: Some(definition.name).filter(|name| name != "NOASSERTION"),
                    text: definition.extracted_text,
                }));
                (definition.license_id, id)
            })
            .collect();
        for (expression, id) in std::mem::take(&mut self.expressions) {
            let references = license::parse(&expression).map(|parsed| parsed.references).unwrap_or_default();
            let references: BTreeSet<String> = references.into_iter().collect();
            let custom = references
                .into_iter()
                .filter_map(|key| Some(wire::DictionaryEntry { value: definitions.get(&key)?.clone(), key }))
                .collect();
            out.push(wire::Element::LicenseExpression(wire::LicenseExpression {
                spdx_id: id,
                creation_info: CREATION_INFO,
                expression,
                custom,
            }));
        }
        out
    }

    fn nesting(&mut self) {
        for component in &self.bom.components {
            let Some(parent) = &component.parent else { continue };
            match (self.ids.refs.get(parent), self.ids.refs.get(&component.reference)) {
                (Some(parent), Some(id)) => self.relationship(parent, "contains", vec![id.to_owned()], None),
                _ => self.warn(&component.reference, "the component is nested in one that does not exist"),
            }
        }
    }

    fn relations(&mut self) {
        let bom = self.bom;
        for relation in &bom.relations {
            let Some(from) = self.ids.refs.get(&relation.from) else {
                self.warn(&relation.from, "a relation starts at a component that does not exist and was left out");
                continue;
            };
            let mut to: Vec<&'b str> = Vec::with_capacity(relation.to.len());
            for target in &relation.to {
                match self.ids.refs.get(target) {
                    Some(target) => to.push(target),
                    None => self.warn(target, "a relation leads to a component that does not exist and was left out"),
                }
            }
            let comment = relation.comment.as_deref().map(Cow::Borrowed);
            let (kind, comment) = match &relation.kind {
                RelationKind::DependsOn if relation.to.is_empty() => {
                    self.relationship(from, "dependsOn", vec![NONE_ELEMENT.to_owned()], comment);
                    continue;
                }
                RelationKind::DependsOn => ("dependsOn", comment),
                RelationKind::Contains => ("contains", comment),
                RelationKind::Provides => ("other", Some(Cow::Borrowed(crate::spdx2::PROVIDES))),
                RelationKind::Other(name) => {
                    if let Some(scope) = names::scope(name) {
                        for target in to {
                            self.scoped(target, from, scope, comment.clone());
                        }
                        continue;
                    }
                    match names::relationship(name) {
                        Some(kind) => (kind, comment),
                        None => (
                            "other",
                            Some(Cow::Owned(relation.comment.as_ref().map_or_else(|| name.clone(), |it| format!("{name}: {it}")))),
                        ),
                    }
                }
            };
            if !to.is_empty() {
                self.relationship(from, kind, to.into_iter().map(str::to_owned).collect(), comment);
            }
        }
    }

    fn relationship(&mut self, from: &'b str, relationship_type: &'static str, to: Vec<String>, comment: Option<Cow<'b, str>>) {
        let spdx_id = self.ids.id(format_args!("Relationship-{}", self.relationships.len() + 1));
        let relationship = wire::Relationship {
            spdx_id,
            creation_info: CREATION_INFO,
            comment,
            from,
            relationship_type,
            to,
            completeness: None,
            scope: None,
        };
        self.relationships.push(wire::Element::Relationship(relationship));
    }

    fn scoped(&mut self, from: &'b str, to: &str, scope: &'static str, comment: Option<Cow<'b, str>>) {
        let spdx_id = self.ids.id(format_args!("Relationship-{}", self.relationships.len() + 1));
        self.relationships.push(wire::Element::LifecycleScopedRelationship(wire::Relationship {
            spdx_id,
            creation_info: CREATION_INFO,
            comment,
            from,
            relationship_type: "dependsOn",
            to: vec![to.to_owned()],
            completeness: None,
            scope: Some(scope),
        }));
    }

    fn roots(&self) -> Vec<String> {
        let described: Vec<String> =
            self.bom.root.iter().chain(&self.bom.also_describes).filter_map(|it| self.ids.refs.get(it)).map(str::to_owned).collect();
        if !described.is_empty() {
            return described;
        }
        let inner: BTreeSet<&str> = self.bom.edges().filter(|(from, to)| from != to).map(|(_, to)| to).collect();
        let pairs = || self.ids.refs.pairs(self.bom);
        let outer: Vec<String> = pairs().filter(|(it, _)| !inner.contains(it.reference.as_str())).map(|(_, id)| id.to_owned()).collect();
        if outer.is_empty() { pairs().map(|(_, id)| id.to_owned()).take(1).collect() } else { outer }
    }
}

/// Fills an empty field; false when it is taken or there is nothing to put in.
fn set<T>(field: &mut Option<T>, value: Option<T>) -> bool {
    if field.is_some() || value.is_none() {
        return false;
    }
    *field = value;
    true
}

fn id_of(element: &wire::Element<'_>) -> Option<String> {
    use wire::Element as E;
    match element {
        E::CreationInfo(_) => None,
        E::Person(it) | E::Organization(it) | E::SoftwareAgent(it) | E::Tool(it) => Some(it.spdx_id.clone()),
        E::SpdxDocument(it) | E::Sbom(it) => Some(it.spdx_id.clone()),
        E::Package(it) | E::File(it) => Some(it.spdx_id.to_owned()),
        E::Relationship(it) | E::LifecycleScopedRelationship(it) => Some(it.spdx_id.clone()),
        E::LicenseExpression(it) => Some(it.spdx_id.clone()),
        E::LicensingText(it) => Some(it.spdx_id.clone()),
    }
}
