//! `PB-K8S-0004`: workloads of declared sensitivity are bound to nodes.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    finding::Violation,
    kubernetes::{Pod, Resource},
    node::{Entry, Node},
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    let Some(pod) = object.pod() else { return Verdict::NotApplicable { why: "the object has no pod" } };
    let template = sensitivity(pod.metadata);
    let Some(label) = template.or_else(|| sensitivity(object.metadata())) else {
        return Verdict::NotAssessed { reason: Reason::ScopeUndeclared, why: "no label says how sensitive the workload is".to_owned() };
    };
    let value = label.value.text().unwrap_or_default();
    let harmless = ["public", "low", "none", "unclassified"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if harmless || is_bound(pod) {
        return Verdict::Pass { examined: 1 };
    }
    let owner = if template.is_some() { pod.path.strip_suffix("spec").unwrap_or_default() } else { "" };
    Verdict::Fail(vec![Violation::new(
        format!("the pod has the sensitivity `{value}` and may run on any node"),
        format!("{owner}metadata.labels['{}']", label.key),
        label.lines(),
    )])
}

fn sensitivity(metadata: Option<&Node>) -> Option<&Entry> {
    let labels = metadata?.get("labels")?.entries();
    labels.iter().find(|label| {
        let name = label.key.rsplit('/').next().unwrap_or(&label.key);
        matches!(name, "sensitivity" | "data-sensitivity" | "data-classification" | "security-classification")
            && label.value.text().is_some_and(|value| !value.is_empty())
    })
}

fn is_bound(pod: Pod<'_>) -> bool {
    let separates =
        |key: &str| !matches!(key, "kubernetes.io/os" | "kubernetes.io/arch" | "beta.kubernetes.io/os" | "beta.kubernetes.io/arch");
    if pod.spec.text_of("nodeName").is_some_and(|name| !name.is_empty()) {
        return true;
    }
    if pod.spec.get("nodeSelector").is_some_and(|selector| selector.entries().iter().any(|entry| separates(&entry.key))) {
        return true;
    }
    let required = pod.spec.at(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    let terms = required.map_or(&[][..], |required| required.items_of("nodeSelectorTerms"));
    // Terms are alternatives: one that binds to nothing in particular opens the pod to all nodes.
    !terms.is_empty()
        && terms.iter().all(|term| {
            let mut expressions = term.items_of("matchExpressions").iter();
            expressions.any(|e| e.text_of("key").is_some_and(separates) && matches!(e.text_of("operator"), Some("In" | "Exists" | "Gt")))
                || !term.items_of("matchFields").is_empty()
        })
}
