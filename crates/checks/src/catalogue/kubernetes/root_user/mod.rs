//! `KSV-0105`: `runAsUser: 0`.

use super::shared::pod_and_containers;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod_and_containers(
        object,
        |pod, violations| {
            if let Some(entry) = root(pod.security_context()) {
                let path = pod.field_path("securityContext.runAsUser");
                violations.push(Violation::new("the pod makes its containers run as root", path, entry.lines()));
            }
        },
        |container, violations| {
            if let Some(entry) = root(container.security_context()) {
                violations.push(Violation::new(
                    format!("container `{}` runs as root", container.name),
                    container.field_path("securityContext.runAsUser"),
                    entry.lines(),
                ));
            }
        },
    )
}

fn root(context: Option<&Node>) -> Option<&Entry> {
    context?.entry("runAsUser").filter(|entry| entry.value.as_i64() == Some(0))
}
