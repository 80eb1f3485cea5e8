//! `KSV-0014`: `readOnlyRootFilesystem`.

use super::shared::each_linux_container;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_linux_container(object, |container, violations| {
        if container.security_context().and_then(|context| context.bool_of("readOnlyRootFilesystem")) != Some(true) {
            violations.push(Violation::new(
                format!("container `{}` can write to its root file system", container.name),
                container.field_path("securityContext.readOnlyRootFilesystem"),
                container.lines_of(&["securityContext", "readOnlyRootFilesystem"]),
            ));
        }
    })
}
