//! `KSV-0051`: handing out roles.

use crate::{
    catalogue::cluster::rbac::{RBAC, ROLES, each_rule, rules},
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    let all = match rules(object, ROLES) {
        Ok(rules) => rules,
        Err(verdict) => return verdict,
    };
    let makes_bindings = all.clone().any(|rule| rule.grants(&["create", "update", "patch"], BINDINGS));
    each_rule(object, ROLES, |rule, violations| {
        let harmless = rule.is_narrowed() && !rule.names().any(|name| PRIVILEGED.contains(&name));
        if makes_bindings && rule.grants(&["bind"], &[(RBAC, "roles")]) && !harmless {
            violations.push(rule.violation("bind privileged roles to whom they like"));
        }
    })
}

const BINDINGS: &[(&str, &str)] = &[(RBAC, "rolebindings")];

/// Roles that give away a namespace or the cluster.
const PRIVILEGED: &[&str] = &["cluster-admin", "admin", "edit", "*"];
