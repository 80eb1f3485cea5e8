//! `KSV-0110`: workloads in the namespace `default`.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    finding::Violation,
    kubernetes::Resource,
    node::Entry,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if object.pod().is_none() {
        return Verdict::NotApplicable { why: "the object has no pod" };
    }
    match object.namespace.as_deref() {
        Some("default") => {
            let entry = object.metadata().and_then(|metadata| metadata.entry("namespace"));
            Verdict::Fail(vec![Violation::new(
                format!("{} `{}` is in the namespace `default`", object.kind, object.name),
                "metadata.namespace",
                entry.map_or(object.lines, Entry::lines),
            )])
        }
        Some(_) => Verdict::Pass { examined: 1 },
        None => Verdict::NotAssessed {
            reason: Reason::ScopeUndeclared,
            why: "the manifest names no namespace, so whoever applies it decides".to_owned(),
        },
    }
}
