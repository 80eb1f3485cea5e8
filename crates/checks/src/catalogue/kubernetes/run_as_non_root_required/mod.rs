//! `PB-K8S-0005`: `runAsNonRoot`, as the restricted profile words it.

use super::shared::{pod_and_containers, set};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod_and_containers(
        object,
        |pod, violations| {
            if let Some(entry) = set(pod.security_context(), "runAsNonRoot").filter(|entry| entry.value.as_bool() != Some(true)) {
                violations.push(Violation::new(
                    "the pod allows its containers to run as root",
                    pod.field_path("securityContext.runAsNonRoot"),
                    entry.lines(),
                ));
            }
        },
        |container, violations| {
            let own = set(container.security_context(), "runAsNonRoot");
            let what = match own.map(|entry| entry.value.as_bool()) {
                Some(Some(true)) => return,
                Some(_) => "is allowed to run as root",
                // What the pod says, good or bad, has been judged.
                None if set(container.pod.security_context(), "runAsNonRoot").is_some() => return,
                None => "is not required to run as non-root",
            };
            violations.push(Violation::new(
                format!("container `{}` {what}", container.name),
                container.field_path("securityContext.runAsNonRoot"),
                container.lines_of(&["securityContext", "runAsNonRoot"]),
            ));
        },
    )
}
