//! `KSV-0016`: `resources.requests.memory`.

use super::shared::has_request;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    has_request(object, "memory")
}
