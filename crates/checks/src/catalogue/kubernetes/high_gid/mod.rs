//! `KSV-0021`: `runAsGroup` above 10,000.

use super::shared::high_id;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    high_id(object, "runAsGroup", "group")
}
