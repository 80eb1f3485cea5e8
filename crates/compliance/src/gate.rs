//! From an assessment to an exit code.
//!
//! | code | meaning |
//! |--:|---|
//! | 0 | complete, and the gate is satisfied |
//! | 1 | a failure that the gate asks about |
//! | 2 | a document or option is not valid (decided elsewhere) |
//! | 3 | incomplete: too little coverage, something could not be examined |
//! | 4 | a waiver has expired or an attestation is stale, when the gate asks about that |
//! | 5 | internal error (decided elsewhere) |
//!
//! When several apply, 5 wins over 2, then 1, 3 and 4.

use probity_model::{
    Reason, Severity,
    assessment::{Assessment, Basis, FrameworkResult, Status},
};
use std::{collections::HashMap, str::FromStr};

/// Exit codes, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExitKind {
    Ok,
    GateFailed,
    Invalid,
    Incomplete,
    Expired,
    Internal,
}

impl ExitKind {
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::GateFailed => 1,
            Self::Invalid => 2,
            Self::Incomplete => 3,
            Self::Expired => 4,
            Self::Internal => 5,
        }
    }

    /// The one that wins when several apply.
    pub fn worst(kinds: impl IntoIterator<Item = Self>) -> Self {
        let rank = |kind: &Self| match kind {
            Self::Ok => 0,
            Self::Expired => 1,
            Self::Incomplete => 2,
            Self::GateFailed => 3,
            Self::Invalid => 4,
            Self::Internal => 5,
        };
        kinds.into_iter().max_by_key(rank).unwrap_or(Self::Ok)
    }
}

/// One `--fail-on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailOn {
    /// A failing control at or above this severity.
    Severity(Severity),
    /// This control fails: framework (with or without version) and id.
    Control { framework: String, id: String },
    /// Any control that could have been assessed and was not.
    NotAssessed,
    /// An expired waiver or a stale attestation.
    Expired,
}

/// A `--fail-on` that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown condition `{0}`: use `severity=HIGH`, `control=FRAMEWORK/ID`, `not-assessed` or `expired`")]
pub struct FailOnError(pub String);

impl FromStr for FailOn {
    type Err = FailOnError;

    fn from_str(text: &str) -> Result<Self, FailOnError> {
        let error = || FailOnError(text.to_owned());
        match text.trim().split_once('=') {
            Some(("severity", word)) => word.parse().map(Self::Severity).map_err(|_| error()),
            Some(("control", name)) => {
                let (framework, id) = name.split_once('/').filter(|(f, id)| !f.is_empty() && !id.is_empty()).ok_or_else(error)?;
                Ok(Self::Control { framework: framework.to_owned(), id: id.to_owned() })
            }
            None if text.trim() == "not-assessed" => Ok(Self::NotAssessed),
            None if text.trim() == "expired" => Ok(Self::Expired),
            None => text.trim().parse().map(Self::Severity).map_err(|_| error()),
            Some(_) => Err(error()),
        }
    }
}

/// What the user wants to be told by the exit code.
#[derive(Debug, Clone, Default)]
pub struct GateOptions {
    /// Failures at or above HIGH count unless a severity or a control is named.
    pub fail_on: Vec<FailOn>,
    /// Share of controls (0 to 1) of each framework that must have been assessed.
    pub min_coverage: Option<f64>,
    /// Share of passes (0 to 1) among the assessed controls of each framework.
    pub min_score: Option<f64>,
    /// Replaces 1; 0 means report only, whatever the gate says.
    pub exit_code: Option<u8>,
}

/// The verdict of the gate, with what decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateResult {
    pub kind: ExitKind,
    pub code: u8,
    /// One sentence for each thing that stands against 0, at most 50.
    pub reasons: Vec<String>,
}

/// Decides. Failures that are waived do not count; failures that an expired waiver covered do.
pub fn gate(assessment: &Assessment, options: &GateOptions) -> GateResult {
    let mut found: Vec<(ExitKind, String)> = Vec::new();
    let named = options.fail_on.iter().any(|on| matches!(on, FailOn::Severity(_) | FailOn::Control { .. }));
    let default = FailOn::Severity(Severity::High);
    for on in options.fail_on.iter().chain((!named).then_some(&default)) {
        match on {
            FailOn::Severity(least) => failures(assessment, *least, &mut found),
            FailOn::Control { framework, id } => one_control(assessment, framework, id, &mut found),
            FailOn::NotAssessed => {
                for (framework, control) in controls(assessment).filter(|(_, c)| matches!(c.status, Status::NotAssessed | Status::Error)) {
                    found.push((ExitKind::GateFailed, format!("{}/{} was not assessed", framework.id, control.id)));
                }
            }
            FailOn::Expired => expired(assessment, &mut found),
        }
    }
    for framework in &assessment.frameworks {
        shares(framework, options, &mut found);
    }
    incomplete(assessment, &mut found);
    let kind = ExitKind::worst(found.iter().map(|(kind, _)| *kind));
    let code = match options.exit_code {
        Some(0) => 0,
        Some(code) if kind == ExitKind::GateFailed => code,
        _ => kind.code(),
    };
    // What decided comes first.
    found.sort_by_key(|(of, _)| *of != kind);
    GateResult { kind, code, reasons: found.into_iter().map(|(_, reason)| reason).take(50).collect() }
}

fn controls(assessment: &Assessment) -> impl Iterator<Item = (&FrameworkResult, &probity_model::assessment::ControlResult)> {
    assessment.frameworks.iter().flat_map(|framework| framework.controls.iter().map(move |control| (framework, control)))
}

fn failures(assessment: &Assessment, least: Severity, found: &mut Vec<(ExitKind, String)>) {
    for (framework, control) in controls(assessment).filter(|(_, c)| c.status == Status::Fail && c.severity >= least) {
        found.push((ExitKind::GateFailed, format!("{}/{} ({}) fails: {}", framework.id, control.id, control.severity, control.title)));
    }
}

fn one_control(assessment: &Assessment, name: &str, id: &str, found: &mut Vec<(ExitKind, String)>) {
    let (base, version) = name.split_once('@').map_or((name, None), |(base, version)| (base, Some(version)));
    let mut any = false;
    for (framework, control) in controls(assessment) {
        let meant = framework.id.eq_ignore_ascii_case(base) && version.is_none_or(|v| v == framework.version) && control.id == id;
        any |= meant;
        if !meant {
            continue;
        }
        match control.status {
            Status::Fail => found.push((ExitKind::GateFailed, format!("{}/{id} fails: {}", framework.id, control.title))),
            // A control that the gate names and that nobody looked at is not satisfied either.
            Status::NotAssessed | Status::Error => found.push((ExitKind::Incomplete, format!("{}/{id} was not assessed", framework.id))),
            Status::Pass | Status::Waived | Status::Manual | Status::NotApplicable => {}
        }
    }
    if !any {
        found.push((ExitKind::Invalid, format!("`control={name}/{id}` names no control of the chosen frameworks")));
    }
}

fn expired(assessment: &Assessment, found: &mut Vec<(ExitKind, String)>) {
    for waiver in assessment.waivers.iter().filter(|waiver| waiver.state == "expired") {
        found.push((ExitKind::Expired, format!("waiver {} has expired", waiver.id)));
    }
    for (framework, control) in controls(assessment) {
        if control.attestation.as_ref().is_some_and(|attestation| attestation.state == "stale") {
            found.push((ExitKind::Expired, format!("the attestation of {}/{} is stale", framework.id, control.id)));
        }
    }
}

fn shares(framework: &FrameworkResult, options: &GateOptions, found: &mut Vec<(ExitKind, String)>) {
    #[expect(clippy::cast_precision_loss, reason = "frameworks have far fewer than 2^52 controls")]
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    if let Some(least) = options.min_coverage {
        let (assessed, all) = (framework.coverage.assessed, framework.coverage.controls);
        if share(assessed, all) < least {
            found.push((
                ExitKind::Incomplete,
                format!("{}: {assessed} of {all} controls were assessed, less than {:.0} %", framework.id, least * 100.0),
            ));
        }
    }
    if let Some(least) = options.min_score {
        let examined = |status: Status| {
            let counts = |c: &&probity_model::assessment::ControlResult| {
                c.status == status && !matches!(c.basis, Basis::Attestation | Basis::Inherited)
            };
            framework.controls.iter().filter(counts).count()
        };
        let (passes, all) = (examined(Status::Pass), framework.coverage.assessed);
        if share(passes, all) < least {
            found.push((
                ExitKind::GateFailed,
                format!("{}: {passes} of {all} assessed controls pass, less than {:.0} %", framework.id, least * 100.0),
            ));
        }
    }
}

/// Something was there and could not be examined: the answer is not complete, whatever it says. One cause is said once, however many controls it
/// keeps open.
fn incomplete(assessment: &Assessment, found: &mut Vec<(ExitKind, String)>) {
    /// Controls of one cause that are named.
    const NAMED: usize = 3;
    let mut causes: Vec<(&str, Vec<String>)> = Vec::new();
    let mut place: HashMap<&str, usize> = HashMap::new();
    for (framework, control) in controls(assessment) {
        let lost = matches!(
            control.reason,
            Some(Reason::AnalyzerFailed | Reason::PermissionDenied | Reason::Timeout | Reason::SubjectTruncated | Reason::DbStale)
        );
        if control.status == Status::Error || (control.status == Status::NotAssessed && lost) {
            let at = *place.entry(&control.why).or_insert(causes.len());
            if at == causes.len() {
                causes.push((&control.why, Vec::new()));
            }
            if let Some((_, names)) = causes.get_mut(at) {
                names.push(format!("{}/{}", framework.id, control.id));
            }
        }
    }
    for (why, names) in causes {
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        found.push((ExitKind::Incomplete, format!("{}{more} could not be assessed{why}", named.join(", "))));
    }
}
