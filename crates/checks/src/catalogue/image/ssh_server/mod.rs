//! `PB-IMG-0021`: image has an SSH server.

use super::places::{at, files_seen, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    inventory::Inventory,
};

check!(Inventory, run);

const PACKAGES: [&str; 7] =
    ["openssh-server", "openssh-server-pam", "openssh-server-common-openrc", "dropbear", "dropbear-bin", "dropbear-run", "tinysshd"];

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let packages = inventory.facts.packages.iter().filter(|package| PACKAGES.contains(&package.name.as_str()));
    let mut violations: Vec<Violation> =
        packages.map(|package| at(format!("package `{}` is an SSH server", package.name), &package.at)).collect();
    if violations.is_empty() {
        for file in inventory.facts.files.iter().filter(|file| file.is_executable()) {
            if matches!(file.path.rsplit('/').next(), Some("sshd" | "dropbear" | "tinysshd")) {
                violations.push(at(format!("`{}` is an SSH server", file.path), &file.at));
            }
        }
    }
    found(violations, || files_seen(inventory))
}
