//! Checks of Kubernetes objects other than workloads: RBAC, services, network policies, namespaces, configuration.

mod admission;
mod admission_policy;
mod anonymous_binding;
mod audit_policy;
mod authenticated_binding;
mod aws_auth;
mod bind_cluster_roles;
mod bind_roles;
mod cluster_admin_binding;
mod config_map_personal;
mod config_map_secrets;
mod configmaps_write;
mod csr_approval;
mod datastore_exposed;
mod default_account_binding;
mod default_deny_egress;
mod default_deny_ingress;
mod environments_mixed;
mod exposure;
mod external_ips;
mod image_signatures;
mod impersonation;
mod ingress_nginx_annotations;
mod ingress_tls;
mod limit_range;
mod masters_binding;
mod metadata_egress;
mod namespaces;
mod networking_write;
mod no_auth;
mod node_proxy;
mod persistentvolumes_create;
mod pod_logs_delete;
mod pod_security_labels;
mod pods_attach;
mod pods_exec;
mod policies;
mod policy_present;
mod policy_selectors;
mod public_egress;
mod public_ingress;
mod rbac;
mod rbac_write;
mod resource_quota;
mod rolebindings_patch;
mod secrets_cluster;
mod secrets_namespace;
mod service_exposed;
mod shape;
mod token_create;
mod values;
mod webhooks_write;
mod wildcard_resource_cluster;
mod wildcard_resource_namespace;
mod wildcard_role;
mod wildcard_verb;
mod workloads_write;

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[
    &policy_selectors::CHECK,
    &limit_range::CHECK,
    &resource_quota::CHECK,
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
    &external_ips::CHECK,
    &config_map_secrets::CHECK,
    &cluster_admin_binding::CHECK,
    &wildcard_resource_namespace::CHECK,
    &secrets_namespace::CHECK,
    &webhooks_write::CHECK,
    &aws_auth::CHECK,
    &anonymous_binding::CHECK,
    &masters_binding::CHECK,
    &config_map_personal::CHECK,
    &authenticated_binding::CHECK,
    &public_ingress::CHECK,
    &public_egress::CHECK,
    &ingress_nginx_annotations::CHECK,
    &default_deny_ingress::CHECK,
    &default_deny_egress::CHECK,
    &policy_present::CHECK,
    &pod_security_labels::CHECK,
    &admission_policy::CHECK,
    &audit_policy::CHECK,
    &image_signatures::CHECK,
    &datastore_exposed::CHECK,
    &metadata_egress::CHECK,
    &ingress_tls::CHECK,
    &service_exposed::CHECK,
    &environments_mixed::CHECK,
    &persistentvolumes_create::CHECK,
    &csr_approval::CHECK,
    &token_create::CHECK,
    &default_account_binding::CHECK,
    &no_auth::CHECK,
];
