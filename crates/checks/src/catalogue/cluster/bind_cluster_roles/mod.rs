//! `KSV-0052`: handing out cluster roles.

use crate::{
    catalogue::cluster::rbac::{RBAC, judge_bind},
    native::check,
};

check!(Kubernetes, |object, _| judge_bind(
    object,
    &[(RBAC, "rolebindings"), (RBAC, "clusterrolebindings")],
    "clusterroles",
    "bind privileged cluster roles to whom they like"
));
