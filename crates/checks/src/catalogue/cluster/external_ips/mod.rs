//! `KSV-0108`: external addresses of services.

use crate::{
    catalogue::cluster::{exposure, shape},
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if object.kind != "Service" || !object.group().is_empty() {
        return Verdict::NotApplicable { why: "the object is no service" };
    }
    let mut violations = Vec::new();
    if let Some(entry) = object.root.get("spec").and_then(|spec| spec.entry("externalIPs"))
        && let [first, ..] = entry.value.items()
    {
        let message = format!("service `{}` claims the address `{}`", object.name, first.text().unwrap_or_default());
        violations.push(Violation::new(message, "spec.externalIPs", entry.lines()));
    }
    shape::settle(violations, 1, exposure::misfit(object))
}
