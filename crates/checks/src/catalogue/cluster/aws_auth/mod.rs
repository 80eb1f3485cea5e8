//! `KSV-0115`: the identity mapping of EKS.

use crate::{
    catalogue::cluster::rbac::{ROLES, WRITE, each_rule},
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_rule(object, ROLES, |rule, violations| {
        if rule.names().any(|name| name == "aws-auth") && rule.grants(WRITE, &[("", "configmaps")]) {
            violations.push(rule.violation("decide which AWS identities may do what"));
        }
    })
}
