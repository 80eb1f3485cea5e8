//! `PB-CMP-0002`: service runs without SELinux separation.

use super::service::{is_open, is_privileged, security_options, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let mut named = false;
    for (key, value, item) in security_options(service).filter(|(key, ..)| *key == "label") {
        named = true;
        match value {
            "disable" => {
                let message = format!("service `{}` switches SELinux labels off with `{key}:{value}`", service.name);
                tally.fail(violation(message, service, "security_opt", item.lines));
            }
            value if is_open(value) => tally.unknown(|| format!("`{key}` of service `{}` is `{value}`", service.name)),
            _ => tally.saw(),
        }
    }
    if !named && let Some(entry) = is_privileged(service) {
        let message = format!("service `{}` is privileged, so Docker switches SELinux labels off", service.name);
        tally.fail(violation(message, service, "privileged", entry.lines()));
    }
    tally.verdict()
}
