//! `KSV-0120`: `SYS_MODULE` among the added capabilities.

use super::shared::adds_capability;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    adds_capability(object, "SYS_MODULE")
}
