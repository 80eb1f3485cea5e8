//! `KSV-0037`: objects in namespaces that Kubernetes keeps for itself.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if is_cluster_scoped(object) {
        return Verdict::NotApplicable { why: "the object belongs to the cluster and to no namespace" };
    }
    let Some(namespace) = object.namespace.as_deref() else {
        return if object.pod().is_some() {
            Verdict::NotAssessed {
                reason: Reason::ScopeUndeclared,
                why: "the manifest names no namespace, so whoever applies it decides".to_owned(),
            }
        } else {
            Verdict::NotApplicable { why: "the object names no namespace" }
        };
    };
    let foreign = matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease");
    if !foreign || matches!(object.kind.as_str(), "Role" | "RoleBinding") || belongs(object) {
        return Verdict::Pass { examined: 1 };
    }
    let entry = object.metadata().and_then(|metadata| metadata.entry("namespace"));
    Verdict::Fail(vec![Violation::new(
        format!("{} `{}` is in the system's namespace `{namespace}`", object.kind, object.name),
        "metadata.namespace",
        entry.map_or(object.lines, Entry::lines),
    )])
}

/// Kinds that live in no namespace: the server passes over one that their manifest names.
fn is_cluster_scoped(object: &Resource) -> bool {
    const KINDS: &[&str] = &[
        "APIService",
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "CiliumClusterwideNetworkPolicy",
        "ClusterIssuer",
        "ClusterNetworkPolicy",
        "ClusterPolicy",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "CustomResourceDefinition",
        "FlowSchema",
        "GatewayClass",
        "GlobalNetworkPolicy",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "SecurityContextConstraints",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    ];
    KINDS.contains(&object.kind.as_str())
}

/// Whether the labels of the object or of its pod template say that it is a part of the cluster.
fn belongs(object: &Resource) -> bool {
    let template = object.pod().and_then(|pod| pod.metadata);
    [object.metadata(), template].into_iter().flatten().filter_map(|metadata| metadata.get("labels")).any(|labels| {
        labels.get("addonmanager.kubernetes.io/mode").is_some()
            || labels.text_of("kubernetes.io/cluster-service") == Some("true")
            || labels.text_of("tier") == Some("control-plane")
            || matches!(labels.get("k8s-app").and_then(Node::text), Some("kube-dns" | "kube-proxy"))
    })
}
