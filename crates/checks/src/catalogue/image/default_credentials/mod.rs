//! `PB-IMG-0001`: image has credentials that everybody knows.

use super::places::{at, files_seen, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::CredentialKind,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let violations = inventory
        .facts
        .credentials
        .iter()
        .filter(|credential| credential.kind == CredentialKind::Default)
        .map(|credential| at(format!("default credentials of {}: `{}`", credential.service, credential.what), &credential.at))
        .collect();
    found(violations, || files_seen(inventory))
}
