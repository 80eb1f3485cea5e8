//! `PB-K8S-0006`: `NET_RAW` is dropped, and not added again.

use super::shared::{capabilities, drop_lines, drops, each_linux_container, names_capability};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_linux_container(object, |container, violations| {
        let mut added = capabilities(container, "add").iter().enumerate();
        let added =
            added.find(|(_, item)| item.text().is_some_and(|text| names_capability(text, "NET_RAW") || names_capability(text, "ALL")));
        if let Some((index, item)) = added {
            violations.push(Violation::new(
                format!("container `{}` adds the capability NET_RAW", container.name),
                container.field_path(&format!("securityContext.capabilities.add[{index}]")),
                item.lines,
            ));
        } else if !drops(container, "NET_RAW") {
            violations.push(Violation::new(
                format!("container `{}` does not drop the capability NET_RAW", container.name),
                container.field_path("securityContext.capabilities.drop"),
                drop_lines(container),
            ));
        }
    })
}
