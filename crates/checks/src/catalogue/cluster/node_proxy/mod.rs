//! `KSV-0047`: the kubelet API through `nodes/proxy`.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant {
    kinds: ROLES,
    resources: &[("", "nodes/proxy")],
    verbs: &["get", "create", "update", "patch", "delete"],
    what: "use the API of every kubelet",
};
