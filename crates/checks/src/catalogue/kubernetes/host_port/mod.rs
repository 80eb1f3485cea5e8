//! `KSV-0024`: `hostPort`.

use super::shared::set;
use crate::native::{check, each_container};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_container(object, |container, violations| {
        for (index, port) in container.node.items_of("ports").iter().enumerate() {
            if let Some(entry) = set(Some(port), "hostPort").filter(|entry| entry.value.as_i64() != Some(0)) {
                violations.push(Violation::new(
                    format!("container `{}` claims port {} of its node", container.name, entry.value.text().unwrap_or_default()),
                    container.field_path(&format!("ports[{index}].hostPort")),
                    entry.lines(),
                ));
            }
        }
    })
}
