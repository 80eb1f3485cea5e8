//! `PB-K8S-0116`: rights of default service accounts.

use crate::{catalogue::cluster::rbac::each_binding, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_binding(object, |binding, violations| {
        for subject in binding.subjects() {
            let everyone = subject.name == "system:serviceaccounts" || subject.name.starts_with("system:serviceaccounts:");
            if (subject.kind == "ServiceAccount" && subject.name == "default") || (subject.kind == "Group" && everyone) {
                violations.push(binding.violation(subject, "that covers pods which name no service account of their own"));
            }
        }
    })
}
