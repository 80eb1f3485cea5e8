//! `PB-IMG-0007`: image carries files of tests and development.

use super::places::{files_seen, found, of_traces};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::TraceKind,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    found(of_traces(inventory, &[TraceKind::TestArtifact], |trace| format!("left over from development: {}", trace.what)), || {
        files_seen(inventory)
    })
}
