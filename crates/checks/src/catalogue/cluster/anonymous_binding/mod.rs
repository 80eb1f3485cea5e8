//! `KSV-0122`: bindings of anonymous users.

use crate::{
    catalogue::cluster::rbac::{each_binding, is_discovery},
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_binding(object, |binding, violations| {
        if is_discovery(binding) {
            return;
        }
        for subject in binding.subjects() {
            if matches!((subject.kind, subject.name), ("User", "system:anonymous") | ("Group", "system:unauthenticated")) {
                violations.push(binding.violation(subject, "that is everybody who reaches the API server"));
            }
        }
    })
}
