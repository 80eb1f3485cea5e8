//! A finished run to the structs of the scan report.

use super::{identity, model};
use probity_model::{
    Inventory, Package, Severity, SubjectKind,
    diagnostic::Level,
    document::Document,
    ecosystem::{Evidence, PackageClass},
    finding::{Disposition, Outcome, Violation},
    package::Relationship,
    report::{CapabilityState, Report, ScanView, Scanner},
    vulnerability::{DatabaseKind, DetectedVulnerability},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

/// Code frames longer than this are cut.
const MAX_FRAME: u32 = 100;

pub(super) fn document<'a>(report: &'a Report, inventory: &'a Inventory, view: &'a ScanView) -> model::Report<'a> {
    let subject = &inventory.subject;
    let artifact_type = match (view.artifact_type, subject.kind) {
        ("", SubjectKind::Image) => "container_image",
        ("", SubjectKind::Sbom) if inventory.facts.sboms.iter().any(|sbom| sbom.format.starts_with("SPDX")) => "spdx",
        ("", SubjectKind::Sbom) => "cyclonedx",
        ("", _) => "filesystem",
        (chosen, _) => chosen,
    };
    let artifact_id = artifact_id(inventory);
    let hidden = inventory.facts.packages.iter().filter(|package| package.dev && !view.include_dev);
    let hidden = hidden.map(|package| (&*package.at.path, package.key())).collect();
    let builder = Builder { report, inventory, view, artifact_id: artifact_id.clone(), hidden };
    let mut results = builder.packages();
    if view.shows(Scanner::Misconfigurations) {
        results.extend(builder.misconfigurations());
    }
    if view.shows(Scanner::Secrets) {
        results.extend(builder.secrets());
    }
    model::Report {
        schema_version: 2,
        trivy: model::Version { version: report.tool.version },
        id: report_id(report, inventory),
        created_at: &report.as_of,
        artifact_id,
        artifact_name: &subject.name,
        artifact_type,
        metadata: metadata(inventory),
        results,
        probity: model::Probity {
            version: report.tool.version,
            as_of: &report.as_of,
            coverage: report
                .capabilities
                .iter()
                .map(|run| model::Coverage {
                    capability: run.capability.to_string(),
                    state: match run.state {
                        CapabilityState::Ok => "ok",
                        CapabilityState::Partial => "partial",
                        CapabilityState::NotRun => "not-run",
                    },
                    reason: run.reason.map(probity_model::Reason::as_str),
                    items: run.items,
                })
                .collect(),
            databases: report
                .databases
                .iter()
                .map(|database| model::Database {
                    kind: match database.kind {
                        DatabaseKind::Starter => "starter",
                        DatabaseKind::TrivyDb => "trivy-db",
                        DatabaseKind::JavaIndex => "java-index",
                    },
                    schema: database.schema,
                    updated_at: database.updated_at.as_deref(),
                    next_update: database.next_update.as_deref(),
                    downloaded_at: database.downloaded_at.as_deref(),
                    sources: database
                        .sources
                        .iter()
                        .map(|source| model::DatabaseSource {
                            name: &source.name,
                            id: &source.source.id,
                            newest: source.newest.as_deref(),
                            advisories: source.advisories,
                        })
                        .collect(),
                })
                .collect(),
            diagnostics: report
                .ledger
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.subject.is_none_or(|id| id == subject.id))
                .map(|diagnostic| model::Diagnostic {
                    level: match diagnostic.level {
                        Level::Note => "note",
                        Level::Warning => "warning",
                        Level::Error => "error",
                    },
                    reason: diagnostic.reason.as_str(),
                    path: diagnostic.path.as_deref(),
                    line: diagnostic.lines.map(|lines| lines.start),
                    message: &diagnostic.message,
                    hint: diagnostic.hint.as_deref(),
                    affects: diagnostic.affects.iter().map(ToString::to_string).collect(),
                })
                .collect(),
        },
    }
}

/// Of an image: its id and its repository, so that the same image has the same identity wherever it was read from. Folders have none.
fn artifact_id(inventory: &Inventory) -> String {
    let subject = &inventory.subject;
    let Some(id) = subject.config_digest.as_deref().filter(|_| subject.kind == SubjectKind::Image) else { return String::new() };
    match subject.references.first() {
        None => id.to_owned(),
        Some(reference) => {
            let without_digest = reference.split_once('@').map_or(reference.as_str(), |(name, _)| name);
            let repository = match without_digest.rsplit_once(':') {
                Some((name, tag)) if !tag.contains('/') => name,
                _ => without_digest,
            };
            identity::sha256(&format!("{id}:{repository}"))
        }
    }
}

/// Stable for the same input at the same `--as-of`: a UUID made of a digest (RFC 9562, version 8).
fn report_id(report: &Report, inventory: &Inventory) -> String {
    let subject = &inventory.subject;
    let seed = format!(
        "{}\n{}\n{}",
        report.as_of,
        subject.name,
        subject.config_digest.as_deref().or(subject.digest.as_deref()).unwrap_or_default()
    );
    let digest = identity::sha256(&seed);
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn metadata(inventory: &Inventory) -> Option<model::Metadata<'_>> {
    let subject = &inventory.subject;
    let os = inventory.os.as_ref().map(|os| model::Os { family: &os.family, name: &os.version, eosl: inventory.end_of_life });
    if let Some(sbom) = inventory.facts.sboms.first().filter(|_| subject.kind == SubjectKind::Sbom) {
        let all = |name: &str| -> Vec<&str> {
            let named = sbom.properties.iter().filter(|(key, _)| key.strip_prefix("aquasecurity:trivy:") == Some(name));
            named.map(|(_, value)| value.as_str()).collect()
        };
        let one = |name: &str| all(name).first().copied().unwrap_or_default();
        return Some(model::Metadata {
            size: one("Size").parse().unwrap_or_default(),
            os,
            image_id: one("ImageID"),
            diff_ids: all("DiffID"),
            repo_tags: all("RepoTag"),
            repo_digests: all("RepoDigest"),
            reference: one("Reference"),
            ..model::Metadata::default()
        });
    }
    if subject.kind != SubjectKind::Image {
        return os.map(|os| model::Metadata { os: Some(os), ..model::Metadata::default() });
    }
    let diff_ids: Vec<&str> = subject.layers.iter().filter_map(|layer| layer.diff_id.as_deref()).collect();
    let (digests, tags): (Vec<&str>, Vec<&str>) = subject.references.iter().map(String::as_str).partition(|name| name.contains('@'));
    let image_config = subject.image.as_ref().map(|config| model::ImageConfig {
        architecture: config.architecture.as_deref().unwrap_or_default(),
        author: config.author.as_deref().unwrap_or_default(),
        created: config.created.as_deref().unwrap_or_default(),
        history: config
            .history
            .iter()
            .map(|step| model::History {
                created: step.created.as_deref().unwrap_or_default(),
                created_by: step.created_by.as_deref().unwrap_or_default(),
                comment: step.comment.as_deref().unwrap_or_default(),
                empty_layer: step.empty_layer,
            })
            .collect(),
        os: config.os.as_deref().unwrap_or_default(),
        rootfs: model::RootFs { r#type: "layers", diff_ids: diff_ids.clone() },
        config: model::Config {
            cmd: &config.cmd,
            entrypoint: &config.entrypoint,
            env: &config.env,
            labels: &config.labels,
            on_build: &config.on_build,
            user: &config.user,
            volumes: config.volumes.iter().map(|volume| (volume.as_str(), serde_json::json!({}))).collect(),
            working_dir: &config.working_dir,
            exposed_ports: config.exposed_ports.iter().map(|port| (port.as_str(), serde_json::json!({}))).collect(),
            stop_signal: config.stop_signal.as_deref().unwrap_or_default(),
            shell: &config.shell,
        },
    });
    Some(model::Metadata {
        size: subject.layers.iter().filter_map(|layer| layer.size).sum(),
        os,
        image_id: subject.config_digest.as_deref().unwrap_or_default(),
        diff_ids,
        reference: tags.first().or(digests.first()).copied().unwrap_or_default(),
        repo_tags: tags,
        repo_digests: digests,
        image_config,
        layers: subject
            .layers
            .iter()
            .map(|layer| model::Layer {
                size: layer.size.unwrap_or_default(),
                digest: layer.digest.as_deref().unwrap_or_default(),
                diff_id: layer.diff_id.as_deref().unwrap_or_default(),
                created_by: layer.created_by.as_deref().unwrap_or_default(),
            })
            .collect(),
    })
}

struct Builder<'a> {
    report: &'a Report,
    inventory: &'a Inventory,
    view: &'a ScanView,
    artifact_id: String,
    /// Development packages that are not shown: file and id.
    hidden: HashSet<(&'a str, String)>,
}

/// Packages that are shown under one heading.
struct Group<'a> {
    target: Cow<'a, str>,
    class: &'static str,
    kind: &'a str,
    /// The file of a lockfile; empty for packages of the operating system and of many files.
    path: &'a str,
    members: Vec<usize>,
}

impl<'a> Builder<'a> {
    /// One result for the operating system, for each lockfile, and for each kind of installed package.
    fn packages(&self) -> Vec<model::Result<'a>> {
        let mut found: HashMap<usize, Vec<&'a DetectedVulnerability>> = HashMap::new();
        for vulnerability in &self.report.ledger.vulnerabilities {
            if vulnerability.subject == self.inventory.subject.id {
                found.entry(vulnerability.package).or_default().push(vulnerability);
            }
        }
        let mut results = Vec::new();
        for group in self.groups() {
            let pom = group.kind == "pom";
            let suffixes: HashMap<String, String> = if pom {
                let path = join(&self.inventory.subject.name, group.path);
                let keys = group.members.iter().filter_map(|ix| self.inventory.facts.packages.get(*ix)).map(Package::key);
                keys.map(|key| (key.clone(), format!("{key}::{}", identity::pom_suffix(&key, &path)))).collect()
            } else {
                HashMap::new()
            };
            let id = |key: String| suffixes.get(&key).cloned().unwrap_or(key);
            let mut result =
                model::Result { target: group.target.clone(), class: group.class, r#type: group.kind, ..model::Result::default() };
            for ix in &group.members {
                let Some(package) = self.inventory.facts.packages.get(*ix) else { continue };
                let shown = self.package(package, &group, &id);
                for vulnerability in found.get(ix).map(Vec::as_slice).unwrap_or_default() {
                    if self.view.shows_vulnerability(vulnerability) {
                        result.vulnerabilities.push(self.vulnerability(vulnerability, package, &shown, &group));
                    } else if self.view.show_suppressed
                        && let Some(disposition) = &vulnerability.disposition
                    {
                        let finding =
                            model::ModifiedFinding::Vulnerability(Box::new(self.vulnerability(vulnerability, package, &shown, &group)));
                        result.modified.push(modified("vulnerability", disposition, finding));
                    }
                }
                if self.view.list_all_packages {
                    result.packages.push(shown);
                }
            }
            result.vulnerabilities.sort_by(|a, b| {
                let rank = |severity: &str| severity.parse::<Severity>().unwrap_or_default();
                (a.package_name, a.installed_version)
                    .cmp(&(b.package_name, b.installed_version))
                    .then_with(|| rank(b.severity).cmp(&rank(a.severity)))
                    .then_with(|| (a.id, a.package_path).cmp(&(b.id, b.package_path)))
            });
            result.packages.sort_by(|a, b| (a.relationship_number, &a.id, a.file_path).cmp(&(b.relationship_number, &b.id, b.file_path)));
            if !(result.packages.is_empty() && result.vulnerabilities.is_empty() && result.modified.is_empty())
                || group.class == "os-pkgs" && self.view.shows(Scanner::Vulnerabilities)
            {
                results.push(result);
            }
        }
        results
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: BTreeMap<(u8, &'a str, &'a str), Group<'a>> = BTreeMap::new();
        let os = self.inventory.os.as_ref();
        for (ix, package) in self.inventory.facts.packages.iter().enumerate() {
            if !self.view.shows_package(package) {
                continue;
            }
            let ecosystem = package.ecosystem;
            let (key, target, class, kind, path) = match (ecosystem.class, ecosystem.heading) {
                (PackageClass::Os, _) => {
                    let family = os.map_or(ecosystem.id, |os| os.family.as_str());
                    let target = match os {
                        Some(os) if os.version.is_empty() => format!("{} ({})", self.inventory.subject.name, os.family),
                        Some(os) => format!("{} ({} {})", self.inventory.subject.name, os.family, os.version),
                        None => self.inventory.subject.name.clone(),
                    };
                    ((0, "", ""), Cow::Owned(target), "os-pkgs", family, "")
                }
                (PackageClass::Language, Some(heading)) => ((1, ecosystem.id, ""), Cow::Borrowed(heading), "lang-pkgs", ecosystem.id, ""),
                (PackageClass::Language, None) => {
                    let path: &'a str = &package.at.path;
                    ((1, ecosystem.id, path), Cow::Borrowed(path), "lang-pkgs", ecosystem.id, path)
                }
            };
            groups.entry(key).or_insert_with(|| Group { target, class, kind, path, members: Vec::new() }).members.push(ix);
        }
        groups.into_values().collect()
    }

    fn layer(&self, layer: Option<u32>) -> Option<model::Layer<'a>> {
        if self.inventory.subject.kind != SubjectKind::Image {
            return None;
        }
        let layer = self.inventory.subject.layers.get(layer? as usize)?;
        Some(model::Layer {
            digest: layer.digest.as_deref().unwrap_or_default(),
            diff_id: layer.diff_id.as_deref().unwrap_or_default(),
            ..model::Layer::default()
        })
    }

    fn package(&self, package: &'a Package, group: &Group<'a>, id: &dyn Fn(String) -> String) -> model::Package<'a> {
        let os = package.ecosystem.class == PackageClass::Os;
        let kind = package.kind();
        let (epoch, version, release) = split(&package.version, kind, os);
        let source = package.source_version.as_deref().unwrap_or_default();
        let (src_epoch, src_version, src_release) = split(source, kind, os);
        let shown = |key: &&String| self.hidden.is_empty() || !self.hidden.contains(&(&*package.at.path, (*key).clone()));
        let mut depends_on: Vec<Cow<'a, str>> = package.depends_on.iter().filter(shown).map(|key| Cow::Owned(id(key.clone()))).collect();
        depends_on.sort_unstable();
        // Where one line range says little (a list of a language without positions), only other formats have it.
        let shown = package.lines.iter().copied();
        let mut result = model::Package {
            id: if package.ecosystem.identified || package.evidence() == Evidence::Sbom {
                Cow::Owned(id(package.key()))
            } else {
                Cow::Borrowed("")
            },
            name: &package.name,
            version,
            release,
            epoch,
            arch: package.arch.as_deref().unwrap_or_default(),
            dev: package.dev,
            src_name: package.source_name.as_deref().unwrap_or(if os { &package.name } else { "" }),
            src_version: if os && source.is_empty() { split(&package.version, kind, os).1 } else { src_version },
            src_release: if os && source.is_empty() { split(&package.version, kind, os).2 } else { src_release },
            src_epoch: if os && source.is_empty() { epoch } else { src_epoch },
            licenses: &package.licenses,
            maintainer: package.maintainer.as_deref().unwrap_or_default(),
            modularity_label: package.modularity.as_deref().unwrap_or_default(),
            indirect: package.relationship == Relationship::Indirect,
            relationship: if package.relationship == Relationship::Unknown { "" } else { package.relationship.as_str() },
            relationship_number: package.relationship as i64,
            depends_on,
            layer: None,
            file_path: if os || !group.path.is_empty() { "" } else { &package.at.path },
            // Of lockfiles it is a promise about another file.
            digest: package.digest.as_deref().filter(|_| package.evidence() != Evidence::Lockfile).unwrap_or_default(),
            locations: shown.map(|lines| model::Location { start_line: lines.start, end_line: lines.end }).collect(),
            installed_files: package.files.iter().map(|file| &*file.path).collect(),
            analyzed_by: package.ecosystem.id,
            identifier: model::Identifier::default(),
        };
        result.identifier = model::Identifier { uid: identity::uid(group.path, &result), purl: &package.purl };
        result.layer = self.layer(package.at.layer);
        result
    }

    fn vulnerability(
        &self,
        found: &'a DetectedVulnerability,
        package: &'a Package,
        shown: &model::Package<'a>,
        group: &Group<'a>,
    ) -> model::Vulnerability<'a> {
        let detail = &*found.detail;
        let severity = |rating: &'a probity_model::vulnerability::Rating| Some((rating.source.as_str(), rating.severity? as u8));
        model::Vulnerability {
            id: &found.id,
            vendor_ids: &found.vendor_ids,
            package_id: shown.id.clone(),
            package_name: &package.name,
            package_path: shown.file_path,
            package_identifier: shown.identifier.clone(),
            installed_version: &package.version,
            fixed_version: &found.fixed_version,
            status: found.status.as_str(),
            layer: shown.layer.clone(),
            severity_source: found.severity_source.as_deref().unwrap_or_default(),
            primary_url: detail.primary_url.as_deref().unwrap_or_default(),
            data_source: found.source.as_deref().map(|source| model::DataSource {
                id: &source.id,
                base_id: source.base_id.as_deref().unwrap_or_default(),
                name: &source.name,
                url: &source.url,
            }),
            fingerprint: identity::fingerprint(&self.artifact_id, &group.target, &shown.id, &found.id),
            title: &detail.title,
            description: &detail.description,
            severity: found.severity.as_str(),
            cwe_ids: &detail.cwes,
            vendor_severity: detail.ratings.iter().filter_map(severity).collect(),
            cvss: detail.ratings.iter().filter_map(cvss).collect(),
            references: &detail.references,
            published_date: detail.published.as_deref().unwrap_or_default(),
            last_modified_date: detail.modified.as_deref().unwrap_or_default(),
            probity: model::VulnerabilityExtra {
                aliases: &found.aliases,
                evidence: model::Evidence {
                    package: package.evidence().as_str(),
                    advisories: &found.evidence.bucket,
                    name: &found.evidence.name,
                    version: &found.evidence.version,
                    affected: &found.evidence.affected,
                    unaffected: &found.evidence.unaffected,
                },
                kev: detail.kev.as_ref().map(|kev| model::Kev { added: &kev.added, due: kev.due.as_deref(), ransomware: kev.ransomware }),
                epss: detail.epss.as_ref().map(|epss| model::Epss { score: epss.score, percentile: epss.percentile, date: &epss.date }),
            },
        }
    }

    /// One result for each configuration file, with its passes counted.
    fn misconfigurations(&self) -> Vec<model::Result<'a>> {
        let ledger = &self.report.ledger;
        let kinds: HashMap<&str, &'static str> =
            self.inventory.files.iter().filter_map(|file| Some((&*file.path, kind_of(file.documents.first()?)))).collect();
        let texts: HashMap<&str, &str> = self.inventory.files.iter().map(|file| (&*file.path, &*file.text)).collect();
        let mut results: BTreeMap<&'a str, (model::Result<'a>, BTreeSet<u32>, BTreeSet<u32>)> = BTreeMap::new();
        for finding in &ledger.findings {
            let (Some(resource), Some(rule)) = (ledger.resource(finding.resource), ledger.rule(finding.rule)) else { continue };
            if resource.subject != self.inventory.subject.id {
                continue;
            }
            let path: &'a str = match &resource.path {
                Some(path) => path,
                // What is wrong with an image as a whole is shown under its name.
                None => &self.inventory.subject.name,
            };
            let kind = kinds.get(path).copied().unwrap_or("image");
            let (result, passed, failed) = results.entry(path).or_insert_with(|| {
                let result = model::Result { target: Cow::Borrowed(path), class: "config", r#type: kind, ..model::Result::default() };
                (result, BTreeSet::new(), BTreeSet::new())
            });
            match &finding.outcome {
                Outcome::Fail(violation) => {
                    let severity = violation.severity.unwrap_or(rule.severity);
                    failed.insert(finding.rule.0);
                    if !self.view.shows_severity(severity) {
                        continue;
                    }
                    let text = texts.get(violation.path.as_deref().unwrap_or(path)).copied();
                    let shown = misconfiguration(rule, Some(violation), severity, kind, &resource.name, text);
                    match &violation.disposition {
                        None => result.misconfigurations.push(shown),
                        Some(disposition) if self.view.show_suppressed => {
                            result.modified.push(modified(
                                "misconfiguration",
                                disposition,
                                model::ModifiedFinding::Misconfiguration(Box::new(shown)),
                            ));
                        }
                        Some(_) => {}
                    }
                }
                Outcome::Pass { .. } | Outcome::NotApplicable { .. } => {
                    if passed.insert(finding.rule.0) && self.view.include_non_failures && self.view.shows_severity(rule.severity) {
                        result.misconfigurations.push(misconfiguration(rule, None, rule.severity, kind, &resource.name, None));
                    }
                }
                Outcome::NotAssessed { .. } => {}
            }
        }
        results
            .into_values()
            .map(|(mut result, passed, failed)| {
                result.misconf_summary = Some(model::MisconfSummary {
                    successes: passed.difference(&failed).count(),
                    failures: result.misconfigurations.iter().filter(|found| found.status == "FAIL").count(),
                });
                result.misconfigurations.retain(|found| {
                    found.status == "FAIL"
                        || !failed.iter().any(|ix| ledger.rules.get(*ix as usize).is_some_and(|rule| rule.id.as_str() == found.id))
                });
                result
                    .misconfigurations
                    .sort_by(|a, b| (a.id, a.cause_metadata.start_line, a.message).cmp(&(b.id, b.cause_metadata.start_line, b.message)));
                result
            })
            .collect()
    }

    /// One result for each file, variable or instruction that holds secrets.
    fn secrets(&self) -> Vec<model::Result<'a>> {
        let mut results: BTreeMap<&'a str, model::Result<'a>> = BTreeMap::new();
        for secret in &self.inventory.facts.secrets {
            let accepted = secret.disposition.is_some();
            if !self.view.shows_severity(secret.severity) || accepted && !self.view.show_suppressed {
                continue;
            }
            let path: &'a str = &secret.at.path;
            let result = results.entry(path).or_insert_with(|| model::Result {
                target: Cow::Borrowed(path),
                class: "secret",
                ..model::Result::default()
            });
            let (start, end) = secret.at.lines.map_or((1, 1), |lines| (lines.start, lines.end));
            let shown = model::Secret {
                rule_id: &secret.rule,
                category: category(&secret.category),
                severity: secret.severity.as_str(),
                title: &secret.title,
                start_line: start,
                end_line: end,
                code: model::Code {
                    lines: vec![model::CodeLine {
                        number: start,
                        content: Cow::Borrowed(&secret.masked),
                        is_cause: true,
                        annotation: "",
                        truncated: false,
                        first_cause: true,
                        last_cause: true,
                    }],
                },
                r#match: &secret.masked,
                layer: self.layer(secret.at.layer),
            };
            match &secret.disposition {
                None => result.secrets.push(shown),
                Some(disposition) => result.modified.push(modified("secret", disposition, model::ModifiedFinding::Secret(Box::new(shown)))),
            }
        }
        results.into_values().collect()
    }
}

fn misconfiguration<'a>(
    rule: &'a probity_model::RuleMeta,
    violation: Option<&'a Violation>,
    severity: Severity,
    kind: &'static str,
    resource: &'a str,
    text: Option<&'a str>,
) -> model::Misconfiguration<'a> {
    let id = rule.id.as_str();
    let (title, provider, namespace) = match kind {
        "dockerfile" => ("Dockerfile Security Check", "Dockerfile", "dockerfile"),
        "compose" => ("Compose Security Check", "Compose", "compose"),
        "image" => ("Image Security Check", "Image", "image"),
        "helm" => ("Helm Security Check", "Kubernetes", "kubernetes"),
        _ => ("Kubernetes Security Check", "Kubernetes", "kubernetes"),
    };
    let package = format!("builtin.{namespace}.{}", id.replace('-', ""));
    let lines = violation.and_then(|violation| violation.lines);
    model::Misconfiguration {
        r#type: title.to_owned(),
        id,
        avd_id: "",
        title: &rule.title,
        description: &rule.description,
        message: violation.map_or("", |violation| &violation.message),
        query: format!("data.{package}.deny"),
        namespace: package,
        resolution: violation.and_then(|violation| violation.remediation.as_deref()).unwrap_or(&rule.remediation),
        severity: severity.as_str(),
        primary_url: rule.references.first().map_or("", String::as_str),
        references: &rule.references,
        status: if violation.is_some() { "FAIL" } else { "PASS" },
        layer: None,
        cause_metadata: model::Cause {
            // Consumers of Kubernetes and Dockerfile findings expect no resource here; images and Compose services are named.
            resource: if matches!(kind, "image" | "compose") { resource } else { "" },
            provider,
            service: "general",
            start_line: lines.map_or(0, |lines| lines.start),
            end_line: lines.map_or(0, |lines| lines.end),
            code: lines.zip(text).map(|(lines, text)| frame(text, lines.start, lines.end)).unwrap_or_default(),
        },
    }
}

/// The words for kinds of secrets that consumers of this report know; others as they are.
fn category(word: &str) -> &str {
    const KNOWN: [(&str, &str); 24] = [
        ("alibaba", "Alibaba"),
        ("aws", "AWS"),
        ("azure", "Azure"),
        ("databricks", "Databricks"),
        ("digitalocean", "DigitalOcean"),
        ("discord", "Discord"),
        ("docker", "Docker"),
        ("gcp", "Google"),
        ("github", "GitHub"),
        ("gitlab", "GitLab"),
        ("hashicorp", "HashiCorp"),
        ("hugging-face", "HuggingFace"),
        ("jwt", "JWT"),
        ("mailgun", "Mailgun"),
        ("npm", "Npm"),
        ("openai", "OpenAI"),
        ("private-key", "AsymmetricPrivateKey"),
        ("pypi", "PyPI"),
        ("sendgrid", "SendGrid"),
        ("shopify", "Shopify"),
        ("slack", "Slack"),
        ("stripe", "Stripe"),
        ("telegram", "Telegram"),
        ("twilio", "Twilio"),
    ];
    KNOWN.iter().find(|(ours, _)| *ours == word).map_or(word, |(_, theirs)| theirs)
}

fn modified<'a>(kind: &'static str, disposition: &'a Disposition, finding: model::ModifiedFinding<'a>) -> model::Modified<'a> {
    model::Modified {
        r#type: kind,
        status: disposition.status.as_deref().unwrap_or("ignored"),
        statement: disposition.reason.as_deref().unwrap_or_default(),
        source: &disposition.at,
        finding,
    }
}

fn cvss(rating: &probity_model::vulnerability::Rating) -> Option<(&str, model::Cvss<'_>)> {
    if rating.cvss2.is_none() && rating.cvss3.is_none() && rating.cvss4.is_none() {
        return None;
    }
    let vector = |cvss: &'_ Option<probity_model::vulnerability::Cvss>| cvss.as_ref().and_then(|cvss| cvss.score);
    Some((
        rating.source.as_str(),
        model::Cvss {
            v2_vector: rating.cvss2.as_ref().map_or("", |cvss| &cvss.vector),
            v3_vector: rating.cvss3.as_ref().map_or("", |cvss| &cvss.vector),
            v40_vector: rating.cvss4.as_ref().map_or("", |cvss| &cvss.vector),
            v2_score: vector(&rating.cvss2),
            v3_score: vector(&rating.cvss3),
            v40_score: vector(&rating.cvss4),
        },
    ))
}

fn kind_of(document: &Document) -> &'static str {
    match document {
        Document::Dockerfile(_) => "dockerfile",
        Document::Compose(_) => "compose",
        Document::Kubernetes(_) => "kubernetes",
    }
}

/// Epoch, upstream version and release of a distribution's package; other versions stay whole.
fn split<'a>(version: &'a str, kind: &str, os: bool) -> (i64, Cow<'a, str>, Cow<'a, str>) {
    if !os || !matches!(kind, "deb" | "rpm" | "alpm") {
        return (0, Cow::Borrowed(version), Cow::Borrowed(""));
    }
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let (upstream, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch.parse().unwrap_or_default(), Cow::Borrowed(upstream), Cow::Borrowed(release))
}

/// The lines that a finding is about.
fn frame(text: &str, start: u32, end: u32) -> model::Code<'_> {
    let last = end.min(start.saturating_add(MAX_FRAME));
    let lines = (1_u32..).zip(text.lines()).skip_while(|(number, _)| *number < start).take_while(|(number, _)| *number <= last);
    model::Code {
        lines: lines
            .map(|(number, line)| model::CodeLine {
                number,
                content: Cow::Borrowed(line),
                is_cause: true,
                annotation: "",
                truncated: number == last && last < end,
                first_cause: number == start,
                last_cause: number == last,
            })
            .collect(),
    }
}

fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() || folder == "." { path.to_owned() } else { format!("{}/{path}", folder.trim_end_matches('/')) }
}
