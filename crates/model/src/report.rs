//! A finished run: what writers receive. They choose what to show and look nothing up.

use crate::{
    assessment::Assessment,
    diagnostic::{Capability, Reason},
    finding::Ledger,
    inventory::Inventory,
    subject::SubjectId,
    vulnerability::Database,
};

/// One run, complete.
#[derive(Debug)]
pub struct Report {
    pub tool: Tool,
    pub run: Run,
    /// The moment that every age and expiry is judged at, RFC 3339 UTC.
    pub as_of: String,
    pub inventories: Vec<Inventory>,
    pub ledger: Ledger,
    pub capabilities: Vec<CapabilityRun>,
    /// The vulnerability databases that were used.
    pub databases: Vec<Database>,
    /// `None` for a plain scan.
    pub assessment: Option<Assessment>,
}

/// Who made the report.
#[derive(Debug, Clone)]
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
}

/// What differs between two runs over the same input; kept out of the report's body.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// RFC 3339 UTC.
    pub started: String,
    pub finished: String,
    pub invocation: Vec<String>,
}

/// What ran on which subjects, and how much it saw.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapabilityRun {
    pub capability: Capability,
    pub state: CapabilityState,
    pub reason: Option<Reason>,
    pub subjects: Vec<SubjectId>,
    pub items: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CapabilityState {
    Ok,
    /// Ran, but something was skipped; the diagnostics say what.
    Partial,
    NotRun,
}

/// What a writer should show.
#[derive(Debug, Clone)]
pub struct View {
    pub color: bool,
    /// Columns; `None` when not a terminal.
    pub width: Option<usize>,
    /// Display only, never a verdict.
    pub min_severity: crate::Severity,
    /// Show passing and not assessed controls one by one as well.
    pub all: bool,
    pub scan: ScanView,
}

/// What the reports of `image`, `fs`, `repo`, `sbom` and `scan` show. Display only; exit codes follow it where users of these commands expect that.
#[derive(Debug, Clone)]
pub struct ScanView {
    /// `container_image`, `filesystem`, `repository`, `cyclonedx`, `spdx`; empty: by what the subject is.
    pub artifact_type: &'static str,
    pub scanners: Vec<Scanner>,
    /// Only these severities; empty means all.
    pub severities: Vec<crate::Severity>,
    /// Packages without findings too.
    pub list_all_packages: bool,
    pub include_dev: bool,
    pub classes: Vec<crate::ecosystem::PackageClass>,
    pub relationships: Vec<crate::package::Relationship>,
    /// Statuses that are left out.
    pub ignore_statuses: Vec<crate::vulnerability::FixStatus>,
    /// Suppressed findings too, as such.
    pub show_suppressed: bool,
    /// Passed checks too.
    pub include_non_failures: bool,
    /// Draw how vulnerable packages come into the project.
    pub dependency_tree: bool,
}

impl Default for ScanView {
    fn default() -> Self {
        Self {
            artifact_type: "",
            scanners: Scanner::ALL.to_vec(),
            severities: Vec::new(),
            list_all_packages: true,
            include_dev: false,
            classes: vec![crate::ecosystem::PackageClass::Os, crate::ecosystem::PackageClass::Language],
            relationships: crate::package::Relationship::ALL.to_vec(),
            ignore_statuses: Vec::new(),
            show_suppressed: false,
            include_non_failures: false,
            dependency_tree: false,
        }
    }
}

impl ScanView {
    pub fn shows(&self, scanner: Scanner) -> bool {
        self.scanners.contains(&scanner)
    }

    pub fn shows_severity(&self, severity: crate::Severity) -> bool {
        self.severities.is_empty() || self.severities.contains(&severity)
    }

    /// Whether the package is one that the reader asked for.
    pub fn shows_package(&self, package: &crate::Package) -> bool {
        (self.include_dev || !package.dev)
            && self.classes.contains(&package.ecosystem.class)
            && self.relationships.contains(&package.relationship)
    }

    /// Whether a vulnerability is shown among the findings: not filtered and not accepted.
    pub fn shows_vulnerability(&self, found: &crate::vulnerability::DetectedVulnerability) -> bool {
        self.shows(Scanner::Vulnerabilities)
            && found.disposition.is_none()
            && self.shows_severity(found.severity)
            && !self.ignore_statuses.contains(&found.status)
    }
}

/// A kind of finding, by the words of `--scanners`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scanner {
    Vulnerabilities,
    Misconfigurations,
    Secrets,
    Licenses,
}

impl Scanner {
    pub const ALL: [Self; 4] = [Self::Vulnerabilities, Self::Misconfigurations, Self::Secrets, Self::Licenses];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerabilities => "vuln",
            Self::Misconfigurations => "misconfig",
            Self::Secrets => "secret",
            Self::Licenses => "license",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "config" => Some(Self::Misconfigurations),
            _ => Self::ALL.into_iter().find(|scanner| scanner.as_str() == word),
        }
    }
}

impl Default for View {
    fn default() -> Self {
        Self { color: false, width: None, min_severity: crate::Severity::Unknown, all: false, scan: ScanView::default() }
    }
}

/// What a format is.
#[derive(Debug)]
pub struct FormatMeta {
    /// `json`: the word of `--format`.
    pub id: &'static str,
    /// Extensions that choose it.
    pub extensions: &'static [&'static str],
    pub description: &'static str,
}

/// Writes a finished report in one format.
pub trait ReportWriter: Sync {
    fn meta(&self) -> &'static FormatMeta;
    fn write(&self, report: &Report, view: &View, out: &mut dyn std::io::Write) -> std::io::Result<()>;
}
