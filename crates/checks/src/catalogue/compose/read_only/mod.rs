//! `PB-CMP-0011`: root file system of the service is writable.

use super::service::{missing, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    match service.node.entry("read_only") {
        Some(entry) if entry.value.as_bool() == Some(true) => tally.saw(),
        Some(entry) if entry.value.as_bool() == Some(false) => {
            tally.fail(violation(
                format!("service `{}` has a writable root file system", service.name),
                service,
                "read_only",
                entry.lines(),
            ));
        }
        Some(entry) if !entry.value.is_null() => {
            tally.unknown(|| format!("`read_only` of service `{}` is `{}`", service.name, entry.value.text().unwrap_or("no boolean")));
        }
        _ => tally.fail(missing(format!("service `{}` has a writable root file system", service.name), service, "read_only")),
    }
    tally.verdict()
}
