//! `KSV-0055`: adding subjects to role bindings.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant {
    kinds: ROLES,
    resources: &[("rbac.authorization.k8s.io", "rolebindings"), ("rbac.authorization.k8s.io", "clusterrolebindings")],
    verbs: &["update", "patch"],
    what: "add subjects to role bindings",
};
