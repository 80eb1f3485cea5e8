//! `PB-K8S-0002`: Secrets in environment variables.

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
        for (index, variable) in container.node.items_of("env").iter().enumerate() {
            if let Some(entry) = set(variable.get("valueFrom"), "secretKeyRef") {
                let name = variable.text_of("name").unwrap_or_default();
                violations.push(Violation::new(
                    format!("container `{}` reads a Secret into the variable `{name}`", container.name),
                    container.field_path(&format!("env[{index}].valueFrom.secretKeyRef")),
                    entry.lines(),
                ));
            }
        }
        for (index, source) in container.node.items_of("envFrom").iter().enumerate() {
            if let Some(entry) = set(Some(source), "secretRef") {
                let name = entry.value.text_of("name").unwrap_or_default();
                violations.push(Violation::new(
                    format!("container `{}` reads all of Secret `{name}` into variables", container.name),
                    container.field_path(&format!("envFrom[{index}].secretRef")),
                    entry.lines(),
                ));
            }
        }
    })
}
