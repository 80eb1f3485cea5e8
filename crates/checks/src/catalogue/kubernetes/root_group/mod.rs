//! `KSV-0116`: group 0 as primary or supplementary group.

use super::shared::{WINDOWS, effective, pod_and_containers, set};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::{Pod, Resource},
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if object.pod().is_some_and(Pod::is_windows) {
        return WINDOWS;
    }
    let mut pod_reported = false;
    pod_and_containers(
        object,
        |pod, violations| {
            let Some(context) = pod.security_context() else { return };
            for (index, group) in context.items_of("supplementalGroups").iter().enumerate() {
                if group.as_i64() == Some(0) {
                    violations.push(Violation::new(
                        "the pod adds its processes to the root group",
                        pod.field_path(&format!("securityContext.supplementalGroups[{index}]")),
                        group.lines,
                    ));
                }
            }
            if let Some(entry) = set(Some(context), "fsGroup").filter(|entry| entry.value.as_i64() == Some(0)) {
                violations.push(Violation::new(
                    "the pod's volumes belong to the root group",
                    pod.field_path("securityContext.fsGroup"),
                    entry.lines(),
                ));
            }
        },
        |container, violations| {
            let Some(found) = effective(container, "runAsGroup") else {
                violations.push(Violation::new(
                    format!("container `{}` does not say which group it runs as", container.name),
                    container.field_path("securityContext.runAsGroup"),
                    container.lines_of(&["securityContext"]),
                ));
                return;
            };
            if found.entry.value.as_i64().is_some_and(|group| group > 0) || (!found.own && std::mem::replace(&mut pod_reported, true)) {
                return;
            }
            let whom = if found.own { format!("container `{}` runs", container.name) } else { "containers of the pod run".to_owned() };
            violations.push(Violation::new(format!("{whom} as the root group"), found.locator(container), found.entry.lines()));
        },
    )
}
