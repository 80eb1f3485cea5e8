//! `PB-IMG-0017`: image carries a private key.

use super::places::{at, files_seen, found, is_owned};
use crate::native::check;
use probity_model::{
    Severity,
    check::{CheckSettings, Verdict},
    facts::KeyKind,
    inventory::Inventory,
};
use std::collections::BTreeSet;

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let mut violations = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for key in inventory.facts.keys.iter().filter(|key| key.kind != KeyKind::AuthorizedKey && !is_owned(inventory, &key.at.path)) {
        seen.insert(&key.at.path);
        let what = if key.kind == KeyKind::HostKey { "SSH host key" } else { "private key" };
        let mut violation = at(format!("the image carries a {what} ({})", key.algorithm), &key.at);
        violation.severity = key.encrypted.then_some(Severity::Low);
        violations.push(violation);
    }
    for secret in inventory.facts.secrets.iter().filter(|secret| secret.category == "private-key") {
        if seen.contains(&*secret.at.path) || is_owned(inventory, &secret.at.path) {
            continue;
        }
        let deleted = if secret.at.is_visible() { "" } else { ", in a layer below the one that deleted it" };
        violations.push(at(format!("the image carries a private key{deleted}"), &secret.at));
    }
    found(violations, || files_seen(inventory))
}
