//! `KSV-0027`: `procMount`.

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
        if let Some(entry) = set(container.security_context(), "procMount").filter(|entry| entry.value.text() != Some("Default")) {
            violations.push(Violation::new(
                format!("container `{}` mounts /proc as `{}`", container.name, entry.value.text().unwrap_or_default()),
                container.field_path("securityContext.procMount"),
                entry.lines(),
            ));
        }
    })
}
