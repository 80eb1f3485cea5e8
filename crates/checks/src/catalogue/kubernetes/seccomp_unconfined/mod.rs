//! `KSV-0104`: seccomp as the baseline profile has it. The annotations from before Kubernetes 1.19 have had no effect since 1.27 and are not read.

use super::shared::{pod_and_containers, set};
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
            if let Some(entry) = bad_type(pod.security_context()) {
                violations.push(Violation::new(
                    format!("the pod's seccomp profile is `{}`", entry.value.text().unwrap_or_default()),
                    pod.field_path("securityContext.seccompProfile.type"),
                    entry.lines(),
                ));
            }
        },
        |container, violations| {
            if let Some(entry) = bad_type(container.security_context()) {
                violations.push(Violation::new(
                    format!("the seccomp profile of container `{}` is `{}`", container.name, entry.value.text().unwrap_or_default()),
                    container.field_path("securityContext.seccompProfile.type"),
                    entry.lines(),
                ));
            }
        },
    )
}

fn bad_type(context: Option<&Node>) -> Option<&Entry> {
    let entry = set(set(context, "seccompProfile").map(|entry| &entry.value), "type")?;
    (!matches!(entry.value.text(), Some("RuntimeDefault" | "Localhost"))).then_some(entry)
}
