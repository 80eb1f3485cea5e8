//! `KSV-0112`: a Role over every resource.

use crate::{catalogue::cluster::rbac::each_rule, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_rule(object, &["Role"], |rule, violations| {
        if rule.every_resource() && !rule.is_narrowed() {
            let what = format!("reach every resource {}", rule.of_groups("of the namespace"));
            violations.push(Violation { severity: rule.severity(), ..rule.violation(&what) });
        }
    })
}
