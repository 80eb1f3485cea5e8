//! `KSV-0025`: SELinux type, user and role.

use super::shared::{pod_and_containers, set};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Kubernetes, run);

fn run(object: &Resource, settings: &CheckSettings) -> Verdict {
    let engine = settings.kubernetes >= (1, 31);
    pod_and_containers(
        object,
        |pod, violations| {
            for entry in bad_options(pod.security_context(), engine) {
                violations.push(Violation::new(
                    format!("the pod's SELinux {} is `{}`", entry.key, entry.value.text().unwrap_or_default()),
                    pod.field_path(&format!("securityContext.seLinuxOptions.{}", entry.key)),
                    entry.lines(),
                ));
            }
        },
        |container, violations| {
            for entry in bad_options(container.security_context(), engine) {
                violations.push(Violation::new(
                    format!("the SELinux {} of container `{}` is `{}`", entry.key, container.name, entry.value.text().unwrap_or_default()),
                    container.field_path(&format!("securityContext.seLinuxOptions.{}", entry.key)),
                    entry.lines(),
                ));
            }
        },
    )
}

fn bad_options(context: Option<&Node>, engine: bool) -> impl Iterator<Item = &Entry> {
    let options = set(context, "seLinuxOptions").map(|entry| &entry.value);
    ["type", "user", "role"].into_iter().filter_map(move |key| {
        set(options, key).filter(|entry| match entry.value.text() {
            Some("") => false,
            Some("container_t" | "container_init_t" | "container_kvm_t") => key != "type",
            Some("container_engine_t") => key != "type" || !engine,
            _ => true,
        })
    })
}
