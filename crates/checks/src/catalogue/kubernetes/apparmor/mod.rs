//! `KSV-0002`: AppArmor, by field (since Kubernetes 1.30) and by annotation.

use super::shared::{pod_and_containers, set};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Kubernetes, run);

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod_and_containers(
        object,
        |pod, violations| {
            let annotations = pod.metadata.and_then(|metadata| metadata.get("annotations")).map_or(&[][..], Node::entries);
            for annotation in annotations {
                let Some(container) = annotation.key.strip_prefix(ANNOTATION) else { continue };
                let profile = annotation.value.text().unwrap_or_default();
                if !(profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/")) {
                    let template = pod.path.strip_suffix("spec").unwrap_or_default();
                    violations.push(Violation::new(
                        format!("an annotation gives container `{container}` the AppArmor profile `{profile}`"),
                        format!("{template}metadata.annotations['{}']", annotation.key),
                        annotation.lines(),
                    ));
                }
            }
            if let Some(profile) = bad_type(pod.security_context()) {
                violations.push(Violation::new(
                    format!("the pod's AppArmor profile is `{}`", profile.value.text().unwrap_or_default()),
                    pod.field_path("securityContext.appArmorProfile.type"),
                    profile.lines(),
                ));
            }
        },
        |container, violations| {
            if let Some(profile) = bad_type(container.security_context()) {
                violations.push(Violation::new(
                    format!("the AppArmor profile of container `{}` is `{}`", container.name, profile.value.text().unwrap_or_default()),
                    container.field_path("securityContext.appArmorProfile.type"),
                    profile.lines(),
                ));
            }
        },
    )
}

fn bad_type(context: Option<&Node>) -> Option<&Entry> {
    let profile = set(set(context, "appArmorProfile").map(|entry| &entry.value), "type")?;
    (!matches!(profile.value.text(), Some("RuntimeDefault" | "Localhost"))).then_some(profile)
}
