//! `KSV-0009`: `hostNetwork`.

use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        if let Some(entry) = pod.spec.entry("hostNetwork").filter(|entry| entry.value.as_bool() == Some(true)) {
            violations.push(Violation::new("the pod shares its node's network", pod.field_path("hostNetwork"), entry.lines()));
        }
    })
}
