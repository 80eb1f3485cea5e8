//! `KSV-0018`: `resources.limits.memory`.

use super::shared::has_limit;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    has_limit(object, "memory")
}
