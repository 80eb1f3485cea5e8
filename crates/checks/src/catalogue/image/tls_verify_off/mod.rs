//! `PB-IMG-0019`: verification of certificates is switched off.

use super::places::{at, files_seen, found, of_traces};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::{SettingKind, TraceKind},
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let mut violations =
        of_traces(inventory, &[TraceKind::TlsVerifyOff], |trace| format!("certificates are not verified: `{}`", trace.what));
    for setting in inventory.facts.settings.iter().filter(|setting| setting.kind == SettingKind::TlsVerifyOff) {
        violations.push(at(format!("{} does not verify certificates: `{}`", setting.server, setting.text), &setting.at));
    }
    found(violations, || files_seen(inventory))
}
