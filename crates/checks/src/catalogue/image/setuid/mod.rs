//! `PB-IMG-0006`: file has the setuid or setgid bit.

use super::places::{at, files_seen, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::FileKind,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let mut violations = Vec::new();
    for file in inventory.facts.files.iter().filter(|file| file.kind != FileKind::Folder && (file.is_setuid() || file.is_setgid())) {
        let bit = match (file.is_setuid(), file.is_setgid()) {
            (true, true) => "setuid and setgid",
            (true, false) => "setuid",
            _ => "setgid",
        };
        violations.push(at(format!("`{}` is {bit} (mode {:04o}, owner {})", file.path, file.mode & 0o7777, file.uid), &file.at));
    }
    found(violations, || files_seen(inventory))
}
