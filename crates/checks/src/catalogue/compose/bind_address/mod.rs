//! `PB-CMP-0012`: port is published on all interfaces of the host.

use super::ports::{Address, published};
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
        match port.address {
            Address::All => {
                let message = format!("service `{}` publishes `{}` on all interfaces", service.name, port.text);
                tally.fail(violation(message, service, &format!("ports[{}]", port.index), port.lines));
            }
            Address::Open => tally.unknown(|| format!("service `{}` publishes `{}`", service.name, port.text)),
            Address::One => tally.saw(),
        }
    }
    tally.verdict()
}
