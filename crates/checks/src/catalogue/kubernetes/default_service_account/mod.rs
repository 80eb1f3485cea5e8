//! `PB-K8S-0007`: the service account `default`, by name or for want of one.

use super::shared::set;
use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::Entry,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        // `serviceAccount` is the field's older name, which the API server still accepts.
        let named = set(Some(pod.spec), "serviceAccountName").or_else(|| set(Some(pod.spec), "serviceAccount"));
        let is_default = named.is_none_or(|entry| matches!(entry.value.text(), None | Some("" | "default")));
        if is_default && pod.spec.bool_of("automountServiceAccountToken") != Some(false) {
            violations.push(Violation::new(
                "the pod uses the service account `default`",
                pod.field_path("serviceAccountName"),
                named.map_or(pod.spec.lines, Entry::lines),
            ));
        }
    })
}
