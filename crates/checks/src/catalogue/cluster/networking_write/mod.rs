//! `KSV-0056`: writing to services, routes and policies.

use crate::{
    catalogue::cluster::rbac::{Grant, ROLES, WRITE, judge},
    native::check,
};

check!(Kubernetes, |object, _| judge(object, &GRANT));

const GRANT: Grant = Grant {
    kinds: ROLES,
    resources: &[
        ("", "services"),
        ("", "endpoints"),
        ("discovery.k8s.io", "endpointslices"),
        ("networking.k8s.io", "ingresses"),
        ("networking.k8s.io", "networkpolicies"),
        ("extensions", "ingresses"),
        ("gateway.networking.k8s.io", "gateways"),
        ("gateway.networking.k8s.io", "httproutes"),
    ],
    verbs: WRITE,
    what: "change how traffic flows",
};
