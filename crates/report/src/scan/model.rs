//! The scan report's structs: schema version 2, the one that consumers of today's scanners read, in its order of fields.
//!
//! What that schema has no place for is below `Probity`, in the report and in single findings.

use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap};

fn no<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Report<'a> {
    pub(crate) schema_version: u32,
    /// Consumers look here for the tool's version; its name is in `Probity`.
    pub(crate) trivy: Version<'a>,
    #[serde(rename = "ReportID")]
    pub(crate) id: String,
    pub(crate) created_at: &'a str,
    #[serde(rename = "ArtifactID", skip_serializing_if = "no")]
    pub(crate) artifact_id: String,
    pub(crate) artifact_name: &'a str,
    pub(crate) artifact_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Metadata<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) results: Vec<Result<'a>>,
    pub(crate) probity: Probity<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Version<'a> {
    pub(crate) version: &'a str,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Metadata<'a> {
    #[serde(skip_serializing_if = "no")]
    pub(crate) size: u64,
    #[serde(rename = "OS", skip_serializing_if = "Option::is_none")]
    pub(crate) os: Option<Os<'a>>,
    #[serde(rename = "ImageID", skip_serializing_if = "no")]
    pub(crate) image_id: &'a str,
    #[serde(rename = "DiffIDs", skip_serializing_if = "Vec::is_empty")]
    pub(crate) diff_ids: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) repo_tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) repo_digests: Vec<&'a str>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_config: Option<ImageConfig<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) layers: Vec<Layer<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Os<'a> {
    pub(crate) family: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) name: &'a str,
    #[serde(rename = "EOSL", skip_serializing_if = "no")]
    pub(crate) eosl: bool,
}

#[derive(Debug, Default, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Layer<'a> {
    #[serde(skip_serializing_if = "no")]
    pub(crate) size: u64,
    #[serde(skip_serializing_if = "no")]
    pub(crate) digest: &'a str,
    #[serde(rename = "DiffID", skip_serializing_if = "no")]
    pub(crate) diff_id: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) created_by: &'a str,
}

/// As `docker save` stores it.
#[derive(Debug, Serialize)]
pub(crate) struct ImageConfig<'a> {
    pub(crate) architecture: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) author: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) created: &'a str,
    pub(crate) history: Vec<History<'a>>,
    pub(crate) os: &'a str,
    pub(crate) rootfs: RootFs<'a>,
    pub(crate) config: Config<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct History<'a> {
    #[serde(skip_serializing_if = "no")]
    pub(crate) created: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) created_by: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) comment: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) empty_layer: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct RootFs<'a> {
    pub(crate) r#type: &'static str,
    pub(crate) diff_ids: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Config<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) cmd: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) entrypoint: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) env: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) on_build: &'a [String],
    #[serde(skip_serializing_if = "no")]
    pub(crate) user: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) volumes: BTreeMap<&'a str, serde_json::Value>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) working_dir: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) exposed_ports: BTreeMap<&'a str, serde_json::Value>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) stop_signal: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) shell: &'a [String],
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Result<'a> {
    pub(crate) target: Cow<'a, str>,
    pub(crate) class: &'static str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) r#type: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) packages: Vec<Package<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) vulnerabilities: Vec<Vulnerability<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) misconf_summary: Option<MisconfSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) misconfigurations: Vec<Misconfiguration<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) secrets: Vec<Secret<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) licenses: Vec<License<'a>>,
    #[serde(rename = "ExperimentalModifiedFindings", skip_serializing_if = "Vec::is_empty")]
    pub(crate) modified: Vec<Modified<'a>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Package<'a> {
    #[serde(rename = "ID", skip_serializing_if = "no")]
    pub(crate) id: Cow<'a, str>,
    pub(crate) name: &'a str,
    pub(crate) identifier: Identifier<'a>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) version: Cow<'a, str>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) release: Cow<'a, str>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) epoch: i64,
    #[serde(skip_serializing_if = "no")]
    pub(crate) arch: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) dev: bool,
    #[serde(skip_serializing_if = "no")]
    pub(crate) src_name: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) src_version: Cow<'a, str>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) src_release: Cow<'a, str>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) src_epoch: i64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) licenses: &'a [String],
    #[serde(skip_serializing_if = "no")]
    pub(crate) maintainer: &'a str,
    #[serde(rename = "Modularitylabel", skip_serializing_if = "no")]
    pub(crate) modularity_label: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) indirect: bool,
    #[serde(skip_serializing_if = "no")]
    pub(crate) relationship: &'static str,
    #[serde(skip)]
    pub(crate) relationship_number: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) depends_on: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<Layer<'a>>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) file_path: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) digest: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) installed_files: Vec<&'a str>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) analyzed_by: &'a str,
}

#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Identifier<'a> {
    #[serde(rename = "PURL", skip_serializing_if = "no")]
    pub(crate) purl: &'a str,
    #[serde(rename = "UID", skip_serializing_if = "no")]
    pub(crate) uid: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Location {
    pub(crate) start_line: u32,
    pub(crate) end_line: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Vulnerability<'a> {
    #[serde(rename = "VulnerabilityID")]
    pub(crate) id: &'a str,
    #[serde(rename = "VendorIDs", skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) vendor_ids: &'a [String],
    #[serde(rename = "PkgID", skip_serializing_if = "no")]
    pub(crate) package_id: Cow<'a, str>,
    #[serde(rename = "PkgName")]
    pub(crate) package_name: &'a str,
    #[serde(rename = "PkgPath", skip_serializing_if = "no")]
    pub(crate) package_path: &'a str,
    #[serde(rename = "PkgIdentifier")]
    pub(crate) package_identifier: Identifier<'a>,
    pub(crate) installed_version: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) fixed_version: &'a str,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<Layer<'a>>,
    #[serde(skip_serializing_if = "no")]
    pub(crate) severity_source: &'a str,
    #[serde(rename = "PrimaryURL", skip_serializing_if = "no")]
    pub(crate) primary_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_source: Option<DataSource<'a>>,
    pub(crate) fingerprint: String,
    #[serde(skip_serializing_if = "no")]
    pub(crate) title: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) description: &'a str,
    pub(crate) severity: &'static str,
    #[serde(rename = "CweIDs", skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) cwe_ids: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) vendor_severity: BTreeMap<&'a str, u8>,
    #[serde(rename = "CVSS", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) cvss: BTreeMap<&'a str, Cvss<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) references: &'a [String],
    #[serde(skip_serializing_if = "no")]
    pub(crate) published_date: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) last_modified_date: &'a str,
    pub(crate) probity: VulnerabilityExtra<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DataSource<'a> {
    #[serde(rename = "ID", skip_serializing_if = "no")]
    pub(crate) id: &'a str,
    #[serde(rename = "BaseID", skip_serializing_if = "no")]
    pub(crate) base_id: &'a str,
    pub(crate) name: &'a str,
    #[serde(rename = "URL")]
    pub(crate) url: &'a str,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Cvss<'a> {
    #[serde(skip_serializing_if = "no")]
    pub(crate) v2_vector: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) v3_vector: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) v40_vector: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) v2_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) v3_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) v40_score: Option<f64>,
}

/// What schema 2 has no field for: how it was found, and how urgent it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VulnerabilityExtra<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) aliases: &'a [String],
    pub(crate) evidence: Evidence<'a>,
    #[serde(rename = "KEV", skip_serializing_if = "Option::is_none")]
    pub(crate) kev: Option<Kev<'a>>,
    #[serde(rename = "EPSS", skip_serializing_if = "Option::is_none")]
    pub(crate) epss: Option<Epss<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Evidence<'a> {
    /// `database`, `installed`, `binary`, `lockfile`, `manifest`, `sbom`.
    pub(crate) package: &'static str,
    pub(crate) advisories: &'a str,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) affected: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) unaffected: &'a [String],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Kev<'a> {
    pub(crate) added: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<&'a str>,
    pub(crate) ransomware: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Epss<'a> {
    pub(crate) score: f64,
    pub(crate) percentile: f64,
    pub(crate) date: &'a str,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MisconfSummary {
    pub(crate) successes: usize,
    pub(crate) failures: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Misconfiguration<'a> {
    pub(crate) r#type: String,
    #[serde(rename = "ID")]
    pub(crate) id: &'a str,
    #[serde(rename = "AVDID", skip_serializing_if = "no")]
    pub(crate) avd_id: &'a str,
    pub(crate) title: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) description: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) message: &'a str,
    pub(crate) namespace: String,
    pub(crate) query: String,
    #[serde(skip_serializing_if = "no")]
    pub(crate) resolution: &'a str,
    pub(crate) severity: &'static str,
    #[serde(rename = "PrimaryURL", skip_serializing_if = "no")]
    pub(crate) primary_url: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) references: &'a [String],
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<Layer<'a>>,
    pub(crate) cause_metadata: Cause<'a>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Cause<'a> {
    #[serde(skip_serializing_if = "no")]
    pub(crate) resource: &'a str,
    pub(crate) provider: &'static str,
    pub(crate) service: &'static str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) start_line: u32,
    #[serde(skip_serializing_if = "no")]
    pub(crate) end_line: u32,
    #[serde(skip_serializing_if = "no")]
    pub(crate) code: Code<'a>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Code<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) lines: Vec<CodeLine<'a>>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CodeLine<'a> {
    pub(crate) number: u32,
    pub(crate) content: Cow<'a, str>,
    pub(crate) is_cause: bool,
    pub(crate) annotation: &'static str,
    pub(crate) truncated: bool,
    pub(crate) first_cause: bool,
    pub(crate) last_cause: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Secret<'a> {
    #[serde(rename = "RuleID")]
    pub(crate) rule_id: &'a str,
    pub(crate) category: &'a str,
    pub(crate) severity: &'static str,
    pub(crate) title: &'a str,
    pub(crate) start_line: u32,
    pub(crate) end_line: u32,
    pub(crate) code: Code<'a>,
    pub(crate) r#match: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<Layer<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct License<'a> {
    pub(crate) severity: &'static str,
    pub(crate) category: &'static str,
    pub(crate) pkg_name: &'a str,
    pub(crate) file_path: &'a str,
    pub(crate) name: &'a str,
    pub(crate) confidence: f64,
    pub(crate) link: String,
}

/// A finding that is not counted, and why.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modified<'a> {
    pub(crate) r#type: &'static str,
    pub(crate) status: &'a str,
    #[serde(skip_serializing_if = "no")]
    pub(crate) statement: &'a str,
    pub(crate) source: &'a str,
    pub(crate) finding: ModifiedFinding<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ModifiedFinding<'a> {
    Vulnerability(Box<Vulnerability<'a>>),
    Misconfiguration(Box<Misconfiguration<'a>>),
    Secret(Box<Secret<'a>>),
}

/// What today's schema has no place for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Probity<'a> {
    pub(crate) version: &'a str,
    pub(crate) as_of: &'a str,
    pub(crate) coverage: Vec<Coverage<'a>>,
    pub(crate) databases: Vec<Database<'a>>,
    pub(crate) diagnostics: Vec<Diagnostic<'a>>,
}

/// What ran on how many things, and what was lost.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Coverage<'a> {
    pub(crate) capability: String,
    pub(crate) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    pub(crate) items: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Database<'a> {
    pub(crate) kind: &'static str,
    pub(crate) schema: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_update: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) downloaded_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<DatabaseSource<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DatabaseSource<'a> {
    pub(crate) name: &'a str,
    #[serde(rename = "ID", skip_serializing_if = "no")]
    pub(crate) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) newest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advisories: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Diagnostic<'a> {
    pub(crate) level: &'static str,
    pub(crate) reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    pub(crate) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) affects: Vec<String>,
}
