//! `KSV-01011`: bindings of everybody who is authenticated.

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
        for subject in binding.subjects().filter(|subject| subject.kind == "Group" && subject.name == "system:authenticated") {
            violations.push(binding.violation(subject, "that is everybody with any account"));
        }
    })
}
