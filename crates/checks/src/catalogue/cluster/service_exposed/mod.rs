//! `PB-K8S-0111`: services that the outside reaches.

use crate::{
    catalogue::cluster::{
        exposure::{self, Exposure},
        shape,
    },
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
    if let Some(spec) = object.root.get("spec")
        && let Some(Exposure { entry, field, what }) = exposure::of_service(spec)
        && !exposure::is_narrowed(object, spec)
    {
        let ranges = spec.entry("loadBalancerSourceRanges").filter(|_| field == "type" && entry.value.text() == Some("LoadBalancer"));
        let (entry, field) = ranges.map_or((entry, field), |ranges| (ranges, "loadBalancerSourceRanges"));
        let message = format!("service `{}` is open to {what}", object.name);
        violations.push(Violation::new(message, format!("spec.{field}"), entry.lines()));
    }
    shape::settle(violations, 1, exposure::misfit(object))
}
