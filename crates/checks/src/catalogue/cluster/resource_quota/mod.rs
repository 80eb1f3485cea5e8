//! `KSV-0040`: resource quotas.

use crate::{
    catalogue::cluster::namespaces::{self, Bound},
    native::check,
};
use probity_model::{
    check::{CheckSettings, ManifestSet, Verdict},
    kubernetes::Resource,
};

check!(Manifests, run);

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    namespaces::bounded(set, &Bound { kind: "ResourceQuota", field: "hard", what: "bounds both cpu and memory", holds })
}

fn holds(objects: &[&Resource]) -> bool {
    let bounds = |names: &[&str]| {
        objects.iter().any(|object| {
            object.root.at(&["spec", "hard"]).is_some_and(|hard| hard.entries().iter().any(|entry| names.contains(&&*entry.key)))
        })
    };
    bounds(&["cpu", "requests.cpu", "limits.cpu"]) && bounds(&["memory", "requests.memory", "limits.memory"])
}
