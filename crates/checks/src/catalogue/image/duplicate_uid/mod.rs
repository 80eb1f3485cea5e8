//! `PB-IMG-0003`: two users have the same number.

use super::places::{at, found};
use crate::native::check;
use probity_model::{
    Severity,
    check::{CheckSettings, Verdict},
    inventory::Inventory,
};
use std::collections::BTreeMap;

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let users = &inventory.facts.users;
    if users.is_empty() {
        return Verdict::NotApplicable { why: "the image has no list of users" };
    }
    let mut first: BTreeMap<(&str, u32), &str> = BTreeMap::new();
    let mut violations = Vec::new();
    for user in users {
        let other = *first.entry((&user.at.path, user.uid)).or_insert(&user.name);
        if other != user.name {
            let mut violation = at(format!("users `{other}` and `{}` both have the number {}", user.name, user.uid), &user.at);
            violation.severity = (user.uid == 0).then_some(Severity::Critical);
            violations.push(violation);
        }
    }
    found(violations, || users.len())
}
