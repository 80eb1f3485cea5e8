//! `image`, `fs`, `rootfs`, `repo`, `sbom`, `config` and `scan`: findings without a framework, with the flags that users of today's scanners know.

pub(crate) mod args;
mod settings;

use crate::{Exit, Terminal, run as runs};
use anyhow::{Result, bail};
use args::Artifact;
use probity_model::{
    Report,
    report::{Scanner, View},
};

/// Which of the commands it is: what targets it takes, what it looks for and how its report is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Image,
    Filesystem,
    Rootfs,
    Repository,
    Sbom,
    Config,
    /// Anything, and several targets.
    Scan,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Filesystem => "fs",
            Self::Rootfs => "rootfs",
            Self::Repository => "repo",
            Self::Sbom => "sbom",
            Self::Config => "config",
            Self::Scan => "scan",
        }
    }

    /// `ArtifactType` of the report; empty: by what the target is.
    const fn artifact_type(self) -> &'static str {
        match self {
            Self::Image => "container_image",
            Self::Filesystem | Self::Rootfs | Self::Config => "filesystem",
            Self::Repository => "repository",
            Self::Sbom | Self::Scan => "",
        }
    }

    fn scanners(self) -> Vec<Scanner> {
        match self {
            Self::Image | Self::Filesystem | Self::Rootfs | Self::Repository => vec![Scanner::Vulnerabilities, Scanner::Secrets],
            Self::Sbom => vec![Scanner::Vulnerabilities],
            Self::Config => vec![Scanner::Misconfigurations],
            Self::Scan => Scanner::ALL.to_vec(),
        }
    }
}

pub(crate) fn run(kind: Kind, args: &Artifact, terminal: Terminal, quiet: bool) -> Result<Exit> {
    if let Some((flag, why)) = args.unsupported.first() {
        bail!("`--{flag}` is not supported: {why}");
    }
    let only = settings::downloads(args)?;
    if let Some(what) = only {
        return crate::database::update(&args.database, &args.registry, &what, false, quiet);
    }
    let outputs = settings::outputs(args)?;
    let view = settings::view(kind, args)?;
    // Wrong rules are said before the work.
    settings::gate(args)?;
    let request = settings::request(kind, args, quiet)?;
    let report = runs::execute(&request, settings::threads(args), quiet)?;
    if kind == Kind::Sbom && report.inventories.iter().all(|inventory| inventory.facts.sboms.is_empty()) {
        let name = report.inventories.first().map(|inventory| inventory.subject.name.as_str()).unwrap_or_default();
        bail!("`{name}` is no bill of materials that is understood: CycloneDX and SPDX documents are, attested or not");
    }
    runs::write(&report, &outputs, &view, terminal, quiet)?;
    gated(args, &report, &view)
}

/// Where `convert` writes to.
pub(crate) fn outputs(args: &Artifact) -> Result<crate::settings::Outputs> {
    settings::outputs(args)
}

/// What `convert` shows: everything that the report has, unless told otherwise.
pub(crate) fn view_of_report(args: &Artifact) -> Result<View> {
    let mut view = settings::view(Kind::Scan, args)?;
    if args.scan.scanners.is_empty() {
        view.scan.scanners = Scanner::ALL.to_vec();
    }
    Ok(view)
}

/// The exit code of a finished report.
pub(crate) fn gated(args: &Artifact, report: &Report, view: &View) -> Result<Exit> {
    if let Some(code) = args.report.exit_on_eol.filter(|code| *code != 0)
        && report.inventories.iter().any(|inventory| inventory.end_of_life)
    {
        return Ok(Exit::Code(code));
    }
    if let Some(code) = args.report.exit_code.filter(|code| *code != 0)
        && settings::gate(args)?.fails(report, &view.scan)
    {
        return Ok(Exit::Code(code));
    }
    Ok(if runs::is_incomplete(report) { Exit::Incomplete } else { Exit::Done })
}
