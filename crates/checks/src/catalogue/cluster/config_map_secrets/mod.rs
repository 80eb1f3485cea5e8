//! `KSV-0109`: credentials in config maps.

use crate::{catalogue::cluster::values, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if !values::is_config_map(object) {
        return Verdict::NotApplicable { why: "the object is no config map" };
    }
    let mut violations = Vec::new();
    let examined = values::each_pair(object, |pair| {
        if let Some(what) = pair.credential() {
            let message = format!("config map `{}` holds {what}: {}", object.name, pair.describe());
            violations.push(Violation::new(message, pair.locator(), pair.lines()));
        }
    });
    Verdict::of(violations, examined)
}
