//! How services and ingresses open pods to the outside.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types>

use super::shape::{self, Shape};
use probity_model::{
    kubernetes::Resource,
    node::{Entry, Node},
};

/// What opens a service.
pub(super) struct Exposure<'a> {
    pub(super) entry: &'a Entry,
    pub(super) field: &'static str,
    /// Completes "open to".
    pub(super) what: &'static str,
}

/// How the specification of a service opens it, if it does.
pub(super) fn of_service(spec: &Node) -> Option<Exposure<'_>> {
    let kind = spec.entry("type");
    let by_type = |what| kind.map(|entry| Exposure { entry, field: "type", what });
    match kind.and_then(|entry| entry.value.text()) {
        Some("LoadBalancer") => by_type("every address, through a load balancer"),
        Some("NodePort") => by_type("everybody who reaches a node, through a node port"),
        _ => spec.entry("externalIPs").filter(|entry| !entry.value.items().is_empty()).map(|entry| Exposure {
            entry,
            field: "externalIPs",
            what: "everybody who reaches its external addresses",
        }),
    }
}

/// Annotations that make a load balancer internal, and the values that do so.
const INTERNAL: &[(&str, &[&str])] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("networking.gke.io/load-balancer-type", &["Internal"]),
    ("cloud.google.com/load-balancer-type", &["Internal"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
];

/// Whether a load balancer is internal, or open to some addresses only.
pub(super) fn is_narrowed(object: &Resource, spec: &Node) -> bool {
    if spec.text_of("type") != Some("LoadBalancer") {
        return false;
    }
    let internal = INTERNAL.iter().any(|(name, values)| object.annotation(name).is_some_and(|own| values.contains(&own)));
    let open = |range: &str| matches!(range.trim(), "0.0.0.0/0" | "::/0");
    let ranges = spec.items_of("loadBalancerSourceRanges");
    let annotated = object.annotation("service.beta.kubernetes.io/load-balancer-source-ranges").unwrap_or_default();
    internal
        || (!ranges.is_empty() && !ranges.iter().filter_map(Node::text).any(open))
        || (ranges.is_empty() && !annotated.is_empty() && !annotated.split(',').any(open))
}

/// Runs `visit` over the backends of an ingress, in `networking.k8s.io/v1` and the older form, with their path.
pub(super) fn each_backend<'a>(object: &'a Resource, mut visit: impl FnMut(String, &'a Entry)) {
    let Some(spec) = object.root.get("spec") else { return };
    for field in ["defaultBackend", "backend"] {
        if let Some(entry) = spec.entry(field) {
            visit(format!("spec.{field}"), entry);
        }
    }
    for (rule, node) in spec.items_of("rules").iter().enumerate() {
        for (path, node) in node.get("http").map_or(&[][..], |http| http.items_of("paths")).iter().enumerate() {
            if let Some(entry) = node.entry("backend") {
                visit(format!("spec.rules[{rule}].http.paths[{path}].backend"), entry);
            }
        }
    }
}

/// The first field of a service that does not have its shape.
pub(super) fn misfit(object: &Resource) -> Option<(&Entry, Shape)> {
    const SPEC: &[(&str, Shape)] =
        &[("type", Shape::Text), ("externalIPs", Shape::Texts), ("loadBalancerSourceRanges", Shape::Texts), ("selector", Shape::Strings)];
    shape::misfit(&object.root, &[("spec", Shape::Map)]).or_else(|| shape::misfit(object.root.get("spec")?, SPEC))
}
