//! `compliance`, and what it shares with the other commands that scan.

use crate::{
    Exit, Terminal,
    args::{Compliance, FrameworkArgs, GateArgs, InputArgs},
    files, note,
    progress::Ticker,
    settings,
};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use probity_compliance::{ExitKind, Framework, GateOptions, SpecError};
use probity_engine::{Progress, Request, ScanError};
use probity_model::{
    Report, SubjectKind,
    diagnostic::{Capability, Level},
    report::{Run, Tool, View},
};
use std::{
    io::{ErrorKind, Write},
    sync::Arc,
};

/// More threads than any machine has cores only cost memory.
const MAX_THREADS: usize = 1024;

pub(crate) const TOOL: Tool = Tool { name: "probity", version: env!("CARGO_PKG_VERSION") };

pub(crate) fn compliance(args: &Compliance, terminal: Terminal, quiet: bool) -> Result<Exit> {
    let outputs = settings::outputs(&args.output)?;
    let view = settings::view(&args.output)?;
    let gate = gate_options(&args.gate)?;
    let as_of = settings::as_of(args.policy.as_of.as_deref())?;
    let frameworks = load_frameworks(&args.frameworks, args.policy.strict_spec.unwrap_or(false))?;
    let policy = settings::policy(&args.policy, as_of)?;
    let request = request(&args.input, as_of, frameworks, policy)?;
    let (major, minor) = probity_checks::NEWEST_KUBERNETES;
    if request.settings.kubernetes > (major, minor) && !quiet {
        note(&format!(
            "warning: this build knows Kubernetes up to {major}.{minor}: whether API versions are still there later is not assessed"
        ));
    }
    let report = execute(&request, args.input.threads, quiet)?;
    has_images(&args.input, &report)?;
    write(&report, &outputs, &view, terminal, quiet)?;

    let Some(assessment) = &report.assessment else { bail!("internal error: no assessment was made") };
    let result = probity_compliance::gate(assessment, &gate);
    // What was lost is said already; it is not the kind of input that is wrong.
    let unanswered: Vec<&str> = assessment
        .frameworks
        .iter()
        .filter(|framework| framework.coverage.assessed == 0 && !framework.coverage.is_lost())
        .map(|framework| framework.id.as_str())
        .collect();
    let nothing = assessment.frameworks.iter().any(|framework| framework.coverage.assessed == 0);
    if !quiet {
        for reason in &result.reasons {
            note(&format!("gate: {reason}"));
        }
        for id in &unanswered {
            note(&format!("gate: {id}: no control could be assessed with what was given"));
        }
    }
    Ok(match result.code {
        0 if result.kind == ExitKind::Ok && gate.exit_code != Some(0) && (is_incomplete(&report) || nothing) => Exit::Incomplete,
        0 => Exit::Done,
        code => Exit::Code(code),
    })
}

/// `--image` and `--platform` choose among images: without any they would be ignored in silence.
fn has_images(input: &InputArgs, report: &Report) -> Result<()> {
    let chosen = [("--image", &input.image), ("--platform", &input.platform)];
    if let Some((flag, Some(value))) = chosen.into_iter().find(|(_, value)| value.is_some())
        && !report.inventories.iter().any(|inventory| inventory.subject.kind == SubjectKind::Image)
    {
        bail!("`{flag} {value}` chooses among images, and no target is one");
    }
    Ok(())
}

fn gate_options(args: &GateArgs) -> Result<GateOptions> {
    let mut options = GateOptions { exit_code: args.exit_code, ..GateOptions::default() };
    if !args.fail_on.is_empty() {
        options.fail_on = args.fail_on.iter().map(|rule| rule.parse()).collect::<Result<_, _>>()?;
    }
    if let Some(coverage) = args.min_coverage {
        if !(0.0..=1.0).contains(&coverage) {
            bail!("`--min-coverage {coverage}` is out of range: write a ratio from 0 to 1");
        }
        options.min_coverage = Some(coverage);
    }
    Ok(options)
}

pub(crate) fn load_frameworks(args: &FrameworkArgs, strict: bool) -> Result<Vec<Framework>> {
    if args.framework.iter().all(|name| name.trim().is_empty()) {
        bail!("no framework: name one or several with `--framework`; `probity framework list` shows them");
    }
    let mut frameworks: Vec<Framework> = Vec::new();
    for name in args.framework.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let mut framework = probity_compliance::load(name, &read_spec)?;
        if args.fix_known_specs == Some(true) {
            probity_compliance::fix_known_defects(&mut framework);
        }
        if strict && let Some(lint) = framework.lints.first() {
            bail!("framework `{name}`: {lint} (--strict-spec)");
        }
        if !frameworks.iter().any(|known| known.full_name() == framework.full_name() && known.profile == framework.profile) {
            frameworks.push(framework);
        }
    }
    Ok(frameworks)
}

/// Reads a specification that the user named.
pub(crate) fn read_spec(path: &str) -> Result<String, String> {
    // The caller's message names the path.
    let bytes = probity_vfs::read_file(path.as_ref(), 16 << 20).map_err(|err| err.message)?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

/// A run over some targets with everything else as it is by default.
pub(crate) fn plain_request(targets: Vec<String>, as_of: Timestamp, framework: Framework) -> Request {
    Request {
        targets,
        options: probity_targets::Options::default(),
        configs: probity_configs::Limits::default(),
        settings: probity_model::check::CheckSettings { as_of: as_of.as_second(), ..probity_model::check::CheckSettings::default() },
        frameworks: vec![framework],
        policy: probity_compliance::Policy::new(as_of),
        as_of: as_of.to_string(),
        tool: TOOL,
        run: Run::default(),
        progress: Arc::new(Progress::default()),
        judge: true,
        evidence: probity_engine::EvidencePolicy::BySubject,
        knowledge: None,
        cache: None,
        secrets: None,
        suppressions: probity_engine::Suppressions::default(),
    }
}

fn request(input: &InputArgs, as_of: Timestamp, frameworks: Vec<Framework>, policy: probity_compliance::Policy) -> Result<Request> {
    let mut configs = probity_configs::Limits::default();
    if let Some(depth) = input.limits.max_depth {
        configs.max_depth = configs.max_depth.min(usize::try_from(depth)?);
    }
    Ok(Request {
        targets: settings::targets(input)?,
        options: settings::options(input)?,
        configs,
        settings: settings::checks(input, as_of)?,
        frameworks,
        policy,
        as_of: as_of.to_string(),
        tool: TOOL,
        run: Run { started: Timestamp::now().to_string(), finished: String::new(), invocation: std::env::args().collect() },
        progress: Arc::new(Progress::default()),
        judge: true,
        secrets: None,
        evidence: probity_engine::EvidencePolicy::BySubject,
        knowledge: None,
        cache: crate::database::layers(input.cache_dir.as_ref(), input.no_cache),
        suppressions: probity_engine::Suppressions::default(),
    })
}

pub(crate) fn execute(request: &Request, threads: Option<usize>, quiet: bool) -> Result<Report> {
    if let Some(threads) = threads {
        if !(1..=MAX_THREADS).contains(&threads) {
            bail!("`--threads {threads}` is out of range: give 1 to {MAX_THREADS}");
        }
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("cannot start threads")?;
    }
    let ticker = Ticker::start(&request.progress, quiet);
    let result = probity_engine::scan(request);
    drop(ticker);
    if let Some(problem) = request.cache.as_ref().and_then(|cache| cache.problem()).filter(|_| !quiet) {
        note(problem);
    }
    let mut report = result?;
    report.run.finished = Timestamp::now().to_string();
    Ok(report)
}

pub(crate) fn write(report: &Report, outputs: &settings::Outputs, view: &View, terminal: Terminal, quiet: bool) -> Result<()> {
    for (path, writer) in &outputs.files {
        // Files are for later: no colour, no width, everything.
        let plain = View { color: false, width: None, ..view.clone() };
        files::write_whole(path, |out| writer.write(report, &plain, out))?;
    }
    if let Some(writer) = outputs.stdout.filter(|_| !quiet || outputs.files.is_empty()) {
        let view = View { color: terminal.color, width: terminal.width, ..view.clone() };
        let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        match writer.write(report, &view, &mut out).and_then(|()| out.flush()) {
            // The reader left (`probity … | head`), and the verdict stands: a gate must not open because nobody read to the end.
            Err(err) if err.kind() == ErrorKind::BrokenPipe => {}
            result => result?,
        }
    }
    Ok(())
}

/// A target, or something that everything about a target rests on, could not be examined.
pub(crate) fn is_incomplete(report: &Report) -> bool {
    report.ledger.diagnostics.iter().any(|diagnostic| match diagnostic.level {
        Level::Error => true,
        Level::Warning => diagnostic.affects.contains(&Capability::Everything),
        Level::Note => false,
    })
}

/// What to do about an error, when it knows.
pub(crate) fn hint_of(err: &anyhow::Error) -> Option<String> {
    err.chain().find_map(|cause| {
        if let Some(spec) = cause.downcast_ref::<SpecError>() {
            return spec.hint();
        }
        match cause.downcast_ref::<ScanError>()? {
            ScanError::Target(target) => target.hint.clone(),
            ScanError::Spec(spec) => spec.hint(),
        }
    })
}
