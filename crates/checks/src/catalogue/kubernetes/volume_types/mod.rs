//! `KSV-0028`: volume types of the restricted profile.

use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

const ALLOWED: [&str; 9] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        for (index, volume) in pod.spec.items_of("volumes").iter().enumerate() {
            for entry in volume.entries() {
                if &*entry.key == "name" || ALLOWED.contains(&&*entry.key) || entry.value.is_null() {
                    continue;
                }
                violations.push(Violation::new(
                    format!("volume `{}` is of type `{}`", volume.text_of("name").unwrap_or_default(), entry.key),
                    pod.field_path(&format!("volumes[{index}].{}", entry.key)),
                    entry.lines(),
                ));
            }
        }
    })
}
