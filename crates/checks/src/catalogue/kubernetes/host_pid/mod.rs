//! `KSV-0010`: `hostPID`.

use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        if let Some(entry) = pod.spec.entry("hostPID").filter(|entry| entry.value.as_bool() == Some(true)) {
            violations.push(Violation::new("the pod shares its node's process namespace", pod.field_path("hostPID"), entry.lines()));
        }
    })
}
