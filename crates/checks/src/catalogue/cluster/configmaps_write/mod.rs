//! `KSV-0049`: writing to config maps.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, WRITE, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant { kinds: ROLES, resources: &[("", "configmaps")], verbs: WRITE, what: "change any config map" };
