//! `PB-CMP-0016`: service has devices of the host.

use super::service::violation;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for (index, item) in service.node.items_of("devices").iter().enumerate() {
        let source = item.text_of("source").or_else(|| item.text()).unwrap_or_default();
        let permissions = if item.is_map() { item.text_of("permissions") } else { source.splitn(3, ':').nth(2) };
        if permissions == Some("r") {
            tally.saw();
            continue;
        }
        let message = format!("service `{}` has the device `{source}`", service.name);
        tally.fail(violation(message, service, &format!("devices[{index}]"), item.lines));
    }
    for item in service.node.items_of("device_cgroup_rules") {
        let rule = item.text().unwrap_or_default();
        if rule.rsplit(' ').next().is_some_and(|access| access == "r") {
            tally.saw();
        } else {
            let message = format!("service `{}` may use devices by the rule `{rule}`", service.name);
            tally.fail(violation(message, service, "device_cgroup_rules", item.lines));
        }
    }
    tally.verdict()
}
