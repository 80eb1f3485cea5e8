//! `KSV-0007`: `hostAliases`.

use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        if let Some(entry) = pod.spec.entry("hostAliases").filter(|entry| !entry.value.items().is_empty()) {
            violations.push(Violation::new("the pod adds names to its hosts file", pod.field_path("hostAliases"), entry.lines()));
        }
    })
}
