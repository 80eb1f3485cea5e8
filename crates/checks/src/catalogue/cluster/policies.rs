//! Network policies of Kubernetes, Cilium and Calico, reduced to what rules about namespaces ask.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>, <https://docs.cilium.io/en/stable/security/policy/>,
//! <https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy>
//!
//! Policies add up: a pod that any policy selects for a direction is closed in that direction but for what the policies that select it
//! allow. So a namespace denies by default when a policy selects all of its pods, and no policy that does so allows everything. What is
//! missing: `AdminNetworkPolicy` and its successors count as policies of the cluster and are not read further; Calico's selectors are read
//! only in the forms that mean "all".

use super::{
    namespaces::{self, Tenant},
    shape::{self, Shape},
};
use probity_model::{
    check::{ManifestSet, Verdict},
    finding::Violation,
    kubernetes::{Pod, Resource},
    node::{Entry, Node},
};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    /// The word in `policyTypes`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    /// The field of the specification.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The field of a rule that lists its peers.
    pub(super) const fn peers(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }
}

/// What a policy does to the pods that it selects, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Untouched,
    /// Closed but for what its rules name.
    Limited,
    /// Closed, and opened again by a rule that allows everything.
    Open,
}

/// A policy of any of the kinds that are read.
#[derive(Clone, Copy)]
pub(super) struct Policy<'a> {
    pub(super) index: usize,
    pub(super) object: &'a Resource,
    /// `None`: every namespace.
    pub(super) namespace: Option<&'a str>,
    pub(super) selects_all: bool,
    ingress: Reach,
    egress: Reach,
}

impl Policy<'_> {
    pub(super) const fn reach(&self, direction: Direction) -> Reach {
        match direction {
            Direction::Ingress => self.ingress,
            Direction::Egress => self.egress,
        }
    }
}

/// The policies of a set.
pub(super) fn all<'a>(set: &ManifestSet<'a>) -> impl Iterator<Item = Policy<'a>> {
    set.objects.iter().copied().enumerate().filter_map(|(index, object)| read(index, object))
}

fn read(index: usize, object: &Resource) -> Option<Policy<'_>> {
    let namespace = Some(namespaces::of(object));
    let policy = |namespace, (selects_all, ingress, egress)| Some(Policy { index, object, namespace, selects_all, ingress, egress });
    match (object.group(), object.kind.as_str()) {
        // The server refuses a policy of a wrong shape, so it protects nothing.
        ("networking.k8s.io" | "extensions", "NetworkPolicy") if misfit(object).is_none() => {
            policy(namespace, kubernetes(object.root.get("spec")))
        }
        ("cilium.io", "CiliumNetworkPolicy") => policy(namespace, cilium(&object.root)),
        ("cilium.io", "CiliumClusterwideNetworkPolicy") => policy(None, cilium(&object.root)),
        ("crd.projectcalico.org" | "projectcalico.org", "NetworkPolicy") => policy(namespace, calico(object.root.get("spec"))),
        ("crd.projectcalico.org" | "projectcalico.org", "GlobalNetworkPolicy") => policy(None, calico(object.root.get("spec"))),
        ("policy.networking.k8s.io", "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy") => {
            policy(None, (false, Reach::Limited, Reach::Limited))
        }
        _ => None,
    }
}

/// Whether the object is a policy of the core API, whose rules can be looked at one by one.
pub(super) fn is_core(object: &Resource) -> bool {
    object.kind == "NetworkPolicy" && matches!(object.group(), "networking.k8s.io" | "extensions")
}

/// The first field of a core policy that does not have its shape.
pub(super) fn misfit(object: &Resource) -> Option<(&Entry, Shape)> {
    let rule = |direction: Direction| [(direction.peers(), Shape::Maps), ("ports", Shape::Maps)];
    let spec = object.root.get("spec");
    shape::misfit(&object.root, &[("spec", Shape::Map)])
        .or_else(|| shape::misfit(spec?, SPEC))
        .or_else(|| spec?.items_of("ingress").iter().find_map(|node| shape::misfit(node, &rule(Direction::Ingress))))
        .or_else(|| spec?.items_of("egress").iter().find_map(|node| shape::misfit(node, &rule(Direction::Egress))))
}

const SPEC: &[(&str, Shape)] =
    &[("podSelector", Shape::Map), ("policyTypes", Shape::Texts), ("ingress", Shape::Maps), ("egress", Shape::Maps)];

/// Whether a core policy is about a direction. Without `policyTypes` it is about ingress, and about egress when it has egress rules.
pub(super) fn concerns(spec: &Node, direction: Direction) -> bool {
    match spec.items_of("policyTypes") {
        [] => direction == Direction::Ingress || !spec.items_of("egress").is_empty(),
        types => types.iter().any(|word| word.text() == Some(direction.word())),
    }
}

fn kubernetes(spec: Option<&Node>) -> (bool, Reach, Reach) {
    let Some(spec) = spec else { return (false, Reach::Untouched, Reach::Untouched) };
    let reach = |direction: Direction| {
        if !concerns(spec, direction) {
            Reach::Untouched
        } else if spec.items_of(direction.field()).iter().any(|rule| allows_everything(rule, direction)) {
            Reach::Open
        } else {
            Reach::Limited
        }
    };
    (selects_everything(spec.get("podSelector")), reach(Direction::Ingress), reach(Direction::Egress))
}

/// Whether a rule of a core policy names neither a port nor a peer, or every address.
fn allows_everything(rule: &Node, direction: Direction) -> bool {
    let peers = rule.items_of(direction.peers());
    rule.items_of("ports").is_empty()
        && (peers.is_empty()
            || peers
                .iter()
                .filter_map(|peer| peer.get("ipBlock"))
                .any(|block| matches!(block.text_of("cidr"), Some("0.0.0.0/0" | "::/0")) && block.items_of("except").is_empty()))
}

/// Whether a label selector is empty, or absent, which defaults to empty.
pub(super) fn selects_everything(selector: Option<&Node>) -> bool {
    selector.is_none_or(|selector| {
        selector.get("matchLabels").is_none_or(|labels| labels.entries().is_empty()) && selector.items_of("matchExpressions").is_empty()
    })
}

fn cilium(root: &Node) -> (bool, Reach, Reach) {
    let mut result = (false, Reach::Untouched, Reach::Untouched);
    for spec in root.get("spec").into_iter().chain(root.items_of("specs")) {
        let Some(selector) = spec.get("endpointSelector") else { continue };
        let all = selects_everything(Some(selector));
        // One specification that selects every pod says what the policy does; others matter only beside none.
        if all || !result.0 {
            let reach = |direction| cilium_reach(spec, direction);
            result = (all || result.0, reach(Direction::Ingress), reach(Direction::Egress));
        }
    }
    result
}

fn cilium_reach(spec: &Node, direction: Direction) -> Reach {
    let (allow, deny, entities) = match direction {
        Direction::Ingress => ("ingress", "ingressDeny", "fromEntities"),
        Direction::Egress => ("egress", "egressDeny", "toEntities"),
    };
    let rules = spec.items_of(allow);
    let off = spec.at(&["enableDefaultDeny", direction.field()]).and_then(Node::as_bool) == Some(false);
    if off || (rules.is_empty() && spec.items_of(deny).is_empty()) {
        Reach::Untouched
    } else if rules
        .iter()
        .any(|rule| rule.items_of("toPorts").is_empty() && rule.items_of(entities).iter().any(|entity| entity.text() == Some("all")))
    {
        Reach::Open
    } else {
        Reach::Limited
    }
}

fn calico(spec: Option<&Node>) -> (bool, Reach, Reach) {
    let Some(spec) = spec else { return (false, Reach::Untouched, Reach::Untouched) };
    let all = |key| spec.text_of(key).is_none_or(|selector| matches!(selector.trim(), "" | "all()"));
    let reach = |direction: Direction| {
        let rules = spec.items_of(direction.field());
        let concerned = match spec.items_of("types") {
            [] => !rules.is_empty() || (direction == Direction::Ingress && spec.items_of("egress").is_empty()),
            types => types.iter().any(|word| word.text() == Some(direction.word())),
        };
        let open = |rule: &Node| {
            rule.text_of("action") == Some("Allow") && ["protocol", "source", "destination"].iter().all(|key| rule.get(key).is_none())
        };
        if !concerned {
            Reach::Untouched
        } else if rules.iter().any(open) {
            Reach::Open
        } else {
            Reach::Limited
        }
    };
    let selects_all = ["selector", "namespaceSelector", "serviceAccountSelector"].into_iter().all(all);
    (selects_all, reach(Direction::Ingress), reach(Direction::Egress))
}

/// What the policies that select every pod of a namespace do together.
#[derive(Default, Clone, Copy)]
struct Stance {
    closed: bool,
    /// Index of the policy that opens it again.
    opened: Option<usize>,
}

/// Namespaces that policies should be in: those with pods that a policy can govern, and those that the set declares, whose pods come from
/// elsewhere or later. The cluster's own are left to its distribution unless the set puts pods there.
pub(super) fn governed<'a>(set: &ManifestSet<'a>) -> BTreeMap<&'a str, Tenant> {
    let mut tenants = namespaces::tenants(set, |object| object.pod().is_some_and(is_governed));
    let beyond = namespaces::tenants(set, |object| object.pod().is_some_and(|pod| !is_governed(pod)));
    for (name, (index, _)) in namespaces::declared(set) {
        if !namespaces::is_system(name) && !beyond.contains_key(name) {
            tenants.entry(name).or_insert(Tenant { first: index, count: 0 });
        }
    }
    tenants
}

/// Judges every namespace that policies should be in: closed by default in a direction, and not opened again.
pub(super) fn default_deny(set: &ManifestSet<'_>, direction: Direction) -> Verdict {
    let tenants = governed(set);
    if tenants.is_empty() {
        return NO_WORKLOADS;
    }
    let mut cluster = Stance::default();
    let mut stances: BTreeMap<&str, Stance> = BTreeMap::new();
    for policy in all(set).filter(|policy| policy.selects_all) {
        let stance = policy.namespace.map_or(&mut cluster, |namespace| stances.entry(namespace).or_default());
        match policy.reach(direction) {
            Reach::Untouched => {}
            Reach::Limited => stance.closed = true,
            Reach::Open => {
                stance.closed = true;
                stance.opened.get_or_insert(policy.index);
            }
        }
    }
    let field = direction.field();
    let mut violations = Vec::new();
    for (namespace, tenant) in &tenants {
        let own = stances.get(namespace).copied().unwrap_or_default();
        let opened = own.opened.or(cluster.opened).and_then(|index| Some((index, *set.objects.get(index)?)));
        let described = namespaces::describe(namespace, tenant);
        if !(own.closed || cluster.closed) {
            let message = format!("{described} has no network policy that selects all pods and denies {field} by default");
            violations.push(namespaces::at_tenant(set, tenant, message));
        } else if let Some((index, policy)) = opened {
            let message = format!("{described} denies no {field}: policy `{}` selects all pods and allows everything", policy.name);
            let entry = policy.root.get("spec").and_then(|spec| spec.entry(field));
            let lines = entry.map_or_else(|| namespaces::kind_lines(policy), Entry::lines);
            violations.push(namespaces::at(index, message, format!("spec.{field}"), lines));
        }
    }
    Verdict::of(violations, u32::try_from(tenants.len()).unwrap_or(u32::MAX))
}

/// Whether policies apply to a pod: one in the node's network is not governed by them.
pub(super) fn is_governed(pod: Pod<'_>) -> bool {
    pod.spec.bool_of("hostNetwork") != Some(true)
}

pub(super) const NO_WORKLOADS: Verdict = Verdict::NotApplicable { why: "the manifests have no workloads that it is about" };

/// Judges a core policy: no rule in the direction names every address as its peer.
pub(super) fn every_address(object: &Resource, direction: Direction) -> Verdict {
    let Some(spec) = object.root.get("spec").filter(|spec| is_core(object) && concerns(spec, direction)) else {
        return Verdict::NotApplicable { why: "the object is no network policy for this direction" };
    };
    let (field, peers) = (direction.field(), direction.peers());
    let mut violations = Vec::new();
    let mut examined = 0;
    for (number, rule) in spec.items_of(field).iter().enumerate() {
        for (peer, block) in rule.items_of(peers).iter().enumerate().filter_map(|(peer, node)| Some((peer, node.get("ipBlock")?))) {
            examined += 1;
            if let Some(entry) = block.entry("cidr")
                && let Some(cidr @ ("0.0.0.0/0" | "::/0")) = entry.value.text()
            {
                violations.push(Violation::new(
                    format!(
                        "policy `{}` allows {field} {} every address (`{cidr}`)",
                        object.name,
                        if peers == "to" { "to" } else { "from" }
                    ),
                    format!("spec.{field}[{number}].{peers}[{peer}].ipBlock.cidr"),
                    entry.lines(),
                ));
            }
        }
    }
    shape::settle(violations, examined, misfit(object))
}
