//! `PB-CMP-0026`: service is on the default bridge.

use super::service::{Field, external, missing, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, project: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    Field { name: "network_mode", bad: &["bridge"] }.judge(service, project, &mut tally);
    if let Some(lines) = external(service, project, "bridge") {
        tally.fail(violation(format!("service `{}` joins the default bridge", service.name), service, "networks", lines));
    }
    let has_network = ["network_mode", "net", "networks"].iter().any(|key| service.node.get(key).is_some());
    if project.root.get("services").is_none() && !has_network {
        let message = format!("service `{}` is on the default bridge, as in all files of version 1", service.name);
        tally.fail(missing(message, service, "networks"));
    }
    tally.verdict()
}
