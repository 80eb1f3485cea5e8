//! `framework list|show|explain|lint` and `compliance advise`.

use crate::{
    Exit, Terminal, print,
    run::{execute, load_frameworks, plain_request, read_spec},
};
use anyhow::{Context, Result, bail};
use probity_checks::all;
use probity_compliance::{Explanation, FrameworkInfo, RuleCatalogue};
use probity_model::{
    InputKind,
    assessment::{Status, Verifiability},
    check::Check,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The inputs that this version reads, in the order of the columns.
const INPUTS: [InputKind; 5] =
    [InputKind::Image, InputKind::Rootfs, InputKind::Dockerfile, InputKind::Compose, InputKind::KubernetesManifest];

pub(crate) fn list(_: Terminal) -> Result<Exit> {
    let mut text = format!("{:28} {:>8}", "FRAMEWORK", "CONTROLS");
    for input in INPUTS {
        text.push_str(&format!(" {:>12}", input.as_str()));
    }
    text.push_str("  TITLE\n");
    for info in probity_compliance::framework_names() {
        text.push_str(&format!("{:28} {:>8}", full_name(&info), info.controls));
        for input in INPUTS {
            text.push_str(&format!(" {:>12}", info.by_input.get(&input).copied().unwrap_or(0)));
        }
        text.push_str(&format!("  {}\n", info.title));
    }
    text.push_str("\nColumns: controls on which that input alone can give a verdict. The rest needs other inputs or people.\n");
    print(&text)
}

fn full_name(info: &FrameworkInfo) -> String {
    format!("{}@{}", info.id, info.version)
}

pub(crate) fn show(name: &str, _: Terminal) -> Result<Exit> {
    let framework = probity_compliance::load(name, &read_spec)?;
    let info = probity_compliance::info(&framework);
    let mut text = format!("{} ({})\n", info.title, full_name(&info));
    if !info.description.is_empty() {
        text.push_str(&format!("{}\n", info.description.trim()));
    }
    if let Some(notice) = &info.notice {
        text.push_str(&format!("{}\n", notice.trim()));
    }
    if !info.aliases.is_empty() {
        text.push_str(&format!("also known as: {}\n", info.aliases.join(", ")));
    }
    if !info.profiles.is_empty() {
        text.push_str(&format!("profiles: {}\n", info.profiles.join(", ")));
    }
    text.push('\n');
    let width = framework.spec.controls.iter().map(|control| control.id.chars().count()).max().unwrap_or(0);
    for control in &framework.spec.controls {
        let kind = control.kind.map(|kind| format!("{kind:?}").to_lowercase()).unwrap_or_default();
        let inputs: Vec<&str> = control.applies_to.iter().map(|input| input.as_str()).collect();
        text.push_str(&format!(
            "{:width$}  {:9}  {:8}  {}{}\n",
            control.id,
            kind,
            control.severity,
            control.name,
            if inputs.is_empty() { String::new() } else { format!("  [{}]", inputs.join(", ")) }
        ));
    }
    print(&text)
}

pub(crate) fn explain(name: &str, control: &str, _: Terminal) -> Result<Exit> {
    let framework = probity_compliance::load(name, &read_spec)?;
    let Some(explanation) = probity_compliance::explain(&framework, control, &catalogue()) else {
        let known = framework.spec.controls.iter().map(|control| control.id.as_str());
        let hint = crate::nearest::nearest(control, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        bail!("`{}` has no control `{control}`{hint}", framework.full_name());
    };
    print(&render(&explanation))
}

/// All rules that this build can evaluate.
pub(crate) fn catalogue() -> RuleCatalogue {
    RuleCatalogue::new(all().map(Check::meta))
}

pub(crate) fn lint(names: &[String]) -> Result<Exit> {
    let names: Vec<String> =
        if names.is_empty() { probity_compliance::framework_names().iter().map(full_name).collect() } else { names.to_vec() };
    let catalogue = catalogue();
    let (mut errors, mut warnings) = (0, 0);
    let mut text = String::new();
    for name in &names {
        let framework = probity_compliance::load(name, &read_spec)?;
        for lint in &probity_compliance::lint(&framework, &catalogue) {
            if lint.error {
                errors += 1;
            } else {
                warnings += 1;
            }
            text.push_str(&format!("{}: {lint}\n", framework.full_name()));
        }
    }
    text.push_str(&format!("{} linted: {errors} errors, {warnings} warnings\n", names.len()));
    print(&text)?;
    Ok(if errors > 0 { Exit::Usage } else { Exit::Done })
}

/// Scans what each test gives and compares statuses. 1 when one is another, 2 when a test cannot be run.
pub(crate) fn test(names: &[String], quiet: bool) -> Result<Exit> {
    let mut text = String::new();
    let (mut passed, mut failed) = (0, 0);
    for name in names {
        let framework = probity_compliance::load(name, &read_spec)?;
        let faults: Vec<_> = probity_compliance::lint(&framework, &catalogue()).into_iter().filter(|lint| lint.error).collect();
        if let Some(fault) = faults.first() {
            bail!("`{name}` has errors that `framework lint` lists, the first is {fault}");
        }
        if framework.spec.tests.is_empty() {
            bail!("`{name}` has no `tests`");
        }
        let folder = Path::new(name.trim_start_matches('@')).parent().map(Path::to_path_buf).unwrap_or_default();
        for (number, test) in (1..).zip(&framework.spec.tests) {
            let label = test.name.clone().unwrap_or_else(|| format!("test {number}"));
            let as_of = crate::settings::as_of(test.as_of.as_deref())?;
            let targets = test.given.iter().map(|given| folder.join(given).display().to_string()).collect();
            let report =
                execute(&plain_request(targets, as_of, framework.clone()), None, quiet).with_context(|| format!("{name}: {label}"))?;
            let controls = report.assessment.iter().flat_map(|a| &a.frameworks).flat_map(|framework| &framework.controls);
            let found: BTreeMap<&str, Status> = controls.map(|control| (control.id.as_str(), control.status)).collect();
            for (id, expected) in &test.expect {
                let (is, wanted) = (found.get(id.as_str()).copied(), probity_compliance::expected_status(expected));
                if is == wanted {
                    passed += 1;
                } else {
                    failed += 1;
                    text.push_str(&format!("{name}: {label}: {id} is {} and not {expected}\n", is.map_or("missing", Status::as_str)));
                }
            }
        }
    }
    text.push_str(&format!("{passed} as expected, {failed} not\n"));
    print(&text)?;
    Ok(if failed > 0 { Exit::Code(1) } else { Exit::Done })
}

pub(crate) fn advise(names: &[String]) -> Result<Exit> {
    let frameworks = load_frameworks(&crate::args::FrameworkArgs { framework: names.to_vec(), fix_known_specs: None }, false)?;
    let given: BTreeSet<InputKind> = BTreeSet::new();
    let mut text = String::new();
    for outlook in probity_compliance::advise(&frameworks, &given, &catalogue()) {
        text.push_str(&format!("{}: {} controls, {} of them for people\n", outlook.framework, outlook.controls, outlook.manual));
        for advice in outlook.advice {
            text.push_str(&format!("  {:>4}  {}\n", advice.controls, advice.how));
        }
    }
    print(&text)
}

/// An explanation as text.
fn render(explanation: &Explanation) -> String {
    let Explanation { framework, id, title, description, severity, official_assessment, .. } = explanation;
    let mut text = format!("{framework}/{id}  {severity}\n{title}\n\n{description}\n\n");
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{name:22}{value}\n"));
        }
    };
    row("type", &format!("{:?}", explanation.kind).to_lowercase());
    row("verifiability", verifiability(explanation.verifiability));
    row("publisher says", official_assessment.as_deref().unwrap_or_default());
    let inputs: Vec<&str> = explanation.inputs.iter().map(|input| input.as_str()).collect();
    row("answered by", &inputs.join(", "));
    row("a pass means", &explanation.pass_means);
    row("it does not mean", &explanation.pass_does_not_mean);
    row("note", explanation.note.as_deref().unwrap_or_default());
    row("what to do", explanation.remediation.as_deref().unwrap_or_default());
    row("looks at", &explanation.looks_at.join(", "));
    for mapping in &explanation.maps_to {
        row("maps to", &format!("{}/{} ({})", mapping.framework, mapping.id, mapping.relation));
    }
    if !explanation.rules.is_empty() {
        text.push_str(&format!("\nrules ({} must hold):\n", explanation.combines));
        for rule in &explanation.rules {
            let optional = if rule.optional { ", optional" } else { "" };
            text.push_str(&format!("  {} ({}): expects {}{optional}\n", rule.id, rule.selector, rule.expects));
            for what in &rule.what {
                text.push_str(&format!("    {what}\n"));
            }
        }
    }
    for reference in &explanation.references {
        text.push_str(&format!("see {reference}\n"));
    }
    text
}

const fn verifiability(value: Verifiability) -> &'static str {
    match value {
        Verifiability::P => "provable for what is scanned",
        Verifiability::R => "refutable: a finding fails it, none is a partial pass",
        Verifiability::S => "supporting evidence only: people conclude",
        Verifiability::M => "organisational: people attest it",
        Verifiability::X => "out of reach of a scanner",
    }
}
