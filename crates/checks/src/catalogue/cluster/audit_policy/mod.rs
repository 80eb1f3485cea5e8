//! `PB-K8S-0106`: what an audit policy records.
//!
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>

use crate::{
    catalogue::cluster::namespaces::{at, kind_lines},
    native::check,
};
use probity_model::{
    Reason,
    check::{CheckSettings, ManifestSet, Verdict},
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Manifests, run);

/// What has to be recorded: verb, group, resource, and the words for it.
const NEEDED: &[(&str, &str, &str, &str)] = &[
    ("get", "", "secrets", "access to secrets"),
    ("update", "", "configmaps", "changes of config maps"),
    ("create", "", "pods", "creation of pods"),
    ("update", "apps", "deployments", "changes of workloads"),
    ("create", "", "pods/exec", "shells in pods"),
    ("create", "", "pods/portforward", "tunnels into pods"),
    ("create", "", "serviceaccounts/token", "requests for tokens"),
    ("create", "rbac.authorization.k8s.io", "clusterrolebindings", "changes of roles and bindings"),
    ("update", "admissionregistration.k8s.io", "validatingwebhookconfigurations", "changes of admission webhooks"),
];

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let mut violations = Vec::new();
    let mut examined = 0;
    for (index, policy) in set.of_kind("Policy").filter(|(_, object)| object.group() == "audit.k8s.io") {
        examined += 1;
        judge(index, policy, &mut violations);
    }
    if examined == 0 && set.objects.iter().any(|object| object.pod().is_some()) {
        return Verdict::NotAssessed {
            reason: Reason::TargetKindMissing,
            why: "no audit policy (`kind: Policy` of `audit.k8s.io`) is among the manifests".to_owned(),
        };
    }
    if examined == 0 {
        return Verdict::NotApplicable { why: "the manifests have neither workloads nor an audit policy" };
    }
    Verdict::of(violations, examined)
}

/// One violation for each rule that drops something, and one for each thing that no rule fits.
fn judge(index: usize, policy: &Resource, violations: &mut Vec<probity_model::finding::Violation>) {
    let rules = policy.root.items_of("rules");
    let whole = policy.root.entry("rules").map_or_else(|| kind_lines(policy), Entry::lines);
    let mut dropped: Vec<(usize, Vec<&str>)> = Vec::new();
    for (verb, group, resource, words) in NEEDED {
        let deciding = rules.iter().enumerate().find(|(_, rule)| is_general(rule) && covers(rule, verb, group, resource));
        match deciding {
            Some((number, rule)) if rule.text_of("level") == Some("None") => match dropped.iter_mut().find(|(other, _)| *other == number) {
                Some((_, all)) => all.push(words),
                None => dropped.push((number, vec![words])),
            },
            Some(_) => {}
            None => violations.push(at(index, format!("no rule of the audit policy records {words}"), "rules", whole)),
        }
    }
    dropped.sort_by_key(|(number, _)| *number);
    for (number, words) in dropped {
        let lines = rules.get(number).map_or(whole, |rule| rule.lines);
        violations.push(at(index, format!("this rule of the audit policy drops {}", words.join(", ")), format!("rules[{number}]"), lines));
    }
}

/// Whether a rule is about everybody, everywhere.
fn is_general(rule: &Node) -> bool {
    let groups = rule.items_of("userGroups");
    let everybody = groups.is_empty() || groups.iter().any(|group| group.text() == Some("system:authenticated"));
    everybody && rule.items_of("users").is_empty() && rule.items_of("namespaces").is_empty()
}

fn covers(rule: &Node, verb: &str, group: &str, resource: &str) -> bool {
    let verbs = rule.items_of("verbs");
    if !(verbs.is_empty() || verbs.iter().any(|own| matches!(own.text(), Some(own) if own == verb || own == "*"))) {
        return false;
    }
    let groups = rule.items_of("resources");
    if groups.is_empty() {
        return rule.items_of("nonResourceURLs").is_empty();
    }
    groups.iter().any(|own| {
        let resources = own.items_of("resources");
        matches!(own.text_of("group").unwrap_or_default(), name if name == group || name == "*")
            && own.items_of("resourceNames").is_empty()
            && (resources.is_empty() || resources.iter().filter_map(Node::text).any(|own| fits(own, resource)))
    })
}

/// `pods`, `pods/exec`, `pods/*`, `*/exec` and `*`, as the documentation of the field has them.
fn fits(own: &str, resource: &str) -> bool {
    if own == "*" || own == resource {
        return true;
    }
    let Some((own, own_sub)) = own.split_once('/') else { return false };
    let Some((resource, sub)) = resource.split_once('/') else { return false };
    (own == "*" || own == resource) && (own_sub == "*" || own_sub == sub)
}
