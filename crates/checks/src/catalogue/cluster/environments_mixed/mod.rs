//! `PB-K8S-0112`: production and other environments side by side.

use crate::{
    catalogue::cluster::{
        namespaces::{self, at},
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
use std::collections::BTreeMap;

check!(Manifests, run);

/// Where an environment is named first: the object, where the label stands, and the label.
type Seen<'a> = (usize, &'static str, &'a Entry);

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    // By namespace: the first sight of production, and of anything else.
    let mut seen: BTreeMap<&str, [Option<Seen<'_>>; 2]> = BTreeMap::new();
    let mut workloads = false;
    for (index, object) in set.objects.iter().copied().enumerate() {
        let pod = object.pod();
        workloads |= pod.is_some();
        let is_namespace = object.kind == "Namespace" && object.group().is_empty();
        if pod.is_none() && !is_namespace {
            continue;
        }
        let namespace = if is_namespace { object.name.as_str() } else { namespaces::of(object) };
        let own = object.root.at(&["metadata", "labels"]).map(|labels| ("metadata.labels", labels));
        let template = pod
            .filter(|_| object.kind != "Pod")
            .and_then(|pod| pod.metadata?.get("labels"))
            .map(|labels| ("template.metadata.labels", labels));
        for (path, labels) in own.into_iter().chain(template) {
            for (entry, production) in labels.entries().iter().filter_map(|entry| Some((entry, environment(entry)?))) {
                let places = seen.entry(namespace).or_default();
                if let Some(place) = places.get_mut(usize::from(!production)) {
                    place.get_or_insert((index, path, entry));
                }
            }
        }
    }
    if !workloads {
        return NO_WORKLOADS;
    }
    if seen.is_empty() {
        return Verdict::NotAssessed {
            reason: Reason::ScopeUndeclared,
            why: "no workload carries a label that names its environment".to_owned(),
        };
    }
    let mut violations = Vec::new();
    for (namespace, places) in &seen {
        if let [Some((production, ..)), Some((index, path, entry))] = places {
            let name = |index: usize| set.objects.get(index).map_or("", |object: &&Resource| object.name.as_str());
            let message = format!(
                "namespace `{namespace}` mixes environments: `{}` is labelled `{}: {}` beside `{}` of production",
                name(*index),
                entry.key,
                entry.value.text().unwrap_or_default(),
                name(*production),
            );
            violations.push(at(*index, message, format!("{path}[\"{}\"]", entry.key), entry.lines()));
        }
    }
    violations.sort_by_key(|violation| violation.object);
    Verdict::of(violations, u32::try_from(seen.len()).unwrap_or(u32::MAX))
}

/// Whether a label names production (`true`) or another environment (`false`); `None` when it names none.
fn environment(entry: &Entry) -> Option<bool> {
    let name = entry.key.rsplit('/').next().unwrap_or(&entry.key);
    if !["env", "environment", "stage", "deployment-environment"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return None;
    }
    let value = Some(&entry.value).and_then(Node::text)?;
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    if is(&["prod", "production", "prd", "live"]) {
        Some(true)
    } else if is(&[
        "dev",
        "develop",
        "development",
        "test",
        "testing",
        "tst",
        "qa",
        "uat",
        "acc",
        "acceptance",
        "int",
        "integration",
        "stage",
        "staging",
        "stg",
        "sandbox",
        "preprod",
        "pre-prod",
        "preproduction",
        "nonprod",
        "non-prod",
        "local",
        "demo",
    ]) {
        Some(false)
    } else {
        None
    }
}
