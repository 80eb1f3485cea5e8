//! `KSV-0044`: every verb on every resource.

use crate::{
    catalogue::cluster::rbac::{ROLES, each_rule},
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_rule(object, ROLES, |rule, violations| {
        if rule.every_verb() && rule.every_resource() && !rule.is_narrowed() {
            let scope = if object.kind == "Role" { "of the namespace" } else { "of the cluster" };
            let what = format!("do everything with every resource {}", rule.of_groups(scope));
            violations.push(Violation { severity: rule.severity(), ..rule.violation(&what) });
        }
    })
}
