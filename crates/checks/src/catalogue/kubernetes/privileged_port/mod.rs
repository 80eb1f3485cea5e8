//! `KSV-0117`: ports that need a privilege to listen on.

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
            let low = |key| port.entry(key).filter(|entry| entry.value.as_i64().is_some_and(|number| (1..1024).contains(&number)));
            if let Some(entry) = low("containerPort").or_else(|| low("hostPort")) {
                violations.push(Violation::new(
                    format!("container `{}` listens on port {}", container.name, entry.value.text().unwrap_or_default()),
                    container.field_path(&format!("ports[{index}].{}", entry.key)),
                    entry.lines(),
                ));
            }
        }
    })
}
