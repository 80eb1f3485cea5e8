//! `PB-K8S-0110`: entrances without TLS.

use crate::{
    catalogue::cluster::namespaces::{self, at, kind_lines},
    native::check,
};
use probity_model::{
    check::{CheckSettings, ManifestSet, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
    place::Lines,
};
use std::collections::{BTreeMap, BTreeSet};

check!(Manifests, run);

/// Annotations by which controllers of clouds are given a certificate.
const CERTIFICATES: &[&str] = &[
    "alb.ingress.kubernetes.io/certificate-arn",
    "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
];

/// Routes that serve something, by the namespace and name of their gateway: the listeners that they attach to, `None` for all.
type Serving<'a> = BTreeMap<(&'a str, &'a str), BTreeSet<Option<&'a str>>>;

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let mut violations = Vec::new();
    let mut examined = 0;
    let mut serving: Option<Serving<'_>> = None;
    for (index, object) in set.objects.iter().copied().enumerate() {
        match (object.group(), object.kind.as_str()) {
            ("networking.k8s.io" | "extensions", "Ingress") => ingress(index, object, &mut violations),
            ("route.openshift.io", "Route") => route(index, object, &mut violations),
            ("gateway.networking.k8s.io", "Gateway") => {
                gateway(index, object, serving.get_or_insert_with(|| serving_routes(set)), &mut violations);
            }
            ("networking.istio.io", "Gateway") => istio(index, object, &mut violations),
            _ => continue,
        }
        examined += 1;
    }
    if examined == 0 {
        return Verdict::NotApplicable { why: "the manifests have no entrance: no ingress, gateway or route" };
    }
    Verdict::of(violations, examined)
}

fn spec_lines(object: &Resource) -> Lines {
    object.root.entry("spec").map_or_else(|| kind_lines(object), |entry| Lines::one(entry.line))
}

fn ingress(index: usize, object: &Resource, violations: &mut Vec<Violation>) {
    let Some(spec) = object.root.get("spec") else { return };
    let listens = object.annotation("alb.ingress.kubernetes.io/listen-ports").unwrap_or_default();
    if CERTIFICATES.iter().any(|name| object.annotation(name).is_some()) || (listens.contains("HTTPS") && !listens.contains("\"HTTP\"")) {
        return;
    }
    let tls = spec.items_of("tls");
    if tls.is_empty() {
        violations.push(at(index, format!("ingress `{}` has no `tls`", object.name), "spec.tls", spec_lines(object)));
        return;
    }
    // An entry without hosts stands for all of them.
    if tls.iter().any(|entry| entry.items_of("hosts").is_empty()) {
        return;
    }
    let hosts: BTreeSet<&str> = tls.iter().flat_map(|entry| entry.items_of("hosts")).filter_map(Node::text).collect();
    for (number, rule) in spec.items_of("rules").iter().enumerate() {
        let host = rule.text_of("host").unwrap_or_default();
        let wildcard = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        let covered = hosts.contains(host) || wildcard.is_some_and(|wildcard| hosts.contains(wildcard.as_str()));
        if !covered {
            let message = format!("ingress `{}` has no certificate for host `{host}`", object.name);
            violations.push(at(index, message, format!("spec.rules[{number}]"), rule.lines));
        }
    }
}

fn route(index: usize, object: &Resource, violations: &mut Vec<Violation>) {
    let tls = object.root.get("spec").and_then(|spec| spec.entry("tls"));
    let insecure = tls.and_then(|entry| entry.value.entry("insecureEdgeTerminationPolicy"));
    if tls.is_none() {
        violations.push(at(index, format!("route `{}` has no `tls`", object.name), "spec.tls", spec_lines(object)));
    } else if let Some(entry) = insecure.filter(|entry| entry.value.text() == Some("Allow")) {
        let message = format!("route `{}` serves plain HTTP beside TLS", object.name);
        violations.push(at(index, message, "spec.tls.insecureEdgeTerminationPolicy", entry.lines()));
    }
}

fn gateway(index: usize, object: &Resource, serving: &Serving<'_>, violations: &mut Vec<Violation>) {
    let listeners = object.root.get("spec").map_or(&[][..], |spec| spec.items_of("listeners"));
    let secure = listeners.iter().any(|listener| matches!(listener.text_of("protocol"), Some("HTTPS" | "TLS")));
    let routes = serving.get(&(namespaces::of(object), object.name.as_str()));
    for (number, listener) in listeners.iter().enumerate().filter(|(_, listener)| listener.text_of("protocol") == Some("HTTP")) {
        let served = routes.is_some_and(|routes| routes.contains(&None) || routes.contains(&listener.text_of("name")));
        if served || !secure {
            let name = listener.text_of("name").unwrap_or_default();
            let message = format!("gateway `{}` serves plain HTTP on listener `{name}`", object.name);
            violations.push(at(index, message, format!("spec.listeners[{number}]"), listener.lines));
        }
    }
}

/// The routes with a rule that does more than send clients to HTTPS.
fn serving_routes<'a>(set: &ManifestSet<'a>) -> Serving<'a> {
    let mut serving: Serving<'_> = BTreeMap::new();
    for (_, route) in set.of_kind("HTTPRoute").chain(set.of_kind("GRPCRoute")) {
        let Some(spec) = route.root.get("spec") else { continue };
        let redirects = |rule: &Node| {
            rule.items_of("filters").iter().any(|filter| filter.at(&["requestRedirect", "scheme"]).and_then(Node::text) == Some("https"))
        };
        if spec.items_of("rules").iter().all(redirects) && !spec.items_of("rules").is_empty() {
            continue;
        }
        for parent in spec.items_of("parentRefs") {
            let namespace = parent.text_of("namespace").unwrap_or_else(|| namespaces::of(route));
            let name = parent.text_of("name").unwrap_or_default();
            serving.entry((namespace, name)).or_default().insert(parent.text_of("sectionName"));
        }
    }
    serving
}

fn istio(index: usize, object: &Resource, violations: &mut Vec<Violation>) {
    let servers = object.root.get("spec").map_or(&[][..], |spec| spec.items_of("servers"));
    for (number, server) in servers.iter().enumerate() {
        let plain = matches!(server.at(&["port", "protocol"]).and_then(Node::text), Some("HTTP" | "HTTP2" | "GRPC"));
        if plain && server.at(&["tls", "httpsRedirect"]).and_then(Node::as_bool) != Some(true) {
            let lines = server.entry("port").map_or(server.lines, Entry::lines);
            let message = format!("gateway `{}` serves plain HTTP", object.name);
            violations.push(at(index, message, format!("spec.servers[{number}]"), lines));
        }
    }
}
