//! From facts to violations: where in the image something is.

use probity_model::{
    check::Verdict,
    diagnostic::Reason,
    facts::{Trace, TraceKind},
    finding::Violation,
    inventory::Inventory,
    place::{Origin, Place},
};

/// A violation at the place of a fact.
pub(super) fn at(message: impl Into<String>, place: &Place) -> Violation {
    let mut violation = Violation { message: message.into(), lines: place.lines, layer: place.layer, ..Violation::default() };
    match place.origin {
        Origin::File => violation.path = Some(place.path.clone()),
        Origin::Env => violation.locator = format!("config.Env.{}", place.path),
        Origin::Label => violation.locator = format!("config.Labels.{}", place.path),
        Origin::History => violation.locator = format!("history[{}]", place.path),
    }
    violation
}

/// Fails with what was found. `examined` is only asked for a pass.
pub(super) fn found(violations: Vec<Violation>, examined: impl FnOnce() -> usize) -> Verdict {
    if violations.is_empty() {
        Verdict::Pass { examined: u32::try_from(examined()).unwrap_or(u32::MAX).max(1) }
    } else {
        Verdict::Fail(violations)
    }
}

/// Violations for the traces of some kinds.
pub(super) fn of_traces(inventory: &Inventory, kinds: &[TraceKind], message: impl Fn(&Trace) -> String) -> Vec<Violation> {
    inventory.facts.traces.iter().filter(|trace| kinds.contains(&trace.kind)).map(|trace| at(message(trace), &trace.at)).collect()
}

/// Whether a package brought the file.
pub(super) fn is_owned(inventory: &Inventory, path: &str) -> bool {
    inventory.facts.owned_files.binary_search_by(|owned| (**owned).cmp(path)).is_ok()
}

/// How many steps the history tells of; an image without one was built by a tool that writes none, or was squashed.
pub(super) fn no_history(inventory: &Inventory) -> Option<Verdict> {
    let Some(image) = &inventory.subject.image else {
        return Some(Verdict::NotApplicable { why: "a root file system has no history" });
    };
    let steps = image.history.iter().filter(|step| step.created_by.as_deref().is_some_and(|text| !text.trim().is_empty())).count();
    (steps == 0).then(|| Verdict::NotAssessed {
        reason: Reason::TargetKindMissing,
        why: "the image has no history that says how it was built".to_owned(),
    })
}

/// Files that were looked at.
pub(super) fn files_seen(inventory: &Inventory) -> usize {
    usize::try_from(inventory.file_count).unwrap_or(usize::MAX)
}
