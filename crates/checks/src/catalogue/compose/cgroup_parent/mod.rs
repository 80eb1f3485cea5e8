//! `PB-CMP-0021`: service is put into another control group.

use super::service::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    match service.node.entry("cgroup_parent").and_then(|entry| Some((entry, entry.value.text()?))) {
        // What the engine uses by itself.
        None | Some((_, "" | "docker" | "/docker" | "system.slice")) => tally.saw(),
        Some((_, parent)) if is_open(parent) => tally.unknown(|| format!("`cgroup_parent` of service `{}` is `{parent}`", service.name)),
        Some((entry, parent)) => {
            let message = format!("service `{}` runs in the control group `{parent}`", service.name);
            tally.fail(violation(message, service, "cgroup_parent", entry.lines()));
        }
    }
    if let Some(entry) = service.node.entry("cgroup").filter(|entry| entry.value.text() == Some("host")) {
        let message = format!("service `{}` sees the control groups of the host", service.name);
        tally.fail(violation(message, service, "cgroup", entry.lines()));
    }
    tally.verdict()
}
