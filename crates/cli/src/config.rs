//! `probity.yaml` and `PROBITY_*`: the same settings as on the command line. Unknown keys are errors.

use crate::{
    args::{Cli, Color, Command, Compliance, ComplianceCommand, InputArgs, OutputArgs},
    artifact::args::Artifact,
    nearest::nearest,
};
use anyhow::{Context, Result, bail};
use clap::CommandFactory;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, SeqAccess, Visitor},
};
use std::{collections::BTreeSet, fmt, marker::PhantomData, path::Path, path::PathBuf};

/// The file. Paths are relative to the current folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Config {
    #[serde(deserialize_with = "several")]
    framework: Vec<String>,
    #[serde(deserialize_with = "several")]
    targets: Vec<String>,
    #[serde(deserialize_with = "several")]
    tailoring: Vec<PathBuf>,
    waivers: Option<PathBuf>,
    attestations: Option<PathBuf>,
    #[serde(deserialize_with = "several")]
    crosswalk: Vec<PathBuf>,
    fix_known_specs: Option<bool>,
    #[serde(deserialize_with = "several")]
    params: Vec<String>,
    as_of: Option<String>,
    max_waiver_days: Option<u32>,
    strict_claims: Option<bool>,
    strict_spec: Option<bool>,
    #[serde(deserialize_with = "several")]
    fail_on: Vec<String>,
    exit_code: Option<u8>,
    min_coverage: Option<f64>,
    #[serde(deserialize_with = "several")]
    k8s: Vec<String>,
    #[serde(deserialize_with = "several")]
    compose: Vec<String>,
    image: Option<String>,
    platform: Option<String>,
    #[serde(deserialize_with = "several")]
    skip_files: Vec<String>,
    #[serde(deserialize_with = "several")]
    skip_dirs: Vec<String>,
    #[serde(deserialize_with = "several")]
    trusted_registries: Vec<String>,
    kubernetes_version: Option<String>,
    insecure: Option<bool>,
    ca_cert: Option<PathBuf>,
    #[serde(deserialize_with = "several")]
    registry_mirror: Vec<String>,
    threads: Option<usize>,
    max_file_bytes: Option<u64>,
    max_total_bytes: Option<u64>,
    max_entries: Option<u64>,
    max_depth: Option<u32>,
    max_ratio: Option<u64>,
    timeout: Option<String>,
    #[serde(deserialize_with = "several")]
    scanners: Vec<String>,
    #[serde(deserialize_with = "several")]
    evidence: Vec<String>,
    distro: Option<String>,
    #[serde(rename = "secret-config")]
    secret_rules: Option<PathBuf>,
    cache_dir: Option<PathBuf>,
    no_cache: Option<bool>,
    #[serde(deserialize_with = "several")]
    db_repository: Vec<String>,
    #[serde(deserialize_with = "several")]
    java_db_repository: Vec<String>,
    max_db_age: Option<String>,
    #[serde(deserialize_with = "several")]
    vuln_severity_source: Vec<String>,
    #[serde(deserialize_with = "several")]
    ignore_status: Vec<String>,
    #[serde(deserialize_with = "several")]
    vex: Vec<String>,
    #[serde(deserialize_with = "several")]
    pkg_types: Vec<String>,
    #[serde(deserialize_with = "several")]
    pkg_relationships: Vec<String>,
    ignorefile: Option<PathBuf>,
    #[serde(deserialize_with = "several")]
    output: Vec<PathBuf>,
    format: Option<String>,
    severity: Option<String>,
    all: Option<bool>,
    color: Option<Color>,
    quiet: Option<bool>,
}

/// A list, or one item of it without brackets.
fn several<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Several<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Several<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list, or one item of it")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            T::deserialize(text.into_deserializer()).map(|item| vec![item])
        }
        fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
            self.visit_str(&flag.to_string())
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            self.visit_str(&number.to_string())
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
            self.visit_str(&number.to_string())
        }
        fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
            self.visit_str(&number.to_string())
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }

    deserializer.deserialize_any(Several(PhantomData))
}

const DEFAULT_NAME: &str = "probity.yaml";
const MAX_BYTES: u64 = 1 << 20;

/// Reads the file that `--config` names, else `probity.yaml` when it is there, and fills in what the command line left open.
pub(crate) fn apply(cli: &mut Cli) -> Result<()> {
    let path = match &cli.config {
        Some(path) => path.clone(),
        None if Path::new(DEFAULT_NAME).is_dir() => {
            bail!(
                "`{DEFAULT_NAME}` is a folder, and settings are read from a file of that name: rename it, or name another file with `--config`"
            )
        }
        None if Path::new(DEFAULT_NAME).exists() => DEFAULT_NAME.into(),
        None => return Ok(()),
    };
    let text = crate::files::read_text(&path, MAX_BYTES)?;
    let config: Config = serde_saphyr::from_str(&text).with_context(|| format!("cannot read settings from `{}`", path.display()))?;
    config.fill(cli);
    Ok(())
}

macro_rules! fill {
    ($from:ident => $to:expr; $($field:ident),* $(,)?) => { $( if $to.$field.is_none() { $to.$field = $from.$field.clone(); } )* };
}
macro_rules! fill_lists {
    ($from:ident => $to:expr; $($field:ident),* $(,)?) => { $( if $to.$field.is_empty() { $to.$field.clone_from(&$from.$field); } )* };
}

impl Config {
    fn fill(self, cli: &mut Cli) {
        fill!(self => cli; color, quiet);
        match &mut cli.command {
            Command::Compliance(compliance) => {
                let Compliance { command, frameworks, policy, gate, input, output } = &mut **compliance;
                if let Some(ComplianceCommand::Advise { frameworks }) = command {
                    fill_lists!(self => frameworks; framework);
                    return;
                }
                fill_lists!(self => frameworks; framework);
                fill!(self => frameworks; fix_known_specs);
                fill_lists!(self => policy; tailoring, crosswalk, params);
                fill!(self => policy; waivers, attestations, as_of, max_waiver_days, strict_claims, strict_spec);
                fill_lists!(self => gate; fail_on);
                fill!(self => gate; exit_code, min_coverage);
                self.fill_input(input);
                self.fill_output(output);
            }
            Command::Scan(args)
            | Command::Image(args)
            | Command::Fs(args)
            | Command::Rootfs(args)
            | Command::Repo(args)
            | Command::Sbom(args)
            | Command::Config(args)
            | Command::Convert(args) => self.fill_artifact(args),
            _ => {}
        }
    }

    fn fill_artifact(&self, args: &mut Artifact) {
        if args.targets.is_empty() && args.input.is_none() {
            fill_lists!(self => args; targets);
        }
        fill_lists!(self => args.scan; scanners, skip_dirs, skip_files, evidence);
        fill!(self => args.scan; distro, image, platform);
        if args.scan.secret_config.is_none() {
            args.scan.secret_config.clone_from(&self.secret_rules);
        }
        fill!(self => args.database; cache_dir, max_db_age);
        fill_lists!(self => args.database; db_repository, java_db_repository);
        fill_lists!(self => args.vulnerabilities; vuln_severity_source, ignore_status, vex, pkg_types, pkg_relationships);
        fill_lists!(self => args.misconfigurations; trusted_registries);
        fill!(self => args.misconfigurations; kubernetes_version);
        fill!(self => args.report; format, exit_code, ignorefile, as_of);
        fill_lists!(self => args.report; output, fail_on);
        fill!(self => args.registry; ca_cert);
        fill_lists!(self => args.registry; registry_mirror);
        fill!(self => args.limits; max_file_bytes, max_total_bytes, max_entries, max_depth, max_ratio, timeout);
        if args.report.severity.is_empty() {
            args.report.severity = self.severity.iter().flat_map(|list| list.split(',')).map(|word| word.trim().to_owned()).collect();
        }
        if args.scan.parallel.is_none() {
            args.scan.parallel = self.threads;
        }
        if args.scan.switches.no_cache.is_none() {
            args.scan.switches.no_cache = self.no_cache;
        }
        if args.registry.switches.insecure.is_none() {
            args.registry.switches.insecure = self.insecure;
        }
        if args.report.switches.all.is_none() {
            args.report.switches.all = self.all;
        }
    }

    fn fill_input(&self, input: &mut InputArgs) {
        if input.targets.is_empty() && input.k8s.is_empty() && input.compose.is_empty() {
            fill_lists!(self => input; targets, k8s, compose);
        }
        fill_lists!(self => input; skip_files, skip_dirs, trusted_registries, registry_mirror);
        fill!(self => input; image, platform, kubernetes_version, insecure, ca_cert, threads, cache_dir, no_cache);
        fill!(self => input.limits; max_file_bytes, max_total_bytes, max_entries, max_depth, max_ratio, timeout);
    }

    fn fill_output(&self, output: &mut OutputArgs) {
        fill_lists!(self => output; output);
        fill!(self => output; format, severity, all);
    }
}

/// Refuses `PROBITY_*` variables that no option reads: a misspelt gate must not be ignored in silence.
pub(crate) fn check_environment() -> Result<()> {
    let mut known = BTreeSet::new();
    collect(&Cli::command(), &mut known);
    let unknown: BTreeSet<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("PROBITY_") && !known.contains(name))
        .collect();
    if let Some(name) = unknown.first() {
        let hint = nearest(name, known.iter().map(String::as_str)).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        bail!("unknown environment variable `{name}`{hint}");
    }
    Ok(())
}

fn collect(command: &clap::Command, known: &mut BTreeSet<String>) {
    known.extend(command.get_arguments().filter_map(|arg| arg.get_env()?.to_str().map(str::to_owned)));
    for sub in command.get_subcommands() {
        collect(sub, known);
    }
}
