//! What the JSON report looks like. Renaming or removing a field here is a breaking change for users.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A Probity report.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Probity report, version 1")]
pub(crate) struct Document {
    /// Always `https://probity.dev/schema/report-v1.json`.
    pub(crate) schema: String,
    /// SHA-256 of everything but `run` and this field, keys sorted, no white space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body_digest: Option<String>,
    /// What differs between two runs over the same input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<Run>,
    pub(crate) tool: Tool,
    /// The moment that ages and expiries are judged at, RFC 3339 UTC.
    pub(crate) as_of: String,
    pub(crate) inputs: Inputs,
    /// What ran on which subjects, and how much it saw.
    pub(crate) capabilities: Vec<Capability>,
    /// What was not examined, and why.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) frameworks: Vec<Framework>,
    /// Observations; controls refer to them by `id`.
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) remediation_groups: Vec<RemediationGroup>,
    pub(crate) waivers: Vec<Waiver>,
    /// Only of a scan without frameworks: what checks found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) findings: Option<Vec<Finding>>,
    /// Only of a scan without frameworks: what was seen in each subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) facts: Option<Vec<SubjectFacts>>,
    /// What this report is not.
    pub(crate) disclaimers: Vec<String>,
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Run {
    pub(crate) started: String,
    pub(crate) finished: String,
    pub(crate) invocation: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Inputs {
    pub(crate) subjects: Vec<Subject>,
    /// Databases that took part; empty in a version without vulnerability matching.
    pub(crate) databases: Vec<DocumentRef>,
    pub(crate) specs: Vec<Spec>,
    pub(crate) waivers: Option<DocumentRef>,
    pub(crate) attestations: Option<DocumentRef>,
    /// By framework, then name.
    pub(crate) params: BTreeMap<String, BTreeMap<String, Param>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Subject {
    /// `s1`, `s2` …
    pub(crate) id: String,
    /// `image`, `rootfs`, `folder` or `file`.
    pub(crate) kind: String,
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    /// How the target was recognised.
    pub(crate) source: String,
    pub(crate) digest: Option<String>,
    pub(crate) config_digest: Option<String>,
    pub(crate) platform: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) base: Option<Base>,
    pub(crate) created: Option<String>,
    pub(crate) os: Option<Os>,
    /// What of it was read: `full-filesystem` or `documents`.
    pub(crate) access: String,
    pub(crate) counts: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Layer {
    pub(crate) digest: Option<String>,
    pub(crate) diff_id: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) created_by: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Base {
    pub(crate) name: Option<String>,
    pub(crate) digest: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Os {
    pub(crate) family: String,
    pub(crate) version: String,
    pub(crate) name: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DocumentRef {
    pub(crate) id: String,
    pub(crate) digest: String,
    pub(crate) count: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Spec {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) digest: String,
    pub(crate) source: String,
    pub(crate) profile: Option<String>,
    pub(crate) tailoring: Option<DocumentRef>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Param {
    pub(crate) value: serde_json::Value,
    /// Who set it: `default`, `tailoring`, `command line`.
    pub(crate) source: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Capability {
    pub(crate) analyzer: String,
    /// `ok`, `partial` or `not-run`.
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) subjects: Vec<String>,
    pub(crate) items: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Diagnostic {
    /// `note`, `warning` or `error`.
    pub(crate) level: String,
    /// One of the closed list of reasons.
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) path: Option<String>,
    /// Index into the subject's layers.
    pub(crate) layer: Option<u32>,
    pub(crate) lines: Option<LineRange>,
    pub(crate) column: Option<u32>,
    /// What cannot be concluded because of it.
    pub(crate) affects: Vec<String>,
}

/// 1-based, inclusive.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LineRange {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Framework {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) title: String,
    pub(crate) notice: Option<String>,
    pub(crate) coverage: Coverage,
    pub(crate) summary: Summary,
    pub(crate) score: Score,
    /// Every control of the catalogue exactly once.
    pub(crate) controls: Vec<Control>,
    /// Which further input would let more controls be assessed.
    pub(crate) advice: Vec<Advice>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Coverage {
    pub(crate) controls: usize,
    pub(crate) assessable_here: usize,
    pub(crate) assessed: usize,
    pub(crate) by_reason: BTreeMap<String, usize>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Summary {
    pub(crate) pass: PassSummary,
    pub(crate) fail: usize,
    pub(crate) waived: usize,
    pub(crate) manual: usize,
    pub(crate) not_assessed: usize,
    pub(crate) not_applicable: usize,
    pub(crate) error: usize,
    pub(crate) fail_by_severity: BTreeMap<String, usize>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct PassSummary {
    pub(crate) full: usize,
    pub(crate) partial: usize,
    pub(crate) indicative: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Score {
    /// Passes over passes and failures, four decimals; null when nothing was assessed. Waived counts with failures.
    pub(crate) pass_rate_of_assessed: Option<f64>,
    /// Assessed controls over all controls.
    pub(crate) coverage: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Advice {
    pub(crate) input: String,
    pub(crate) controls: usize,
    pub(crate) how: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Control {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) group: Option<String>,
    pub(crate) severity: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// P provable, R refutable, S supporting, M organisational, X out of reach.
    pub(crate) verifiability: String,
    pub(crate) official_assessment: Option<String>,
    /// PASS, FAIL, WAIVED, MANUAL, NOT_ASSESSED, NOT_APPLICABLE or ERROR.
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) why: Option<String>,
    pub(crate) basis: String,
    /// Of a pass: `full`, `partial` or `indicative`.
    pub(crate) assurance: Option<String>,
    pub(crate) method: Vec<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) subjects: SubjectOutcome,
    pub(crate) waivers: Vec<String>,
    pub(crate) attestation: Option<Attestation>,
    pub(crate) maps_to: Vec<Mapping>,
    pub(crate) note: Option<String>,
    pub(crate) remediation: Option<Remediation>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// `pass`, `fail`, `not_assessed`, `not_applicable` or `error`.
    pub(crate) outcome: String,
    pub(crate) reason: Option<String>,
    pub(crate) why: Option<String>,
    pub(crate) optional: bool,
    /// How many things matched.
    pub(crate) matched: u64,
    /// How many things were looked at.
    pub(crate) population: u64,
    /// Ids of evidence, at most 1,000; `matched` has the true number.
    pub(crate) evidence: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SubjectOutcome {
    pub(crate) pass: Vec<String>,
    pub(crate) fail: Vec<String>,
    pub(crate) not_assessed: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Attestation {
    pub(crate) statement: String,
    pub(crate) by: String,
    pub(crate) date: String,
    pub(crate) state: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Mapping {
    pub(crate) framework: String,
    pub(crate) id: String,
    pub(crate) rel: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Remediation {
    pub(crate) summary: Option<String>,
    /// Id of a remediation group.
    pub(crate) group: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Evidence {
    /// `e1`, `e2` …
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) subject: Option<String>,
    pub(crate) rule: String,
    pub(crate) fingerprint: String,
    pub(crate) severity: String,
    pub(crate) locator: Locator,
    pub(crate) observed: String,
    pub(crate) remediation: Option<String>,
    pub(crate) accepted: Option<Disposition>,
    /// `framework/control`, sorted.
    pub(crate) controls: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Locator {
    pub(crate) path: Option<String>,
    pub(crate) lines: Option<LineRange>,
    /// Index into the subject's layers.
    pub(crate) layer: Option<u32>,
    pub(crate) resource: Option<String>,
    /// The field, variable or history entry.
    pub(crate) at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Disposition {
    pub(crate) source: String,
    pub(crate) at: String,
    pub(crate) reason: Option<String>,
    pub(crate) until: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RemediationGroup {
    pub(crate) id: String,
    pub(crate) change: String,
    pub(crate) closes: Closes,
    pub(crate) controls: Vec<String>,
    pub(crate) evidence: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Closes {
    pub(crate) controls: usize,
    pub(crate) frameworks: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Waiver {
    pub(crate) id: String,
    /// `active`, `expired`, `unused`, `invalid` or `future`.
    pub(crate) state: String,
    pub(crate) why: Option<String>,
    pub(crate) matched: usize,
    pub(crate) expires: String,
    pub(crate) owner: Option<String>,
    pub(crate) approved_by: Option<String>,
    pub(crate) justification: String,
    /// `waivers` or `inline`.
    pub(crate) source: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) severity: String,
    /// `fail` or `not_assessed`; passes are counted in `facts`.
    pub(crate) outcome: String,
    pub(crate) reason: Option<String>,
    pub(crate) message: String,
    pub(crate) subject: String,
    pub(crate) resource: String,
    pub(crate) locator: Locator,
    pub(crate) remediation: Option<String>,
    pub(crate) accepted: Option<Disposition>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SubjectFacts {
    pub(crate) subject: String,
    pub(crate) checks_passed: u64,
    pub(crate) checks_failed: u64,
    pub(crate) packages: Vec<Package>,
    pub(crate) users: Vec<User>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) keys: Vec<Key>,
    pub(crate) special_files: Vec<File>,
    pub(crate) unowned_executables: Vec<String>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) credentials: Vec<Named>,
    pub(crate) traces: Vec<Named>,
    pub(crate) data: Vec<Named>,
    pub(crate) deleted: Vec<DeletedPath>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Place {
    /// `file`, `env`, `history` or `label`.
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) lines: Option<LineRange>,
    pub(crate) layer: Option<u32>,
    /// The layer that deleted or replaced the file.
    pub(crate) removed_by: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) arch: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) source_version: Option<String>,
    pub(crate) licenses: Vec<String>,
    pub(crate) purl: String,
    pub(crate) at: Place,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) shell: String,
    /// How the password is stored, when a shadow file says.
    pub(crate) password: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Secret {
    pub(crate) rule: String,
    pub(crate) category: String,
    pub(crate) severity: String,
    pub(crate) title: String,
    pub(crate) masked: String,
    pub(crate) fingerprint: String,
    pub(crate) at: Place,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    /// Seconds since 1970 in UTC.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) key: String,
    pub(crate) signature: String,
    pub(crate) self_signed: bool,
    pub(crate) trust_store: bool,
    pub(crate) fingerprint: String,
    pub(crate) at: Place,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Key {
    pub(crate) kind: String,
    pub(crate) algorithm: String,
    pub(crate) bits: Option<u32>,
    pub(crate) encrypted: bool,
    pub(crate) fingerprint: String,
    pub(crate) at: Place,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct File {
    pub(crate) path: String,
    /// Octal, such as `4755`.
    pub(crate) mode: String,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    pub(crate) capabilities: Option<String>,
    pub(crate) layer: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Setting {
    pub(crate) server: String,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) tls_min: Option<String>,
    pub(crate) at: Place,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Named {
    pub(crate) kind: String,
    pub(crate) what: String,
    pub(crate) at: Place,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DeletedPath {
    pub(crate) path: String,
    pub(crate) layer: u32,
    pub(crate) opaque: bool,
}
