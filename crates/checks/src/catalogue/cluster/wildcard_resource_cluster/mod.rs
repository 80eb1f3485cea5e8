//! `KSV-0046`: a ClusterRole over every resource, or every URL.

use crate::{catalogue::cluster::rbac::each_rule, native::check};
use probity_model::{
    Severity,
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_rule(object, &["ClusterRole"], |rule, violations| {
        if rule.every_resource() && !rule.is_narrowed() {
            let what = format!("reach every resource {}", rule.of_groups("of the cluster"));
            violations.push(Violation { severity: rule.severity(), ..rule.violation(&what) });
        }
        if rule.every_url() {
            violations.push(Violation { severity: Some(Severity::Medium), ..rule.violation("reach every URL of the API server") });
        }
    })
}
