//! `KSV-0114`: writing to admission webhooks.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, WRITE, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant {
    kinds: ROLES,
    resources: &[
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ],
    verbs: WRITE,
    what: "change admission webhooks",
};
