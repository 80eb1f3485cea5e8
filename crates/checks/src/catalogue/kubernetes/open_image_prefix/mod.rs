//! `KSV-0124`: prefixes of Gatekeeper's `K8sAllowedRepos` that admit more than they seem to.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

/// Registries where anybody can have a repository.
const PUBLIC: [&str; 8] =
    ["docker.io", "index.docker.io", "registry-1.docker.io", "ghcr.io", "quay.io", "gcr.io", "public.ecr.aws", "registry.gitlab.com"];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if object.kind != "K8sAllowedRepos" || object.group() != "constraints.gatekeeper.sh" {
        return Verdict::NotApplicable { why: "the object is not a K8sAllowedRepos constraint of Gatekeeper" };
    }
    let repos = object.root.at(&["spec", "parameters"]).map_or(&[][..], |parameters| parameters.items_of("repos"));
    let mut violations = Vec::new();
    let mut examined = 0;
    for (index, repo) in repos.iter().enumerate() {
        examined += 1;
        let prefix = repo.text().unwrap_or_default();
        if let Some(problem) = problem(prefix) {
            violations.push(Violation::new(
                format!("the allowed prefix `{prefix}` {problem}"),
                format!("spec.parameters.repos[{index}]"),
                repo.lines,
            ));
        }
    }
    Verdict::of(violations, examined)
}

fn problem(prefix: &str) -> Option<&'static str> {
    let Some((host, rest)) = prefix.split_once('/') else { return Some("also admits registries whose names only begin with it") };
    if !host.contains(['.', ':']) && host != "localhost" {
        return Some("names no registry");
    }
    if rest.is_empty() && PUBLIC.contains(&host) {
        return Some("is a registry where anybody can push");
    }
    let closed = rest.is_empty() || rest.ends_with('/') || rest.contains(['@', ':']);
    (!closed).then_some("also admits repositories whose names only begin with it")
}
