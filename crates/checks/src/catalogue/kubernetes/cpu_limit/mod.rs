//! `KSV-0011`: `resources.limits.cpu`.

use super::shared::has_limit;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    has_limit(object, "cpu")
}
