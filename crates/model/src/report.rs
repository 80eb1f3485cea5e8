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
}

impl Default for View {
    fn default() -> Self {
        Self { color: false, width: None, min_severity: crate::Severity::Unknown, all: false }
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
