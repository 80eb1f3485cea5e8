//! `PB-IMG-0020`: image was built from unverified downloads.

use super::places::{found, no_history, of_traces};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::TraceKind,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let violations = of_traces(inventory, &[TraceKind::UnverifiedInstall], |trace| format!("not verified: `{}`", trace.what));
    match no_history(inventory) {
        Some(verdict) if violations.is_empty() => verdict,
        _ => found(violations, || inventory.subject.image.as_ref().map_or(1, |image| image.history.len())),
    }
}
