//! `KSV-0036`: whether a pod gets a service account token, from the pod and its `ServiceAccount` together.

use super::shared::set;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, ManifestSet, Verdict},
    finding::Violation,
    kubernetes::{Pod, Resource},
    node::Entry,
    place::Lines,
};
use std::collections::HashMap;

check!(Manifests, run);

/// Namespace and name.
type Key<'a> = (Option<&'a str>, &'a str);

fn run(manifests: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let mut accounts: HashMap<Key<'_>, bool> = HashMap::new();
    for (_, object) in manifests.of_kind("ServiceAccount") {
        if let Some(mounted) = object.root.bool_of("automountServiceAccountToken") {
            accounts.insert((object.namespace.as_deref(), &object.name), mounted);
        }
    }
    let mut violations = Vec::new();
    let mut examined = 0;
    for (index, object) in manifests.objects.iter().copied().enumerate() {
        let Some(pod) = object.pod() else { continue };
        examined += 1;
        if let Some((message, lines)) = judge(object, pod, &accounts) {
            let locator = pod.field_path("automountServiceAccountToken");
            violations.push(Violation { object: Some(index), ..Violation::new(message, locator, lines) });
        }
    }
    if examined == 0 {
        return Verdict::NotApplicable { why: "no object has a pod" };
    }
    Verdict::of(violations, examined)
}

fn judge(object: &Resource, pod: Pod<'_>, accounts: &HashMap<Key<'_>, bool>) -> Option<(String, Lines)> {
    let own = set(Some(pod.spec), "automountServiceAccountToken");
    match own.map(|entry| (entry, entry.value.as_bool())) {
        Some((_, Some(false))) => return None,
        Some((entry, _)) => return Some(("the pod mounts its service account token".to_owned(), entry.lines())),
        None => {}
    }
    let named = set(Some(pod.spec), "serviceAccountName").or_else(|| set(Some(pod.spec), "serviceAccount"));
    let account = named.and_then(|entry| entry.value.text()).unwrap_or("default");
    let message = match accounts.get(&(object.namespace.as_deref(), account)) {
        Some(false) => return None,
        Some(true) => format!("the pod mounts its service account token, because ServiceAccount `{account}` says so"),
        None => {
            format!("the pod mounts its service account token: neither it nor ServiceAccount `{account}` in these manifests turns that off")
        }
    };
    Some((message, named.map_or(pod.spec.lines, Entry::lines)))
}
