//! `KSV-0001`: `allowPrivilegeEscalation`, which must be false in so many words.

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
        let allowed = container.security_context().and_then(|context| context.bool_of("allowPrivilegeEscalation"));
        if allowed != Some(false) {
            let how = if allowed.is_some() { "may gain privileges" } else { "does not rule out gaining privileges" };
            violations.push(Violation::new(
                format!("container `{}` {how}", container.name),
                container.field_path("securityContext.allowPrivilegeEscalation"),
                container.lines_of(&["securityContext", "allowPrivilegeEscalation"]),
            ));
        }
    })
}
