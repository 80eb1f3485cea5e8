//! Rule × resource × outcome, and the ledger that keeps them.

use crate::{
    diagnostic::{Diagnostic, Reason},
    place::Lines,
    rule::RuleMeta,
    severity::Severity,
    subject::{InputKind, SubjectId},
    vulnerability::DetectedVulnerability,
};
use std::{collections::HashMap, sync::Arc};

/// Index into [`Ledger::rules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u32);

/// Index into [`Ledger::resources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceIx(pub u32);

/// The unit that a check examines: one Kubernetes object, one Compose service, one Dockerfile, one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub subject: SubjectId,
    pub input: InputKind,
    /// `shop/Deployment/web`, `service web`, `Dockerfile`, the image's name.
    pub name: String,
    /// The file it is in; `None` for an image.
    pub path: Option<Arc<str>>,
    pub lines: Option<Lines>,
}

/// One rule on one resource. A rule that fails twice on a resource makes two findings; passes are recorded too.
#[derive(Debug, Clone)]
pub struct Finding {
    pub rule: RuleIx,
    pub resource: ResourceIx,
    pub outcome: Outcome,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// How many things were examined, at least 1.
    Pass {
        examined: u32,
    },
    Fail(Box<Violation>),
    NotApplicable {
        why: &'static str,
    },
    NotAssessed {
        reason: Reason,
        why: Box<str>,
    },
}

/// What is wrong, where, and what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violation {
    /// One sentence that names the object: "container `web` runs as root".
    pub message: String,
    /// `spec.template.spec.containers[1].securityContext.privileged`.
    pub locator: String,
    pub lines: Option<Lines>,
    /// When it is not in the resource's own file: a file inside an image.
    pub path: Option<Arc<str>>,
    pub layer: Option<u32>,
    /// More specific than the rule's remediation.
    pub remediation: Option<String>,
    /// For set rules: the index of the object that the violation is about in [`crate::check::ManifestSet::objects`].
    pub object: Option<usize>,
    /// Differs from the rule's severity.
    pub severity: Option<Severity>,
    /// Set by policy, never by a check.
    pub disposition: Option<Disposition>,
}

impl Violation {
    pub fn new(message: impl Into<String>, locator: impl Into<String>, lines: Lines) -> Self {
        Self { message: message.into(), locator: locator.into(), lines: Some(lines), ..Self::default() }
    }
}

/// Why a finding is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disposition {
    /// `inline`, `trivyignore`, `waiver`.
    pub source: &'static str,
    /// Where: `deploy/web.yaml:12`.
    pub at: String,
    pub reason: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// `not_affected`, `fixed`: what a VEX document says; `None` for a plain acceptance.
    pub status: Option<String>,
}

/// All findings and all diagnostics of a run. Append-only; policy sets dispositions.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    pub rules: Vec<Arc<RuleMeta>>,
    pub resources: Vec<Resource>,
    /// Sorted by rule, then resource, then order of detection.
    pub findings: Vec<Finding>,
    /// Sorted by subject, package, id.
    pub vulnerabilities: Vec<DetectedVulnerability>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Ledger {
    pub fn rule(&self, ix: RuleIx) -> Option<&RuleMeta> {
        self.rules.get(ix.0 as usize).map(AsRef::as_ref)
    }

    pub fn resource(&self, ix: ResourceIx) -> Option<&Resource> {
        self.resources.get(ix.0 as usize)
    }

    /// Upper-case ids and aliases of all rules.
    pub fn rule_index(&self) -> HashMap<String, RuleIx> {
        let mut index = HashMap::new();
        for (ix, rule) in (0..).map(RuleIx).zip(&self.rules) {
            for alias in &rule.aliases {
                index.entry(alias.to_ascii_uppercase()).or_insert(ix);
            }
        }
        // Canonical ids win over aliases of other rules.
        for (ix, rule) in (0..).map(RuleIx).zip(&self.rules) {
            index.insert(rule.id.as_str().to_ascii_uppercase(), ix);
        }
        index
    }
}
