//! `KSV-0008`: `hostIPC`.

use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        if let Some(entry) = pod.spec.entry("hostIPC").filter(|entry| entry.value.as_bool() == Some(true)) {
            violations.push(Violation::new("the pod shares its node's IPC namespace", pod.field_path("hostIPC"), entry.lines()));
        }
    })
}
