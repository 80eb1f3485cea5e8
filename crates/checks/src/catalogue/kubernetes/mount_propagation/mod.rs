//! `PB-K8S-0008`: `mountPropagation: Bidirectional`.

use crate::native::{check, each_container};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_container(object, |container, violations| {
        for (index, mount) in container.node.items_of("volumeMounts").iter().enumerate() {
            let Some(entry) = mount.entry("mountPropagation").filter(|entry| entry.value.text() == Some("Bidirectional")) else { continue };
            violations.push(Violation::new(
                format!(
                    "container `{}` passes mounts of volume `{}` on to its node",
                    container.name,
                    mount.text_of("name").unwrap_or_default()
                ),
                container.field_path(&format!("volumeMounts[{index}].mountPropagation")),
                entry.lines(),
            ));
        }
    })
}
