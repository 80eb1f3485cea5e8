//! Admission policies, and whether they refuse or only watch.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>, <https://kyverno.io/docs/>,
//! <https://open-policy-agent.github.io/gatekeeper/website/docs/violations>, <https://docs.kubewarden.io/>,
//! <https://docs.sigstore.dev/policy-controller/overview/>
//!
//! A `ValidatingAdmissionPolicy` does nothing until a binding says what to do, so the binding is the policy here, and a policy without one
//! watches. What is missing: what the policies ask for is not judged, nor which namespaces they leave out.

use super::{
    namespaces::{at, kind_lines},
    policies::NO_WORKLOADS,
};
use probity_model::{
    Reason,
    check::{ManifestSet, Verdict},
    kubernetes::Resource,
    node::{Entry, Node},
    place::Lines,
};
use std::collections::BTreeSet;

/// A policy that is evaluated when objects are created.
pub(super) struct Policy<'a> {
    index: usize,
    object: &'a Resource,
    action: Action,
    pub(super) verifies_images: bool,
}

enum Action {
    Refuses,
    /// Warns or records only: where it says so.
    Watches(&'static str, Lines),
}

/// The admission policies of a set.
pub(super) fn policies<'a>(set: &ManifestSet<'a>) -> Vec<Policy<'a>> {
    let bound: BTreeSet<&str> =
        set.of_kind("ValidatingAdmissionPolicyBinding").filter_map(|(_, object)| object.root.at(&["spec", "policyName"])?.text()).collect();
    let mut found = Vec::new();
    for (index, object) in set.objects.iter().copied().enumerate() {
        if let Some((action, verifies_images)) = read(object, &bound) {
            found.push(Policy { index, object, action, verifies_images });
        }
    }
    found
}

fn read(object: &Resource, bound: &BTreeSet<&str>) -> Option<(Action, bool)> {
    let spec = object.root.get("spec");
    let entry = |key: &str| spec.and_then(|spec| spec.entry(key));
    let watches = |locator, entry: Option<&Entry>| Action::Watches(locator, entry.map_or_else(|| kind_lines(object), Entry::lines));
    // The action is a word of the specification with a default.
    let by_word = |key: &'static str, locator: &'static str, refusing: &[&str], default: bool| {
        let refuses =
            entry(key).and_then(|entry| entry.value.text()).map_or(default, |word| refusing.iter().any(|r| r.eq_ignore_ascii_case(word)));
        if refuses { Action::Refuses } else { watches(locator, entry(key)) }
    };
    let denies = |default: bool| match entry("validationActions") {
        None if default => Action::Refuses,
        Some(actions) if actions.value.items().iter().any(|action| action.text() == Some("Deny")) => Action::Refuses,
        other => watches("spec.validationActions", other),
    };
    match (object.group(), object.kind.as_str()) {
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => Some((denies(false), false)),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") if !bound.contains(object.name.as_str()) => {
            Some((watches("metadata.name", None), false))
        }
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") if object.name.contains("connaisseur") => {
            Some((Action::Refuses, true))
        }
        ("kyverno.io", "ClusterPolicy" | "Policy") => kyverno(spec?).map(|(refuses, verifies)| {
            let action = if refuses { Action::Refuses } else { watches("spec.validationFailureAction", entry("validationFailureAction")) };
            (action, verifies)
        }),
        ("policies.kyverno.io", kind) if kind.contains("Validating") || kind.contains("ImageVerification") => {
            Some((denies(true), kind.contains("Image")))
        }
        ("constraints.gatekeeper.sh", kind) => {
            let verifies = kind.to_ascii_lowercase().contains("ratif");
            Some((by_word("enforcementAction", "spec.enforcementAction", &["deny", "scoped"], true), verifies))
        }
        ("policies.kubewarden.io", kind) if kind.contains("AdmissionPolicy") => {
            Some((by_word("mode", "spec.mode", &["protect"], true), false))
        }
        ("policy.sigstore.dev", "ClusterImagePolicy") => Some((by_word("mode", "spec.mode", &["enforce"], true), true)),
        ("config.openshift.io" | "portieris.cloud.ibm.com", "ClusterImagePolicy" | "ImagePolicy") => Some((Action::Refuses, true)),
        _ => None,
    }
}

/// Whether a Kyverno policy refuses, and whether it verifies images; `None` when it only mutates or generates.
fn kyverno(spec: &Node) -> Option<(bool, bool)> {
    let enforces = |node: &Node, key: &str| node.text_of(key).map(|word| word.eq_ignore_ascii_case("enforce"));
    let default = enforces(spec, "validationFailureAction").unwrap_or(false);
    let (mut judges, mut refuses, mut verifies) = (false, false, false);
    for rule in spec.items_of("rules") {
        if let Some(validate) = rule.get("validate") {
            judges = true;
            refuses |= enforces(validate, "failureAction").unwrap_or(default);
        }
        for image in rule.items_of("verifyImages") {
            judges = true;
            verifies = true;
            refuses |= enforces(image, "failureAction").unwrap_or(default);
        }
    }
    judges.then_some((refuses, verifies))
}

/// Passes when a policy that `wanted` picks refuses; fails at those that only watch.
pub(super) fn judge(set: &ManifestSet<'_>, policies: &[Policy<'_>], noun: &str, wanted: impl Fn(&Policy<'_>) -> bool) -> Verdict {
    let mut violations = Vec::new();
    let mut refusing = 0;
    for policy in policies.iter().filter(|policy| wanted(policy)) {
        match policy.action {
            Action::Refuses => refusing += 1,
            Action::Watches(locator, lines) => {
                let message = format!("{} `{}` refuses nothing", policy.object.kind, policy.object.name);
                violations.push(at(policy.index, message, locator, lines));
            }
        }
    }
    if refusing > 0 {
        return Verdict::Pass { examined: refusing };
    }
    if !violations.is_empty() {
        return Verdict::Fail(violations);
    }
    if set.objects.iter().any(|object| object.pod().is_some()) {
        return Verdict::NotAssessed {
            reason: Reason::ScopeUndeclared,
            why: format!("no {noun} is among the manifests; whether the cluster has one from elsewhere cannot be seen here"),
        };
    }
    NO_WORKLOADS
}
