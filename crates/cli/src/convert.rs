//! `convert`: a report in one format to another one, without scanning again.

use crate::{Exit, Terminal, artifact, run as runs};
use anyhow::{Context, Result, bail};
use probity_model::{Ecosystem, ecosystem::UNKNOWN};

const MAX_BYTES: u64 = 1 << 30;

pub(crate) fn run(args: &artifact::args::Artifact, terminal: Terminal, quiet: bool) -> Result<Exit> {
    if let Some((flag, why)) = args.unsupported.first() {
        bail!("`--{flag}` is not supported: {why}");
    }
    let [path] = args.targets.as_slice() else {
        bail!("`convert` takes one report: the JSON that `probity image`, `fs`, `repo` or `scan` wrote");
    };
    let text = crate::files::read_text(path.as_ref(), MAX_BYTES)?;
    let read = probity_report::read_scan(text.as_bytes(), &ecosystem, runs::TOOL).with_context(|| format!("cannot read `{path}`"))?;
    let outputs = artifact::outputs(args)?;
    let mut view = artifact::view_of_report(args)?;
    view.scan.artifact_type = match read.artifact_type.as_str() {
        "container_image" => "container_image",
        "repository" => "repository",
        "cyclonedx" => "cyclonedx",
        "spdx" => "spdx",
        _ => "filesystem",
    };
    // Whoever made the report chose what to list.
    view.scan.include_dev = true;
    runs::write(&read.report, &outputs, &view, terminal, quiet)?;
    artifact::gated(args, &read.report, &view)
}

/// By the word of a report; a distribution's packages by the type of their package URLs.
fn ecosystem(kind: &str, purl_type: &str) -> &'static Ecosystem {
    let all = || probity_engine::ecosystems();
    let by_id = all().find(|ecosystem| !kind.is_empty() && ecosystem.id == kind);
    by_id.or_else(|| all().find(|ecosystem| ecosystem.purl_type == purl_type)).unwrap_or(&UNKNOWN)
}
