//! What was given and what of it could be examined: input kinds, gaps, and which analyzers ran.

use super::Inputs;
use crate::ids::RuleCatalogue;
use probity_model::{
    Capability, Diagnostic, InputKind, Inventory, Reason, SubjectId, SubjectKind, diagnostic::Level, report::CapabilityState,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Why something about a subject cannot be concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) reason: Reason,
    pub(crate) why: String,
}

impl Gap {
    pub(crate) fn new(reason: Reason, why: impl Into<String>) -> Self {
        Self { reason, why: why.into() }
    }
}

/// The run as rules see it.
pub(crate) struct Scope<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) catalogue: RuleCatalogue,
    /// Subjects that hold, or were meant to hold, an input of a kind.
    pub(crate) given: BTreeMap<InputKind, BTreeSet<SubjectId>>,
    /// Kinds of each subject.
    kinds: BTreeMap<SubjectId, BTreeSet<InputKind>>,
    gaps: HashMap<(Option<SubjectId>, Capability), Gap>,
    ran: HashMap<Capability, BTreeSet<SubjectId>>,
}

/// Kinds of document that are found in files.
const DOCUMENTS: [InputKind; 3] = [InputKind::Dockerfile, InputKind::Compose, InputKind::KubernetesManifest];

impl<'a> Scope<'a> {
    pub(crate) fn new(inputs: &'a Inputs<'a>) -> Self {
        let mut scope = Self {
            inputs,
            catalogue: RuleCatalogue::new(&inputs.ledger.rules),
            given: BTreeMap::new(),
            kinds: BTreeMap::new(),
            gaps: HashMap::new(),
            ran: HashMap::new(),
        };
        for diagnostic in &inputs.ledger.diagnostics {
            scope.note_gap(diagnostic, diagnostic.subject);
        }
        for inventory in inputs.inventories {
            for diagnostic in &inventory.facts.diagnostics {
                scope.note_gap(diagnostic, Some(diagnostic.subject.unwrap_or(inventory.subject.id)));
            }
        }
        for run in inputs.capabilities {
            if run.state == CapabilityState::NotRun {
                let reason = run.reason.unwrap_or(Reason::AnalyzerDisabled);
                let why = match (run.capability, reason) {
                    (Capability::ImageConfig, Reason::TargetKindMissing) => {
                        "needs an image: what was given has no image configuration (user, variables, history)".to_owned()
                    }
                    (capability, _) => format!("`{capability}` did not run"),
                };
                let gap = Gap::new(reason, why);
                if run.subjects.is_empty() {
                    scope.gaps.entry((None, run.capability)).or_insert(gap);
                } else {
                    for subject in &run.subjects {
                        scope.gaps.entry((Some(*subject), run.capability)).or_insert_with(|| gap.clone());
                    }
                }
            } else {
                scope.ran.entry(run.capability).or_default().extend(&run.subjects);
            }
        }
        for inventory in inputs.inventories {
            scope.note_kinds(inventory);
        }
        scope
    }

    fn note_gap(&mut self, diagnostic: &Diagnostic, subject: Option<SubjectId>) {
        // Nothing was lost by what a note says.
        if diagnostic.level == Level::Note {
            return;
        }
        for capability in &diagnostic.affects {
            let place = diagnostic.path.as_deref().map(|path| format!("`{path}`: ")).unwrap_or_default();
            self.gaps
                .entry((subject, *capability))
                .or_insert_with(|| Gap::new(diagnostic.reason, format!("{place}{}", diagnostic.message)));
        }
    }

    fn note_kinds(&mut self, inventory: &Inventory) {
        let subject = inventory.subject.id;
        let mut kinds: BTreeSet<InputKind> =
            inventory.files.iter().flat_map(|file| &file.documents).map(probity_model::document::Document::input).collect();
        let folder = matches!(inventory.subject.kind, SubjectKind::Folder | SubjectKind::File);
        for kind in DOCUMENTS {
            // A document that does not parse was given all the same; a folder that was not read to its end may hold any of them.
            let unread = self.gaps.contains_key(&(Some(subject), Capability::Documents(kind)));
            let unknown = folder && self.gaps.contains_key(&(Some(subject), Capability::Everything));
            if unread || unknown {
                kinds.insert(kind);
            }
        }
        match inventory.subject.kind {
            SubjectKind::Image => kinds.insert(InputKind::Image),
            SubjectKind::Rootfs => kinds.insert(InputKind::Rootfs),
            SubjectKind::Folder | SubjectKind::File => kinds.insert(InputKind::Repo),
            SubjectKind::Sbom => kinds.insert(InputKind::Sbom),
        };
        for kind in &kinds {
            self.given.entry(*kind).or_default().insert(subject);
        }
        self.kinds.insert(subject, kinds);
    }

    /// Kinds of input that the user gave. A folder counts as such only when it holds no document that we know.
    pub(crate) fn kinds_given(&self) -> BTreeSet<InputKind> {
        let mut all = BTreeSet::new();
        for kinds in self.kinds.values() {
            let documents = kinds.iter().any(|kind| DOCUMENTS.contains(kind));
            all.extend(kinds.iter().copied().filter(|kind| *kind != InputKind::Repo || !documents));
        }
        all
    }

    pub(crate) fn kinds_of(&self, subject: SubjectId) -> impl Iterator<Item = InputKind> {
        self.kinds.get(&subject).into_iter().flatten().copied()
    }

    pub(crate) fn subjects_with(&self, kind: InputKind) -> impl Iterator<Item = SubjectId> {
        self.given.get(&kind).into_iter().flatten().copied()
    }

    /// Why nothing can be concluded from the absence of a thing.
    pub(crate) fn gap(&self, subject: SubjectId, capability: Capability) -> Option<&Gap> {
        [(Some(subject), capability), (Some(subject), Capability::Everything), (None, capability), (None, Capability::Everything)]
            .iter()
            .find_map(|key| self.gaps.get(key))
    }

    /// The same, and an analyzer that did not report that it ran is a gap too.
    pub(crate) fn gap_or_not_run(&self, subject: SubjectId, capability: Capability) -> Option<Gap> {
        if let Some(gap) = self.gap(subject, capability) {
            return Some(gap.clone());
        }
        let ran = self.ran(subject, capability);
        (!ran).then(|| Gap::new(Reason::AnalyzerDisabled, format!("`{capability}` was not examined")))
    }

    pub(crate) fn ran(&self, subject: SubjectId, capability: Capability) -> bool {
        self.ran.get(&capability).is_some_and(|subjects| subjects.contains(&subject))
    }
}
