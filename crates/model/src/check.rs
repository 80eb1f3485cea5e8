//! The face that native and Rego checks share.

use crate::{compose, diagnostic::Reason, dockerfile::Dockerfile, finding::Violation, inventory::Inventory, kubernetes, rule::RuleMeta};
use std::sync::{Arc, OnceLock};

/// What a check is shown.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    Dockerfile(&'a Dockerfile),
    ComposeService(&'a compose::Service, &'a compose::Project),
    Kubernetes(&'a kubernetes::Resource),
    /// All Kubernetes objects of a run, for rules about their relations.
    Manifests(&'a ManifestSet<'a>),
    /// An image or a root file system.
    Inventory(&'a Inventory),
}

/// All Kubernetes objects of a run, in order of subject, path and position.
#[derive(Debug, Default)]
pub struct ManifestSet<'a> {
    pub objects: Vec<&'a kubernetes::Resource>,
    control_plane: OnceLock<Vec<usize>>,
}

impl<'a> ManifestSet<'a> {
    /// The few objects that are about the control plane, with their index: a hundred rules ask for them, and looking at every pod once is
    /// enough. `is` recognises them and must always be the same; it is asked when the set is complete.
    pub fn control_plane(&self, is: fn(&kubernetes::Resource) -> bool) -> impl Iterator<Item = (usize, &'a kubernetes::Resource)> + '_ {
        let found = self
            .control_plane
            .get_or_init(|| self.objects.iter().enumerate().filter(|(_, object)| is(object)).map(|(index, _)| index).collect());
        found.iter().filter_map(|&index| Some((index, *self.objects.get(index)?)))
    }

    /// The objects of a kind, with their index.
    pub fn of_kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = (usize, &'a kubernetes::Resource)> + 's {
        self.objects.iter().copied().enumerate().filter(move |(_, object)| object.kind == kind)
    }
}

/// Settings that checks read; every one has a default.
#[derive(Debug, Clone)]
pub struct CheckSettings {
    /// Registries (and repository prefixes) that images may come from; empty: not declared, and rules that need it say so.
    pub trusted_registries: Vec<String>,
    /// Kubernetes minor version that manifests are meant for: `(1, 35)`.
    pub kubernetes: (u32, u32),
    /// Seconds since 1970, UTC.
    pub as_of: i64,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self { trusted_registries: Vec::new(), kubernetes: (1, 35), as_of: 0 }
    }
}

/// What a check concludes.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// `examined`: how many containers, rules, users … were looked at; 1 when the object itself is the unit.
    Pass {
        examined: u32,
    },
    Fail(Vec<Violation>),
    /// The object is not of the sort the rule is about.
    NotApplicable {
        why: &'static str,
    },
    NotAssessed {
        reason: Reason,
        why: String,
    },
}

impl Verdict {
    /// Pass or fail, by whether there are violations.
    pub fn of(violations: Vec<Violation>, examined: u32) -> Self {
        if violations.is_empty() { Self::Pass { examined: examined.max(1) } } else { Self::Fail(violations) }
    }
}

/// A check that could not come to a verdict.
#[derive(Debug, Clone, thiserror::Error)]
#[error("check `{rule}` failed: {message}")]
pub struct CheckError {
    pub rule: String,
    pub message: String,
}

/// A rule that looks at one kind of input.
pub trait Check: Sync + Send {
    fn meta(&self) -> &Arc<RuleMeta>;
    /// Whether it reads this sort of input at all; cheap.
    fn wants(&self, input: &Input<'_>) -> bool;
    /// An error becomes `NotAssessed`, never a pass.
    fn evaluate(&self, input: &Input<'_>, settings: &CheckSettings) -> Result<Verdict, CheckError>;
}
