//! `KCV-0093`: configuration that is smuggled into ingress-nginx.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Kubernetes, run);

/// The annotations that were pasted unchecked, and what must not be in them. A pattern for a certificate's name is a regular expression, to
/// which braces and bars belong.
const ANNOTATIONS: &[(&str, &[char])] = &[
    ("nginx.ingress.kubernetes.io/auth-url", &['\n', '\r', ';', '{', '}', '"', '\\', '<', '>', '|', '^', '`', ' ']),
    ("nginx.ingress.kubernetes.io/mirror-target", &['\n', '\r', ';', '{', '}', '"', '\\', '<', '>', '|', '^', '`', ' ']),
    ("nginx.ingress.kubernetes.io/mirror-host", &['\n', '\r', ';', '{', '}', '"', '\\', '<', '>', '|', '^', '`', ' ', '#']),
    ("nginx.ingress.kubernetes.io/auth-tls-match-cn", &['\n', '\r', ';', '#']),
];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if object.kind != "Ingress" {
        return Verdict::NotApplicable { why: "the object is no ingress" };
    }
    let mut violations = Vec::new();
    for entry in object.root.at(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
        let Some((name, forbidden)) = ANNOTATIONS.iter().find(|(name, _)| *name == &*entry.key) else { continue };
        if entry.value.text().is_some_and(|text| text.contains(*forbidden)) {
            violations.push(Violation::new(
                format!("ingress `{}` puts configuration syntax into `{name}`", object.name),
                format!("metadata.annotations[\"{name}\"]"),
                Entry::lines(entry),
            ));
        }
    }
    Verdict::of(violations, 1)
}
