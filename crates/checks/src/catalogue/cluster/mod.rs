//! Checks of Kubernetes objects other than workloads: RBAC, services, network policies, namespaces, configuration.

mod anonymous_binding;
mod authenticated_binding;
mod aws_auth;
mod bind_cluster_roles;
mod bind_roles;
mod cluster_admin_binding;
mod configmaps_write;
mod csr_approval;
mod default_account_binding;
mod impersonation;
mod masters_binding;
mod namespaces;
mod networking_write;
mod node_proxy;
mod persistentvolumes_create;
mod pod_logs_delete;
mod pods_attach;
mod pods_exec;
mod policies;
mod rbac;
mod rbac_write;
mod rolebindings_patch;
mod secrets_cluster;
mod secrets_namespace;
mod token_create;
mod webhooks_write;
mod wildcard_resource_cluster;
mod wildcard_resource_namespace;
mod wildcard_role;
mod wildcard_verb;
mod workloads_write;

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[
    &secrets_cluster::CHECK,
    &pod_logs_delete::CHECK,
    &impersonation::CHECK,
    &wildcard_role::CHECK,
    &wildcard_verb::CHECK,
    &wildcard_resource_cluster::CHECK,
    &node_proxy::CHECK,
    &workloads_write::CHECK,
    &configmaps_write::CHECK,
    &rbac_write::CHECK,
    &bind_roles::CHECK,
    &bind_cluster_roles::CHECK,
    &pods_exec::CHECK,
    &pods_attach::CHECK,
    &rolebindings_patch::CHECK,
    &networking_write::CHECK,
    &cluster_admin_binding::CHECK,
    &wildcard_resource_namespace::CHECK,
    &secrets_namespace::CHECK,
    &webhooks_write::CHECK,
    &aws_auth::CHECK,
    &anonymous_binding::CHECK,
    &masters_binding::CHECK,
    &authenticated_binding::CHECK,
    &persistentvolumes_create::CHECK,
    &csr_approval::CHECK,
    &token_create::CHECK,
    &default_account_binding::CHECK,
];
