//! `PB-K8S-0115`: tokens of service accounts.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant =
    Grant { kinds: ROLES, resources: &[("", "serviceaccounts/token")], verbs: &["create"], what: "issue tokens of any service account" };
