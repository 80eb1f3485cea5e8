//! Reads a scan report back, ours or that of the tool that users come from, so that it can be written in another format.

use probity_model::{
    Capability, Diagnostic, Ecosystem, Facts, Inventory, Lines, Package, Place, Reason, Report, RuleId, RuleMeta, Severity, Subject,
    SubjectId, SubjectKind,
    ecosystem::PackageClass,
    facts::{OsRelease, Secret},
    finding::{Disposition, Finding, Ledger, Outcome, Resource, ResourceIx, RuleIx, Violation},
    image::{History, ImageConfig},
    package::Relationship,
    report::{Run, Tool},
    subject::{InputKind, Layer},
    vulnerability::{Cvss, DataSource, Database, DetectedVulnerability, Epss, FixStatus, Kev, MatchEvidence, Rating, VulnerabilityDetail},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A report that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(String);

/// What was read, and how it called its artifact.
#[derive(Debug)]
pub struct ReadReport {
    pub report: Report,
    /// `container_image`, `filesystem`, `repository` …
    pub artifact_type: String,
}

/// Finds the ecosystem of a `Type` and a package URL's type.
pub type FindEcosystem<'a> = &'a dyn Fn(&str, &str) -> &'static Ecosystem;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    schema_version: u32,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    artifact_name: String,
    #[serde(default)]
    artifact_type: String,
    #[serde(default)]
    metadata: Meta,
    #[serde(default)]
    results: Option<Vec<Res>>,
    #[serde(default)]
    probity: Option<Extra>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Extra {
    diagnostics: Vec<Diag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Diag {
    level: String,
    reason: String,
    path: Option<String>,
    line: Option<u32>,
    message: String,
    hint: Option<String>,
    affects: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Meta {
    #[serde(rename = "OS")]
    os: Option<OsInfo>,
    #[serde(rename = "ImageID")]
    image_id: Option<String>,
    #[serde(rename = "DiffIDs")]
    diff_ids: Vec<String>,
    repo_tags: Vec<String>,
    repo_digests: Vec<String>,
    image_config: Option<Config>,
    layers: Vec<LayerInfo>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OsInfo {
    family: String,
    name: String,
    #[serde(rename = "EOSL")]
    eosl: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LayerInfo {
    size: Option<u64>,
    digest: Option<String>,
    #[serde(rename = "DiffID")]
    diff_id: Option<String>,
    created_by: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    architecture: Option<String>,
    author: Option<String>,
    created: Option<String>,
    os: Option<String>,
    history: Vec<Step>,
    #[serde(rename = "config")]
    inner: Inner,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Step {
    created: Option<String>,
    created_by: Option<String>,
    comment: Option<String>,
    empty_layer: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inner {
    cmd: Vec<String>,
    entrypoint: Vec<String>,
    env: Vec<String>,
    labels: Option<BTreeMap<String, String>>,
    on_build: Vec<String>,
    user: String,
    working_dir: String,
    exposed_ports: Option<BTreeMap<String, serde_json::Value>>,
    volumes: Option<BTreeMap<String, serde_json::Value>>,
    stop_signal: Option<String>,
    shell: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Res {
    target: String,
    class: String,
    r#type: String,
    packages: Vec<Pkg>,
    vulnerabilities: Vec<Vuln>,
    misconfigurations: Vec<Misconf>,
    secrets: Vec<Sec>,
    #[serde(rename = "ExperimentalModifiedFindings", alias = "ModifiedFindings")]
    modified: Vec<Modified>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Modified {
    r#type: String,
    status: String,
    statement: String,
    source: String,
    finding: serde_json::Value,
}

#[derive(Default, Clone, Deserialize)]
#[serde(default)]
struct Ident {
    #[serde(rename = "PURL")]
    purl: String,
    #[serde(rename = "UID")]
    uid: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Pkg {
    #[serde(rename = "ID")]
    id: String,
    name: String,
    identifier: Ident,
    version: String,
    release: String,
    epoch: i64,
    arch: Option<String>,
    dev: bool,
    src_name: Option<String>,
    src_version: String,
    src_release: String,
    src_epoch: i64,
    licenses: Vec<String>,
    maintainer: Option<String>,
    #[serde(rename = "Modularitylabel")]
    modularity: Option<String>,
    relationship: String,
    indirect: bool,
    depends_on: Vec<String>,
    layer: Option<LayerInfo>,
    file_path: String,
    digest: Option<String>,
    locations: Vec<Loc>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Loc {
    start_line: u32,
    end_line: u32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Vuln {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    #[serde(rename = "VendorIDs")]
    vendor_ids: Vec<String>,
    #[serde(rename = "PkgID")]
    package_id: String,
    #[serde(rename = "PkgName")]
    package_name: String,
    #[serde(rename = "PkgPath")]
    package_path: String,
    #[serde(rename = "PkgIdentifier")]
    identifier: Ident,
    installed_version: String,
    fixed_version: String,
    status: String,
    severity_source: Option<String>,
    #[serde(rename = "PrimaryURL")]
    primary_url: Option<String>,
    data_source: Option<DataSrc>,
    title: String,
    description: String,
    severity: String,
    #[serde(rename = "CweIDs")]
    cwes: Vec<String>,
    vendor_severity: BTreeMap<String, f64>,
    #[serde(rename = "CVSS")]
    cvss: BTreeMap<String, Scores>,
    references: Vec<String>,
    published_date: Option<String>,
    last_modified_date: Option<String>,
    probity: VulnExtra,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VulnExtra {
    aliases: Vec<String>,
    evidence: EvidenceInfo,
    #[serde(rename = "KEV")]
    kev: Option<KevInfo>,
    #[serde(rename = "EPSS")]
    epss: Option<EpssInfo>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EvidenceInfo {
    advisories: String,
    name: String,
    version: String,
    affected: Vec<String>,
    unaffected: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct KevInfo {
    added: String,
    due: Option<String>,
    ransomware: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EpssInfo {
    score: f64,
    percentile: f64,
    date: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DataSrc {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "BaseID")]
    base_id: Option<String>,
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "URL")]
    url: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Scores {
    v2_vector: String,
    v3_vector: String,
    v40_vector: String,
    v2_score: Option<f64>,
    v3_score: Option<f64>,
    v40_score: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Misconf {
    #[serde(rename = "ID")]
    id: String,
    title: String,
    description: String,
    message: String,
    resolution: String,
    severity: String,
    references: Vec<String>,
    status: String,
    cause_metadata: CauseInfo,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CauseInfo {
    resource: String,
    start_line: u32,
    end_line: u32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sec {
    #[serde(rename = "RuleID")]
    rule_id: String,
    category: String,
    severity: String,
    title: String,
    start_line: u32,
    end_line: u32,
    r#match: String,
}

/// Reads a report of schema version 2.
pub fn read(bytes: &[u8], ecosystem: FindEcosystem<'_>, tool: Tool) -> Result<ReadReport, ReadError> {
    let document: Document = serde_json::from_slice(bytes).map_err(|err| ReadError(format!("no scan report: {err}")))?;
    if document.schema_version != 2 {
        return Err(ReadError(format!("the report has schema version {}, and only 2 is read", document.schema_version)));
    }
    let mut reader = Reader {
        ecosystem,
        packages: HashMap::new(),
        facts: Facts::default(),
        ledger: Ledger::default(),
        layers: HashMap::new(),
        os: None,
    };
    let subject = reader.subject(&document);
    let end_of_life = document.metadata.os.as_ref().is_some_and(|os| os.eosl);
    for result in document.results.unwrap_or_default() {
        reader.result(result)?;
    }
    let known = |word: &str| Reason::ALL.into_iter().find(|reason| reason.as_str() == word);
    for diag in document.probity.unwrap_or_default().diagnostics {
        let Some(reason) = known(&diag.reason) else { continue };
        let mut diagnostic = match diag.level.as_str() {
            "error" => Diagnostic::error(reason, diag.message),
            "warning" => Diagnostic::warning(reason, diag.message),
            _ => Diagnostic::note(reason, diag.message),
        };
        diagnostic.subject = Some(SubjectId(0));
        diagnostic.path = diag.path.as_deref().map(Into::into);
        diagnostic.lines = diag.line.map(Lines::one);
        diagnostic.hint = diag.hint;
        diagnostic.affects = diag.affects.iter().filter_map(|word| Capability::parse(word)).collect();
        reader.ledger.diagnostics.push(diagnostic);
    }
    let Reader { facts, ledger, os, .. } = reader;
    let inventory = Inventory {
        subject,
        os,
        end_of_life,
        facts,
        unowned: Vec::new(),
        package_database: false,
        deleted: Vec::new(),
        file_count: 0,
        layer_count: 1,
        files: Vec::new(),
    };
    // The moment of the report: findings are of then, not of now.
    let report = Report {
        tool,
        run: Run::default(),
        as_of: document.created_at,
        inventories: vec![inventory],
        ledger,
        capabilities: Vec::new(),
        databases: vec![Database::default()],
        assessment: None,
    };
    Ok(ReadReport { report, artifact_type: document.artifact_type })
}

struct Reader<'a> {
    ecosystem: FindEcosystem<'a>,
    /// By result, id or name, version and path; and by UID.
    packages: HashMap<(String, String), usize>,
    facts: Facts,
    ledger: Ledger,
    layers: HashMap<String, u32>,
    os: Option<OsRelease>,
}

impl Reader<'_> {
    fn subject(&mut self, document: &Document) -> Subject {
        let meta = &document.metadata;
        let mut layers: Vec<Layer> = meta
            .layers
            .iter()
            .map(|layer| Layer {
                digest: layer.digest.clone(),
                diff_id: layer.diff_id.clone(),
                size: layer.size,
                created_by: layer.created_by.clone(),
                ..Layer::default()
            })
            .collect();
        if layers.is_empty() {
            layers = meta.diff_ids.iter().map(|id| Layer { diff_id: Some(id.clone()), ..Layer::default() }).collect();
        }
        for (ix, layer) in (0..).zip(&layers) {
            self.layers.extend(layer.diff_id.clone().map(|id| (id, ix)));
        }
        self.os = meta.os.as_ref().map(|os| OsRelease {
            family: os.family.clone(),
            version: os.name.clone(),
            pretty_name: None,
            rank: 0,
            at: Place::default(),
        });
        let kind = match document.artifact_type.as_str() {
            "container_image" => SubjectKind::Image,
            "cyclonedx" | "spdx" => SubjectKind::Sbom,
            _ => SubjectKind::Folder,
        };
        Subject {
            id: SubjectId(0),
            kind,
            name: document.artifact_name.clone(),
            source: "report".to_owned(),
            digest: None,
            config_digest: meta.image_id.clone(),
            platform: None,
            references: meta.repo_tags.iter().chain(&meta.repo_digests).cloned().collect(),
            layers,
            image: meta.image_config.as_ref().map(image_config),
        }
    }

    fn result(&mut self, result: Res) -> Result<(), ReadError> {
        let Res { target, class, r#type: kind, packages, vulnerabilities, misconfigurations, secrets, modified } = result;
        for package in packages {
            self.package(&target, &class, &kind, package);
        }
        for vulnerability in vulnerabilities {
            self.vulnerability(&target, &class, &kind, vulnerability, None);
        }
        for misconfiguration in misconfigurations {
            self.misconfiguration(&target, &kind, misconfiguration, None);
        }
        for secret in secrets {
            self.secret(&target, secret, None);
        }
        for item in modified {
            let disposition = Disposition {
                source: "report",
                at: item.source,
                reason: Some(item.statement).filter(|text| !text.is_empty()),
                until: None,
                status: Some(item.status).filter(|text| !text.is_empty() && text != "ignored"),
            };
            let wrong = |err: serde_json::Error| ReadError(format!("a modified finding of `{target}` cannot be read: {err}"));
            match item.r#type.as_str() {
                "vulnerability" => {
                    let finding = serde_json::from_value(item.finding).map_err(wrong)?;
                    self.vulnerability(&target, &class, &kind, finding, Some(disposition));
                }
                "misconfiguration" => {
                    let finding = serde_json::from_value(item.finding).map_err(wrong)?;
                    self.misconfiguration(&target, &kind, finding, Some(disposition));
                }
                "secret" => {
                    let finding = serde_json::from_value(item.finding).map_err(wrong)?;
                    self.secret(&target, finding, Some(disposition));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn ecosystem_of(&self, class: &str, kind: &str, purl: &str) -> &'static Ecosystem {
        let purl_type = purl.strip_prefix("pkg:").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        (self.ecosystem)(if class == "os-pkgs" { "" } else { kind }, purl_type)
    }

    fn package(&mut self, target: &str, class: &str, kind: &str, package: Pkg) -> usize {
        let ecosystem = self.ecosystem_of(class, kind, &package.identifier.purl);
        let os = ecosystem.class == PackageClass::Os;
        let path = if os {
            String::new()
        } else if ecosystem.heading.is_some() {
            package.file_path.clone()
        } else {
            target.to_owned()
        };
        let lines: Vec<Lines> = package.locations.iter().map(|at| Lines::new(at.start_line, at.end_line)).collect();
        let at = Place {
            lines: lines.first().copied(),
            layer: package.layer.and_then(|layer| self.layers.get(&layer.diff_id?).copied()),
            ..Place::file(&path)
        };
        let mut read = Package {
            name: package.name,
            version: full_version(package.epoch, &package.version, &package.release),
            // The suffix that tells several pom.xml apart is the writer's.
            id: without_suffix(&package.id).to_owned(),
            arch: package.arch,
            source_version: (!package.src_version.is_empty())
                .then(|| full_version(package.src_epoch, &package.src_version, &package.src_release)),
            source_name: package.src_name,
            licenses: package.licenses,
            maintainer: package.maintainer,
            modularity: package.modularity,
            relationship: Relationship::ALL
                .into_iter()
                .find(|relationship| relationship.as_str() == package.relationship)
                .unwrap_or(if package.indirect { Relationship::Indirect } else { Relationship::Unknown }),
            dev: package.dev,
            depends_on: package.depends_on.iter().map(|id| without_suffix(id).to_owned()).collect(),
            digest: package.digest,
            purl: package.identifier.purl,
            lines,
            at,
            ..Package::of(ecosystem)
        };
        if read.id == format!("{}{}{}", read.name, ecosystem.id_separator, read.version) {
            read.id.clear();
        }
        let ix = self.facts.packages.len();
        let key = format!("{}\n{}\n{}", read.name, read.version, package.file_path);
        self.packages.insert((target.to_owned(), key), ix);
        if !package.identifier.uid.is_empty() {
            self.packages.insert((String::new(), package.identifier.uid), ix);
        }
        self.facts.packages.push(read);
        ix
    }

    fn vulnerability(&mut self, target: &str, class: &str, kind: &str, found: Vuln, disposition: Option<Disposition>) {
        let key = format!("{}\n{}\n{}", found.package_name, found.installed_version, found.package_path);
        let known = self
            .packages
            .get(&(String::new(), found.identifier.uid.clone()))
            .or_else(|| self.packages.get(&(target.to_owned(), key)))
            .copied();
        // Reports made without the list of packages name them in their findings only.
        let package = known.unwrap_or_else(|| {
            let (epoch, rest) = found.installed_version.split_once(':').unwrap_or(("0", &found.installed_version));
            let package = Pkg {
                id: found.package_id.clone(),
                name: found.package_name.clone(),
                identifier: found.identifier.clone(),
                version: if class == "os-pkgs" { rest.to_owned() } else { found.installed_version.clone() },
                epoch: if class == "os-pkgs" { epoch.parse().unwrap_or_default() } else { 0 },
                file_path: found.package_path.clone(),
                ..Pkg::default()
            };
            self.package(target, class, kind, package)
        });
        let mut ratings: BTreeMap<String, Rating> = BTreeMap::new();
        for (source, number) in found.vendor_severity {
            let severity = [Severity::Unknown, Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
                .into_iter()
                .find(|severity| (f64::from(*severity as u8) - number).abs() < 0.5);
            ratings.insert(source.clone(), Rating { source, severity, ..Rating::default() });
        }
        for (source, scores) in found.cvss {
            let cvss = |vector: String, score: Option<f64>| (!vector.is_empty() || score.is_some()).then_some(Cvss { vector, score });
            let rating = ratings.entry(source.clone()).or_insert_with(|| Rating { source, ..Rating::default() });
            rating.cvss2 = cvss(scores.v2_vector, scores.v2_score);
            rating.cvss3 = cvss(scores.v3_vector, scores.v3_score);
            rating.cvss4 = cvss(scores.v40_vector, scores.v40_score);
        }
        self.ledger.vulnerabilities.push(DetectedVulnerability {
            subject: SubjectId(0),
            package,
            id: found.id,
            aliases: found.probity.aliases,
            vendor_ids: found.vendor_ids,
            fixed_version: found.fixed_version,
            status: FixStatus::parse(&found.status).unwrap_or_default(),
            severity: found.severity.parse().unwrap_or_default(),
            severity_source: found.severity_source,
            source: found
                .data_source
                .map(|source| Arc::new(DataSource { id: source.id, name: source.name, url: source.url, base_id: source.base_id })),
            evidence: MatchEvidence {
                bucket: found.probity.evidence.advisories,
                name: found.probity.evidence.name,
                version: found.probity.evidence.version,
                affected: found.probity.evidence.affected,
                unaffected: found.probity.evidence.unaffected,
            },
            detail: Arc::new(VulnerabilityDetail {
                title: found.title,
                description: found.description,
                ratings: ratings.into_values().collect(),
                cwes: found.cwes,
                references: found.references,
                published: found.published_date,
                modified: found.last_modified_date,
                primary_url: found.primary_url,
                kev: found.probity.kev.map(|kev| Kev { added: kev.added, due: kev.due, ransomware: kev.ransomware }),
                epss: found.probity.epss.map(|epss| Epss { score: epss.score, percentile: epss.percentile, date: epss.date }),
                ..VulnerabilityDetail::default()
            }),
            disposition,
        });
    }

    fn misconfiguration(&mut self, target: &str, kind: &str, found: Misconf, disposition: Option<Disposition>) {
        let severity = found.severity.parse().unwrap_or_default();
        let rule = self.ledger.rules.iter().position(|rule| rule.id.as_str() == found.id).unwrap_or_else(|| {
            self.ledger.rules.push(Arc::new(RuleMeta {
                id: RuleId::new(&found.id),
                aliases: Vec::new(),
                slug: found.id.to_lowercase(),
                title: found.title.clone(),
                severity,
                input: input(kind),
                needs: Vec::new(),
                kinds: Vec::new(),
                description: found.description.clone(),
                remediation: found.resolution.clone(),
                references: found.references.clone(),
                tags: Vec::new(),
            }));
            self.ledger.rules.len() - 1
        });
        let resource = self.ledger.resources.iter().position(|known| known.path.as_deref() == Some(target)).unwrap_or_else(|| {
            self.ledger.resources.push(Resource {
                subject: SubjectId(0),
                input: input(kind),
                name: if found.cause_metadata.resource.is_empty() { target.to_owned() } else { found.cause_metadata.resource.clone() },
                path: Some(target.into()),
                lines: None,
            });
            self.ledger.resources.len() - 1
        });
        let (start, end) = (found.cause_metadata.start_line, found.cause_metadata.end_line);
        let ix = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let outcome = if found.status == "PASS" {
            Outcome::Pass { examined: 1 }
        } else {
            Outcome::Fail(Box::new(Violation {
                message: found.message,
                lines: (start > 0).then(|| Lines::new(start, end)),
                severity: Some(severity),
                disposition,
                ..Violation::default()
            }))
        };
        self.ledger.findings.push(Finding { rule: RuleIx(ix(rule)), resource: ResourceIx(ix(resource)), outcome });
    }

    fn secret(&mut self, target: &str, found: Sec, disposition: Option<Disposition>) {
        self.facts.secrets.push(Secret {
            rule: found.rule_id.into(),
            category: found.category.into(),
            title: found.title.into(),
            severity: found.severity.parse().unwrap_or_default(),
            masked: found.r#match,
            fingerprint: String::new(),
            disposition,
            at: Place { lines: Some(Lines::new(found.start_line, found.end_line)), ..Place::file(target) },
        });
    }
}

fn input(kind: &str) -> InputKind {
    match kind {
        "dockerfile" => InputKind::Dockerfile,
        "compose" => InputKind::Compose,
        "image" => InputKind::Image,
        "terraform" => InputKind::Terraform,
        "cloudformation" => InputKind::CloudFormation,
        _ => InputKind::KubernetesManifest,
    }
}

fn full_version(epoch: i64, version: &str, release: &str) -> String {
    let epoch = if epoch == 0 { String::new() } else { format!("{epoch}:") };
    let release = if release.is_empty() { String::new() } else { format!("-{release}") };
    format!("{epoch}{version}{release}")
}

fn without_suffix(id: &str) -> &str {
    match id.rsplit_once("::") {
        Some((rest, suffix)) if suffix.len() == 8 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit()) => rest,
        _ => id,
    }
}

fn image_config(config: &Config) -> ImageConfig {
    let inner = &config.inner;
    let keys = |map: &Option<BTreeMap<String, serde_json::Value>>| map.iter().flat_map(|map| map.keys().cloned()).collect();
    ImageConfig {
        created: config.created.clone(),
        author: config.author.clone(),
        os: config.os.clone(),
        architecture: config.architecture.clone(),
        user: inner.user.clone(),
        env: inner.env.clone(),
        entrypoint: inner.entrypoint.clone(),
        cmd: inner.cmd.clone(),
        working_dir: inner.working_dir.clone(),
        exposed_ports: keys(&inner.exposed_ports),
        volumes: keys(&inner.volumes),
        labels: inner.labels.clone().unwrap_or_default(),
        stop_signal: inner.stop_signal.clone(),
        shell: inner.shell.clone(),
        on_build: inner.on_build.clone(),
        history: config
            .history
            .iter()
            .map(|step| History {
                created: step.created.clone(),
                created_by: step.created_by.clone(),
                comment: step.comment.clone(),
                empty_layer: step.empty_layer,
            })
            .collect(),
        ..ImageConfig::default()
    }
}
