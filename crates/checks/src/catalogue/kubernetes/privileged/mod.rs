//! `KSV-0017`: privileged containers.

use crate::native::{check, each_container};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_container(object, |container, violations| {
        if container.security_context().and_then(|context| context.bool_of("privileged")) == Some(true) {
            violations.push(Violation::new(
                format!("container `{}` is privileged", container.name),
                container.field_path("securityContext.privileged"),
                container.lines_of(&["securityContext", "privileged"]),
            ));
        }
    })
}
