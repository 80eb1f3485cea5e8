//! `KSV-0125`: registries, against those that the user trusts.

use super::shared::each_image;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, settings: &CheckSettings) -> Verdict {
    if object.pod().is_none() {
        return Verdict::NotApplicable { why: "the object has no pod" };
    }
    if settings.trusted_registries.is_empty() {
        return Verdict::NotAssessed { reason: Reason::ScopeUndeclared, why: "no trusted registries are declared".to_owned() };
    }
    each_image(object, |image, violations| {
        if !settings.trusted_registries.iter().any(|place| image.name.comes_from(place)) {
            violations.push(image.violation(&format!("uses an image from a registry that is not trusted: `{}`", image.text)));
        }
    })
}
