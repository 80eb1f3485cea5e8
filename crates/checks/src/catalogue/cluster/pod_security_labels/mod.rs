//! `PB-K8S-0104`: levels of Pod Security admission.

use crate::{
    catalogue::cluster::{
        namespaces::{self, kind_lines},
        policies::NO_WORKLOADS,
    },
    native::check,
};
use probity_model::{
    Reason,
    check::{CheckSettings, ManifestSet, Verdict},
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Manifests, run);

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let mut declared = namespaces::declared(set);
    let mut tenants = namespaces::tenants(set, |_| true);
    declared.retain(|name, _| !namespaces::is_system(name));
    tenants.retain(|name, _| !namespaces::is_system(name));
    if declared.is_empty() && tenants.is_empty() {
        return NO_WORKLOADS;
    }
    if set.objects.iter().any(|object| has_default(object)) {
        return Verdict::Pass { examined: u32::try_from(declared.len().max(tenants.len())).unwrap_or(u32::MAX) };
    }
    let mut violations = Vec::new();
    for (name, (index, namespace)) in &declared {
        let entry = namespace.root.at(&["metadata", "labels"]).and_then(|labels| labels.entry(ENFORCE));
        let level = entry.and_then(|entry| entry.value.text());
        let message = match level {
            Some("baseline" | "restricted") => continue,
            Some(level) => format!("namespace `{name}` enforces the level `{level}`, which refuses nothing"),
            None => format!("namespace `{name}` has no label `{ENFORCE}`"),
        };
        let lines = entry.map_or_else(|| kind_lines(namespace), Entry::lines);
        violations.push(namespaces::at(*index, message, format!("metadata.labels[\"{ENFORCE}\"]"), lines));
    }
    if violations.is_empty()
        && let Some(name) = tenants.keys().find(|name| !declared.contains_key(*name))
    {
        return Verdict::NotAssessed {
            reason: Reason::ScopeUndeclared,
            why: format!("namespace `{name}` has workloads, and its Namespace object is not among the manifests"),
        };
    }
    Verdict::of(violations, u32::try_from(declared.len()).unwrap_or(u32::MAX))
}

/// Whether the object is the admission configuration that sets the level for namespaces without a label.
fn has_default(object: &Resource) -> bool {
    let enforces =
        |configuration: &Node| matches!(configuration.at(&["defaults", "enforce"]).and_then(Node::text), Some("baseline" | "restricted"));
    match object.kind.as_str() {
        "PodSecurityConfiguration" => enforces(&object.root),
        "AdmissionConfiguration" => object
            .root
            .items_of("plugins")
            .iter()
            .filter(|plugin| plugin.text_of("name") == Some("PodSecurity"))
            .any(|plugin| plugin.get("configuration").is_some_and(enforces)),
        _ => false,
    }
}
