//! `KSV-0113`: access to every secret of a namespace.

use crate::{
    catalogue::cluster::rbac::{Grant, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant {
    kinds: &["Role"],
    resources: &[("", "secrets")],
    verbs: &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
    what: "read or change every secret of the namespace",
};
