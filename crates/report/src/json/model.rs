//! What the JSON report looks like. Renaming or removing a field here is a breaking change for users.
//!
//! Fields are declared in the order of their names in the document: what serde writes is then the canonical form that `body_digest` is computed of,
//! without building the document twice. A test through the program computes the digest independently.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A Probity report.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Probity report, version 1")]
pub(crate) struct Document {
    /// The moment that ages and expiries are judged at, RFC 3339 UTC.
    pub(crate) as_of: String,
    /// SHA-256 of everything but `run` and this field, keys sorted, no white space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body_digest: Option<String>,
    /// What ran on which subjects, and how much it saw.
    pub(crate) capabilities: Vec<Capability>,
    /// What was not examined, and why.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What this report is not.
    pub(crate) disclaimers: Vec<String>,
    /// Observations; controls refer to them by `id`.
    pub(crate) evidence: Vec<Evidence>,
    /// Only of a scan without frameworks: what was seen in each subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) facts: Option<Vec<SubjectFacts>>,
    /// Only of a scan without frameworks: what checks found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) findings: Option<Vec<Finding>>,
    pub(crate) frameworks: Vec<Framework>,
    pub(crate) inputs: Inputs,
    pub(crate) notes: Vec<String>,
    pub(crate) remediation_groups: Vec<RemediationGroup>,
    /// What differs between two runs over the same input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<Run>,
    /// Always `https://probity.dev/schema/report-v1.json`.
    pub(crate) schema: String,
    pub(crate) tool: Tool,
    pub(crate) waivers: Vec<Waiver>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Run {
    pub(crate) finished: String,
    pub(crate) invocation: Vec<String>,
    pub(crate) started: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Inputs {
    pub(crate) attestations: Option<DocumentRef>,
    /// Databases that took part; empty in a version without vulnerability matching.
    pub(crate) databases: Vec<DocumentRef>,
    /// By framework, then name.
    pub(crate) params: BTreeMap<String, BTreeMap<String, Param>>,
    pub(crate) specs: Vec<Spec>,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) waivers: Option<DocumentRef>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Subject {
    /// What of it was read: `full-filesystem` or `documents`.
    pub(crate) access: String,
    pub(crate) base: Option<Base>,
    pub(crate) config_digest: Option<String>,
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) created: Option<String>,
    pub(crate) digest: Option<String>,
    /// `s1`, `s2` …
    pub(crate) id: String,
    /// `image`, `rootfs`, `folder` or `file`.
    pub(crate) kind: String,
    pub(crate) layers: Vec<Layer>,
    pub(crate) os: Option<Os>,
    pub(crate) platform: Option<String>,
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    pub(crate) references: Vec<String>,
    /// How the target was recognised.
    pub(crate) source: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Layer {
    pub(crate) created_by: Option<String>,
    pub(crate) diff_id: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) size: Option<u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Base {
    pub(crate) digest: Option<String>,
    pub(crate) name: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Os {
    pub(crate) family: String,
    pub(crate) name: Option<String>,
    pub(crate) version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DocumentRef {
    pub(crate) count: usize,
    pub(crate) digest: String,
    pub(crate) id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Spec {
    pub(crate) digest: String,
    pub(crate) id: String,
    pub(crate) profile: Option<String>,
    pub(crate) source: String,
    pub(crate) tailoring: Option<DocumentRef>,
    pub(crate) version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Param {
    /// Who set it: `default`, `tailoring`, `command line`.
    pub(crate) source: String,
    pub(crate) value: serde_json::Value,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Capability {
    pub(crate) analyzer: String,
    pub(crate) items: u64,
    pub(crate) reason: Option<String>,
    /// `ok`, `partial` or `not-run`.
    pub(crate) status: String,
    pub(crate) subjects: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Diagnostic {
    /// What cannot be concluded because of it.
    pub(crate) affects: Vec<String>,
    pub(crate) column: Option<u32>,
    pub(crate) hint: Option<String>,
    /// Index into the subject's layers.
    pub(crate) layer: Option<u32>,
    /// `note`, `warning` or `error`.
    pub(crate) level: String,
    pub(crate) lines: Option<LineRange>,
    pub(crate) message: String,
    pub(crate) path: Option<String>,
    /// One of the closed list of reasons.
    pub(crate) reason: String,
    pub(crate) subject: Option<String>,
}

/// 1-based, inclusive.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LineRange {
    pub(crate) end: u32,
    pub(crate) start: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Framework {
    /// Which further input would let more controls be assessed.
    pub(crate) advice: Vec<Advice>,
    /// Every control of the catalogue exactly once.
    pub(crate) controls: Vec<Control>,
    pub(crate) coverage: Coverage,
    pub(crate) id: String,
    pub(crate) notice: Option<String>,
    pub(crate) score: Score,
    pub(crate) summary: Summary,
    pub(crate) title: String,
    pub(crate) version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Coverage {
    pub(crate) assessable_here: usize,
    pub(crate) assessed: usize,
    pub(crate) by_reason: BTreeMap<String, usize>,
    pub(crate) controls: usize,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Summary {
    pub(crate) error: usize,
    pub(crate) fail: usize,
    pub(crate) fail_by_severity: BTreeMap<String, usize>,
    pub(crate) manual: usize,
    pub(crate) not_applicable: usize,
    pub(crate) not_assessed: usize,
    pub(crate) pass: PassSummary,
    pub(crate) waived: usize,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct PassSummary {
    pub(crate) full: usize,
    pub(crate) indicative: usize,
    pub(crate) partial: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Score {
    /// Assessed controls over all controls.
    pub(crate) coverage: f64,
    /// Passes over passes and failures, four decimals; null when nothing was assessed. Waived counts with failures.
    pub(crate) pass_rate_of_assessed: Option<f64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Advice {
    pub(crate) controls: usize,
    pub(crate) how: String,
    pub(crate) input: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Control {
    /// Of a pass: `full`, `partial` or `indicative`.
    pub(crate) assurance: Option<String>,
    pub(crate) attestation: Option<Attestation>,
    pub(crate) basis: String,
    pub(crate) description: String,
    pub(crate) group: Option<String>,
    pub(crate) id: String,
    pub(crate) maps_to: Vec<Mapping>,
    pub(crate) method: Vec<String>,
    pub(crate) note: Option<String>,
    pub(crate) official_assessment: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) remediation: Option<Remediation>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) severity: String,
    /// PASS, FAIL, WAIVED, MANUAL, NOT_ASSESSED, NOT_APPLICABLE or ERROR.
    pub(crate) status: String,
    pub(crate) subjects: SubjectOutcome,
    pub(crate) title: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// P provable, R refutable, S supporting, M organisational, X out of reach.
    pub(crate) verifiability: String,
    pub(crate) waivers: Vec<String>,
    pub(crate) why: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rule {
    /// Ids of evidence, at most 1,000; `matched` has the true number.
    pub(crate) evidence: Vec<String>,
    pub(crate) id: String,
    /// How many things matched.
    pub(crate) matched: u64,
    pub(crate) optional: bool,
    /// `pass`, `fail`, `not_assessed`, `not_applicable` or `error`.
    pub(crate) outcome: String,
    /// How many things were looked at.
    pub(crate) population: u64,
    pub(crate) reason: Option<String>,
    pub(crate) why: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SubjectOutcome {
    pub(crate) fail: Vec<String>,
    pub(crate) not_assessed: Vec<String>,
    pub(crate) pass: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Attestation {
    pub(crate) by: String,
    pub(crate) date: String,
    pub(crate) state: String,
    pub(crate) statement: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Mapping {
    pub(crate) framework: String,
    pub(crate) id: String,
    pub(crate) rel: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Remediation {
    /// Id of a remediation group.
    pub(crate) group: Option<String>,
    pub(crate) summary: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Evidence {
    pub(crate) accepted: Option<Disposition>,
    /// `framework/control`, sorted.
    pub(crate) controls: Vec<String>,
    pub(crate) fingerprint: String,
    /// `e1`, `e2` …
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) locator: Locator,
    pub(crate) observed: String,
    pub(crate) remediation: Option<String>,
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) subject: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Locator {
    /// The field, variable or history entry.
    pub(crate) at: Option<String>,
    /// Index into the subject's layers.
    pub(crate) layer: Option<u32>,
    pub(crate) lines: Option<LineRange>,
    pub(crate) path: Option<String>,
    pub(crate) resource: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Disposition {
    pub(crate) at: String,
    pub(crate) reason: Option<String>,
    pub(crate) source: String,
    pub(crate) until: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RemediationGroup {
    pub(crate) change: String,
    pub(crate) closes: Closes,
    pub(crate) controls: Vec<String>,
    pub(crate) evidence: usize,
    pub(crate) id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Closes {
    pub(crate) controls: usize,
    pub(crate) frameworks: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Waiver {
    pub(crate) approved_by: Option<String>,
    pub(crate) expires: String,
    pub(crate) id: String,
    pub(crate) justification: String,
    pub(crate) matched: usize,
    pub(crate) owner: Option<String>,
    /// `waivers` or `inline`.
    pub(crate) source: String,
    /// `active`, `expired`, `unused`, `invalid` or `future`.
    pub(crate) state: String,
    pub(crate) why: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Finding {
    pub(crate) accepted: Option<Disposition>,
    pub(crate) locator: Locator,
    pub(crate) message: String,
    /// `fail` or `not_assessed`; passes are counted in `facts`.
    pub(crate) outcome: String,
    pub(crate) reason: Option<String>,
    pub(crate) remediation: Option<String>,
    pub(crate) resource: String,
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) subject: String,
    pub(crate) title: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SubjectFacts {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) checks_failed: u64,
    pub(crate) checks_passed: u64,
    pub(crate) credentials: Vec<Named>,
    pub(crate) data: Vec<Named>,
    pub(crate) deleted: Vec<DeletedPath>,
    pub(crate) keys: Vec<Key>,
    pub(crate) packages: Vec<Package>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) special_files: Vec<File>,
    pub(crate) subject: String,
    pub(crate) traces: Vec<Named>,
    pub(crate) unowned_executables: Vec<String>,
    pub(crate) users: Vec<User>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Place {
    pub(crate) layer: Option<u32>,
    pub(crate) lines: Option<LineRange>,
    /// `file`, `env`, `history` or `label`.
    pub(crate) origin: String,
    pub(crate) path: String,
    /// The layer that deleted or replaced the file.
    pub(crate) removed_by: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Package {
    pub(crate) arch: Option<String>,
    pub(crate) at: Place,
    pub(crate) licenses: Vec<String>,
    pub(crate) name: String,
    pub(crate) purl: String,
    pub(crate) source: Option<String>,
    pub(crate) source_version: Option<String>,
    pub(crate) version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct User {
    pub(crate) gid: u32,
    pub(crate) name: String,
    /// How the password is stored, when a shadow file says.
    pub(crate) password: Option<String>,
    pub(crate) shell: String,
    pub(crate) uid: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Secret {
    pub(crate) at: Place,
    pub(crate) category: String,
    pub(crate) fingerprint: String,
    pub(crate) masked: String,
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) title: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Certificate {
    pub(crate) at: Place,
    pub(crate) fingerprint: String,
    pub(crate) issuer: String,
    pub(crate) key: String,
    pub(crate) not_after: i64,
    /// Seconds since 1970 in UTC.
    pub(crate) not_before: i64,
    pub(crate) self_signed: bool,
    pub(crate) serial: String,
    pub(crate) signature: String,
    pub(crate) subject: String,
    pub(crate) trust_store: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Key {
    pub(crate) algorithm: String,
    pub(crate) at: Place,
    pub(crate) bits: Option<u32>,
    pub(crate) encrypted: bool,
    pub(crate) fingerprint: String,
    pub(crate) kind: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct File {
    pub(crate) capabilities: Option<String>,
    pub(crate) gid: u64,
    pub(crate) layer: Option<u32>,
    /// Octal, such as `4755`.
    pub(crate) mode: String,
    pub(crate) path: String,
    pub(crate) uid: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Setting {
    pub(crate) at: Place,
    pub(crate) kind: String,
    pub(crate) server: String,
    pub(crate) text: String,
    pub(crate) tls_min: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Named {
    pub(crate) at: Place,
    pub(crate) kind: String,
    pub(crate) what: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DeletedPath {
    pub(crate) layer: u32,
    pub(crate) opaque: bool,
    pub(crate) path: String,
}
