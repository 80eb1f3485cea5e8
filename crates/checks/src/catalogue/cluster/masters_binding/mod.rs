//! `KSV-0123`: bindings of `system:masters`.

use crate::{catalogue::cluster::rbac::each_binding, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_binding(object, |binding, violations| {
        for subject in binding.subjects().filter(|subject| subject.kind == "Group" && subject.name == "system:masters") {
            violations.push(binding.violation(subject, "its members pass every authorization check anyway"));
        }
    })
}
