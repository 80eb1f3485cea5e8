//! `PB-IMG-0016`: service in the image accepts everybody.

use super::places::{at, files_seen, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::{CredentialKind, SettingKind},
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let mut violations = Vec::new();
    for credential in inventory.facts.credentials.iter().filter(|credential| credential.kind == CredentialKind::NoAuth) {
        violations.push(at(format!("{} asks for no password: `{}`", credential.service, credential.what), &credential.at));
    }
    for setting in inventory.facts.settings.iter().filter(|setting| setting.kind == SettingKind::NoAuth) {
        violations.push(at(format!("{} asks for no password: `{}`", setting.server, setting.text), &setting.at));
    }
    found(violations, || files_seen(inventory))
}
