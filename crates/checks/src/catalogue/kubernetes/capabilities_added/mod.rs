//! `KSV-0022`: added capabilities, against the list of the baseline profile.

use super::shared::capabilities;
use crate::native::{check, each_container};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

/// In the order of the standard.
const ALLOWED: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_container(object, |container, violations| {
        for (index, item) in capabilities(container, "add").iter().enumerate() {
            let Some(capability) = item.text() else { continue };
            if !ALLOWED.contains(&capability) {
                violations.push(Violation::new(
                    format!("container `{}` adds the capability {capability}", container.name),
                    container.field_path(&format!("securityContext.capabilities.add[{index}]")),
                    item.lines,
                ));
            }
        }
    })
}
