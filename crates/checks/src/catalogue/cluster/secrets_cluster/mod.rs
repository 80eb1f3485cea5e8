//! `KSV-0041`: access to the secrets of every namespace.

use crate::{
    catalogue::cluster::rbac::{Grant, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant {
    kinds: &["ClusterRole"],
    resources: &[("", "secrets")],
    verbs: &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
    what: "read or change the secrets of every namespace",
};
