//! `KSV-0043`: impersonation.

use crate::{
    catalogue::cluster::rbac::{ROLES, each_rule},
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

/// Whom a request can be made as. Extra fields of a user have names of their own behind the slash.
const IDENTITIES: &[(&str, &str)] =
    &[("", "users"), ("", "groups"), ("", "serviceaccounts"), ("authentication.k8s.io", "uids"), ("authentication.k8s.io", "userextras")];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_rule(object, ROLES, |rule, violations| {
        let harmless = rule.is_narrowed() && !rule.names().any(|name| name.starts_with("system:"));
        if rule.grants(&["impersonate"], IDENTITIES) && !harmless {
            violations.push(rule.violation("impersonate privileged users or groups"));
        }
    })
}
