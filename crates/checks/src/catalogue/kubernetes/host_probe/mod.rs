//! `PB-K8S-0001`: hosts in probes and lifecycle hooks, a row of the baseline profile since Kubernetes 1.34.

use super::shared::set;
use crate::native::{check, each_container};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

/// In the order in which they are reported; two keys for each handler.
const HANDLERS: [&[&str]; 5] =
    [&["livenessProbe"], &["readinessProbe"], &["startupProbe"], &["lifecycle", "postStart"], &["lifecycle", "preStop"]];

fn run(object: &Resource, settings: &CheckSettings) -> Verdict {
    if settings.kubernetes < (1, 34) {
        return Verdict::NotApplicable { why: "the standard has this row from Kubernetes 1.34 on" };
    }
    each_container(object, |container, violations| {
        for handler in HANDLERS {
            let Some(node) = container.node.at(handler) else { continue };
            for action in ["httpGet", "tcpSocket"] {
                let Some(entry) = set(node.get(action), "host").filter(|entry| entry.value.text() != Some("")) else { continue };
                let name = handler.last().copied().unwrap_or_default();
                violations.push(Violation::new(
                    format!("{name} of container `{}` addresses the host `{}`", container.name, entry.value.text().unwrap_or_default()),
                    container.field_path(&format!("{}.{action}.host", handler.join("."))),
                    entry.lines(),
                ));
            }
        }
    })
}
