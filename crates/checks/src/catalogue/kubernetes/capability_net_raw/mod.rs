//! `KSV-0119`: `NET_RAW` among the added capabilities.

use super::shared::adds_capability;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    adds_capability(object, "NET_RAW")
}
