//! `PB-CMP-0029`: logs of the service are thrown away.

use super::service::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let entry = service.node.get("logging").and_then(|logging| logging.entry("driver")).or_else(|| service.node.entry("log_driver"));
    match entry.and_then(|entry| Some((entry, entry.value.text()?))) {
        Some((entry, "none")) => {
            tally.fail(violation(format!("service `{}` keeps no log", service.name), service, "logging.driver", entry.lines()));
        }
        Some((_, driver)) if is_open(driver) => tally.unknown(|| format!("the log driver of service `{}` is `{driver}`", service.name)),
        _ => tally.saw(),
    }
    tally.verdict()
}
