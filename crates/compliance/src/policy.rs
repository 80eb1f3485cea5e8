//! What the user says about an assessment: tailoring, waivers, attestations, parameters.
//!
//! Each document is a file of its own with one root key, has an owner, and is digested into the report. None of them turns a
//! failure into a pass: a waiver makes `WAIVED`, an attestation answers what only people can answer, an excluded control is
//! `NOT_APPLICABLE` with the reason given.

use crate::{
    date::parse_day,
    error::SpecError,
    load::Framework,
    spec::{Value, Words, is_default, nullable},
    yaml,
};
use probity_model::assessment::Mapping;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// All of it.
#[derive(Debug, Clone)]
pub struct Policy {
    pub tailoring: Vec<Tailoring>,
    pub waivers: Option<Waivers>,
    pub attestations: Option<Attestations>,
    pub crosswalks: Vec<Crosswalk>,
    /// From the command line: (framework, or `None` for every framework that has it; name) → value; a list is written with commas.
    pub params: BTreeMap<(Option<String>, String), String>,
    /// The moment that every age and expiry is judged at.
    pub as_of: jiff::Timestamp,
    /// A waiver that runs longer than this is invalid.
    pub max_waiver_days: u32,
    /// Partial passes stay `MANUAL` until somebody attests the rest.
    pub strict_claims: bool,
}

impl Policy {
    /// Nothing but the moment: waivers may run for 180 days.
    pub fn new(as_of: jiff::Timestamp) -> Self {
        Self {
            tailoring: Vec::new(),
            waivers: None,
            attestations: None,
            crosswalks: Vec::new(),
            params: BTreeMap::new(),
            as_of,
            max_waiver_days: 180,
            strict_claims: false,
        }
    }
}

#[derive(Deserialize, Serialize)]
struct TailoringFile {
    tailoring: TailoringBody,
}

/// A tailoring: which framework, with which parameters, without which controls.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct TailoringBody {
    pub id: String,
    /// `pci-dss` or `pci-dss@4.0.1`.
    pub extends: String,
    #[serde(skip_serializing_if = "is_default")]
    pub params: BTreeMap<String, Value>,
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub exclude: Vec<Exclusion>,
    /// Evidence of somebody else for `type: inherited` controls (and any other that is named).
    #[serde(deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub inherit: Vec<Exclusion>,
}

/// Controls that are somebody else's, or nobody's.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Exclusion {
    /// Control ids; a trailing `*` is a wildcard.
    pub ids: Vec<String>,
    pub reason: String,
    #[serde(skip_serializing_if = "is_default")]
    pub inherit: Option<Inherit>,
}

/// Whose evidence counts, and where it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Inherit {
    pub from: String,
    pub evidence_ref: String,
}

/// A tailoring file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tailoring {
    pub body: TailoringBody,
    pub digest: String,
    pub source: String,
    pub unknown_keys: Vec<String>,
}

/// A tailoring file: `tailoring: {id, extends, params, exclude, inherit}`.
pub fn parse_tailoring(text: &str, source: &str) -> Result<Tailoring, SpecError> {
    let (file, unknown_keys): (TailoringFile, _) = yaml::read(text, source)?;
    let body = file.tailoring;
    let mut problems = Vec::new();
    if body.id.is_empty() {
        problems.push("`tailoring.id` is missing".to_owned());
    }
    if body.extends.is_empty() {
        problems.push("`tailoring.extends` is missing: it names the framework".to_owned());
    }
    for (key, entries) in [("exclude", &body.exclude), ("inherit", &body.inherit)] {
        for (i, entry) in entries.iter().enumerate() {
            if entry.ids.is_empty() {
                problems.push(format!("`tailoring.{key}[{i}]` names no control"));
            }
            if entry.reason.trim().is_empty() && entry.inherit.is_none() {
                problems.push(format!("`tailoring.{key}[{i}]` needs a `reason`"));
            }
            if key == "inherit" && entry.inherit.is_none() {
                problems.push(format!("`tailoring.inherit[{i}]` needs `inherit: {{from, evidence_ref}}`"));
            }
            if entry.inherit.as_ref().is_some_and(|i| i.from.trim().is_empty() || i.evidence_ref.trim().is_empty()) {
                problems.push(format!("`tailoring.{key}[{i}].inherit` needs `from` and `evidence_ref`"));
            } else if let Some(inherit) = &entry.inherit
                && !inherit.evidence_ref.strip_prefix("sha256:").is_some_and(is_sha256)
            {
                let given = &inherit.evidence_ref;
                problems.push(format!("`tailoring.{key}[{i}].inherit.evidence_ref`: `{given}` is not `sha256:` and 64 hexadecimal digits"));
            }
        }
    }
    valid(source, problems)?;
    Ok(Tailoring { digest: yaml::digest(&body), body, source: source.to_owned(), unknown_keys })
}

#[derive(Deserialize, Serialize)]
struct CrosswalkFile {
    crosswalk: CrosswalkBody,
}

/// Relations between the controls of two frameworks, in the words of OSCAL's mapping model.
#[derive(Debug, Clone)]
pub struct Crosswalk {
    pub body: CrosswalkBody,
    /// SHA-256 of its canonical form.
    pub digest: String,
    pub source: String,
    pub(crate) unknown_keys: Vec<String>,
}

/// `crosswalk: {id, source: pci-dss@4.0.1, target: nist-800-53, mappings: [{source: ["6.3.3"], target: [SI-2], rel: subset-of}]}`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CrosswalkBody {
    pub id: String,
    /// A framework that takes part in the run; the other one need not be known.
    pub source: String,
    pub target: String,
    #[serde(deserialize_with = "nullable")]
    pub mappings: Vec<CrosswalkMapping>,
}

/// Every control of `source` has this relation to every control of `target`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CrosswalkMapping {
    pub source: Words,
    pub target: Words,
    /// `equal-to`, `equivalent-to`, `subset-of`, `superset-of`, `intersects-with` (the default).
    pub rel: Option<String>,
}

/// Relations, and what each one is when it is read from the other side.
const RELATIONS: [(&str, &str); 5] = [
    ("equal-to", "equal-to"),
    ("equivalent-to", "equivalent-to"),
    ("subset-of", "superset-of"),
    ("superset-of", "subset-of"),
    ("intersects-with", "intersects-with"),
];

impl Crosswalk {
    /// Relations of a control of `framework`.
    pub(crate) fn of(&self, framework: &Framework, control: &str) -> Vec<Mapping> {
        let mut found = Vec::new();
        for mapping in &self.body.mappings {
            let relation = mapping.rel.as_deref().unwrap_or("intersects-with");
            let inverse = RELATIONS.iter().find(|(word, _)| *word == relation).map_or(relation, |(_, inverse)| inverse);
            for (own, from, other, to, relation) in [
                (&self.body.source, &mapping.source, &self.body.target, &mapping.target, relation),
                (&self.body.target, &mapping.target, &self.body.source, &mapping.source, inverse),
            ] {
                if framework.answers_to(own) && from.iter().any(|id| id == control) {
                    found.extend(to.iter().map(|id| Mapping {
                        framework: other.clone(),
                        id: id.to_owned(),
                        relation: relation.to_owned(),
                    }));
                }
            }
        }
        found
    }
}

/// Reads a crosswalk.
pub fn parse_crosswalk(text: &str, source: &str) -> Result<Crosswalk, SpecError> {
    let (file, unknown_keys): (CrosswalkFile, _) = yaml::read(text, source)?;
    let body = file.crosswalk;
    let mut problems = Vec::new();
    for (key, value) in [("id", &body.id), ("source", &body.source), ("target", &body.target)] {
        if value.trim().is_empty() {
            problems.push(format!("`crosswalk.{key}` is missing"));
        }
    }
    for (i, mapping) in body.mappings.iter().enumerate() {
        if mapping.source.is_empty() || mapping.target.is_empty() {
            problems.push(format!("`crosswalk.mappings[{i}]` needs `source` and `target`"));
        }
        if let Some(rel) = mapping.rel.as_ref().filter(|rel| !RELATIONS.iter().any(|(word, _)| word == rel)) {
            let known: Vec<&str> = RELATIONS.iter().map(|(word, _)| *word).collect();
            problems.push(format!("`crosswalk.mappings[{i}].rel: {rel}` is none of {}", known.join(", ")));
        }
    }
    valid(source, problems)?;
    Ok(Crosswalk { digest: yaml::digest(&body), body, source: source.to_owned(), unknown_keys })
}

#[derive(Deserialize, Serialize)]
struct WaiverFile {
    #[serde(deserialize_with = "nullable")]
    waivers: Vec<Waiver>,
}

/// An accepted deviation. It never makes a pass.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Waiver {
    pub id: String,
    #[serde(rename = "match")]
    pub matches: WaiverMatch,
    #[serde(deserialize_with = "nullable")]
    pub justification: String,
    #[serde(skip_serializing_if = "is_default")]
    pub compensating: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub approved_by: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub owner: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "is_default")]
    pub created: Option<String>,
    /// `YYYY-MM-DD`, the last day on which it holds. Mandatory.
    #[serde(skip_serializing_if = "is_default")]
    pub expires: Option<String>,
}

/// What a waiver covers; all keys that are given must fit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct WaiverMatch {
    /// `pci-dss`, `pci-dss@4.0.1`. Absent: every framework.
    #[serde(skip_serializing_if = "is_default")]
    pub frameworks: Vec<String>,
    /// Control ids; a trailing `*` is a wildcard. Absent: every control (then `finding` must narrow it).
    #[serde(skip_serializing_if = "is_default")]
    pub controls: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub finding: Option<FindingMatch>,
    /// Glob over the subject's name, its references, and `name@digest`.
    #[serde(skip_serializing_if = "is_default")]
    pub subject: Option<String>,
}

/// Which evidence; all keys that are given must fit. Values are globs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct FindingMatch {
    /// A check's id or alias, or the selector's word: `KSV-0012`, `secret/github-pat`.
    #[serde(skip_serializing_if = "is_default")]
    pub rule: Option<String>,
    /// A purl without version, or a package name.
    #[serde(skip_serializing_if = "is_default")]
    pub package: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub path: Option<String>,
    /// `shop/Deployment/web`.
    #[serde(skip_serializing_if = "is_default")]
    pub resource: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub locator: Option<String>,
    /// `sha256:…` of one piece of evidence.
    #[serde(skip_serializing_if = "is_default")]
    pub fingerprint: Option<String>,
}

/// A waiver file.
#[derive(Debug, Clone, PartialEq)]
pub struct Waivers {
    pub waivers: Vec<Waiver>,
    pub digest: String,
    pub source: String,
    pub unknown_keys: Vec<String>,
}

/// A waiver file: `waivers: [{id, match, justification, approved_by, owner, created, expires}]`. A missing or unreadable expiry is an
/// error; other faults (no approver, too long) make the one waiver invalid, which the report shows.
pub fn parse_waivers(text: &str, source: &str) -> Result<Waivers, SpecError> {
    let (file, unknown_keys): (WaiverFile, _) = yaml::read(text, source)?;
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (i, waiver) in file.waivers.iter().enumerate() {
        let name = if waiver.id.is_empty() { format!("number {}", i + 1) } else { format!("`{}`", waiver.id) };
        if waiver.id.is_empty() {
            problems.push(format!("waiver {name} has no `id`"));
        } else if !seen.insert(waiver.id.as_str()) {
            problems.push(format!("waiver id {name} is given twice"));
        }
        match &waiver.expires {
            None => problems.push(format!("waiver {name} has no `expires`: every waiver ends on a day")),
            Some(day) if parse_day(day).is_none() => problems.push(format!("waiver {name}: `expires: {day}` is not a day (YYYY-MM-DD)")),
            Some(_) => {}
        }
        if let Some(day) = &waiver.created
            && parse_day(day).is_none()
        {
            problems.push(format!("waiver {name}: `created: {day}` is not a day (YYYY-MM-DD)"));
        }
        let found = waiver.matches.finding.as_ref().is_some_and(|finding| *finding != FindingMatch::default());
        if waiver.matches.controls.is_empty() && !found {
            problems.push(format!("waiver {name} would cover everything: `match` needs `controls` or `finding`"));
        }
    }
    valid(source, problems)?;
    let digest = yaml::digest(&file.waivers);
    Ok(Waivers { waivers: file.waivers, digest, source: source.to_owned(), unknown_keys })
}

#[derive(Deserialize, Serialize)]
struct AttestationFile {
    #[serde(deserialize_with = "nullable")]
    attestations: Vec<Attestation>,
}

/// A person's statement about a control.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Attestation {
    /// `pci-dss@4.0.1/7.2.4` or `pci-dss/7.2.4`.
    pub control: String,
    pub status: AttestationStatus,
    #[serde(deserialize_with = "nullable")]
    pub statement: String,
    #[serde(skip_serializing_if = "is_default")]
    pub evidence: Vec<EvidenceLink>,
    pub attested_by: String,
    /// `YYYY-MM-DD`.
    pub date: String,
    /// After so many days it is stale. Absent: it does not age.
    #[serde(skip_serializing_if = "is_default")]
    pub frequency_days: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttestationStatus {
    #[default]
    Satisfied,
    NotSatisfied,
    NotApplicable,
}

/// Where the evidence is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct EvidenceLink {
    pub href: String,
    #[serde(skip_serializing_if = "is_default")]
    pub sha256: Option<String>,
}

/// An attestation file.
#[derive(Debug, Clone, PartialEq)]
pub struct Attestations {
    pub attestations: Vec<Attestation>,
    pub digest: String,
    pub source: String,
    pub unknown_keys: Vec<String>,
}

/// An attestation file: `attestations: [{control, status, statement, evidence, attested_by, date, frequency_days}]`.
pub fn parse_attestations(text: &str, source: &str) -> Result<Attestations, SpecError> {
    let (file, unknown_keys): (AttestationFile, _) = yaml::read(text, source)?;
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (i, attestation) in file.attestations.iter().enumerate() {
        let name = if attestation.control.is_empty() { format!("number {}", i + 1) } else { format!("for `{}`", attestation.control) };
        let named = attestation.control.split_once('/').is_some_and(|(framework, control)| !framework.is_empty() && !control.is_empty());
        if !named {
            problems.push(format!("attestation {name}: `control` is written `framework/control`"));
        } else if !seen.insert(attestation.control.as_str()) {
            problems.push(format!("attestation {name} is given twice"));
        }
        if parse_day(&attestation.date).is_none() {
            problems.push(format!("attestation {name}: `date` is not a day (YYYY-MM-DD)"));
        }
        if attestation.attested_by.trim().is_empty() {
            problems.push(format!("attestation {name} does not say who: `attested_by` is missing"));
        }
        for digest in attestation.evidence.iter().filter_map(|link| link.sha256.as_deref()).filter(|digest| !is_sha256(digest)) {
            problems.push(format!("attestation {name}: `sha256: {digest}` is not 64 hexadecimal digits"));
        }
    }
    valid(source, problems)?;
    let digest = yaml::digest(&file.attestations);
    Ok(Attestations { attestations: file.attestations, digest, source: source.to_owned(), unknown_keys })
}

fn is_sha256(digest: &str) -> bool {
    digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn valid(source: &str, problems: Vec<String>) -> Result<(), SpecError> {
    if problems.is_empty() { Ok(()) } else { Err(SpecError::Invalid { path: source.to_owned(), problems }) }
}
