//! `PB-CMP-0023`: health of the service is not checked.

use super::service::violation;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
    diagnostic::Reason,
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let check = service.node.get("healthcheck");
    let disable = check.and_then(|check| check.entry("disable"));
    let test = check.and_then(|check| check.entry("test"));
    let first = test.and_then(|test| test.value.text().or_else(|| test.value.items().first()?.text()));
    if let Some(entry) = disable.filter(|entry| entry.value.as_bool() == Some(true)) {
        tally.fail(violation(
            format!("service `{}` disables its health check", service.name),
            service,
            "healthcheck.disable",
            entry.lines(),
        ));
    } else if let Some(entry) = test.filter(|_| first.is_some_and(|word| word == "NONE")) {
        tally.fail(violation(format!("service `{}` disables its health check", service.name), service, "healthcheck.test", entry.lines()));
    } else if first.is_some_and(|word| !word.is_empty()) {
        tally.saw();
    } else {
        tally.unknown_because(Reason::TargetKindMissing, || {
            format!("service `{}` has the health check of its image, which was not looked at", service.name)
        });
    }
    tally.verdict()
}
