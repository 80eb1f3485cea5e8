//! `PB-IMG-0002`: user has an empty password.

use super::places::{at, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::PasswordState,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let passwords = &inventory.facts.passwords;
    if passwords.is_empty() {
        return Verdict::NotApplicable { why: "the image has no accounts with passwords" };
    }
    let empty = passwords.iter().filter(|password| password.state == PasswordState::Empty);
    found(empty.map(|password| at(format!("user `{}` has an empty password", password.user), &password.at)).collect(), || passwords.len())
}
