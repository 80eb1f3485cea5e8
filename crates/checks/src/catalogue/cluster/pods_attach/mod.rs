//! `KSV-0054`: attaching to pods.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant { kinds: ROLES, resources: &[("", "pods/attach")], verbs: &["create", "get"], what: "attach to any pod" };
