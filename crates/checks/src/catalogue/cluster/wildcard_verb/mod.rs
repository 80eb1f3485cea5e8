//! `KSV-0045`: every verb.

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
        if !rule.every_verb() || rule.is_narrowed() {
            return;
        }
        if !rule.is_about_urls() {
            violations.push(Violation { severity: rule.severity(), ..rule.violation("use every verb there is or will be") });
        } else if object.kind == "ClusterRole" {
            // A Role cannot grant URLs: the server passes over them.
            violations.push(Violation { severity: Some(probity_model::Severity::Medium), ..rule.violation("use every method") });
        }
    })
}
