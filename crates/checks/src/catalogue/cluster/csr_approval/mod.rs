//! `PB-K8S-0114`: approval of certificate requests.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant {
    kinds: ROLES,
    resources: &[("certificates.k8s.io", "certificatesigningrequests/approval"), ("certificates.k8s.io", "signers")],
    verbs: &["update", "patch", "approve"],
    what: "approve certificates",
};
