//! `PB-K8S-0113`: creation of persistent volumes.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant =
    Grant { kinds: ROLES, resources: &[("", "persistentvolumes")], verbs: &["create"], what: "create volumes that reach into nodes" };
