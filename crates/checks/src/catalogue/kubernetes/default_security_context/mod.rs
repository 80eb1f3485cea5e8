//! `KSV-0118`: some security context holds for the container.

use crate::native::{check, each_container};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::Node,
};

check!(Kubernetes, run);

/// What a container takes from its pod.
const INHERITED: [&str; 7] =
    ["runAsNonRoot", "runAsUser", "runAsGroup", "seccompProfile", "seLinuxOptions", "appArmorProfile", "windowsOptions"];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_container(object, |container, violations| {
        let says = |context: Option<&Node>, counts: fn(&str) -> bool| {
            context.is_some_and(|context| context.entries().iter().any(|entry| !entry.value.is_null() && counts(&entry.key)))
        };
        if !says(container.security_context(), |_| true) && !says(container.pod.security_context(), |key| INHERITED.contains(&key)) {
            violations.push(Violation::new(
                format!("container `{}` has no security context", container.name),
                container.field_path("securityContext"),
                container.lines_of(&["securityContext"]),
            ));
        }
    })
}
