//! Command line values to the engine's types.

use crate::args::{InputArgs, LimitArgs, OutputArgs, PolicyArgs};
use anyhow::{Context, Result, bail};
use jiff::{Timestamp, civil::Date};
use probity_compliance::Policy;
use probity_model::{Severity, check::CheckSettings, report::ReportWriter, report::View};
use probity_targets::Options;
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

const MAX_POLICY_BYTES: u64 = 16 << 20;

/// The moment to judge at: `2026-11-25` is that day's first second in UTC.
pub(crate) fn as_of(text: Option<&str>) -> Result<Timestamp> {
    let Some(text) = text else { return Ok(Timestamp::now()) };
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp);
    }
    let date: Date =
        text.parse().ok().with_context(|| format!("`--as-of {text}` is no time: write `2026-11-25` or `2026-11-25T12:00:00Z`"))?;
    format!("{date}T00:00:00Z").parse().context("the date is out of range")
}

/// All targets in the order of the command line, `--k8s` and `--compose` last.
pub(crate) fn targets(input: &InputArgs) -> Result<Vec<String>> {
    let mut targets: Vec<String> = input.targets.iter().chain(&input.k8s).chain(&input.compose).cloned().collect();
    if targets.is_empty() {
        bail!("nothing to scan: name an image archive, an image reference, a folder or a file");
    }
    if targets.iter().filter(|target| *target == "-").count() > 1 {
        bail!("standard input (`-`) can be read only once");
    }
    // A target that is named twice, in whatever spelling, is judged once.
    let mut seen = BTreeSet::new();
    targets.retain(|target| seen.insert(std::fs::canonicalize(target).unwrap_or_else(|_| target.into())));
    Ok(targets)
}

pub(crate) fn options(input: &InputArgs) -> Result<Options> {
    let mut options = Options {
        image: input.image.clone(),
        platform: input.platform.clone(),
        skip_files: input.skip_files.clone(),
        skip_dirs: input.skip_dirs.clone(),
        ..Options::default()
    };
    registry(&mut options.registry, input.insecure.unwrap_or(false), input.ca_cert.as_ref(), &input.registry_mirror)?;
    limits(&mut options.limits, &input.limits)?;
    Ok(options)
}

/// How to talk to registries.
pub(crate) fn registry(
    options: &mut probity_oci::ClientOptions,
    insecure: bool,
    ca_cert: Option<&PathBuf>,
    mirrors: &[String],
) -> Result<()> {
    options.insecure = insecure;
    options.ca_cert = ca_cert.cloned();
    for mirror in mirrors {
        let (host, mirror) = mirror
            .split_once('=')
            .filter(|(host, mirror)| !host.is_empty() && !mirror.is_empty())
            .with_context(|| format!("`--registry-mirror {mirror}` names no mirror: write `docker.io=mirror.example`"))?;
        options.mirrors.push((host.to_owned(), mirror.to_owned()));
    }
    // Certificates that cannot be read are said, even when nothing is pulled.
    if ca_cert.is_some() {
        probity_oci::Client::new(options.clone())?;
    }
    Ok(())
}

/// Budgets that the user changes.
pub(crate) fn limits(limits: &mut probity_vfs::Limits, args: &LimitArgs) -> Result<()> {
    let LimitArgs { max_file_bytes, max_total_bytes, max_entries, max_depth, max_ratio, ref timeout } = *args;
    limits.max_file_bytes = max_file_bytes.unwrap_or(limits.max_file_bytes);
    limits.max_total_bytes = max_total_bytes.unwrap_or(limits.max_total_bytes);
    limits.max_entries = max_entries.unwrap_or(limits.max_entries);
    limits.max_depth = max_depth.unwrap_or(limits.max_depth);
    limits.max_ratio = max_ratio.map_or(limits.max_ratio, |ratio| u32::try_from(ratio).unwrap_or(u32::MAX));
    if let Some(timeout) = timeout {
        limits.max_time = duration("--timeout", timeout)?;
    }
    Ok(())
}

/// `5m0s`, `90s`, `36h`, `7d`; a number alone means seconds.
pub(crate) fn duration(flag: &str, text: &str) -> Result<Duration> {
    let wrong = || format!("`{flag} {text}` is no duration: write it like `5m`, `36h` or `7d`");
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let mut total = 0_f64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').with_context(wrong)?;
        let (number, after) = rest.split_at_checked(digits).with_context(wrong)?;
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(letters).with_context(wrong)?;
        let unit = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            "w" => 604_800.0,
            _ => bail!(wrong()),
        };
        total += number.parse::<f64>().ok().with_context(wrong)? * unit;
        rest = next;
    }
    Duration::try_from_secs_f64(total).ok().filter(|_| !text.is_empty()).with_context(wrong)
}

pub(crate) fn checks(input: &InputArgs, as_of: Timestamp) -> Result<CheckSettings> {
    let mut settings =
        CheckSettings { trusted_registries: input.trusted_registries.clone(), as_of: as_of.as_second(), ..CheckSettings::default() };
    if let Some(text) = &input.kubernetes_version {
        settings.kubernetes =
            kubernetes_version(text).with_context(|| format!("`--kubernetes-version {text}` is no version: write it like `1.35`"))?;
    }
    Ok(settings)
}

/// `1.35`, `v1.35.2`. There is no Kubernetes but 1.
pub(crate) fn kubernetes_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim_start_matches('v').split('.');
    let version = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (version.0 == 1).then_some(version)
}

pub(crate) fn policy(args: &PolicyArgs, as_of: Timestamp) -> Result<Policy> {
    let mut policy = Policy::new(as_of);
    let read =
        |path: &PathBuf| -> Result<(String, String)> { Ok((crate::files::read_text(path, MAX_POLICY_BYTES)?, path.display().to_string())) };
    for path in &args.tailoring {
        let (text, source) = read(path)?;
        policy.tailoring.push(probity_compliance::parse_tailoring(&text, &source)?);
    }
    for path in &args.crosswalk {
        let (text, source) = read(path)?;
        policy.crosswalks.push(probity_compliance::parse_crosswalk(&text, &source)?);
    }
    if let Some(path) = &args.waivers {
        let (text, source) = read(path)?;
        policy.waivers = Some(probity_compliance::parse_waivers(&text, &source)?);
    }
    if let Some(path) = &args.attestations {
        let (text, source) = read(path)?;
        policy.attestations = Some(probity_compliance::parse_attestations(&text, &source)?);
    }
    for param in &args.params {
        let (name, value) = param.split_once('=').with_context(|| format!("`--params {param}` has no `=`: write `name=value`"))?;
        let (framework, name) = match name.split_once('/') {
            Some((framework, name)) => (Some(framework.to_owned()), name.to_owned()),
            None => (None, name.to_owned()),
        };
        policy.params.insert((framework, name), value.to_owned());
    }
    if let Some(days) = args.max_waiver_days {
        policy.max_waiver_days = days;
    }
    policy.strict_claims = args.strict_claims.unwrap_or(policy.strict_claims);
    Ok(policy)
}

/// Where reports go: files with their writers, and a writer for standard output when it is wanted.
pub(crate) struct Outputs {
    pub(crate) files: Vec<(PathBuf, &'static dyn ReportWriter)>,
    pub(crate) stdout: Option<&'static dyn ReportWriter>,
}

pub(crate) fn outputs(args: &OutputArgs) -> Result<Outputs> {
    let named = args.format.as_deref().map(writer).transpose()?;
    let mut files = Vec::new();
    for path in &args.output {
        let by_extension = path.to_str().and_then(probity_report::by_extension);
        let Some(writer) = by_extension.or(named) else {
            bail!("cannot tell the format of `{}` from its extension: use .json or .txt, or `--format`", path.display());
        };
        if files.iter().any(|(other, _)| other == path) {
            bail!("`{}` is given as output twice", path.display());
        }
        files.push((path.clone(), writer));
    }
    let table = probity_report::by_id("table");
    // With files only, the table still tells people what came of it; `--format json --output x.json` is a pipeline and stays silent.
    let stdout = match (named, files.is_empty()) {
        (Some(writer), true) => Some(writer),
        (None, _) => table,
        (Some(writer), false) => Some(writer).filter(|writer| writer.meta().id == "table"),
    };
    Ok(Outputs { files, stdout })
}

fn writer(id: &str) -> Result<&'static dyn ReportWriter> {
    probity_report::by_id(id).with_context(|| {
        let known: Vec<&str> = probity_report::WRITERS.iter().map(|writer| writer.meta().id).collect();
        format!("unknown format `{id}`: this build writes {}", known.join(", "))
    })
}

pub(crate) fn view(args: &OutputArgs) -> Result<View> {
    let min_severity = match &args.severity {
        Some(text) => {
            // Several levels, as other scanners take them: the lowest is what is shown from.
            let levels: Result<Vec<Severity>, _> = text.split(',').map(str::parse).collect();
            levels?.into_iter().min().unwrap_or_default()
        }
        None => Severity::Unknown,
    };
    Ok(View { min_severity, all: args.all.unwrap_or(false), ..View::default() })
}
