//! `PB-K8S-0103`: any network policy at all.

use crate::{
    catalogue::cluster::{namespaces, policies},
    native::check,
};
use probity_model::check::{CheckSettings, ManifestSet, Verdict};
use std::collections::BTreeSet;

check!(Manifests, run);

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let tenants = policies::governed(set);
    if tenants.is_empty() {
        return policies::NO_WORKLOADS;
    }
    // `None` stands for a policy of the whole cluster.
    let covered: BTreeSet<Option<&str>> = policies::all(set).map(|policy| policy.namespace).collect();
    let mut violations = Vec::new();
    for (namespace, tenant) in &tenants {
        if !covered.contains(&None) && !covered.contains(&Some(*namespace)) {
            let message = format!("{} has no network policy", namespaces::describe(namespace, tenant));
            violations.push(namespaces::at_tenant(set, tenant, message));
        }
    }
    Verdict::of(violations, u32::try_from(tenants.len()).unwrap_or(u32::MAX))
}
