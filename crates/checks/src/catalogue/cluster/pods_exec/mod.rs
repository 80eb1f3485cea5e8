//! `KSV-0053`: shells in pods.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant { kinds: ROLES, resources: &[("", "pods/exec")], verbs: &["create", "get"], what: "open a shell in any pod" };
