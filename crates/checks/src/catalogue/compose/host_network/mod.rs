//! `PB-CMP-0008`: service shares the network of the host.

use super::service::{Field, external, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, project: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    Field { name: "network_mode", bad: &["host"] }.judge(service, project, &mut tally);
    if let Some(entry) = external(service, project, "host") {
        tally.fail(violation(format!("service `{}` joins the network of the host", service.name), service, "networks", entry));
    }
    tally.verdict()
}
