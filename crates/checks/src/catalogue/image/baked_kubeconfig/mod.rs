//! `PB-IMG-0012`: image carries credentials of a cluster or cloud.

use super::places::{files_seen, found, of_traces};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::TraceKind,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let kinds = [TraceKind::Kubeconfig, TraceKind::CloudCredentials];
    let mut violations = of_traces(inventory, &kinds, |trace| format!("the image carries a {}", trace.what));
    // One that only says where a cluster is gives nobody a right.
    violations.retain(|violation| !violation.message.ends_with("without credentials"));
    found(violations, || files_seen(inventory))
}
