//! `PB-IMG-0011`: sSH key may log in to every copy of the image.

use super::places::{at, files_seen, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::KeyKind,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let keys = inventory.facts.keys.iter().filter(|key| key.kind == KeyKind::AuthorizedKey);
    found(keys.map(|key| at(format!("an SSH key ({}) may log in", key.algorithm), &key.at)).collect(), || files_seen(inventory))
}
