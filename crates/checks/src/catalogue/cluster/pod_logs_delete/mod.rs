//! `KSV-0042`: deletion of pod logs.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant =
    Grant { kinds: ROLES, resources: &[("", "pods/log")], verbs: &["delete", "deletecollection"], what: "delete the logs of pods" };
