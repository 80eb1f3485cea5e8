//! `PB-K8S-0107`: policies that verify signatures of images.

use crate::{catalogue::cluster::admission, native::check};
use probity_model::check::{CheckSettings, ManifestSet, Verdict};

check!(Manifests, run);

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let policies = admission::policies(set);
    admission::judge(set, &policies, "policy that verifies signatures of images", |policy| policy.verifies_images)
}
