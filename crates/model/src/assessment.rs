//! What frameworks conclude: one result for every control, and the evidence behind it.

use crate::{
    diagnostic::Reason,
    place::Lines,
    severity::Severity,
    subject::{InputKind, SubjectId},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// The status of a control. See `docs/statuses.md` for what each one means and how it maps to other vocabularies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Pass,
    Fail,
    /// Would fail; a valid waiver or suppression covers every failure.
    Waived,
    /// Human evidence is needed and none that is valid was given.
    Manual,
    /// Could be assessed, but an input, analyzer or permission was missing.
    NotAssessed,
    /// Does not apply to what was scanned.
    NotApplicable,
    /// The assessment itself failed.
    Error,
}

impl Status {
    pub const ALL: [Self; 7] = [Self::Pass, Self::Fail, Self::Waived, Self::Manual, Self::NotAssessed, Self::NotApplicable, Self::Error];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Waived => "WAIVED",
            Self::Manual => "MANUAL",
            Self::NotAssessed => "NOT_ASSESSED",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Error => "ERROR",
        }
    }
}

/// How far a pass reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assurance {
    /// Facts that hint at the answer (an image's `USER` says little about a cluster).
    Indicative,
    /// No contrary evidence, but the requirement is wider than what was seen.
    Partial,
    /// What the requirement asks was seen, for the scanned scope.
    Full,
}

/// What a status rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    Automated,
    Derived,
    Attestation,
    Inherited,
    Waiver,
    None,
}

/// The sort of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ControlKind {
    #[default]
    Automated,
    Partial,
    Manual,
    Inherited,
    Derived,
    Info,
}

/// What a scanner can do about a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verifiability {
    /// Provable for the scanned scope.
    P,
    /// Refutable: a finding is a failure, no finding is a partial pass.
    R,
    /// Supporting evidence is attached; the conclusion stays manual.
    S,
    /// Organisational: attestation only.
    M,
    /// Cannot be done by a tool of this class.
    X,
}

/// One framework's result.
#[derive(Debug, Clone)]
pub struct FrameworkResult {
    /// `pci-dss`.
    pub id: String,
    /// `4.0.1`.
    pub version: String,
    pub title: String,
    /// SHA-256 of the canonical form of the specification, `sha256:…`.
    pub digest: String,
    /// `embedded` or the path it was read from.
    pub source: String,
    pub profile: Option<String>,
    pub tailoring: Option<DocumentRef>,
    pub notice: Option<String>,
    pub params: BTreeMap<String, ParamValue>,
    /// Every control of the catalogue exactly once, in the framework's order.
    pub controls: Vec<ControlResult>,
    pub coverage: Coverage,
    /// Which further input would let how many more controls be assessed, best first.
    pub advice: Vec<Advice>,
}

/// A document that took part: tailoring, waivers, attestations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRef {
    pub id: String,
    pub digest: String,
    pub count: usize,
}

/// The value of a parameter and who set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamValue {
    /// JSON text.
    pub value: String,
    /// `default`, `tailoring`, `command line`.
    pub source: String,
}

/// What was assessed out of what there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    pub controls: usize,
    /// Controls that have rules for at least one of the inputs given.
    pub assessable_here: usize,
    /// Controls that ended as pass, fail or waived by what was examined.
    pub assessed: usize,
    /// Counts of what was not assessed: [`Reason`] words, `organizational`, `not-applicable`.
    pub by_reason: BTreeMap<String, usize>,
}

impl Coverage {
    /// Whether controls could not be assessed because something that was given could not be examined.
    pub fn is_lost(&self) -> bool {
        let lost = [Reason::AnalyzerFailed, Reason::PermissionDenied, Reason::Timeout, Reason::SubjectTruncated];
        lost.iter().any(|reason| self.by_reason.contains_key(reason.as_str()))
    }
}

/// A further input and what it would bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    pub input: InputKind,
    /// Controls that are not assessed now and have rules for that input.
    pub controls: usize,
    /// What to type.
    pub how: String,
}

/// One control's result.
#[derive(Debug, Clone)]
pub struct ControlResult {
    /// The official number: `6.3.3`.
    pub id: String,
    pub title: String,
    pub description: String,
    pub group: Option<String>,
    pub severity: Severity,
    pub kind: ControlKind,
    pub verifiability: Verifiability,
    /// `automated` or `manual`, as the publisher classifies it.
    pub official_assessment: Option<String>,
    pub status: Status,
    pub reason: Option<Reason>,
    /// One sentence; empty for a plain pass or fail.
    pub why: String,
    pub basis: Basis,
    /// Set for a pass.
    pub assurance: Option<Assurance>,
    pub rules: Vec<RuleResult>,
    pub subjects: SubjectOutcome,
    /// Ids of waivers that cover failures of this control.
    pub waivers: Vec<String>,
    pub attestation: Option<AttestationRef>,
    pub maps_to: Vec<Mapping>,
    pub note: Option<String>,
    pub remediation: Option<String>,
    /// Index into [`Assessment::remediation_groups`].
    pub remediation_group: Option<usize>,
}

/// Which subjects ended how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectOutcome {
    pub pass: Vec<SubjectId>,
    pub fail: Vec<SubjectId>,
    pub not_assessed: Vec<SubjectId>,
}

/// A rule of a control.
#[derive(Debug, Clone)]
pub struct RuleResult {
    pub id: String,
    pub outcome: RuleOutcome,
    /// Set when the outcome is `NotAssessed` or `Error`.
    pub reason: Option<Reason>,
    pub why: String,
    pub optional: bool,
    /// How many things matched the selector.
    pub matched: u64,
    /// How many things were looked at.
    pub population: u64,
    /// Indexes into [`Assessment::evidence`], at most 1,000; `matched` has the true number.
    pub evidence: Vec<u32>,
}

/// Three-valued, plus error and not applicable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    Pass,
    Fail,
    NotAssessed,
    NotApplicable,
    Error,
}

/// A statement by a person that a control is satisfied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationRef {
    pub statement: String,
    pub by: String,
    pub date: String,
    /// `valid`, `stale`, `future`.
    pub state: String,
}

/// A relation to a control of another framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    pub framework: String,
    pub id: String,
    /// `equal-to`, `subset-of`, `superset-of`, `intersects-with`.
    pub relation: String,
}

/// One observation, stored once however many controls it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// `misconfiguration`, `secret`, `package`, `image`, `file`, `certificate`, `data`, `scan` …
    pub kind: &'static str,
    pub subject: Option<SubjectId>,
    /// The rule or selector that saw it: `KSV-0012`, `secret/github-pat`.
    pub rule: String,
    /// SHA-256 over kind, rule, subject identity and locator; the same on every run.
    pub fingerprint: String,
    pub severity: Severity,
    pub path: Option<Arc<str>>,
    pub lines: Option<Lines>,
    pub layer: Option<u32>,
    /// Resource or object: `shop/Deployment/web`, `openssl 3.0.11-1`.
    pub resource: Option<String>,
    /// `spec.template.spec.containers[0].image`, `history[3]`, `env PATH`.
    pub locator: Option<String>,
    /// What was seen, in one sentence; secrets masked.
    pub observed: String,
    pub remediation: Option<String>,
    /// Accepted, and by what.
    pub disposition: Option<crate::finding::Disposition>,
    /// `pci-dss/6.3.3`, sorted. Shared: findings of one rule usually concern the same controls.
    pub controls: Arc<[String]>,
}

/// The state of a waiver after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverResult {
    pub id: String,
    /// `active`, `expired`, `unused`, `invalid`, `future`.
    pub state: &'static str,
    pub why: String,
    pub matched: usize,
    pub expires: String,
    pub owner: Option<String>,
    pub approved_by: Option<String>,
    pub justification: String,
    /// `waivers` for a waiver file, `inline` for a comment.
    pub source: String,
}

/// One change and what it closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemediationGroup {
    pub change: String,
    /// `pci-dss/2.2.6`, sorted.
    pub controls: Vec<String>,
    pub evidence: usize,
}

/// Everything that compliance adds to a report.
#[derive(Debug, Clone, Default)]
pub struct Assessment {
    pub frameworks: Vec<FrameworkResult>,
    /// Sorted by kind, rule, subject, path, lines, locator.
    pub evidence: Vec<Evidence>,
    pub remediation_groups: Vec<RemediationGroup>,
    pub waivers: Vec<WaiverResult>,
    pub waiver_file: Option<DocumentRef>,
    pub attestation_file: Option<DocumentRef>,
    /// What the report is not.
    pub disclaimers: Vec<String>,
    /// Warnings of specs that were loaded (`W-…`), and resolution of names.
    pub notes: Vec<String>,
}
