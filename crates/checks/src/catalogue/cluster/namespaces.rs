//! Objects by namespace, for rules about what a namespace must have.
//!
//! An object that names no namespace is deployed wherever the deployer's context points; it is counted under `default`, which is where it
//! lands when nobody chooses.

use probity_model::{
    Reason,
    check::{ManifestSet, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::Entry,
    place::Lines,
};
use std::collections::BTreeMap;

/// A namespace with pods: its first workload, and how many there are. One that is only declared: its own object, and none.
pub(super) struct Tenant {
    pub(super) first: usize,
    pub(super) count: usize,
}

/// The namespace that an object goes to.
pub(super) fn of(object: &Resource) -> &str {
    object.namespace.as_deref().unwrap_or("default")
}

/// Namespaces that the cluster runs itself in.
pub(super) fn is_system(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

/// Namespaces with workloads that `keep` wants.
pub(super) fn tenants<'a>(set: &ManifestSet<'a>, keep: impl Fn(&'a Resource) -> bool) -> BTreeMap<&'a str, Tenant> {
    let mut tenants: BTreeMap<&str, Tenant> = BTreeMap::new();
    for (index, object) in set.objects.iter().copied().enumerate() {
        if object.pod().is_some() && keep(object) {
            tenants.entry(of(object)).or_insert(Tenant { first: index, count: 0 }).count += 1;
        }
    }
    tenants
}

/// The `Namespace` objects of the set, with their index; of several with one name, the first.
pub(super) fn declared<'a>(set: &ManifestSet<'a>) -> BTreeMap<&'a str, (usize, &'a Resource)> {
    let mut declared = BTreeMap::new();
    for (index, object) in set.objects.iter().copied().enumerate() {
        if object.kind == "Namespace" && object.group().is_empty() {
            declared.entry(object.name.as_str()).or_insert((index, object));
        }
    }
    declared
}

/// A violation about one object of a set.
pub(super) fn at(index: usize, message: String, locator: impl Into<String>, lines: Lines) -> Violation {
    Violation { object: Some(index), ..Violation::new(message, locator, lines) }
}

/// A violation about a namespace, shown at its first workload: where the namespace is named, else where the workload is.
pub(super) fn at_tenant(set: &ManifestSet<'_>, tenant: &Tenant, message: String) -> Violation {
    let Some(object) = set.objects.get(tenant.first) else { return Violation { message, ..Violation::default() } };
    let key = if object.namespace.is_some() { "namespace" } else { "name" };
    let lines = object.metadata().and_then(|metadata| metadata.entry(key)).map_or_else(|| kind_lines(object), Entry::lines);
    at(tenant.first, message, format!("metadata.{key}"), lines)
}

/// The line of an object's `kind`: where to point for something that is missing altogether.
pub(super) fn kind_lines(object: &Resource) -> Lines {
    object.root.entry("kind").map_or(object.lines, Entry::lines)
}

/// "namespace `shop` (3 workloads)".
pub(super) fn describe(namespace: &str, tenant: &Tenant) -> String {
    match tenant.count {
        0 => format!("namespace `{namespace}`"),
        1 => format!("namespace `{namespace}` (1 workload)"),
        count => format!("namespace `{namespace}` ({count} workloads)"),
    }
}

/// An object that a namespace should have, and what it has to do.
pub(super) struct Bound {
    pub(super) kind: &'static str,
    /// The field of the specification to point at.
    pub(super) field: &'static str,
    /// Completes "… has no `LimitRange` that".
    pub(super) what: &'static str,
    /// Whether the objects of one namespace do it together.
    pub(super) holds: fn(&[&Resource]) -> bool,
}

/// Judges the namespaces that the set declares, and those that it bounds. Namespaces that it only uses are not assessed.
pub(super) fn bounded(set: &ManifestSet<'_>, bound: &Bound) -> Verdict {
    let mut declared = declared(set);
    let mut tenants = tenants(set, |_| true);
    let mut bounds: BTreeMap<&str, (usize, Vec<&Resource>)> = BTreeMap::new();
    for (index, object) in set.of_kind(bound.kind).filter(|(_, object)| object.group().is_empty()) {
        bounds.entry(of(object)).or_insert((index, Vec::new())).1.push(object);
    }
    declared.retain(|name, _| !is_system(name));
    tenants.retain(|name, _| !is_system(name));
    if declared.is_empty() && tenants.is_empty() && bounds.is_empty() {
        return super::policies::NO_WORKLOADS;
    }
    let mut violations = Vec::new();
    for (namespace, (index, objects)) in &bounds {
        if !(bound.holds)(objects)
            && let Some(first) = objects.first()
        {
            let entry = first.root.get("spec").and_then(|spec| spec.entry(bound.field));
            let lines = entry.map_or_else(|| kind_lines(first), Entry::lines);
            let message = format!("namespace `{namespace}` has no {} that {}; `{}` does not", bound.kind, bound.what, first.name);
            violations.push(at(*index, message, format!("spec.{}", bound.field), lines));
        }
    }
    for (namespace, (index, object)) in &declared {
        if !bounds.contains_key(namespace) {
            let message = format!("namespace `{namespace}` has no {} that {}", bound.kind, bound.what);
            violations.push(at(*index, message, "metadata.name", kind_lines(object)));
        }
    }
    violations.sort_by_key(|violation| violation.object);
    if violations.is_empty()
        && let Some(name) = tenants.keys().find(|name| !declared.contains_key(*name) && !bounds.contains_key(*name))
    {
        return Verdict::NotAssessed {
            reason: Reason::ScopeUndeclared,
            why: format!("namespace `{name}` has workloads, and neither its Namespace object nor a {} is among the manifests", bound.kind),
        };
    }
    Verdict::of(violations, u32::try_from(declared.len().max(bounds.len())).unwrap_or(u32::MAX))
}
