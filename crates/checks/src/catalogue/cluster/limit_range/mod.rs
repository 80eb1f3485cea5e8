//! `KSV-0039`: limit ranges.

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
    namespaces::bounded(set, &Bound { kind: "LimitRange", field: "limits", what: "bounds containers with `default` or `max`", holds })
}

fn holds(objects: &[&Resource]) -> bool {
    objects.iter().flat_map(|object| object.root.get("spec").map_or(&[][..], |spec| spec.items_of("limits"))).any(|item| {
        item.text_of("type") == Some("Container")
            && ["default", "max"].iter().any(|key| item.get(key).is_some_and(|amounts| !amounts.entries().is_empty()))
    })
}
