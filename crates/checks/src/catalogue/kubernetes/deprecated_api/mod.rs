//! `KSV-0107`: deprecated and removed API versions.
//!
//! <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>, up to Kubernetes 1.35. Alpha versions are left out, except those that
//! were removed together with a beta version: they are off unless somebody switches them on.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    finding::Violation,
    kubernetes::Resource,
    node::Entry,
};

check!(Kubernetes, run);

/// Kinds of one API version, the minor version of Kubernetes 1 that deprecated them, the one that no longer serves them, and what to use.
struct Retired {
    api: &'static str,
    kinds: &'static [&'static str],
    deprecated: u32,
    removed: Option<u32>,
    instead: &'static str,
}

const fn gone(api: &'static str, kinds: &'static [&'static str], deprecated: u32, removed: u32, instead: &'static str) -> Retired {
    Retired { api, kinds, deprecated, removed: Some(removed), instead }
}

const RETIRED: &[Retired] = &[
    gone("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], 8, 16, "apps/v1"),
    gone("extensions/v1beta1", &["NetworkPolicy"], 9, 16, "networking.k8s.io/v1"),
    gone("extensions/v1beta1", &["PodSecurityPolicy"], 10, 16, "Pod Security Admission"),
    gone("extensions/v1beta1", &["Ingress"], 14, 22, "networking.k8s.io/v1"),
    gone("apps/v1beta1", &["Deployment", "StatefulSet", "ControllerRevision"], 8, 16, "apps/v1"),
    gone("apps/v1beta2", &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "ControllerRevision"], 9, 16, "apps/v1"),
    gone(
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        16,
        22,
        "admissionregistration.k8s.io/v1",
    ),
    gone(
        "admissionregistration.k8s.io/v1beta1",
        &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
        31,
        34,
        "admissionregistration.k8s.io/v1",
    ),
    gone("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], 16, 22, "apiextensions.k8s.io/v1"),
    gone("apiregistration.k8s.io/v1beta1", &["APIService"], 19, 22, "apiregistration.k8s.io/v1"),
    gone("authentication.k8s.io/v1beta1", &["TokenReview"], 19, 22, "authentication.k8s.io/v1"),
    gone(
        "authorization.k8s.io/v1beta1",
        &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"],
        19,
        22,
        "authorization.k8s.io/v1",
    ),
    gone("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 22, 25, "autoscaling/v2"),
    gone("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 23, 26, "autoscaling/v2"),
    gone("batch/v1beta1", &["CronJob"], 21, 25, "batch/v1"),
    gone("batch/v2alpha1", &["CronJob"], 8, 21, "batch/v1"),
    gone("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 19, 22, "certificates.k8s.io/v1"),
    gone("coordination.k8s.io/v1beta1", &["Lease"], 19, 22, "coordination.k8s.io/v1"),
    gone("discovery.k8s.io/v1beta1", &["EndpointSlice"], 21, 25, "discovery.k8s.io/v1"),
    gone("events.k8s.io/v1beta1", &["Event"], 22, 25, "events.k8s.io/v1"),
    gone("flowcontrol.apiserver.k8s.io/v1beta1", &["FlowSchema", "PriorityLevelConfiguration"], 23, 26, "flowcontrol.apiserver.k8s.io/v1"),
    gone("flowcontrol.apiserver.k8s.io/v1beta2", &["FlowSchema", "PriorityLevelConfiguration"], 26, 29, "flowcontrol.apiserver.k8s.io/v1"),
    gone("flowcontrol.apiserver.k8s.io/v1beta3", &["FlowSchema", "PriorityLevelConfiguration"], 29, 32, "flowcontrol.apiserver.k8s.io/v1"),
    gone("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 19, 22, "networking.k8s.io/v1"),
    gone("networking.k8s.io/v1beta1", &["IPAddress", "ServiceCIDR"], 34, 37, "networking.k8s.io/v1"),
    gone("node.k8s.io/v1beta1", &["RuntimeClass"], 22, 25, "node.k8s.io/v1"),
    gone("policy/v1beta1", &["PodDisruptionBudget"], 21, 25, "policy/v1"),
    gone("policy/v1beta1", &["PodSecurityPolicy"], 21, 25, "Pod Security Admission"),
    gone(
        "rbac.authorization.k8s.io/v1alpha1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        17,
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    gone(
        "rbac.authorization.k8s.io/v1beta1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        17,
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    gone("scheduling.k8s.io/v1alpha1", &["PriorityClass"], 14, 22, "scheduling.k8s.io/v1"),
    gone("scheduling.k8s.io/v1beta1", &["PriorityClass"], 14, 22, "scheduling.k8s.io/v1"),
    gone("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], 19, 22, "storage.k8s.io/v1"),
    gone("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 24, 27, "storage.k8s.io/v1"),
    Retired { api: "v1", kinds: &["ComponentStatus"], deprecated: 19, removed: None, instead: "the health endpoints" },
    Retired { api: "v1", kinds: &["Endpoints"], deprecated: 33, removed: None, instead: "EndpointSlice of discovery.k8s.io/v1" },
];

/// The newest version of Kubernetes that the list knows.
pub const NEWEST_KUBERNETES: (u32, u32) = (1, 35);

/// Groups that the API server itself serves or has served. Projects such as the Gateway API also end in `k8s.io`, and have releases of their own.
const OWN_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

fn run(object: &Resource, settings: &CheckSettings) -> Verdict {
    if !OWN_GROUPS.contains(&object.group()) {
        return Verdict::NotApplicable { why: "the API is not one of Kubernetes itself" };
    }
    let retired = RETIRED.iter().find(|retired| retired.api == object.api_version && retired.kinds.contains(&object.kind.as_str()));
    let Some(retired) = retired.filter(|retired| settings.kubernetes >= (1, retired.deprecated)) else {
        if settings.kubernetes > NEWEST_KUBERNETES {
            let (major, minor) = NEWEST_KUBERNETES;
            return Verdict::NotAssessed {
                reason: Reason::DbStale,
                why: format!("the list of retired API versions ends with Kubernetes {major}.{minor}"),
            };
        }
        return Verdict::Pass { examined: 1 };
    };
    let Retired { api, deprecated, instead, .. } = retired;
    let state = match retired.removed {
        Some(removed) if settings.kubernetes >= (1, removed) => format!("not served since Kubernetes 1.{removed}"),
        Some(removed) => format!("deprecated since Kubernetes 1.{deprecated} and removed in 1.{removed}"),
        None => format!("deprecated since Kubernetes 1.{deprecated}"),
    };
    let mut violation = Violation::new(
        format!("{} `{}` uses {api}, which is {state}", object.kind, object.name),
        "apiVersion",
        object.root.entry("apiVersion").map_or(object.lines, Entry::lines),
    );
    violation.remediation = Some(format!("Use {instead} instead."));
    Verdict::Fail(vec![violation])
}
