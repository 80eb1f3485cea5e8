//! `PB-K8S-0105`: admission policies that refuse.

use crate::{catalogue::cluster::admission, native::check};
use probity_model::check::{CheckSettings, ManifestSet, Verdict};

check!(Manifests, run);

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let policies = admission::policies(set);
    admission::judge(set, &policies, "admission policy", |_| true)
}
