//! `KSV-0103`: HostProcess containers on Windows.

use super::shared::pod_and_containers;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Kubernetes, run);

const FIELD: &str = "securityContext.windowsOptions.hostProcess";

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod_and_containers(
        object,
        |pod, violations| {
            if let Some(entry) = host_process(pod.security_context()) {
                violations.push(Violation::new("the pod's containers run as processes of the node", pod.field_path(FIELD), entry.lines()));
            }
        },
        |container, violations| {
            if let Some(entry) = host_process(container.security_context()) {
                violations.push(Violation::new(
                    format!("container `{}` runs as a process of the node", container.name),
                    container.field_path(FIELD),
                    entry.lines(),
                ));
            }
        },
    )
}

fn host_process(context: Option<&Node>) -> Option<&Entry> {
    context?.get("windowsOptions")?.entry("hostProcess").filter(|entry| entry.value.as_bool() == Some(true))
}
