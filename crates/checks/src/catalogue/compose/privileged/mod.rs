//! `PB-CMP-0004`: service is privileged.

use super::service::violation;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    match service.node.entry("privileged") {
        Some(entry) if entry.value.as_bool() == Some(true) => {
            tally.fail(violation(format!("service `{}` is privileged", service.name), service, "privileged", entry.lines()));
        }
        Some(entry) if entry.value.as_bool().is_none() && !entry.value.is_null() => {
            tally.unknown(|| format!("`privileged` of service `{}` is `{}`", service.name, entry.value.text().unwrap_or("no boolean")));
        }
        _ => tally.saw(),
    }
    tally.verdict()
}
