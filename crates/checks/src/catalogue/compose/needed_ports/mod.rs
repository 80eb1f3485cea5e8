//! `PB-CMP-0007`: only ports that are needed are published.

use super::ports::published;
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
    for port in published(service) {
        if let Ok(Some((first, last))) = port.host
            && last.saturating_sub(first) >= 1024
        {
            let message = format!("service `{}` publishes more than a thousand ports (`{}`)", service.name, port.text);
            tally.fail(violation(message, service, &format!("ports[{}]", port.index), port.lines));
        } else {
            tally.unknown_because(Reason::ScopeUndeclared, || {
                format!("service `{}` publishes `{}`, and which ports it needs was not declared", service.name, port.text)
            });
        }
    }
    if service.node.text_of("network_mode") == Some("host") {
        tally.unknown_because(Reason::ScopeUndeclared, || {
            format!("service `{}` is on the host's network, and which ports it needs was not declared", service.name)
        });
    }
    tally.verdict()
}
