//! `KSV-0023`: `hostPath` volumes.

use super::shared::each_volume;
use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        each_volume(pod, "hostPath", |index, name, source| {
            let path = source.value.text_of("path").unwrap_or_default();
            violations.push(Violation::new(
                format!("volume `{name}` is the path `{path}` of the node"),
                pod.field_path(&format!("volumes[{index}].hostPath")),
                source.lines(),
            ));
        });
    })
}
