//! `PB-CMP-0022`: service may gain privileges.

use super::service::{is_open, missing, security_options, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let mut open = None;
    for (key, value, item) in security_options(service) {
        if key == "no-new-privileges" {
            match value {
                "" | "true" | "1" => tally.saw(),
                value if is_open(value) => tally.unknown(|| format!("`no-new-privileges` of service `{}` is `{value}`", service.name)),
                _ => {
                    let message = format!("service `{}` allows new privileges", service.name);
                    tally.fail(violation(message, service, "security_opt", item.lines));
                }
            }
            return tally.verdict();
        }
        open = open.or(is_open(key).then_some(key));
    }
    match open {
        Some(key) => tally.unknown(|| format!("`security_opt` of service `{}` has `{key}`", service.name)),
        None => tally.fail(missing(format!("service `{}` does not set `no-new-privileges`", service.name), service, "security_opt")),
    }
    tally.verdict()
}
