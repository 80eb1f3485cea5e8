//! What a rule is: identity, words, severity, inputs.

use crate::{diagnostic::Capability, severity::Severity, subject::InputKind};
use std::{fmt, sync::Arc};

/// A rule's identifier in canonical spelling: `KSV-0012`, `DS-0002`, `PB-IMG-0003`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a rule is about, from its `check.md`.
#[derive(Debug, Clone)]
pub struct RuleMeta {
    pub id: RuleId,
    /// Other spellings that ignore files and specs use (`AVD-KSV-0012`, `KSV012`), and the slug.
    pub aliases: Vec<String>,
    /// `run-as-non-root`.
    pub slug: String,
    /// One line, our own words.
    pub title: String,
    pub severity: Severity,
    pub input: InputKind,
    /// What must have been examined to the end before the rule's silence about an image means anything.
    pub needs: Vec<Capability>,
    /// Kubernetes kinds it applies to; empty for workloads or when it does not matter.
    pub kinds: Vec<String>,
    /// Why it matters.
    pub description: String,
    /// What to change.
    pub remediation: String,
    pub references: Vec<String>,
    pub tags: Vec<String>,
}

impl RuleMeta {
    /// Case-insensitive match on the id or an alias.
    pub fn answers_to(&self, id: &str) -> bool {
        self.id.as_str().eq_ignore_ascii_case(id) || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id))
    }
}
