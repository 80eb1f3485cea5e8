//! `PB-CMP-0006`: service publishes a port of the host below 1024.

use super::ports::published;
use super::service::violation;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for port in published(service) {
        match port.host {
            Ok(Some((first, _))) if first < 1024 => {
                let message = format!("service `{}` publishes the privileged port {first} (`{}`)", service.name, port.text);
                tally.fail(violation(message, service, &format!("ports[{}]", port.index), port.lines));
            }
            Err(_) => tally.unknown(|| format!("service `{}` publishes `{}`", service.name, port.text)),
            Ok(_) => tally.saw(),
        }
    }
    tally.verdict()
}
