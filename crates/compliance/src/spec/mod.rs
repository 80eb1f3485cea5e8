//! The specification format: what a `framework.yaml` may say.
//!
//! A superset of the YAML that Trivy's compliance specs use: everything new is in new keys, so the older format loads here and
//! our files load there. Three rules shape these types. Scalars are typed [`String`], never a generic value, so that an unquoted
//! control id `2.10` keeps its text. There is no untagged enum, because choosing among shapes would need a generic value.
//! Numbers that a parameter may set are text too (`gt: 30`, `gt: "${critical_days}"`) and become numbers after substitution.
//!
//! A key that is not listed here is reported as a warning (`W-UNKNOWN-KEY`) with its path and otherwise ignored.

mod words;

pub use words::{Several, Text, Value, Words};

use probity_model::{
    InputKind,
    assessment::{Assurance, ControlKind, Verifiability},
    facts::{CredentialKind, FileKind, KeyKind, PasswordState, SettingKind, TraceKind},
};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// The document: one root key, `spec`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct FrameworkFile {
    pub spec: FrameworkSpec,
}

/// A framework.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct FrameworkSpec {
    /// `pci-dss`, or with the version at its end: `pci-dss-4.0.1`. A native spec (`schema: 1`) leaves the version out.
    pub id: String,
    #[serde(deserialize_with = "nullable")]
    pub title: String,
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub description: String,
    #[serde(deserialize_with = "nullable")]
    pub version: String,
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub platform: String,
    /// The family, in Trivy's words: `cis`, `nsa`, `pss`.
    #[serde(rename = "type", deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub family: String,
    #[serde(rename = "relatedResources", deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub related_resources: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub controls: Vec<Control>,

    /// `1` marks a native spec: strict about duplicate ids and empty rule sets. Absent in specs of the older format.
    #[serde(skip_serializing_if = "is_default")]
    pub schema: Option<u32>,
    /// Further names for `--framework`.
    #[serde(skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub publisher: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "is_default")]
    pub released: Option<String>,
    /// What the report is not, and whose words these are; printed among the disclaimers.
    #[serde(skip_serializing_if = "is_default")]
    pub notice: Option<String>,
    /// File name of the embedded list of official ids: `pci-dss-4.0.1.ids`.
    #[serde(skip_serializing_if = "is_default")]
    pub catalog: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub params: BTreeMap<String, Param>,
    /// What `vuln.rank` means: rank → alternatives.
    #[serde(skip_serializing_if = "is_default")]
    pub risk_ranking: BTreeMap<String, Rank>,
    #[serde(skip_serializing_if = "is_default")]
    pub profiles: Vec<Profile>,
    #[serde(skip_serializing_if = "is_default")]
    pub groups: Vec<Group>,
    /// What the framework says about examples beside it: `framework test` runs them.
    #[serde(skip_serializing_if = "is_default")]
    pub tests: Vec<SpecTest>,
}

/// `tests: [{given: [examples/open.yaml], expect: {"6.3.3": FAIL}}]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct SpecTest {
    /// What the test shows; printed beside its result.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// Targets; paths are relative to the specification's folder. One or a list.
    pub given: Words,
    /// The day to judge at, so that ages and ends of support do not move under the test. Default: today.
    #[serde(skip_serializing_if = "is_default")]
    pub as_of: Option<String>,
    /// Control id → the status that is expected: `PASS`, `FAIL`, `NOT_ASSESSED` …
    pub expect: BTreeMap<String, String>,
}

/// A parameter: `critical_days: {type: int, default: 30, min: 1, max: 30, source: "PCI DSS 6.3.3"}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Param {
    /// `int`, `float`, `bool`, `text`, `list`, `selector`; only informative words beyond `int` and `float` are not checked.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub kind: Option<String>,
    /// A scalar or a list; `null` or an empty list means not declared.
    #[serde(skip_serializing_if = "is_default")]
    pub default: Option<Value>,
    /// Guardrail: a value below makes every control that uses the parameter `MANUAL`.
    #[serde(skip_serializing_if = "is_default")]
    pub min: Option<Text>,
    /// Guardrail: a value above makes every control that uses the parameter `MANUAL`.
    #[serde(skip_serializing_if = "is_default")]
    pub max: Option<Text>,
    /// Who set the default and why.
    #[serde(skip_serializing_if = "is_default")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub description: Option<String>,
}

/// One rank of vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Rank {
    pub any: Vec<VulnSelector>,
}

/// A named part of a framework: `--framework pci-dss:image-pipeline`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Profile {
    pub id: String,
    #[serde(skip_serializing_if = "is_default")]
    pub title: Option<String>,
    /// A control is in when it matches every key that is given.
    pub include: Selection,
    #[serde(skip_serializing_if = "is_default")]
    pub exclude: Option<Selection>,
}

/// Which controls.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Selection {
    /// Control ids; a trailing `*` is a wildcard: `4.*`.
    #[serde(skip_serializing_if = "is_default")]
    pub ids: Vec<String>,
    /// Controls that apply to at least one of these inputs.
    #[serde(skip_serializing_if = "is_default")]
    pub applies_to: Vec<InputKind>,
    /// Controls with at least one of these tags; `all` also takes controls without tags.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub groups: Vec<String>,
}

/// A section of a framework.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Group {
    pub id: String,
    #[serde(deserialize_with = "nullable")]
    pub title: String,
}

/// A control: one requirement under its official number.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Control {
    pub id: String,
    /// The title, in our own words.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub description: String,
    /// `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`; any other word counts as `UNKNOWN` with a warning.
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub severity: String,
    /// The older format's rules: any failing finding of any id is a failure. Used only when `assess` is absent.
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub checks: Vec<IdRef>,
    /// The older format's node collector commands: read, and shown by `explain`.
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub commands: Vec<IdRef>,
    /// The older format's `FAIL`, `WARN` or `PASS`: a hint on a control without rules.
    #[serde(rename = "defaultStatus", skip_serializing_if = "is_default")]
    pub default_status: Option<String>,

    #[serde(skip_serializing_if = "is_default")]
    pub group: Option<String>,
    /// Default `automated`; `manual` for a control of the older format whose name says `Manual`.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub kind: Option<ControlKind>,
    /// Default `R` for controls with rules, `M` for manual ones.
    #[serde(skip_serializing_if = "is_default")]
    pub verifiability: Option<Verifiability>,
    /// `automated` or `manual`: how the publisher classifies it.
    #[serde(skip_serializing_if = "is_default")]
    pub official_assessment: Option<String>,
    /// Inputs that can answer it. Absent: what its rules read. A control without rules whose inputs this version does not read
    /// (`node`, `k8s-cluster`, `terraform` …) is `NOT_ASSESSED (target-kind-missing)`.
    #[serde(skip_serializing_if = "is_default")]
    pub applies_to: Vec<InputKind>,
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub assess: Option<Assess>,
    /// Cap on what a pass of this control may claim. Default: `partial` for `R`, `full` for `P`.
    #[serde(skip_serializing_if = "is_default")]
    pub assurance: Option<Assurance>,
    /// Parameters that must be declared (not null, not empty); otherwise the control is `MANUAL (scope-undeclared)`, with the
    /// evidence of its rules attached.
    #[serde(skip_serializing_if = "is_default")]
    pub needs_params: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub not_applicable: Option<NotApplicable>,
    /// `YYYY-MM-DD`: before that day the control is `NOT_APPLICABLE`.
    #[serde(skip_serializing_if = "is_default")]
    pub effective_from: Option<String>,
    /// `YYYY-MM-DD`: from that day on the control is `NOT_APPLICABLE`.
    #[serde(skip_serializing_if = "is_default")]
    pub effective_until: Option<String>,
    /// The control that replaced it.
    #[serde(skip_serializing_if = "is_default")]
    pub superseded_by: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub evidence: Option<EvidenceSpec>,
    #[serde(skip_serializing_if = "is_default")]
    pub maps_to: Vec<MapsTo>,
    /// What a pass does not say; shown beside the result.
    #[serde(skip_serializing_if = "is_default")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub remediation: Option<String>,
    /// Settings and places that an input we do not read would show; for `explain` only.
    #[serde(skip_serializing_if = "is_default")]
    pub looks_at: Vec<String>,
    /// The publisher's level or profile: `L1`, `L2`.
    #[serde(skip_serializing_if = "is_default")]
    pub level: Option<String>,
    /// NIST SP 800-190: the section that states the risk.
    #[serde(skip_serializing_if = "is_default")]
    pub risk: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub references: Vec<String>,
}

/// `- id: KSV-0012`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct IdRef {
    pub id: String,
}

/// Where a control does not apply: `{to: [image, sbom], reason: physical control}`. The control is `NOT_APPLICABLE` when every
/// input that was given is listed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct NotApplicable {
    pub to: Vec<InputKind>,
    pub reason: String,
}

/// What a report should attach: informative.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct EvidenceSpec {
    #[serde(skip_serializing_if = "is_default")]
    pub attach: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub population: Option<String>,
}

/// A relation to controls of another framework.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct MapsTo {
    pub framework: String,
    pub ids: Vec<String>,
    /// `equal-to`, `equivalent-to`, `subset-of`, `superset-of`, `intersects-with` (the default).
    #[serde(skip_serializing_if = "is_default")]
    pub rel: Option<String>,
}

/// How the rules of a control combine: three-valued. Exactly one key.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Assess {
    /// Every rule must hold.
    #[serde(skip_serializing_if = "is_default")]
    pub all: Vec<Rule>,
    /// At least one rule must hold.
    #[serde(skip_serializing_if = "is_default")]
    pub any: Vec<Rule>,
    /// The rule must not hold.
    #[serde(skip_serializing_if = "is_default")]
    pub not: Option<Box<Rule>>,
}

/// A rule: one selector (or one nested `all`, `any`, `not`), and what is expected of its matches.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Rule {
    /// Unique within the control; made from the selector's name when absent.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,

    #[serde(skip_serializing_if = "is_default")]
    pub all: Vec<Rule>,
    #[serde(skip_serializing_if = "is_default")]
    pub any: Vec<Rule>,
    #[serde(skip_serializing_if = "is_default")]
    pub not: Option<Box<Rule>>,

    #[serde(skip_serializing_if = "is_default")]
    pub check: Option<CheckSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub vuln: Option<VulnSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub secret: Option<SecretSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub license: Option<LicenseSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub package: Option<PackageSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub os: Option<OsSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub image: Option<ImageSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub cert: Option<CertSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub crypto: Option<CryptoSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub key: Option<KeySelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub data: Option<DataSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub user: Option<UserSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub file: Option<FileSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub setting: Option<SettingSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub credential: Option<CredentialSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub trace: Option<TraceSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub resource: Option<ResourceSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub scan: Option<ScanSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub control: Option<ControlSelector>,
    #[serde(skip_serializing_if = "is_default")]
    pub attestation: Option<AttestationSelector>,

    /// Default: `none` (a match is a failure), except for `scan` (each condition must hold), `control` and `attestation`, where
    /// it means nothing.
    #[serde(skip_serializing_if = "is_default")]
    pub expect: Option<Expect>,
    /// The rule applies only where this one has a match; otherwise it is not applicable.
    #[serde(skip_serializing_if = "is_default")]
    pub when: Option<Box<Rule>>,
    /// A rule that could not be assessed does not hold the control back.
    #[serde(skip_serializing_if = "is_default")]
    pub optional: bool,
    /// Cap on what a pass that rests on this rule may claim.
    #[serde(skip_serializing_if = "is_default")]
    pub assurance: Option<Assurance>,
    #[serde(skip_serializing_if = "is_default")]
    pub remediation: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub description: Option<String>,
}

/// What is expected of a selector's matches.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    #[default]
    None,
    Any,
    /// `expect: {count_lte: 3}`.
    CountLte(Text),
    CountGte(Text),
    /// Matches over population, 0 to 1.
    RatioGte(Text),
}

/// Findings of checks: `check: {ids: [KSV-0012, KSV-0105]}`. Ids and aliases in any spelling, case-insensitive. Ids whose input
/// was not given do not contribute (the pass is then at most partial); when that holds for all of them, the rule is not assessed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CheckSelector {
    #[serde(skip_serializing_if = "is_default")]
    pub ids: Vec<String>,
    /// All checks with one of these tags.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub min_severity: Option<String>,
    /// A tag by another name, kept for the format's sake.
    #[serde(skip_serializing_if = "is_default")]
    pub service: Option<String>,
}

/// Known vulnerabilities. This version has no vulnerability database: such rules are `NOT_ASSESSED (db-missing)`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct VulnSelector {
    #[serde(skip_serializing_if = "is_default")]
    pub ids: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub min_severity: Option<String>,
    /// Exactly this severity, as `VULN-HIGH` of the older format means it.
    #[serde(skip_serializing_if = "is_default")]
    pub severity: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub rank: Option<Words>,
    #[serde(skip_serializing_if = "is_default")]
    pub cvss_gte: Option<Text>,
    #[serde(skip_serializing_if = "is_default")]
    pub epss_gte: Option<Text>,
    #[serde(skip_serializing_if = "is_default")]
    pub kev: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub kev_past_due: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub ransomware: Option<bool>,
    /// `available`, `none`, `any`.
    #[serde(skip_serializing_if = "is_default")]
    pub fix: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub age_days: Option<AgeDays>,
    /// `os`, `lang`, `binary`.
    #[serde(skip_serializing_if = "is_default")]
    pub class: Option<Words>,
    #[serde(skip_serializing_if = "is_default")]
    pub pkg: Option<Words>,
    /// `respect`, `ignore`.
    #[serde(skip_serializing_if = "is_default")]
    pub vex: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub exploit_maturity: Option<String>,
}

/// `age_days: {since: fix_released, gt: 30}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct AgeDays {
    /// `published`, `fix_released`, `kev_added`, `first_seen`.
    pub since: String,
    pub gt: Text,
}

/// Secrets that were recognised: `secret: {categories: [private-key]}`. Population: files, variables and instructions searched.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct SecretSelector {
    #[serde(skip_serializing_if = "is_default")]
    pub categories: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub rules: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub min_severity: Option<String>,
    /// Exactly this severity, as `SECRET-HIGH` of the older format means it.
    #[serde(skip_serializing_if = "is_default")]
    pub severity: Option<String>,
    /// `layer`, `file` (both: the content of a file), `history`, `env`, `label`. Absent: everywhere.
    #[serde(rename = "in", skip_serializing_if = "is_default")]
    pub places: Vec<String>,
    /// Secrets are never tried against their service; a rule that asks for it is not assessed.
    #[serde(skip_serializing_if = "is_default")]
    pub verified: Option<bool>,
    /// The same secret in more than this many places, over all subjects.
    #[serde(skip_serializing_if = "is_default")]
    pub duplicate_locations_gt: Option<Text>,
}

/// Licences of packages.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct LicenseSelector {
    /// `forbidden`, `restricted` …: this version has no classification; a rule that asks for it is not assessed.
    #[serde(skip_serializing_if = "is_default")]
    pub categories: Vec<String>,
    /// SPDX identifiers as package metadata writes them; `*` is a wildcard.
    #[serde(skip_serializing_if = "is_default")]
    pub spdx: Vec<String>,
    /// Packages whose metadata names no licence.
    #[serde(skip_serializing_if = "is_default")]
    pub unknown: Option<bool>,
}

/// Packages: `package: {present: ["pkg:*/openssh-server"]}`. Globs are matched against the purl without version and qualifiers,
/// and, when the glob has no `:`, against the package's name. `pkg:*/x` covers `pkg:deb/debian/x` too.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct PackageSelector {
    /// Matches the packages that are there.
    #[serde(skip_serializing_if = "is_default")]
    pub present: Vec<String>,
    /// Matches, once each, the globs for which there is no package.
    #[serde(skip_serializing_if = "is_default")]
    pub absent: Vec<String>,
    /// Needs a database: not assessed in this version.
    #[serde(skip_serializing_if = "is_default")]
    pub eol: Option<bool>,
    /// Matches executables that no package owns (the same as `file: {unowned: true}`).
    #[serde(skip_serializing_if = "is_default")]
    pub unowned: Option<bool>,
    /// Matches once when there are more packages than this.
    #[serde(skip_serializing_if = "is_default")]
    pub count_gt: Option<Text>,
}

/// The operating system: `os: {eol: true}` matches when vendor support ended on or before the day the report is made for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct OsSelector {
    #[serde(skip_serializing_if = "is_default")]
    pub eol: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub family_in: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub eol_within_days: Option<Text>,
}

/// A fact of an image's configuration: `image: {fact: config.User, op: in, value: ["", "0", "root", "0:0"]}`.
///
/// Facts: `config.User`, `config.ExposedPorts`, `config.Env`, `config.Env.NAME`, `config.Healthcheck`, `config.Entrypoint`,
/// `config.Cmd`, `config.WorkingDir`, `config.Volumes`, `config.Shell`, `config.StopSignal`, `config.OnBuild`, `config.Labels`, `config.Labels.NAME`,
/// `annotations.NAME`, `created`, `created.age_days`, `layers.count`, `base.name`, `base.digest`, `platform`, `os`, `architecture`,
/// `author`, `digest`, `size`, `files.count`, `history`, `history.count`, `setuid.count`, `signature.verified`, `provenance.slsa_level`
/// (the last two are not collected in this version: not assessed). A leading `config.` may be left out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct ImageSelector {
    pub fact: String,
    /// `eq`, `ne`, `in`, `not_in`, `contains`, `not_contains`, `matches`, `not_matches` (regular expressions), `exists`,
    /// `missing`, `gt`, `gte`, `lt`, `lte`. On a list (`ExposedPorts`, `Env`, `history`, `Labels`) each item that fits is a match
    /// (`contains`: the item contains the text; `not_in`: an item that is not listed); only `not_contains` and `missing` look at the
    /// whole list and match once. A port without a protocol means every protocol.
    #[serde(skip_serializing_if = "is_default")]
    pub op: Op,
    /// A scalar or a list.
    #[serde(skip_serializing_if = "is_default")]
    pub value: Words,
}

/// Operators of `image` and `resource`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Eq,
    Ne,
    In,
    NotIn,
    Contains,
    NotContains,
    Matches,
    NotMatches,
    #[default]
    Exists,
    Missing,
    Gt,
    Gte,
    Lt,
    Lte,
}

/// Certificates: `cert: {expired: true}`. All keys that are given must fit. Public trust stores are left out unless
/// `trust_store: true`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CertSelector {
    #[serde(skip_serializing_if = "is_default")]
    pub expired: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub expires_within_days: Option<Text>,
    /// RSA and DSA keys with fewer bits.
    #[serde(skip_serializing_if = "is_default")]
    pub key_bits_lt: Option<Text>,
    /// Elliptic curve keys with fewer bits.
    #[serde(skip_serializing_if = "is_default")]
    pub ec_bits_lt: Option<Text>,
    /// Signature algorithms; case-insensitive, a word matches as part: `sha1`, `md5`.
    #[serde(skip_serializing_if = "is_default")]
    pub sig_alg_in: Vec<String>,
    /// Key algorithms: `dsa`, `rsa`.
    #[serde(skip_serializing_if = "is_default")]
    pub key_alg_in: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub self_signed: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub is_ca: Option<bool>,
    /// Valid for more days than this in all.
    #[serde(skip_serializing_if = "is_default")]
    pub validity_days_gt: Option<Text>,
    #[serde(skip_serializing_if = "is_default")]
    pub trust_store: Option<bool>,
}

/// TLS versions that server configuration leaves on: `crypto: {tls_min_lt: TLSv1.2}` (`1.2` is understood too).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CryptoSelector {
    #[serde(skip_serializing_if = "is_default")]
    pub tls_min_lt: Option<Text>,
    /// Servers: `nginx`, `httpd` …
    #[serde(skip_serializing_if = "is_default")]
    pub servers: Vec<String>,
}

/// Key files: `key: {kind: private-key, encrypted: false}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct KeySelector {
    /// `private-key`, `authorized-key`, `host-key`; one or a list.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: Several<KeyKind>,
    #[serde(skip_serializing_if = "is_default")]
    pub algorithms: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub bits_lt: Option<Text>,
    #[serde(skip_serializing_if = "is_default")]
    pub encrypted: Option<bool>,
    /// The same key in more than this many places, over all subjects.
    #[serde(skip_serializing_if = "is_default")]
    pub duplicate_locations_gt: Option<Text>,
}

/// Card data and the like: `data: {pattern: pan}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct DataSelector {
    /// `pan`, `track1`, `track2`, `cvv`, `pin-block`; one or a list. Absent: all.
    #[serde(skip_serializing_if = "is_default")]
    pub pattern: Words,
    /// Numbers are always checked with Luhn's formula; the key is accepted for the reader's sake.
    #[serde(skip_serializing_if = "is_default")]
    pub luhn: Option<bool>,
    /// Default true: published test numbers do not match. `false` matches them too.
    #[serde(skip_serializing_if = "is_default")]
    pub exclude_test_data: Option<bool>,
    /// Only published test numbers.
    #[serde(skip_serializing_if = "is_default")]
    pub test_data_only: Option<bool>,
}

/// Accounts: `user: {password: [empty, des, md5]}`. All keys that are given must fit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct UserSelector {
    /// How the password is stored: `empty`, `locked`, `plain`, `des`, `md5`, `sha1`, `sha256`, `sha512`, `blowfish`, `yescrypt`, `other`.
    #[serde(skip_serializing_if = "is_default")]
    pub password: Several<PasswordState>,
    /// Empty, plain, DES, MD5 or SHA-1.
    #[serde(skip_serializing_if = "is_default")]
    pub weak_password: Option<bool>,
    /// A password that works: neither locked nor absent.
    #[serde(skip_serializing_if = "is_default")]
    pub can_log_in: Option<bool>,
    /// The shell is a real one (not `nologin`, `false`, `sync`, `halt`, `shutdown`).
    #[serde(skip_serializing_if = "is_default")]
    pub login_shell: Option<bool>,
    /// Another account has the same uid.
    #[serde(skip_serializing_if = "is_default")]
    pub duplicate_uid: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub uid: Option<Text>,
    #[serde(skip_serializing_if = "is_default")]
    pub uid_gte: Option<Text>,
    #[serde(skip_serializing_if = "is_default")]
    pub names: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub not_names: Vec<String>,
}

/// Files that matter for their mode: `file: {setuid: true}`. All keys that are given must fit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct FileSelector {
    #[serde(skip_serializing_if = "is_default")]
    pub setuid: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub setgid: Option<bool>,
    /// setuid or setgid.
    #[serde(skip_serializing_if = "is_default")]
    pub set_id: Option<bool>,
    /// Writable by everyone (a folder: and without the sticky bit).
    #[serde(skip_serializing_if = "is_default")]
    pub world_writable: Option<bool>,
    /// An executable that no package owns. Needs a package database.
    #[serde(skip_serializing_if = "is_default")]
    pub unowned: Option<bool>,
    /// Has file capabilities.
    #[serde(skip_serializing_if = "is_default")]
    pub capabilities: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub executable: Option<bool>,
    /// `elf`, `pe`, `macho`, `script`, `folder`, `other`; one or a list.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: Several<FileKind>,
    /// Globs on the path without a leading slash; `*` crosses `/`.
    #[serde(skip_serializing_if = "is_default")]
    pub paths: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub not_paths: Vec<String>,
}

/// Server settings: `setting: {kind: no-auth}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct SettingSelector {
    /// `tls-versions`, `tls-verify-off`, `no-auth`, `ssh-login`, `debug`, `plain-http`; one or a list.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: Several<SettingKind>,
    /// `nginx`, `sshd`, `redis` …
    #[serde(skip_serializing_if = "is_default")]
    pub servers: Vec<String>,
}

/// Credentials that everybody knows: `credential: {kind: default}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CredentialSelector {
    /// `default`, `no-auth`; one or a list. Absent: both.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: Several<CredentialKind>,
    #[serde(skip_serializing_if = "is_default")]
    pub services: Vec<String>,
}

/// Traces: `trace: {kind: [test-artifact, debug-flag]}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct TraceSelector {
    /// `test-artifact`, `debug-flag`, `kubeconfig`, `cloud-credentials`, `process-manager`, `unverified-install`,
    /// `tls-verify-off`; one or a list.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: Several<TraceKind>,
}

/// Kubernetes objects and Compose services: `resource: {kinds: [NetworkPolicy], where: [{field: spec.policyTypes, op: contains, value: Egress}]}`.
///
/// All conditions must hold. A field is a dotted path; `[*]` visits every item: `spec.rules[*].verbs[*]`; `[0]` one; a name with dots is
/// written in brackets: `metadata.labels[app.kubernetes.io/name]`. Population: objects of the given kinds that were read; with an
/// `expect` other than `none`, all objects.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct ResourceSelector {
    /// Kubernetes kinds; `ComposeService` for services of Compose files. Absent: every Kubernetes object.
    #[serde(skip_serializing_if = "is_default")]
    pub kinds: Vec<String>,
    #[serde(rename = "where", skip_serializing_if = "is_default")]
    pub conditions: Vec<Condition>,
    /// An expression over `object` that must hold, besides the conditions. For an object on which it fails (a field that is not there
    /// and was not asked for with `has`), nothing is concluded.
    #[serde(skip_serializing_if = "is_default")]
    pub cel: Option<String>,
}

/// One condition on a field; the operators of [`ImageSelector::op`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Condition {
    pub field: String,
    #[serde(skip_serializing_if = "is_default")]
    pub op: Op,
    #[serde(skip_serializing_if = "is_default")]
    pub value: Words,
}

/// Assertions about the scan itself; every key that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct ScanSelector {
    /// Age of the vulnerability database: not assessed (`db-missing`) in this version.
    #[serde(skip_serializing_if = "is_default")]
    pub db_age_hours_lte: Option<Text>,
    /// Capabilities that must have run without loss: `packages`, `secrets`, `file-modes` … (see `probity_model::Capability`).
    #[serde(skip_serializing_if = "is_default")]
    pub analyzers_ok: Vec<String>,
    /// Executables that no package owns.
    #[serde(skip_serializing_if = "is_default")]
    pub unidentified_binaries_lte: Option<Text>,
    /// Share of packages with a purl, 0 to 1.
    #[serde(skip_serializing_if = "is_default")]
    pub purl_coverage_gte: Option<Text>,
    /// A component list exists.
    #[serde(skip_serializing_if = "is_default")]
    pub sbom: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub subjects_gte: Option<Text>,
}

/// Results of other controls: `control: {framework: cis-docker@1.6.0, profile: images, no_fail_min_severity: HIGH}`.
///
/// Fails when a selected control fails (with `no_fail_min_severity`: one at or above it); not assessed while a selected control
/// (at or above it) is; manual ones lower the assurance to partial. `pass_ratio_gte` asks for a share of passes among the
/// controls that were assessed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct ControlSelector {
    /// Absent: this framework.
    #[serde(skip_serializing_if = "is_default")]
    pub framework: Option<String>,
    /// A trailing `*` is a wildcard.
    #[serde(skip_serializing_if = "is_default")]
    pub ids: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub no_fail_min_severity: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub pass_ratio_gte: Option<Text>,
}

/// A valid attestation of this control (or of `id`) exists and is fresh.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct AttestationSelector {
    /// `framework/control`; absent: this control.
    #[serde(skip_serializing_if = "is_default")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub max_age_days: Option<Text>,
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `key:` without a value is the default.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
