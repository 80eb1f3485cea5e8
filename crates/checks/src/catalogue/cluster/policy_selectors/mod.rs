//! `KSV-0038`: network policies that select nothing in particular.

use crate::{
    catalogue::cluster::{
        namespaces::kind_lines,
        policies::{self, Direction},
        shape,
    },
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::Entry,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if !policies::is_core(object) {
        return Verdict::NotApplicable { why: "the object is no network policy" };
    }
    let mut violations = Vec::new();
    let spec = object.root.get("spec");
    if spec.and_then(|spec| spec.get("podSelector")).is_none() {
        let lines = object.root.entry("spec").map_or_else(|| kind_lines(object), Entry::lines);
        violations.push(Violation::new(format!("policy `{}` says nowhere which pods it is for", object.name), "spec.podSelector", lines));
    }
    let mut examined = 1;
    for direction in [Direction::Ingress, Direction::Egress] {
        let Some(spec) = spec.filter(|spec| policies::concerns(spec, direction)) else { continue };
        for (index, rule) in spec.items_of(direction.field()).iter().enumerate() {
            examined += 1;
            if rule.items_of(direction.peers()).is_empty() && rule.items_of("ports").is_empty() {
                violations.push(Violation::new(
                    format!(
                        "policy `{}` allows all {}: the rule has no `{}` and no ports",
                        object.name,
                        direction.field(),
                        direction.peers()
                    ),
                    format!("spec.{}[{index}]", direction.field()),
                    rule.lines,
                ));
            }
        }
    }
    shape::settle(violations, examined, policies::misfit(object))
}
