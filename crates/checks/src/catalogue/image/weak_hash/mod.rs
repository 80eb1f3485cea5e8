//! `PB-IMG-0010`: password is stored with a weak hash.

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
    let mut violations = Vec::new();
    for password in passwords {
        let how = match password.state {
            PasswordState::Plain => "in plain text",
            PasswordState::Des => "with DES",
            PasswordState::Md5 => "with MD5",
            PasswordState::Sha1 => "with SHA-1",
            _ => continue,
        };
        violations.push(at(format!("the password of `{}` is stored {how}", password.user), &password.at));
    }
    found(violations, || passwords.len())
}
