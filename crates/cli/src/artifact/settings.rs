//! The flags to the engine's types, and the gate.

use super::{
    Kind,
    args::{Artifact, DetectionPriority},
};
use crate::{database::Freshen, run::TOOL, settings::Outputs};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use probity_advisories::update::Artifact as Database;
use probity_engine::{EvidencePolicy, Knowledge, Progress, Request, SecretConfig};
use probity_model::{
    Report, Severity,
    check::CheckSettings,
    diagnostic::Level,
    ecosystem::{Evidence, PackageClass},
    facts::OsRelease,
    finding::Outcome,
    package::Relationship,
    report::{ReportWriter, Run, ScanView, Scanner, View},
    vulnerability::FixStatus,
};
use probity_targets::Options;
use std::sync::Arc;

const YES: Option<bool> = Some(true);

/// Which databases were asked for without a scan.
pub(super) fn downloads(args: &Artifact) -> Result<Option<Vec<Database>>> {
    let switches = &args.database.switches;
    let (database, java) = (switches.download_db_only == YES, switches.download_java_db_only == YES);
    if !database && !java {
        return Ok(None);
    }
    if args.scan.switches.offline_scan == YES || args.scan.switches.offline == YES {
        bail!("`--offline` and downloading a database contradict each other");
    }
    let wanted = [(database, Database::Advisories), (java, Database::JavaIndex)];
    Ok(Some(wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, database)| database).collect()))
}

pub(super) fn threads(args: &Artifact) -> Option<usize> {
    args.scan.parallel.filter(|threads| *threads != 0)
}

pub(super) fn request(kind: Kind, args: &Artifact, quiet: bool) -> Result<Request> {
    let as_of = crate::settings::as_of(args.report.as_of.as_deref())?;
    let targets = targets(kind, args)?;
    let scanners = scanners(kind, args)?;
    let mut configs = probity_configs::Limits::default();
    if let Some(depth) = args.limits.max_depth {
        configs.max_depth = configs.max_depth.min(usize::try_from(depth)?);
    }
    let mut checks = CheckSettings {
        trusted_registries: args.misconfigurations.trusted_registries.clone(),
        as_of: as_of.as_second(),
        ..CheckSettings::default()
    };
    if let Some(version) = &args.misconfigurations.kubernetes_version {
        checks.kubernetes = crate::settings::kubernetes_version(version)
            .with_context(|| format!("`--kubernetes-version {version}` is no version: write it like `1.35`"))?;
    }
    // What is on the disk is judged with what is on the disk; commands that users of other scanners know ask for news as those do.
    let offline = args.scan.switches.offline_scan == YES || args.scan.switches.offline == YES;
    let freshen = if kind == Kind::Scan || offline { Freshen::No } else { Freshen::WhenOld };
    let knowledge = if scanners.contains(&Scanner::Vulnerabilities) {
        Some(Knowledge {
            severity_sources: args.vulnerabilities.vuln_severity_source.clone(),
            third_party: args.scan.switches.third_party == YES,
            distro: args.scan.distro.as_deref().map(distro).transpose()?,
            max_age: args.database.max_db_age.as_deref().map(|age| crate::settings::duration("--max-db-age", age)).transpose()?,
            ..crate::database::open(&args.database, &args.registry, freshen, quiet)?
        })
    } else {
        None
    };
    Ok(Request {
        options: options(args, &targets)?,
        targets,
        configs,
        settings: checks,
        frameworks: Vec::new(),
        policy: probity_compliance::Policy::new(as_of),
        as_of: as_of.to_string(),
        tool: TOOL,
        run: Run { started: Timestamp::now().to_string(), finished: String::new(), invocation: std::env::args().collect() },
        progress: Arc::new(Progress::default()),
        judge: scanners.contains(&Scanner::Misconfigurations),
        secrets: secret_config(args)?,
        evidence: evidence(kind, args)?,
        knowledge,
        cache: crate::database::layers(args.database.cache_dir.as_ref(), args.scan.switches.no_cache),
        suppressions: crate::suppressions::read(args.report.ignorefile.as_deref(), &args.vulnerabilities.vex)?,
    })
}

/// The file that `--secret-config` names, else `trivy-secret.yaml` of the current folder when it is there.
fn secret_config(args: &Artifact) -> Result<Option<Arc<SecretConfig>>> {
    const DEFAULT: &str = "trivy-secret.yaml";
    let path = match &args.scan.secret_config {
        Some(path) => path.clone(),
        None if std::path::Path::new(DEFAULT).is_file() => DEFAULT.into(),
        None => return Ok(None),
    };
    let text = crate::files::read_text(&path, 16 << 20)?;
    let config = SecretConfig::parse(&text).with_context(|| format!("cannot read rules for secrets from `{}`", path.display()))?;
    Ok(Some(Arc::new(config)))
}

fn targets(kind: Kind, args: &Artifact) -> Result<Vec<String>> {
    let targets: Vec<String> = args.input.iter().chain(&args.targets).cloned().collect();
    match (kind, targets.as_slice()) {
        (_, []) => bail!(
            "nothing to scan: name {}",
            match kind {
                Kind::Image => "an image reference, an archive or a layout",
                Kind::Sbom => "a bill of materials",
                Kind::Filesystem | Kind::Rootfs | Kind::Repository | Kind::Config => "a folder or a file",
                Kind::Scan => "an image archive, an image reference, a folder or a file",
            }
        ),
        (Kind::Scan, _) | (_, [_]) => {}
        (_, several) => bail!("`{}` takes one target and {} are given: use `probity scan` for several", kind.word(), several.len()),
    }
    if targets.iter().filter(|target| *target == "-").count() > 1 {
        bail!("standard input (`-`) can be read only once");
    }
    if kind == Kind::Repository
        && let Some(url) = targets.iter().find(|target| target.contains("://") || target.starts_with("git@"))
    {
        bail!("`{url}` is not on this machine: clone it first, and name the folder");
    }
    Ok(targets)
}

pub(super) fn scanners(kind: Kind, args: &Artifact) -> Result<Vec<Scanner>> {
    if args.scan.scanners.is_empty() {
        // An inventory is made without findings, as users of these formats expect, and needs no database.
        return Ok(if only_inventories(args)? { Vec::new() } else { kind.scanners() });
    }
    args.scan
        .scanners
        .iter()
        .filter(|word| *word != "none" && *word != "rbac")
        .map(|word| Scanner::parse(word).with_context(|| format!("unknown scanner `{word}`: write vuln, misconfig, secret or license")))
        .collect()
}

/// Whether every report that is wanted is a bill of materials.
fn only_inventories(args: &Artifact) -> Result<bool> {
    let outputs = outputs(args)?;
    let mut writers = outputs.files.iter().map(|(_, writer)| *writer).chain(outputs.stdout).peekable();
    Ok(writers.peek().is_some() && writers.all(probity_report::is_bom))
}

fn options(args: &Artifact, targets: &[String]) -> Result<Options> {
    // Paths to skip are written from the root of the target or, as other scanners take them, from the current folder.
    let from_root = |patterns: &[String]| -> Vec<String> {
        let strip = |pattern: &String| {
            targets.iter().find_map(|target| {
                let rest = pattern.trim_start_matches("./").strip_prefix(target.trim_start_matches("./").trim_end_matches('/'))?;
                rest.strip_prefix('/').filter(|rest| !rest.is_empty()).map(str::to_owned)
            })
        };
        patterns.iter().flat_map(|pattern| [Some(pattern.clone()), strip(pattern)]).flatten().collect()
    };
    let mut options = Options {
        image: args.scan.image.clone(),
        platform: args.scan.platform.clone(),
        skip_files: from_root(&args.scan.skip_files),
        skip_dirs: from_root(&args.scan.skip_dirs),
        ..Options::default()
    };
    crate::settings::registry(
        &mut options.registry,
        args.registry.switches.insecure == YES,
        args.registry.ca_cert.as_ref(),
        &args.registry.registry_mirror,
    )?;
    options.registry.offline = args.scan.switches.offline == YES;
    crate::settings::limits(&mut options.limits, &args.limits)?;
    if let Some(source) = args.registry.image_src.iter().find(|source| *source != "remote")
        && !args.registry.image_src.iter().any(|source| source == "remote")
    {
        bail!("`--image-src {source}` is not there: save the image to an archive and name that, or use `remote`");
    }
    Ok(options)
}

/// `alpine/3.19` to a release that overrides what the artifact says.
fn distro(text: &str) -> Result<OsRelease> {
    let (family, version) =
        text.split_once('/').with_context(|| format!("`--distro {text}` names no version: write it like `alpine/3.19`"))?;
    Ok(OsRelease {
        family: family.to_owned(),
        version: version.to_owned(),
        pretty_name: None,
        rank: u8::MAX,
        at: probity_model::Place::default(),
    })
}

fn evidence(kind: Kind, args: &Artifact) -> Result<EvidencePolicy> {
    if args.scan.evidence.is_empty() {
        return Ok(match kind {
            Kind::Image | Kind::Rootfs => EvidencePolicy::Present,
            _ if args.scan.detection_priority == Some(DetectionPriority::Comprehensive) => EvidencePolicy::All,
            Kind::Filesystem | Kind::Repository | Kind::Config | Kind::Sbom => EvidencePolicy::Resolved,
            Kind::Scan => EvidencePolicy::BySubject,
        });
    }
    if args.scan.evidence.iter().any(|word| word == "all") {
        return Ok(EvidencePolicy::All);
    }
    let known = [Evidence::Database, Evidence::Installed, Evidence::Binary, Evidence::Lockfile, Evidence::Manifest, Evidence::Sbom];
    let parse = |word: &String| {
        known
            .into_iter()
            .find(|evidence| evidence.as_str() == word)
            .with_context(|| format!("unknown evidence `{word}`: write database, installed, binary, lockfile, manifest, sbom or all"))
    };
    Ok(EvidencePolicy::Only(args.scan.evidence.iter().map(parse).collect::<Result<_>>()?))
}

pub(super) fn outputs(args: &Artifact) -> Result<Outputs> {
    let named: Option<&'static dyn ReportWriter> = args.report.format.as_deref().map(writer).transpose()?;
    let mut files = Vec::new();
    for path in &args.report.output {
        let by_extension = path.to_str().and_then(probity_report::scan_by_extension);
        let Some(writer) = named.or(by_extension).or_else(|| probity_report::scan_by_id("table")) else {
            bail!("cannot tell the format of `{}`: use `--format`", path.display());
        };
        if files.iter().any(|(other, _)| other == path) {
            bail!("`{}` is given as output twice", path.display());
        }
        files.push((path.clone(), writer));
    }
    // A pipeline that writes a file expects silence.
    let stdout = if files.is_empty() { named.or_else(|| probity_report::scan_by_id("table")) } else { None };
    Ok(Outputs { files, stdout })
}

fn writer(id: &str) -> Result<&'static dyn ReportWriter> {
    probity_report::scan_by_id(id).with_context(|| {
        let known: Vec<&str> = probity_report::SCAN_WRITERS.iter().map(|writer| writer.meta().id).collect();
        format!("unknown format `{id}`: this build writes {}", known.join(", "))
    })
}

pub(super) fn view(kind: Kind, args: &Artifact) -> Result<View> {
    let switches = &args.report.switches;
    let severities: Vec<Severity> = args.report.severity.iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
    let mut ignore_statuses: Vec<FixStatus> = args
        .vulnerabilities
        .ignore_status
        .iter()
        .map(|word| {
            FixStatus::parse(word).with_context(|| format!("unknown status `{word}`: write affected, will_not_fix, fix_deferred …"))
        })
        .collect::<Result<_>>()?;
    if args.vulnerabilities.switches.ignore_unfixed == YES {
        ignore_statuses.extend(FixStatus::ALL.into_iter().filter(|status| *status != FixStatus::Fixed));
    }
    let mut scan = ScanView {
        artifact_type: kind.artifact_type(),
        scanners: scanners(kind, args)?,
        list_all_packages: switches.list_all_pkgs.unwrap_or(true),
        include_dev: args.scan.switches.include_dev_deps == YES,
        ignore_statuses,
        show_suppressed: switches.show_suppressed == YES || switches.all == YES,
        include_non_failures: args.misconfigurations.switches.include_non_failures == YES || switches.all == YES,
        dependency_tree: switches.dependency_tree == YES,
        severities: severities.clone(),
        ..ScanView::default()
    };
    if !args.vulnerabilities.pkg_types.is_empty() {
        scan.classes = args
            .vulnerabilities
            .pkg_types
            .iter()
            .map(|word| match word.as_str() {
                "os" => Ok(PackageClass::Os),
                "library" => Ok(PackageClass::Language),
                _ => bail!("unknown kind of package `{word}`: write os or library"),
            })
            .collect::<Result<_>>()?;
    }
    if !args.vulnerabilities.pkg_relationships.is_empty() {
        let parse = |word: &String| {
            Relationship::ALL
                .into_iter()
                .find(|relationship| relationship.as_str() == word)
                .with_context(|| format!("unknown relationship `{word}`: write unknown, root, workspace, direct or indirect"))
        };
        scan.relationships = args.vulnerabilities.pkg_relationships.iter().map(parse).collect::<Result<_>>()?;
    }
    Ok(View { min_severity: severities.into_iter().min().unwrap_or_default(), all: switches.all == YES, scan, ..View::default() })
}

/// What makes `--exit-code` count. Without rules, whatever the report shows.
#[derive(Debug, Default)]
pub(super) struct Gate {
    rules: Vec<GateRule>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum GateRule {
    Severity(Severity),
    /// Known to be exploited.
    Kev,
    Fixable,
    /// At least this probability.
    Epss(f64),
    EndOfLife,
    NotAssessed,
}

pub(super) fn gate(args: &Artifact) -> Result<Gate> {
    let parse = |rule: &String| -> Result<GateRule> {
        Ok(match rule.split_once('=') {
            Some(("severity", level)) => GateRule::Severity(level.parse()?),
            Some(("epss", value)) => GateRule::Epss(
                value
                    .parse()
                    .ok()
                    .filter(|value| (0.0..=1.0).contains(value))
                    .with_context(|| format!("`--fail-on {rule}`: write a probability from 0 to 1"))?,
            ),
            None if rule == "kev" => GateRule::Kev,
            None if rule == "fixable" => GateRule::Fixable,
            None if rule == "eol" => GateRule::EndOfLife,
            None if rule == "not-assessed" => GateRule::NotAssessed,
            _ => {
                bail!("`--fail-on {rule}` is not known here: write `severity=HIGH`, `kev`, `fixable`, `epss=0.5`, `eol` or `not-assessed`")
            }
        })
    };
    Ok(Gate { rules: args.report.fail_on.iter().map(parse).collect::<Result<_>>()? })
}

impl Gate {
    pub(super) fn fails(&self, report: &Report, view: &ScanView) -> bool {
        if self.rules.is_empty() {
            return severities(report, view).any(|severity| view.shows_severity(severity));
        }
        let vulnerabilities = || report.ledger.vulnerabilities.iter().filter(|found| view.shows_vulnerability(found));
        self.rules.iter().any(|rule| match *rule {
            GateRule::Severity(level) => severities(report, view).any(|severity| severity >= level),
            GateRule::Kev => vulnerabilities().any(|found| found.detail.kev.is_some()),
            GateRule::Fixable => vulnerabilities().any(|found| !found.fixed_version.is_empty()),
            GateRule::Epss(level) => vulnerabilities().any(|found| found.detail.epss.as_ref().is_some_and(|epss| epss.score >= level)),
            GateRule::EndOfLife => report.inventories.iter().any(|inventory| inventory.end_of_life),
            GateRule::NotAssessed => report.ledger.diagnostics.iter().any(|diagnostic| diagnostic.level > Level::Note),
        })
    }
}

/// Of everything that is looked for and that nobody accepted.
fn severities<'a>(report: &'a Report, view: &'a ScanView) -> impl Iterator<Item = Severity> + use<'a> {
    let ledger = &report.ledger;
    let vulnerabilities = ledger
        .vulnerabilities
        .iter()
        .filter(move |found| view.shows_vulnerability(found))
        .filter(move |found| {
            let package = report
                .inventories
                .iter()
                .find(|inventory| inventory.subject.id == found.subject)
                .and_then(|inventory| inventory.facts.packages.get(found.package));
            package.is_none_or(|package| view.shows_package(package))
        })
        .map(|found| found.severity);
    let misconfigurations =
        ledger.findings.iter().filter(|_| view.shows(Scanner::Misconfigurations)).filter_map(|finding| match &finding.outcome {
            Outcome::Fail(violation) if violation.disposition.is_none() => {
                Some(violation.severity.or_else(|| Some(ledger.rule(finding.rule)?.severity)).unwrap_or_default())
            }
            _ => None,
        });
    let secrets = report.inventories.iter().flat_map(|inventory| &inventory.facts.secrets);
    let secrets = secrets.filter(|secret| view.shows(Scanner::Secrets) && secret.disposition.is_none()).map(|secret| secret.severity);
    vulnerabilities.chain(misconfigurations).chain(secrets)
}
