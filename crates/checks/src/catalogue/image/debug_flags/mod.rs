//! `PB-IMG-0009`: image runs in debug mode.

use super::places::{at, files_seen, found, of_traces};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::{SettingKind, TraceKind},
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let mut violations = of_traces(inventory, &[TraceKind::DebugFlag], |trace| format!("debug mode: `{}`", trace.what));
    for setting in inventory.facts.settings.iter().filter(|setting| setting.kind == SettingKind::Debug) {
        violations.push(at(format!("debug mode of {}: `{}`", setting.server, setting.text), &setting.at));
    }
    found(violations, || files_seen(inventory))
}
