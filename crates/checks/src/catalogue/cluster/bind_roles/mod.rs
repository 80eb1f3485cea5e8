//! `KSV-0051`: handing out roles.

use crate::{
    catalogue::cluster::rbac::{RBAC, judge_bind},
    native::check,
};

check!(Kubernetes, |object, _| judge_bind(object, &[(RBAC, "rolebindings")], "roles", "bind privileged roles to whom they like"));
