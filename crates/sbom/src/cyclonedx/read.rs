//! CycloneDX of any version to the neutral document.

use crate::json::{Node, Path, View};
use crate::model::reserved;
use crate::warnings::Warnings;
use crate::{
    Acknowledgement, Advisory, Affected, AffectedVersion, Analysis, Bom, Component, ComponentKind, Composition, ExternalReference, Format,
    Hash, HashAlgorithm, License, LicenseValue, Limits, Party, PartyKind, Rating, Relation, RelationKind, SbomError, Scope, Source, Tool,
    Vulnerability, license,
};

pub(super) fn bom(view: View<'_>, format: Format, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    let mut reader = Reader { bom: Bom { format: Some(format), ..Bom::default() }, limits, warnings, relations: 0 };
    reader.document(view)?;
    let mut bom = reader.bom;
    unique_references(&mut bom, warnings);
    Ok(bom)
}

struct Reader<'l, 'w> {
    bom: Bom,
    limits: &'l Limits,
    warnings: &'w mut Warnings,
    relations: u64,
}

const DOCUMENT: &[&str] = &[
    "$schema",
    "bomFormat",
    "specVersion",
    "serialNumber",
    "version",
    "metadata",
    "components",
    "externalReferences",
    "dependencies",
    "compositions",
    "vulnerabilities",
    "properties",
];
const METADATA: &[&str] =
    &["timestamp", "lifecycles", "tools", "manufacturer", "manufacture", "authors", "component", "supplier", "properties"];
const COMPONENT: &[&str] = &[
    "bom-ref",
    "type",
    "mime-type",
    "supplier",
    "manufacturer",
    "authors",
    "author",
    "publisher",
    "group",
    "name",
    "version",
    "description",
    "scope",
    "hashes",
    "licenses",
    "copyright",
    "cpe",
    "purl",
    "externalReferences",
    "components",
    "evidence",
    "properties",
];
const VULNERABILITY: &[&str] = &[
    "bom-ref",
    "id",
    "source",
    "references",
    "ratings",
    "cwes",
    "description",
    "detail",
    "recommendation",
    "advisories",
    "published",
    "updated",
    "analysis",
    "affects",
    "properties",
];

impl Reader<'_, '_> {
    fn document(&mut self, view: View<'_>) -> Result<(), SbomError> {
        view.report_unread(DOCUMENT, "the document", self.warnings);
        self.bom.serial = view.text("serialNumber", self.warnings);
        self.bom.version = view.unsigned("version");
        if let Some(metadata) = view.node.get("metadata") {
            self.metadata(View::new(metadata, &Path::Key(view.path, "metadata")))?;
        }
        self.components(view, "components", None)?;
        self.bom.external_references = external_references(view, self.warnings)?;
        let properties = properties(view, self.warnings)?;
        self.bom.properties.extend(properties);
        self.dependencies(view)?;
        self.compositions(view)?;
        self.vulnerabilities(view)?;
        self.take_reserved();
        Ok(())
    }

    fn metadata(&mut self, view: View<'_>) -> Result<(), SbomError> {
        view.report_unread(METADATA, "the metadata", self.warnings);
        self.bom.created = view.text("timestamp", self.warnings);
        let phases = &mut self.bom.lifecycles;
        view.each("lifecycles", self.warnings, |phase, warnings| {
            phases.extend(phase.text("phase", warnings).or_else(|| phase.text("name", warnings)));
            Ok(())
        })?;
        match view.node.get("tools") {
            Some(tools @ Node::Object(_)) => {
                let path = Path::Key(view.path, "tools");
                let tools = View::new(tools, &path);
                tools.report_unread(&["components"], "the tools", self.warnings);
                self.tools(tools, "components")?;
            }
            _ => self.tools(view, "tools")?,
        }
        for key in ["manufacturer", "manufacture"] {
            let party = view.object(key, self.warnings, entity);
            self.bom.authors.extend(party);
        }
        let authors = contacts(view, "authors", self.warnings)?;
        self.bom.authors.extend(authors);
        self.bom.supplier = view.object("supplier", self.warnings, entity);
        self.bom.properties = properties(view, self.warnings)?;
        if let Some(root) = view.node.get("component") {
            let at = self.bom.components.len();
            self.component(View::new(root, &Path::Key(view.path, "component")), None)?;
            // A described component without a reference gets one here, so that it can be told apart.
            if let Some(root) = self.bom.components.get_mut(at) {
                if root.reference.is_empty() {
                    "root".clone_into(&mut root.reference);
                }
                self.bom.root = Some(root.reference.clone());
            }
        }
        Ok(())
    }

    fn tools(&mut self, view: View<'_>, key: &str) -> Result<(), SbomError> {
        let tools = &mut self.bom.tools;
        view.each(key, self.warnings, |tool, warnings| {
            let named = |key: &str, warnings: &mut Warnings| tool.object(key, warnings, |entity, warnings| entity.text("name", warnings));
            let vendor = tool
                .text("vendor", warnings)
                .or_else(|| named("manufacturer", warnings))
                .or_else(|| named("supplier", warnings))
                .or_else(|| tool.text("publisher", warnings))
                .or_else(|| tool.text("author", warnings));
            tools.push(Tool {
                vendor,
                group: tool.text("group", warnings),
                name: tool.text("name", warnings).unwrap_or_default(),
                version: tool.text("version", warnings),
            });
            Ok(())
        })
    }

    fn components(&mut self, view: View<'_>, key: &str, parent: Option<&str>) -> Result<(), SbomError> {
        let Some(Node::List(items)) = view.node.get(key) else {
            if view.has(key) {
                view.warn(self.warnings, format!("`{key}` is not a list and was not read"));
            }
            return Ok(());
        };
        let here = Path::Key(view.path, key);
        for (index, item) in items.iter().enumerate() {
            self.component(View::new(item, &Path::Index(&here, index)), parent)?;
        }
        Ok(())
    }

    /// Depth is bounded by the parser.
    fn component(&mut self, view: View<'_>, parent: Option<&str>) -> Result<(), SbomError> {
        if !matches!(view.node, Node::Object(_)) {
            view.warn(self.warnings, "a component that is not an object was not read");
            return Ok(());
        }
        if self.bom.components.len() as u64 >= self.limits.components {
            return Err(SbomError::TooLarge { what: "components", limit: self.limits.components });
        }
        view.report_unread(COMPONENT, "a component", self.warnings);
        let warnings = &mut *self.warnings;
        let kind = view.text("type", warnings);
        let kind = kind.map_or(ComponentKind::Unknown, |word| {
            ComponentKind::parse(&word).unwrap_or_else(|| {
                view.warn(warnings, format!("the component type `{}` is unknown", crate::text::clip(&word, 50)));
                ComponentKind::Unknown
            })
        });
        let scope = view.text("scope", warnings).and_then(|word| Scope::parse(&word));
        let mut authors = contacts(view, "authors", warnings)?;
        if let (true, Some(author)) = (authors.is_empty(), view.text("author", warnings)) {
            authors.push(Party::person(author));
        }
        let mut properties = properties(view, warnings)?;
        let mut cpes: Vec<String> = view.text("cpe", warnings).into_iter().collect();
        properties.retain(|(name, value)| {
            if name == reserved::CPE {
                cpes.push(value.clone());
            }
            name != reserved::CPE
        });
        let mut occurrences = Vec::new();
        if let Some(evidence) = view.node.get("evidence") {
            let path = Path::Key(view.path, "evidence");
            let evidence = View::new(evidence, &path);
            evidence.report_unread(&["occurrences"], "the evidence of a component", warnings);
            evidence.each("occurrences", warnings, |occurrence, warnings| {
                occurrences.extend(occurrence.text("location", warnings));
                Ok(())
            })?;
        }
        let component = Component {
            reference: view.text("bom-ref", warnings).unwrap_or_default(),
            parent: parent.map(str::to_owned),
            kind,
            group: view.text("group", warnings),
            name: view.text("name", warnings).unwrap_or_default(),
            version: view.text("version", warnings),
            purl: view.text("purl", warnings),
            cpes,
            licenses: licenses(view, warnings)?,
            hashes: hashes(view, warnings)?,
            supplier: view.object("supplier", warnings, entity),
            originator: view.object("manufacturer", warnings, entity),
            authors,
            publisher: view.text("publisher", warnings),
            copyright: view.text("copyright", warnings),
            description: view.text("description", warnings),
            mime_type: view.text("mime-type", warnings),
            scope,
            external_references: external_references(view, warnings)?,
            occurrences,
            properties,
        };
        let children = view.node.get("components").is_some();
        let mut component = component;
        if component.name.is_empty() {
            view.warn(warnings, "a component has no name");
        }
        if children && component.reference.is_empty() {
            component.reference = fresh_reference(&component, self.bom.components.len());
        }
        let reference = component.reference.clone();
        self.bom.components.push(component);
        if children { self.components(view, "components", Some(&reference)) } else { Ok(()) }
    }

    fn dependencies(&mut self, view: View<'_>) -> Result<(), SbomError> {
        let relations = &mut self.bom.relations;
        let (count, limit) = (&mut self.relations, self.limits.relations);
        view.each("dependencies", self.warnings, |dependency, warnings| {
            let Some(from) = dependency.text("ref", warnings) else {
                dependency.warn(warnings, "a dependency without `ref` was not read");
                return Ok(());
            };
            let depends_on = dependency.texts("dependsOn", warnings);
            let provides = dependency.texts("provides", warnings);
            *count += (depends_on.len() + provides.len()) as u64;
            if *count > limit {
                return Err(SbomError::TooLarge { what: "relations", limit });
            }
            if !provides.is_empty() {
                relations.push(Relation { from: from.clone(), kind: RelationKind::Provides, to: provides, comment: None });
            }
            relations.push(Relation { from, kind: RelationKind::DependsOn, to: depends_on, comment: None });
            Ok(())
        })
    }

    fn compositions(&mut self, view: View<'_>) -> Result<(), SbomError> {
        let compositions = &mut self.bom.compositions;
        view.each("compositions", self.warnings, |composition, warnings| {
            composition.report_unread(&["bom-ref", "aggregate", "assemblies", "dependencies"], "a composition", warnings);
            compositions.push(Composition {
                aggregate: composition.text("aggregate", warnings).unwrap_or_else(|| "unknown".to_owned()),
                assemblies: composition.texts("assemblies", warnings),
                dependencies: composition.texts("dependencies", warnings),
            });
            Ok(())
        })
    }

    fn vulnerabilities(&mut self, view: View<'_>) -> Result<(), SbomError> {
        let vulnerabilities = &mut self.bom.vulnerabilities;
        let limit = self.limits.vulnerabilities;
        view.each("vulnerabilities", self.warnings, |view, warnings| {
            if vulnerabilities.len() as u64 >= limit {
                return Err(SbomError::TooLarge { what: "vulnerabilities", limit });
            }
            vulnerabilities.push(vulnerability(view, warnings)?);
            Ok(())
        })
    }

    /// Properties that hold what another format has fields for.
    fn take_reserved(&mut self) {
        let bom = &mut self.bom;
        for (name, value) in std::mem::take(&mut bom.properties) {
            match name.as_str() {
                reserved::DOCUMENT_NAME => bom.name = Some(value),
                reserved::DOCUMENT_NAMESPACE => bom.namespace = Some(value),
                reserved::DOCUMENT_COMMENT => bom.comment = Some(value),
                reserved::DESCRIBES => bom.also_describes.push(value),
                _ => bom.properties.push((name, value)),
            }
        }
    }
}

fn vulnerability(view: View<'_>, warnings: &mut Warnings) -> Result<Vulnerability, SbomError> {
    view.report_unread(VULNERABILITY, "a vulnerability", warnings);
    let mut aliases = Vec::new();
    view.each("references", warnings, |alias, warnings| {
        if let Some(id) = alias.text("id", warnings) {
            aliases.push((id, alias.object("source", warnings, source).unwrap_or_default()));
        }
        Ok(())
    })?;
    let mut ratings = Vec::new();
    view.each("ratings", warnings, |rating, warnings| {
        ratings.push(Rating {
            source: rating.object("source", warnings, source),
            score: rating.number("score"),
            severity: rating.text("severity", warnings),
            method: rating.text("method", warnings),
            vector: rating.text("vector", warnings),
        });
        Ok(())
    })?;
    let mut cwes = Vec::new();
    view.each("cwes", warnings, |cwe, warnings| {
        let number = match cwe.node {
            Node::Number(number) => number.as_u64(),
            Node::Text(text) => text.trim().trim_start_matches("CWE-").parse().ok(),
            _ => None,
        };
        match number.and_then(|number| u32::try_from(number).ok()) {
            Some(number) => cwes.push(number),
            None => cwe.warn(warnings, "a weakness that is not a number was not read"),
        }
        Ok(())
    })?;
    let mut advisories = Vec::new();
    view.each("advisories", warnings, |advisory, warnings| {
        if let Some(url) = advisory.text("url", warnings) {
            advisories.push(Advisory { title: advisory.text("title", warnings), url });
        }
        Ok(())
    })?;
    let mut affects = Vec::new();
    view.each("affects", warnings, |affected, warnings| {
        let Some(reference) = affected.text("ref", warnings) else { return Ok(()) };
        let mut versions = Vec::new();
        affected.each("versions", warnings, |version, warnings| {
            versions.push(AffectedVersion {
                version: version.text("version", warnings),
                range: version.text("range", warnings),
                status: version.text("status", warnings),
            });
            Ok(())
        })?;
        affects.push(Affected { reference, versions });
        Ok(())
    })?;
    let analysis = view.object("analysis", warnings, |analysis, warnings| {
        Some(Analysis {
            state: analysis.text("state", warnings),
            justification: analysis.text("justification", warnings),
            responses: analysis.texts("response", warnings),
            detail: analysis.text("detail", warnings),
        })
    });
    Ok(Vulnerability {
        reference: view.text("bom-ref", warnings),
        id: view.text("id", warnings).unwrap_or_default(),
        source: view.object("source", warnings, source),
        aliases,
        ratings,
        cwes,
        description: view.text("description", warnings),
        detail: view.text("detail", warnings),
        recommendation: view.text("recommendation", warnings),
        advisories,
        published: view.text("published", warnings),
        updated: view.text("updated", warnings),
        affects,
        analysis,
        properties: properties(view, warnings)?,
    })
}

fn source(view: View<'_>, warnings: &mut Warnings) -> Option<Source> {
    let source = Source { name: view.text("name", warnings), url: view.text("url", warnings) };
    (source != Source::default()).then_some(source)
}

fn entity(view: View<'_>, warnings: &mut Warnings) -> Option<Party> {
    let name = view.text("name", warnings);
    let mut kind = PartyKind::Organization;
    let mut email = None;
    let mut contact_name = None;
    let visited = view.each("contact", warnings, |contact, warnings| {
        if email.is_none() && contact_name.is_none() {
            email = contact.text("email", warnings);
            contact_name = contact.text("name", warnings);
        }
        Ok(())
    });
    visited.ok()?;
    if name.is_some() && contact_name == name {
        kind = PartyKind::Person;
    }
    let urls = view.texts("url", warnings);
    let name = name.or(contact_name).or_else(|| urls.first().cloned())?;
    Some(Party { kind, name, email, urls })
}

fn contacts(view: View<'_>, key: &str, warnings: &mut Warnings) -> Result<Vec<Party>, SbomError> {
    let mut out = Vec::new();
    view.each(key, warnings, |contact, warnings| {
        if let Node::Text(name) = contact.node {
            out.push(Party::person(name.as_ref()));
            return Ok(());
        }
        let email = contact.text("email", warnings);
        if let Some(name) = contact.text("name", warnings).or_else(|| email.clone()) {
            out.push(Party { kind: PartyKind::Person, name, email, urls: Vec::new() });
        }
        Ok(())
    })?;
    Ok(out)
}

fn properties(view: View<'_>, warnings: &mut Warnings) -> Result<Vec<(String, String)>, SbomError> {
    let mut out = Vec::new();
    view.each("properties", warnings, |property, warnings| {
        if let Some(name) = property.text("name", warnings) {
            let value = match property.node.get("value") {
                // Empty is a value here.
                Some(Node::Text(text)) => text.clone().into_owned(),
                _ => property.text("value", warnings).unwrap_or_default(),
            };
            out.push((name, value));
        }
        Ok(())
    })?;
    Ok(out)
}

fn hashes(view: View<'_>, warnings: &mut Warnings) -> Result<Vec<Hash>, SbomError> {
    let mut out = Vec::new();
    view.each("hashes", warnings, |hash, warnings| {
        let (Some(algorithm), Some(value)) = (hash.text("alg", warnings), hash.text("content", warnings)) else { return Ok(()) };
        match HashAlgorithm::parse(&algorithm) {
            Some(algorithm) => out.push(Hash { algorithm, value: value.trim().to_ascii_lowercase() }),
            None => hash.warn(warnings, format!("the hash algorithm `{}` is unknown", crate::text::clip(&algorithm, 50))),
        }
        Ok(())
    })?;
    Ok(out)
}

fn external_references(view: View<'_>, warnings: &mut Warnings) -> Result<Vec<ExternalReference>, SbomError> {
    let mut out = Vec::new();
    view.each("externalReferences", warnings, |reference, warnings| {
        let Some(url) = reference.text("url", warnings) else { return Ok(()) };
        let mut kind = reference.text("type", warnings).unwrap_or_else(|| "other".to_owned());
        let mut comment = reference.text("comment", warnings);
        // The form in which this crate writes kinds that CycloneDX does not have.
        if let (true, Some(text)) = (kind == "other", comment.as_deref())
            && text.starts_with("spdx:")
        {
            let (first, rest) = text.split_once(' ').map_or((text, None), |(first, rest)| (first, Some(rest)));
            (kind, comment) = (first.to_owned(), rest.map(str::to_owned));
        }
        out.push(ExternalReference { kind, url, comment, hashes: hashes(reference, warnings)? });
        Ok(())
    })?;
    Ok(out)
}

fn licenses(view: View<'_>, warnings: &mut Warnings) -> Result<Vec<License>, SbomError> {
    let mut out = Vec::new();
    view.each("licenses", warnings, |choice, warnings| {
        if let Some(expression) = choice.text("expression", warnings) {
            let value = license::classify(&expression);
            if let LicenseValue::Name(_) = value {
                choice.warn(warnings, format!("`{}` is not an SPDX expression: read as a name", crate::text::clip(&expression, 100)));
            }
            out.push(License { acknowledgement: acknowledgement(choice, warnings), ..License::new(value) });
            return Ok(());
        }
        let path = Path::Key(choice.path, "license");
        let license = match choice.node.get("license") {
            Some(node) => View::new(node, &path),
            // Some tools leave the wrapper out.
            None => choice,
        };
        let value = match license.node {
            Node::Text(text) => license::classify(text),
            _ => match (license.text("id", warnings), license.text("name", warnings)) {
                (Some(id), _) => {
                    let listed = license::identifier(&id);
                    if listed.is_none() {
                        let id = crate::text::clip(&id, 100);
                        license.warn(warnings, format!("`{id}` is not on the SPDX licence list: read as a name"));
                    }
                    listed.map_or(LicenseValue::Name(id), |id| LicenseValue::Id(id.to_owned()))
                }
                (None, Some(name)) if name == "NONE" => LicenseValue::None,
                (None, Some(name)) => LicenseValue::Name(name),
                (None, None) => {
                    license.warn(warnings, "a licence without an identifier or a name was not read");
                    return Ok(());
                }
            },
        };
        let text = license.object("text", warnings, |text, warnings| {
            if text.text("encoding", warnings).as_deref() == Some("base64") {
                text.warn(warnings, "the text of a licence is base64 and was not read");
                return None;
            }
            text.text("content", warnings)
        });
        out.push(License { value, acknowledgement: acknowledgement(license, warnings), text, url: license.text("url", warnings) });
        Ok(())
    })?;
    Ok(out)
}

fn acknowledgement(view: View<'_>, warnings: &mut Warnings) -> Option<Acknowledgement> {
    view.text("acknowledgement", warnings).and_then(|word| Acknowledgement::parse(&word))
}

fn fresh_reference(component: &Component, index: usize) -> String {
    component.purl.clone().unwrap_or_else(|| format!("{}-{index}", component.name))
}

/// Components without a reference get one, and those that share one are told apart: the first keeps it, as it is what relations mean.
fn unique_references(bom: &mut Bom, warnings: &mut Warnings) {
    let mut taken: std::collections::BTreeSet<String> = bom.components.iter().map(|component| component.reference.clone()).collect();
    let mut seen = std::collections::BTreeSet::new();
    for (index, component) in bom.components.iter_mut().enumerate() {
        if component.reference.is_empty() {
            component.reference = fresh_reference(component, index);
        } else if seen.insert(component.reference.clone()) {
            continue;
        } else {
            warnings.push(&component.reference, "several components have the same reference; relations are taken to mean the first");
        }
        let wanted = component.reference.clone();
        if !taken.insert(wanted.clone()) {
            // The index makes it unique among the components; the loop is for documents that have such a name already.
            let mut unique = format!("{wanted}-{index}");
            while !taken.insert(unique.clone()) {
                unique.push('-');
            }
            component.reference = unique;
        }
        seen.insert(component.reference.clone());
    }
}
