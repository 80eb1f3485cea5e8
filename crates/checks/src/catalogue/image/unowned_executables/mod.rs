//! `PB-IMG-0005`: executable in a system folder belongs to no package.

use super::places::{at, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    inventory::Inventory,
};

check!(Inventory, run);

const SYSTEM: [&str; 13] =
    ["bin/", "sbin/", "lib/", "lib64/", "usr/bin/", "usr/sbin/", "usr/lib/", "usr/lib64/", "usr/libexec/", "etc/", "boot/", "dev/", "run/"];

/// Nothing that is meant to stay lies here.
const TEMPORARY: [&str; 4] = ["tmp/", "var/tmp/", "dev/shm/", "var/run/"];

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    if !inventory.package_database {
        return match &inventory.os {
            None => Verdict::NotApplicable { why: "the image has no package manager that owns files" },
            Some(os) => Verdict::NotAssessed {
                reason: Reason::UnsupportedOs,
                why: format!("no package database of `{}` was read, so nobody knows which files it owns", os.family),
            },
        };
    }
    let mut violations = Vec::new();
    for file in inventory.unowned.iter().filter_map(|unowned| inventory.facts.files.get(unowned.0)) {
        let below = |folders: &[&str]| folders.iter().any(|folder| file.path.starts_with(folder));
        let message = if below(&TEMPORARY) {
            format!("`{}` is executable and lies in a folder for temporary files", file.path)
        } else if below(&SYSTEM) {
            format!("`{}` is executable and belongs to no package", file.path)
        } else {
            continue;
        };
        violations.push(at(message, &file.at));
    }
    found(violations, || inventory.facts.files.len())
}
