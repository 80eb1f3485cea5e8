//! A finished run to the neutral document.

use probity_model::{
    Inventory, Package, Purl, SubjectKind,
    ecosystem::PackageClass,
    package::Relationship,
    report::{Report, ScanView, Scanner},
    vulnerability::DetectedVulnerability,
};
use probity_sbom::{
    Advisory, Affected, AffectedVersion, Bom, Component, ComponentKind, Hash, HashAlgorithm, License, Party, Rating, Relation,
    RelationKind, Source, Tool, Vulnerability,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

const ROOT: &str = "root";

pub(super) fn bom(report: &Report, inventory: &Inventory, view: &ScanView) -> Bom {
    let mut builder = Builder { inventory, components: Vec::new(), edges: BTreeMap::new(), references: HashMap::new(), order: Vec::new() };
    builder.root(view);
    builder.packages(view);
    let vulnerabilities = if view.shows(Scanner::Vulnerabilities) { builder.vulnerabilities(report, view) } else { Vec::new() };
    let seed = format!("{}\n{}\n{}", report.as_of, inventory.subject.name, inventory.subject.digest.as_deref().unwrap_or_default());
    Bom {
        serial: Some(format!("urn:uuid:{}", uuid(&seed))),
        name: Some(inventory.subject.name.clone()),
        created: Some(report.as_of.clone()),
        tools: vec![Tool {
            vendor: Some("probity".to_owned()),
            group: Some("probity".to_owned()),
            name: report.tool.name.to_owned(),
            version: Some(report.tool.version.to_owned()),
        }],
        root: Some(ROOT.to_owned()),
        relations: builder
            .order
            .iter()
            .map(|reference| Relation {
                from: reference.clone(),
                kind: RelationKind::DependsOn,
                to: builder.edges.get(reference).map(|to| to.iter().cloned().collect()).unwrap_or_default(),
                comment: None,
            })
            .collect(),
        components: builder.components,
        vulnerabilities,
        ..Bom::default()
    }
}

/// A UUID (RFC 9562, version 8) made of a digest, so that the same run makes the same document.
fn uuid(seed: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(seed.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn own(name: &str, value: impl Into<String>) -> (String, String) {
    (format!("aquasecurity:trivy:{name}"), value.into())
}

struct Builder<'a> {
    inventory: &'a Inventory,
    components: Vec<Component>,
    edges: BTreeMap<String, BTreeSet<String>>,
    /// References of packages, by their index.
    references: HashMap<usize, String>,
    /// References in the order of the document.
    order: Vec<String>,
}

impl<'a> Builder<'a> {
    fn add(&mut self, component: Component) {
        self.order.push(component.reference.clone());
        self.components.push(component);
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.edges.entry(from.to_owned()).or_default().insert(to.to_owned());
    }

    fn root(&mut self, view: &ScanView) {
        let subject = &self.inventory.subject;
        let image = subject.kind == SubjectKind::Image || view.artifact_type == "container_image";
        let mut properties = vec![own("SchemaVersion", "2")];
        if image {
            properties.extend(subject.config_digest.iter().map(|id| own("ImageID", id.clone())));
            properties.extend(subject.layers.iter().filter_map(|layer| layer.diff_id.clone()).map(|id| own("DiffID", id)));
            for reference in &subject.references {
                properties.push(own(if reference.contains('@') { "RepoDigest" } else { "RepoTag" }, reference.clone()));
            }
            let labels = subject.image.iter().flat_map(|image| &image.labels);
            properties.extend(labels.map(|(name, value)| own(&format!("Labels:{name}"), value.clone())));
        }
        if let Some(sbom) = self.inventory.facts.sboms.first() {
            properties.clone_from(&sbom.properties);
        }
        let purl = subject.digest.as_ref().filter(|_| image).and_then(|digest| {
            let reference = subject.references.first()?;
            let name = reference.split('@').next()?;
            let name = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(name, _)| name);
            let mut purl = Purl {
                kind: "oci".to_owned(),
                name: name.rsplit('/').next()?.to_lowercase(),
                version: Some(digest.clone()),
                qualifiers: vec![("repository_url".to_owned(), name.to_owned())],
                ..Purl::default()
            };
            if let Some(platform) = &subject.platform {
                purl.qualifiers.insert(0, ("arch".to_owned(), platform.split('/').nth(1)?.to_owned()));
            }
            Some(purl.to_string())
        });
        self.add(Component {
            reference: ROOT.to_owned(),
            kind: if image { ComponentKind::Container } else { ComponentKind::Application },
            name: subject.name.clone(),
            purl,
            properties,
            ..Component::default()
        });
    }

    fn packages(&mut self, view: &ScanView) {
        // The operating system first, then lists by kind and path, as other reports order them.
        let mut lists: BTreeMap<(u8, &str, &str), Vec<usize>> = BTreeMap::new();
        for (ix, package) in self.inventory.facts.packages.iter().enumerate() {
            if !view.shows_package(package) {
                continue;
            }
            let key = match (package.ecosystem.class, package.ecosystem.heading) {
                (PackageClass::Os, _) => (0, "", ""),
                (PackageClass::Language, Some(_)) => (2, package.ecosystem.id, ""),
                (PackageClass::Language, None) => (1, package.ecosystem.id, &*package.at.path),
            };
            lists.entry(key).or_default().push(ix);
        }
        for ((class, id, path), members) in lists {
            let parent = match class {
                0 => self.operating_system(),
                1 => {
                    let reference = format!("{id}:{path}");
                    self.add(Component {
                        reference: reference.clone(),
                        kind: ComponentKind::Application,
                        name: path.to_owned(),
                        properties: vec![own("Class", "lang-pkgs"), own("Type", id)],
                        ..Component::default()
                    });
                    self.edge(ROOT, &reference);
                    reference
                }
                _ => ROOT.to_owned(),
            };
            self.members(&parent, &members);
        }
    }

    fn operating_system(&mut self) -> String {
        let Some(os) = &self.inventory.os else { return ROOT.to_owned() };
        let reference = "os".to_owned();
        self.add(Component {
            reference: reference.clone(),
            kind: ComponentKind::OperatingSystem,
            name: os.family.clone(),
            version: Some(os.version.clone()).filter(|version| !version.is_empty()),
            properties: vec![own("Class", "os-pkgs"), own("Type", os.family.clone())],
            ..Component::default()
        });
        self.edge(ROOT, &reference);
        reference
    }

    fn members(&mut self, parent: &str, members: &[usize]) {
        let packages = &self.inventory.facts.packages;
        let mut by_key: HashMap<(&str, String), usize> = HashMap::new();
        for ix in members {
            let Some(package) = packages.get(*ix) else { continue };
            by_key.entry((&package.at.path, package.key())).or_insert(*ix);
            // A package URL is the best name; two places of one package need two.
            let mut reference = if package.purl.is_empty() { package.key() } else { package.purl.clone() };
            if self.references.values().any(|known| *known == reference) {
                reference = format!("{reference}#{}", package.at.path);
            }
            self.references.insert(*ix, reference);
        }
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        let mut edges: Vec<(String, String)> = Vec::new();
        for ix in members {
            let (Some(package), Some(from)) = (packages.get(*ix), self.references.get(ix).cloned()) else { continue };
            for dependency in &package.depends_on {
                let Some(to) = by_key.get(&(&*package.at.path, dependency.clone())) else { continue };
                if to != ix {
                    needed.insert(*to);
                    edges.extend(self.references.get(to).map(|to| (from.clone(), to.clone())));
                }
            }
        }
        let has_root = members.iter().any(|ix| packages.get(*ix).is_some_and(|package| package.relationship == Relationship::Root));
        for ix in members {
            let (Some(package), Some(reference)) = (packages.get(*ix), self.references.get(ix).cloned()) else { continue };
            let component = self.component(package, reference.clone());
            self.add(component);
            let os = package.ecosystem.class == PackageClass::Os;
            let top = match package.relationship {
                Relationship::Root | Relationship::Workspace => true,
                Relationship::Direct => !has_root,
                Relationship::Indirect | Relationship::Unknown => os || !needed.contains(ix),
            };
            if top {
                edges.push((parent.to_owned(), reference));
            }
        }
        for (from, to) in edges {
            self.edge(&from, &to);
        }
    }

    fn component(&self, package: &'a Package, reference: String) -> Component {
        let purl = Purl::parse(&package.purl);
        let os = package.ecosystem.class == PackageClass::Os;
        let (group, name) = match &purl {
            Some(purl) if matches!(purl.kind.as_str(), "maven" | "npm") && !purl.namespace.is_empty() => {
                (Some(purl.namespace.clone()), purl.name.clone())
            }
            _ => (None, package.name.clone()),
        };
        let version = purl.as_ref().and_then(|purl| purl.version.clone()).unwrap_or_else(|| package.version.clone());
        let mut properties = Vec::new();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                properties.push(own(name, value));
            }
        };
        if package.ecosystem.heading.is_some() {
            put("FilePath", &package.at.path);
        }
        let layer = package.at.layer.and_then(|layer| self.inventory.subject.layers.get(layer as usize));
        if self.inventory.subject.kind == SubjectKind::Image {
            put("LayerDiffID", layer.and_then(|layer| layer.diff_id.as_deref()).unwrap_or_default());
            put("LayerDigest", layer.and_then(|layer| layer.digest.as_deref()).unwrap_or_default());
        }
        if package.ecosystem.identified {
            put("PkgID", &package.key());
        }
        put("PkgType", if os { self.inventory.os.as_ref().map_or(package.ecosystem.id, |os| &os.family) } else { package.ecosystem.id });
        put("Modularitylabel", package.modularity.as_deref().unwrap_or_default());
        if os {
            let source = package.source_version.as_deref().unwrap_or(&package.version);
            let split = matches!(package.kind(), "deb" | "rpm" | "alpm");
            let (epoch, rest) = source.split_once(':').filter(|_| split).unwrap_or(("", source));
            let (number, release) = rest.rsplit_once('-').filter(|_| split).unwrap_or((rest, ""));
            put("SrcEpoch", if epoch == "0" { "" } else { epoch });
            put("SrcName", package.source_name.as_deref().unwrap_or(&package.name));
            put("SrcRelease", release);
            put("SrcVersion", number);
        }
        Component {
            reference,
            kind: ComponentKind::Library,
            group,
            name,
            version: Some(version).filter(|version| !version.is_empty()),
            purl: Some(package.purl.clone()).filter(|purl| !purl.is_empty()),
            licenses: package.licenses.iter().map(|license| License::from_text(license)).collect(),
            hashes: package.digest.as_deref().and_then(hash).into_iter().collect(),
            supplier: package.maintainer.as_ref().filter(|_| os).map(|name| Party::organization(name.clone())),
            properties,
            ..Component::default()
        }
    }

    fn vulnerabilities(&self, report: &Report, view: &ScanView) -> Vec<Vulnerability> {
        let mut all: BTreeMap<&str, Vec<&DetectedVulnerability>> = BTreeMap::new();
        for found in &report.ledger.vulnerabilities {
            if found.subject == self.inventory.subject.id && view.shows_vulnerability(found) && self.references.contains_key(&found.package)
            {
                all.entry(&found.id).or_default().push(found);
            }
        }
        all.into_values().filter_map(|list| self.vulnerability(&list)).collect()
    }

    fn vulnerability(&self, list: &[&DetectedVulnerability]) -> Option<Vulnerability> {
        let first = *list.first()?;
        let detail = &first.detail;
        let mut ratings = Vec::new();
        for rating in &detail.ratings {
            let source = Some(Source { name: Some(rating.source.clone()), url: None });
            let severity = rating.severity.map(|severity| severity.as_str().to_lowercase());
            let vectors = [(&rating.cvss2, "CVSSv2"), (&rating.cvss3, "CVSSv3"), (&rating.cvss4, "CVSSv4")];
            let before = ratings.len();
            for (cvss, method) in vectors.into_iter().filter_map(|(cvss, method)| Some((cvss.as_ref()?, method))) {
                let method = if cvss.vector.starts_with("CVSS:3.1") { "CVSSv31" } else { method };
                ratings.push(Rating {
                    source: source.clone(),
                    score: cvss.score,
                    severity: cvss.score.map(|score| word(score, method).to_owned()).or_else(|| severity.clone()),
                    method: Some(method.to_owned()),
                    vector: Some(cvss.vector.clone()).filter(|vector| !vector.is_empty()),
                });
            }
            if ratings.len() == before {
                ratings.push(Rating { source, severity, ..Rating::default() });
            }
        }
        let mut affects: Vec<Affected> = Vec::new();
        let mut upgrades: BTreeSet<String> = BTreeSet::new();
        for found in list {
            let (Some(reference), Some(package)) = (self.references.get(&found.package), self.inventory.facts.packages.get(found.package))
            else {
                continue;
            };
            affects.push(Affected {
                reference: reference.clone(),
                versions: vec![AffectedVersion {
                    version: Some(package.version.clone()),
                    range: None,
                    status: Some("affected".to_owned()),
                }],
            });
            if !found.fixed_version.is_empty() {
                upgrades.insert(format!("Upgrade {} to version {}", package.name, found.fixed_version));
            }
        }
        let urls = detail.primary_url.iter().chain(&detail.references);
        let mut seen = BTreeSet::new();
        Some(Vulnerability {
            reference: None,
            id: first.id.clone(),
            source: first.source.as_ref().map(|source| Source {
                name: Some(source.id.clone()).filter(|id| !id.is_empty()).or_else(|| Some(source.name.clone())),
                url: Some(source.url.clone()),
            }),
            ratings,
            cwes: detail.cwes.iter().filter_map(|cwe| cwe.strip_prefix("CWE-")?.parse().ok()).collect(),
            description: Some(detail.description.clone()).filter(|text| !text.is_empty()),
            recommendation: (!upgrades.is_empty()).then(|| upgrades.into_iter().collect::<Vec<_>>().join("; ")),
            advisories: urls.filter(|url| seen.insert((*url).clone())).map(|url| Advisory { title: None, url: url.clone() }).collect(),
            published: detail.published.clone(),
            updated: detail.modified.clone(),
            affects,
            ..Vulnerability::default()
        })
    }
}

/// The word of a CVSS score (specifications of versions 2, 3 and 4).
fn word(score: f64, method: &str) -> &'static str {
    match (score, method) {
        (score, "CVSSv2") if score >= 7.0 => "high",
        (score, "CVSSv2") if score >= 4.0 => "medium",
        (score, "CVSSv2") if score > 0.0 => "low",
        (score, _) if score >= 9.0 => "critical",
        (score, _) if score >= 7.0 => "high",
        (score, _) if score >= 4.0 => "medium",
        (score, _) if score > 0.0 => "low",
        _ => "none",
    }
}

fn hash(digest: &str) -> Option<Hash> {
    let (algorithm, value) = digest.split_once(':')?;
    let algorithm = match algorithm {
        "md5" => HashAlgorithm::Md5,
        "sha1" => HashAlgorithm::Sha1,
        "sha256" => HashAlgorithm::Sha256,
        "sha512" => HashAlgorithm::Sha512,
        _ => return None,
    };
    Some(Hash { algorithm, value: value.to_owned() })
}
