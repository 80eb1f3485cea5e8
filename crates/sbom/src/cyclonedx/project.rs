//! Fits the neutral document to one version of CycloneDX. Everything that the version lacks is decided here, once for both syntaxes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{names, wire};
use crate::model::{Direction, reserved};
use crate::refs::{self, Refs};
use crate::warnings::Warnings;
use crate::{
    Acknowledgement, Bom, Component, CycloneDxVersion, ExternalReference, ExtractedLicense, Hash, License, LicenseValue, Party, PartyKind,
    RelationKind, Source, Vulnerability, cpe, date, iri, license, purl, text,
};

use CycloneDxVersion as V;

/// Deeper nesting is flattened: readers bound the depth of JSON, often at 128 levels, and a component takes two.
const DEEPEST: usize = 50;

/// Longest version text since 1.7.
const LONGEST_VERSION: usize = 1024;

pub(super) fn references(bom: &Bom) -> Refs {
    Refs::new(bom, |component| {
        let wanted = if component.reference.trim().is_empty() { &component.name } else { &component.reference };
        if wanted.trim().is_empty() {
            "component".to_owned()
        } else if wanted.starts_with("urn:cdx:") {
            // That would be a link into another document.
            format!("ref-{wanted}")
        } else {
            wanted.clone()
        }
    })
}

pub(super) fn project<'b>(bom: &'b Bom, refs: &'b Refs, version: CycloneDxVersion, warnings: &mut Warnings) -> wire::Document<'b> {
    if version < V::V1_4 {
        warnings.push("", format!("CycloneDX {} is not written any more; this is 1.4", version.as_str()));
    }
    let extracted = bom.extracted_licenses.iter().map(|license| (license.id.as_str(), license)).collect();
    Projection { bom, version: version.max(V::V1_4), refs, extracted, warnings }.document()
}

struct Projection<'b, 'w> {
    bom: &'b Bom,
    version: CycloneDxVersion,
    refs: &'b Refs,
    extracted: BTreeMap<&'b str, &'b ExtractedLicense>,
    warnings: &'w mut Warnings,
}

impl<'b> Projection<'b, '_> {
    fn document(mut self) -> wire::Document<'b> {
        let bom = self.bom;
        let (component, components) = self.components();
        wire::Document {
            schema: format!("http://cyclonedx.org/schema/bom-{}.schema.json", self.version.as_str()),
            bom_format: "CycloneDX",
            spec_version: self.version.as_str(),
            serial_number: self.serial(),
            version: bom.version.unwrap_or(1).max(1),
            metadata: self.metadata(component),
            components,
            external_references: self.external_references(&bom.external_references, ""),
            dependencies: self.dependencies(),
            compositions: self.compositions(),
            vulnerabilities: self.vulnerabilities(),
        }
    }

    fn warn(&mut self, at: &str, message: impl Into<String>) {
        self.warnings.push(at, message);
    }

    fn serial(&mut self) -> Option<Cow<'b, str>> {
        let bom = self.bom;
        if let Some(serial) = &bom.serial {
            let valid = refs::serial(serial);
            if valid.is_none() {
                self.warn("", format!("the serial number `{}` is not a `urn:uuid:` and was left out", text::clip(serial, 100)));
            }
            return valid.map(Cow::Owned);
        }
        let tail = bom.namespace.as_deref()?.get(bom.namespace.as_deref()?.len().checked_sub(36)?..)?;
        refs::serial(&format!("urn:uuid:{tail}")).map(Cow::Owned)
    }

    fn metadata(&mut self, component: Option<wire::Component<'b>>) -> wire::Metadata<'b> {
        let bom = self.bom;
        let lifecycles = if self.version >= V::V1_5 {
            let phase = |name: &'b String| {
                if names::PHASES.contains(&name.as_str()) { wire::Lifecycle::Phase { phase: name } } else { wire::Lifecycle::Name { name } }
            };
            bom.lifecycles.iter().map(phase).collect()
        } else {
            self.drop_if(!bom.lifecycles.is_empty(), "", "the lifecycle phases");
            Vec::new()
        };
        let organization = bom.authors.iter().find(|author| author.kind == PartyKind::Organization).filter(|_| self.version >= V::V1_6);
        let authors =
            bom.authors.iter().filter(|author| organization.is_none_or(|taken| !std::ptr::eq(*author, taken))).collect::<Vec<_>>();
        if authors.iter().any(|author| author.kind == PartyKind::Organization) {
            self.warn("", "an organisation that made the document is written as an author, like a person");
        }
        let authors = authors.into_iter().map(|author| self.contact(author)).collect();
        let mut properties = properties(&bom.properties);
        let scalars = [
            (reserved::DOCUMENT_NAME, &bom.name),
            (reserved::DOCUMENT_NAMESPACE, &bom.namespace),
            (reserved::DOCUMENT_COMMENT, &bom.comment),
        ];
        properties.extend(scalars.into_iter().filter_map(|(name, value)| Some(wire::Property { name, value: value.as_deref()? })));
        let described = bom.also_describes.iter().filter_map(|reference| self.refs.get(reference));
        properties.extend(described.map(|value| wire::Property { name: reserved::DESCRIBES, value }));
        wire::Metadata {
            timestamp: self.time(bom.created.as_deref(), "the time of creation").map(Cow::Owned),
            lifecycles,
            tools: self.tools(),
            manufacturer: organization.map(|party| self.entity(party)),
            authors,
            component,
            supplier: bom.supplier.as_ref().map(|party| self.entity(party)),
            properties,
        }
    }

    fn drop_if(&mut self, dropped: bool, at: &str, what: &str) {
        if dropped {
            let version = self.version.as_str();
            self.warn(at, format!("{what} cannot be said in CycloneDX {version} and were left out"));
        }
    }

    fn time(&mut self, time: Option<&str>, what: &str) -> Option<String> {
        let time = time?;
        let valid = date::rfc3339(time);
        if valid.is_none() {
            self.warn("", format!("{what} `{}` is not a time and was left out", text::clip(time, 100)));
        }
        valid
    }

    fn tools(&mut self) -> Option<wire::Tools<'b>> {
        let bom = self.bom;
        if bom.tools.is_empty() {
            return None;
        }
        let mut seen = BTreeSet::new();
        let tools = bom.tools.iter().filter(|tool| seen.insert((&tool.vendor, &tool.group, &tool.name, &tool.version)));
        if self.version < V::V1_5 {
            let list = tools.map(|tool| wire::Tool {
                vendor: tool.vendor.as_deref().or(tool.group.as_deref()),
                name: &tool.name,
                version: tool.version.as_deref().map(short_version),
            });
            return Some(wire::Tools::List(list.collect()));
        }
        let since_1_6 = self.version >= V::V1_6;
        let components = tools.map(|tool| {
            let vendor = tool.vendor.as_deref();
            wire::Component {
                kind: "application",
                manufacturer: vendor.filter(|_| since_1_6).map(|name| wire::Entity { name, url: Vec::new(), contact: Vec::new() }),
                publisher: vendor.filter(|_| !since_1_6),
                group: tool.group.as_deref(),
                name: &tool.name,
                version: tool.version.as_deref().map(short_version),
                ..wire::Component::default()
            }
        });
        Some(wire::Tools::Components { components: components.collect() })
    }

    fn contact(&mut self, party: &'b Party) -> wire::Contact<'b> {
        if !party.urls.is_empty() {
            self.warn("", "the web address of an author is left out");
        }
        wire::Contact { name: Some(&party.name), email: self.email(party) }
    }

    fn email(&mut self, party: &'b Party) -> Option<&'b str> {
        let email = party.email.as_deref()?;
        let valid = is_email(email);
        if !valid {
            self.warn("", format!("`{}` is not an e-mail address and was left out", text::clip(email, 100)));
        }
        valid.then_some(email)
    }

    fn entity(&mut self, party: &'b Party) -> wire::Entity<'b> {
        let contact = self.email(party).map(|email| {
            // A person is an entity that is its own contact, which tells it from an organisation.
            let name = (party.kind == PartyKind::Person).then_some(party.name.as_str());
            wire::Contact { name, email: Some(email) }
        });
        wire::Entity {
            name: &party.name,
            url: party.urls.iter().map(|url| iri::reference(url)).collect(),
            contact: contact.into_iter().collect(),
        }
    }

    /// The root and the tree of all others. Parents that do not exist, or that are inside their own children, are ignored.
    fn components(&mut self) -> (Option<wire::Component<'b>>, Vec<wire::Component<'b>>) {
        let bom = self.bom;
        let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, component) in bom.components.iter().enumerate() {
            positions.entry(component.reference.as_str()).or_insert(index);
        }
        let root = bom.root.as_deref().and_then(|root| positions.get(root).copied());
        if bom.root.is_some() && root.is_none() {
            self.warn("", "the component that the document describes is not in it");
        }
        let mut parents: Vec<Option<usize>> = Vec::with_capacity(bom.components.len());
        for (index, component) in bom.components.iter().enumerate() {
            let parent = component.parent.as_deref().and_then(|parent| positions.get(parent).copied());
            if component.parent.is_some() && parent.is_none() {
                self.warn(&component.reference, "the component is nested in one that does not exist");
            }
            parents.push(parent.filter(|_| Some(index) != root));
        }
        let depths = depths(&parents);
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); bom.components.len()];
        let mut top = Vec::new();
        for (index, (parent, depth)) in parents.iter().zip(&depths).enumerate() {
            match (parent, depth) {
                (Some(parent), Some(depth)) if *depth <= DEEPEST => {
                    if let Some(list) = children.get_mut(*parent) {
                        list.push(index);
                    }
                }
                _ if Some(index) == root => {}
                (Some(_), _) => {
                    let reference = bom.components.get(index).map_or("", |component| component.reference.as_str());
                    self.warn(reference, "the component is nested in itself or too deeply, and was written at the outermost level");
                    top.push(index);
                }
                (None, _) => top.push(index),
            }
        }
        let pairs: Vec<(&'b Component, &'b str)> = self.refs.pairs(bom).collect();
        let root = root.and_then(|index| self.component(index, &pairs, &children));
        let top = top.into_iter().filter_map(|index| self.component(index, &pairs, &children)).collect();
        (root, top)
    }

    fn component(&mut self, index: usize, pairs: &[(&'b Component, &'b str)], children: &[Vec<usize>]) -> Option<wire::Component<'b>> {
        let (component, reference) = pairs.get(index).copied()?;
        let version = self.version;
        let since_1_6 = version >= V::V1_6;
        let (kind, changed) = names::kind(component.kind, version);
        if changed {
            let (from, to) = (component.kind.as_str(), kind.as_str());
            self.warn(reference, format!("CycloneDX {} has no component type `{from}`: written as `{to}`", version.as_str()));
        }
        self.drop_if(!since_1_6 && component.originator.is_some(), reference, "manufacturers of components");
        let authors = if since_1_6 { component.authors.iter().map(|party| self.contact(party)).collect() } else { Vec::new() };
        let author = (!since_1_6 && !component.authors.is_empty())
            .then(|| Cow::Owned(component.authors.iter().map(|party| party.name.as_str()).collect::<Vec<_>>().join(", ")));
        self.drop_if(version < V::V1_5 && !component.occurrences.is_empty(), reference, "the places where components were seen");
        let evidence = (version >= V::V1_5 && !component.occurrences.is_empty())
            .then(|| wire::Evidence { occurrences: component.occurrences.iter().map(|location| wire::Occurrence { location }).collect() });
        let mut properties = properties(&component.properties);
        let cpe = self.cpe(component, reference, &mut properties);
        let valid_purl = component.purl.as_deref().filter(|it| purl::is_valid(it));
        if component.purl.is_some() && valid_purl.is_none() {
            self.warn(
                reference,
                format!("`{}` is not a package URL and was left out", text::clip(component.purl.as_deref().unwrap_or_default(), 100)),
            );
        }
        let mime_type = component.mime_type.as_deref().filter(|it| names::is_mime_type(it));
        if component.mime_type.is_some() && mime_type.is_none() {
            self.warn(reference, "a media type that is none was left out");
        }
        let nested = children.get(index).map(Vec::as_slice).unwrap_or_default();
        Some(wire::Component {
            bom_ref: Some(reference),
            kind: kind.as_str(),
            mime_type,
            supplier: component.supplier.as_ref().map(|party| self.entity(party)),
            manufacturer: component.originator.as_ref().filter(|_| since_1_6).map(|party| self.entity(party)),
            authors,
            author,
            publisher: component.publisher.as_deref(),
            group: component.group.as_deref(),
            name: &component.name,
            version: self.version_text(component.version.as_deref(), reference),
            description: component.description.as_deref(),
            scope: component.scope.map(crate::Scope::as_str),
            hashes: self.hashes(&component.hashes, reference),
            licenses: self.licenses(&component.licenses, reference),
            copyright: component.copyright.as_deref(),
            cpe,
            purl: valid_purl,
            external_references: self.external_references(&component.external_references, reference),
            components: nested.iter().filter_map(|child| self.component(*child, pairs, children)).collect(),
            evidence,
            properties,
        })
    }

    fn cpe(&mut self, component: &'b Component, reference: &str, properties: &mut Vec<wire::Property<'b>>) -> Option<&'b str> {
        let mut first = None;
        for name in &component.cpes {
            if cpe::parse(name).is_none() {
                self.warn(reference, format!("`{}` is not a CPE name and was left out", text::clip(name, 100)));
            } else if first.is_none() {
                first = Some(name.as_str());
            } else {
                properties.push(wire::Property { name: reserved::CPE, value: name });
            }
        }
        first
    }

    fn version_text(&mut self, version: Option<&'b str>, reference: &str) -> Option<&'b str> {
        let version = version?;
        let short = short_version(version);
        if short.len() < version.len() {
            self.warn(reference, "a version text longer than 1,024 characters was cut");
        }
        Some(short)
    }

    fn hashes(&mut self, hashes: &'b [Hash], reference: &str) -> Vec<wire::Hash<'b>> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for hash in hashes {
            if !names::has_hash(hash.algorithm, self.version) {
                let version = self.version.as_str();
                self.warn(
                    reference,
                    format!("CycloneDX {version} has no hash algorithm {}: the digest was left out", hash.algorithm.as_str()),
                );
            } else if !names::is_hash(&hash.value) {
                self.warn(reference, "a digest whose value is none was left out");
            } else if seen.insert((hash.algorithm, hash.value.as_str())) {
                out.push(wire::Hash { alg: hash.algorithm.as_str(), content: &hash.value });
            }
        }
        out
    }

    /// Up to 1.6 a component has either any number of single licences or one expression.
    fn licenses(&mut self, licenses: &'b [License], reference: &str) -> Vec<wire::License<'b>> {
        let is_expression = |license: &License| matches!(license.value, LicenseValue::Expression(_));
        let kept: Vec<&'b License> = if self.version < V::V1_7 && licenses.len() > 1 && licenses.iter().any(is_expression) {
            self.one_choice(licenses, reference)
        } else {
            licenses.iter().collect()
        };
        if self.version < V::V1_7 && kept.len() > 1 && kept.iter().any(|license| is_expression(license)) {
            if let Some(expression) = joined(&kept) {
                let acknowledgement = kept.first().and_then(|license| self.acknowledgement(license, reference));
                return vec![wire::License::Expression { expression: Cow::Owned(expression), acknowledgement }];
            }
            self.warn(reference, "expressions beside other licences are written as names");
            return kept.into_iter().map(|license| self.license(license, true, reference)).collect();
        }
        kept.into_iter().map(|license| self.license(license, false, reference)).collect()
    }

    /// Declared and concluded licences do not fit together: what the package says of itself stays.
    fn one_choice(&mut self, licenses: &'b [License], reference: &str) -> Vec<&'b License> {
        let concluded = |license: &&License| license.acknowledgement == Some(Acknowledgement::Concluded);
        let (concluded, declared): (Vec<&License>, Vec<&License>) = licenses.iter().partition(concluded);
        if concluded.is_empty() || declared.is_empty() {
            return licenses.iter().collect();
        }
        self.warn(reference, "concluded licences beside declared ones are left out, because there can be one expression only");
        declared
    }

    fn acknowledgement(&mut self, license: &License, reference: &str) -> Option<&'static str> {
        if self.version >= V::V1_6 {
            return license.acknowledgement.map(Acknowledgement::as_str);
        }
        if license.acknowledgement == Some(Acknowledgement::Concluded) {
            self.warn(reference, "that a licence was concluded, not declared, cannot be said in this version");
        }
        None
    }

    fn license(&mut self, license: &'b License, no_expression: bool, reference: &str) -> wire::License<'b> {
        let acknowledgement = self.acknowledgement(license, reference);
        let defined = match &license.value {
            LicenseValue::Expression(id) => self.extracted.get(id.as_str()).copied(),
            _ => None,
        };
        let text = license.text.as_deref().or(defined.map(|it| it.text.as_str()).filter(|text| !text.is_empty()));
        let object = |id, name| wire::License::License {
            license: wire::LicenseObject {
                id,
                name,
                acknowledgement,
                text: text.map(|content| wire::Attachment { content_type: "text/plain", content }),
                url: license.url.as_deref().map(iri::reference),
            },
        };
        match &license.value {
            LicenseValue::Id(id) => match license::identifier(id) {
                Some(id) if license::in_cyclonedx_list(id) => object(Some(id), None),
                _ => object(None, Some(id.as_str())),
            },
            LicenseValue::Name(name) => object(None, Some(if name.is_empty() { "unknown" } else { name })),
            LicenseValue::None => object(None, Some("NONE")),
            LicenseValue::Expression(text) if no_expression => object(None, Some(text.as_str())),
            // A definition of its own says more than a reference that nothing in the document explains.
            LicenseValue::Expression(id) if defined.is_some() => object(None, defined.and_then(|it| it.name.as_deref()).or(Some(id))),
            LicenseValue::Expression(text) => match license::parse(text) {
                Some(parsed) => {
                    if parsed.references.iter().any(|it| self.extracted.contains_key(it.as_str())) {
                        self.warn(reference, "the texts of licences that an expression names as `LicenseRef-…` are left out");
                    }
                    if license.text.is_some() || license.url.is_some() {
                        self.warn(reference, "the text or address of an expression is left out");
                    }
                    wire::License::Expression { expression: Cow::Owned(parsed.text), acknowledgement }
                }
                None => object(None, Some(text.as_str())),
            },
        }
    }

    fn external_references(&mut self, references: &'b [ExternalReference], at: &str) -> Vec<wire::ExternalReference<'b>> {
        let mut out = Vec::with_capacity(references.len());
        for reference in references {
            let known = names::has_reference(&reference.kind, self.version);
            let spdx = reference.kind.starts_with("spdx:");
            if !known && !spdx {
                self.warn(at, format!("an external reference of type `{}` is written as `other`", text::clip(&reference.kind, 50)));
            }
            let comment = match (&reference.comment, known) {
                (Some(comment), true) => Some(Cow::Borrowed(comment.as_str())),
                (None, true) => None,
                (Some(comment), false) => Some(Cow::Owned(format!("{} {comment}", reference.kind))),
                (None, false) => Some(Cow::Borrowed(reference.kind.as_str())),
            };
            out.push(wire::ExternalReference {
                kind: if known { &reference.kind } else { "other" },
                url: iri::reference(&reference.url),
                comment,
                hashes: self.hashes(&reference.hashes, at),
            });
        }
        out
    }

    /// One entry for each component that a relation starts at, in the order of the components.
    fn dependencies(&mut self) -> Vec<wire::Dependency<'b>> {
        let bom = self.bom;
        let refs = self.refs;
        let mut order: Vec<&'b str> = Vec::new();
        let mut needs: BTreeMap<&'b str, (Vec<&'b str>, Vec<&'b str>)> = BTreeMap::new();
        let mut seen: BTreeSet<(&'b str, &'b str, bool)> = BTreeSet::new();
        for relation in &bom.relations {
            let Some(direction) = relation.kind.direction() else {
                self.warn(&relation.from, format!("the relation {:?} cannot be said and was left out", relation.kind));
                continue;
            };
            let provides = relation.kind == RelationKind::Provides;
            match &relation.kind {
                RelationKind::DependsOn => {}
                RelationKind::Provides if self.version >= V::V1_6 => {}
                kind => self.warn(&relation.from, format!("the relation {kind:?} is written as a dependency")),
            }
            if relation.comment.is_some() {
                self.warn(&relation.from, "comments of relations are left out");
            }
            let Some(from) = refs.get(&relation.from) else {
                self.warn(&relation.from, "a relation starts at a component that does not exist and was left out");
                continue;
            };
            if direction == Direction::Forward && !needs.contains_key(from) {
                order.push(from);
                needs.insert(from, (Vec::new(), Vec::new()));
            }
            for to in &relation.to {
                let Some(to) = refs.get(to) else {
                    self.warn(to, "a relation leads to a component that does not exist and was left out");
                    continue;
                };
                let (from, to) = if direction == Direction::Forward { (from, to) } else { (to, from) };
                let apart = provides && self.version >= V::V1_6;
                if seen.insert((from, to, apart)) {
                    let entry = needs.entry(from).or_insert_with(|| {
                        order.push(from);
                        (Vec::new(), Vec::new())
                    });
                    if apart { entry.1.push(to) } else { entry.0.push(to) }
                }
            }
        }
        let entry = |reference| {
            let (depends_on, provides) = needs.remove(reference)?;
            Some(wire::Dependency { reference, depends_on, provides })
        };
        order.into_iter().filter_map(entry).collect()
    }

    fn compositions(&mut self) -> Vec<wire::Composition<'b>> {
        let refs = self.refs;
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for composition in &self.bom.compositions {
            let aggregate =
                if names::has_aggregate(&composition.aggregate, self.version) { composition.aggregate.as_str() } else { "unknown" };
            if aggregate != composition.aggregate {
                self.warn("", format!("the completeness `{}` is written as `unknown`", text::clip(&composition.aggregate, 50)));
            }
            let mut known = BTreeSet::new();
            let assemblies: Vec<&str> =
                composition.assemblies.iter().filter_map(|it| refs.get(it)).filter(|it| known.insert(*it)).collect();
            known.clear();
            let dependencies: Vec<&str> =
                composition.dependencies.iter().filter_map(|it| refs.get(it)).filter(|it| known.insert(*it)).collect();
            if seen.insert((aggregate, assemblies.clone(), dependencies.clone())) {
                out.push(wire::Composition { aggregate, assemblies, dependencies });
            }
        }
        out
    }

    fn vulnerabilities(&mut self) -> Vec<wire::Vulnerability<'b>> {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for reference in self.refs.pairs(self.bom).map(|(_, reference)| reference) {
            taken.insert(reference.to_owned());
        }
        let mut bare = BTreeSet::new();
        let mut out = Vec::with_capacity(self.bom.vulnerabilities.len());
        for vulnerability in &self.bom.vulnerabilities {
            let mut written = self.vulnerability(vulnerability);
            let Some(wanted) = written.bom_ref.take().filter(|it| !it.is_empty()) else {
                // Entries without a reference must differ in something else.
                if bare.insert(format!("{written:?}")) {
                    out.push(written);
                }
                continue;
            };
            let mut unique = wanted.clone();
            let mut counter = 1_u64;
            while !taken.insert(unique.clone()) {
                counter += 1;
                unique = format!("{wanted}-{counter}");
            }
            written.bom_ref = Some(unique);
            out.push(written);
        }
        out
    }

    fn vulnerability(&mut self, vulnerability: &'b Vulnerability) -> wire::Vulnerability<'b> {
        let at = vulnerability.id.as_str();
        let ratings = vulnerability.ratings.iter().map(|rating| {
            let method = rating.method.as_deref().map(|it| if names::has_method(it, self.version) { it } else { "other" });
            let severity = rating.severity.as_deref().map(|it| if names::SEVERITIES.contains(&it) { it } else { "unknown" });
            if method != rating.method.as_deref() || severity != rating.severity.as_deref() {
                self.warnings.push(at, "a rating's method or severity that this version does not know is written as `other` or `unknown`");
            }
            let score = rating.score.filter(|score| score.is_finite());
            wire::Rating { source: rating.source.as_ref().map(source), score, severity, method, vector: rating.vector.as_deref() }
        });
        let ratings = ratings.collect();
        let analysis = vulnerability.analysis.as_ref().map(|analysis| {
            let mut known = |value: Option<&'b str>, words: &[&str]| {
                let kept = value.filter(|it| words.contains(it));
                if kept.is_none() && value.is_some() {
                    self.warnings.push(at, "a word in an analysis that CycloneDX does not have was left out");
                }
                kept
            };
            wire::Analysis {
                state: known(analysis.state.as_deref(), names::STATES),
                justification: known(analysis.justification.as_deref(), names::JUSTIFICATIONS),
                responses: analysis.responses.iter().filter_map(|it| known(Some(it.as_str()), names::RESPONSES)).collect(),
                detail: analysis.detail.as_deref(),
            }
        });
        wire::Vulnerability {
            bom_ref: vulnerability.reference.clone(),
            id: at,
            source: vulnerability.source.as_ref().map(source),
            references: vulnerability.aliases.iter().map(|(id, from)| wire::Alias { id, source: source(from) }).collect(),
            ratings,
            cwes: vulnerability.cwes.iter().copied().filter(|cwe| *cwe > 0).collect(),
            description: vulnerability.description.as_deref(),
            detail: vulnerability.detail.as_deref(),
            recommendation: vulnerability.recommendation.as_deref(),
            advisories: vulnerability
                .advisories
                .iter()
                .map(|advisory| wire::Advisory { title: advisory.title.as_deref(), url: iri::reference(&advisory.url) })
                .collect(),
            published: self.time(vulnerability.published.as_deref(), "the time of publication"),
            updated: self.time(vulnerability.updated.as_deref(), "the time of the last update"),
            analysis,
            affects: self.affects(vulnerability),
            properties: properties(&vulnerability.properties),
        }
    }

    fn affects(&mut self, vulnerability: &'b Vulnerability) -> Vec<wire::Affected<'b>> {
        let mut out: Vec<wire::Affected<'b>> = Vec::new();
        let mut places: BTreeMap<&'b str, usize> = BTreeMap::new();
        for affected in &vulnerability.affects {
            let link = affected.reference.starts_with("urn:cdx:").then_some(affected.reference.as_str());
            let Some(reference) = self.refs.get(&affected.reference).or(link) else {
                self.warn(&vulnerability.id, "a vulnerability affects a component that does not exist; that was left out");
                continue;
            };
            let versions = affected.versions.iter().flat_map(|it| {
                let status = it.status.as_deref().filter(|status| names::AFFECTED.contains(status));
                let version = it.version.as_deref().map(|version| wire::AffectedVersion {
                    version: Some(short_version(version)),
                    range: None,
                    status,
                });
                let range = it.range.as_deref().map(|range| wire::AffectedVersion { version: None, range: Some(range), status });
                version.into_iter().chain(range)
            });
            let place = *places.entry(reference).or_insert(out.len());
            if place == out.len() {
                out.push(wire::Affected { reference, versions: Vec::new() });
            }
            if let Some(entry) = out.get_mut(place) {
                entry.versions.extend(versions);
            }
        }
        out
    }
}

fn properties(properties: &[(String, String)]) -> Vec<wire::Property<'_>> {
    properties.iter().map(|(name, value)| wire::Property { name, value }).collect()
}

fn source(source: &Source) -> wire::Source<'_> {
    wire::Source { name: source.name.as_deref(), url: source.url.as_deref().map(iri::reference) }
}

fn short_version(version: &str) -> &str {
    text::clip_plain(version, LONGEST_VERSION)
}

/// One expression for licences that all apply; `None` when one of them is only a name.
fn joined(licenses: &[&License]) -> Option<String> {
    let mut parts = Vec::with_capacity(licenses.len());
    for license in licenses {
        if license.text.is_some() || license.url.is_some() {
            return None;
        }
        match &license.value {
            LicenseValue::Id(id) => parts.push(license::identifier(id)?.to_owned()),
            LicenseValue::Expression(text) => parts.push(license::parse(text)?.text),
            LicenseValue::Name(_) | LicenseValue::None => return None,
        }
    }
    license::parse(&license::and(&parts)).map(|parsed| parsed.text)
}

/// Close enough to RFC 5321 that every validator agrees.
fn is_email(text: &str) -> bool {
    let atom = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-' | '+');
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(atom)
            && !domain.is_empty()
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.len() < 64
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|it| it.is_ascii_alphanumeric() || it == '-')
            })
    })
}

/// How many parents each has; `None` where they go round in a circle.
fn depths(parents: &[Option<usize>]) -> Vec<Option<usize>> {
    #[derive(Clone, Copy)]
    enum State {
        New,
        Open,
        Done(Option<usize>),
    }
    let mut states = vec![State::New; parents.len()];
    for start in 0..parents.len() {
        let mut path = Vec::new();
        let mut at = Some(start);
        let mut depth = loop {
            let Some(index) = at else { break Some(0) };
            match states.get(index) {
                Some(State::New) => {
                    path.push(index);
                    if let Some(state) = states.get_mut(index) {
                        *state = State::Open;
                    }
                    at = parents.get(index).copied().flatten();
                }
                Some(State::Done(depth)) => break depth.map(|depth| depth + 1),
                Some(State::Open) | None => break None,
            }
        };
        while let Some(index) = path.pop() {
            if let Some(state) = states.get_mut(index) {
                *state = State::Done(depth);
            }
            depth = depth.map(|depth| depth + 1);
        }
    }
    states.into_iter().map(|state| if let State::Done(depth) = state { depth } else { None }).collect()
}
