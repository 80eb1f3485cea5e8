//! Checks of the control plane and the kubelet: flags, configuration objects, and files on nodes.

mod admin_conf_mode;
mod admin_conf_owner;
mod anonymous_auth;
mod apiserver_manifest_mode;
mod apiserver_manifest_owner;
mod audit_log_max_age;
mod audit_log_max_backup;
mod audit_log_max_size;
mod audit_log_path;
mod audit_policy_file;
mod authorization;
mod authorization_always_allow;
mod authorization_node;
mod authorization_rbac;
mod ciphers;
mod client_ca;
mod cni_files_mode;
mod cni_files_owner;
mod components;
mod encryption_config;
mod encryption_provider;
mod etcd_auto_tls;
mod etcd_ca;
mod etcd_certificate;
mod etcd_client_auth;
mod etcd_client_certificate;
mod etcd_data_mode;
mod etcd_data_owner;
mod etcd_manifest_mode;
mod etcd_manifest_owner;
mod etcd_peer_auth;
mod etcd_peer_auto_tls;
mod etcd_peer_certificate;
mod etcd_trusted_ca;
mod external_ips_plugin_unset;
mod kubelet_anonymous;
mod kubelet_authorization;
mod kubelet_ca_mode;
mod kubelet_ca_owner;
mod kubelet_certificate;
mod kubelet_certificate_authority;
mod kubelet_ciphers;
mod kubelet_client_ca;
mod kubelet_client_certificate;
mod kubelet_config_file_mode;
mod kubelet_config_file_owner;
mod kubelet_event_rate;
mod kubelet_hostname;
mod kubelet_https;
mod kubelet_iptables;
mod kubelet_kernel_defaults;
mod kubelet_key;
mod kubelet_kubeconfig_mode;
mod kubelet_kubeconfig_owner;
mod kubelet_pid_limit;
mod kubelet_read_only_port;
mod kubelet_rotation;
mod kubelet_seccomp;
mod kubelet_server_rotation;
mod kubelet_service_mode;
mod kubelet_service_owner;
mod kubelet_streaming_timeout;
mod manager_bind_address;
mod manager_conf_mode;
mod manager_conf_owner;
mod manager_credentials;
mod manager_manifest_mode;
mod manager_manifest_owner;
mod manager_pod_gc;
mod manager_profiling;
mod manager_root_ca;
mod manager_rotation_gate;
mod manager_service_account_key;
mod nodes;
mod pki_certificate_mode;
mod pki_key_mode;
mod pki_owner;
mod plugin_always_admit;
mod plugin_always_pull;
mod plugin_event_rate_limit;
mod plugin_external_ips;
mod plugin_namespace_lifecycle;
mod plugin_node_restriction;
mod plugin_pod_security;
mod plugin_service_account;
mod profiling;
mod proxy_kubeconfig_mode;
mod proxy_kubeconfig_owner;
mod proxy_metrics;
mod scheduler_bind_address;
mod scheduler_conf_mode;
mod scheduler_conf_owner;
mod scheduler_manifest_mode;
mod scheduler_manifest_owner;
mod scheduler_profiling;
mod secure_port;
mod service_account_key;
mod service_account_lookup;
mod settings;
mod tls_certificate;
mod tls_ciphers;
mod token_auth_file;
mod token_extension;

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[
    &anonymous_auth::CHECK,
    &token_auth_file::CHECK,
    &external_ips_plugin_unset::CHECK,
    &kubelet_https::CHECK,
    &kubelet_client_certificate::CHECK,
    &kubelet_certificate_authority::CHECK,
    &authorization_always_allow::CHECK,
    &authorization_node::CHECK,
    &authorization_rbac::CHECK,
    &plugin_event_rate_limit::CHECK,
    &plugin_always_admit::CHECK,
    &plugin_always_pull::CHECK,
    &plugin_pod_security::CHECK,
    &plugin_service_account::CHECK,
    &plugin_namespace_lifecycle::CHECK,
    &plugin_node_restriction::CHECK,
    &secure_port::CHECK,
    &profiling::CHECK,
    &audit_log_path::CHECK,
    &audit_log_max_age::CHECK,
    &audit_log_max_backup::CHECK,
    &audit_log_max_size::CHECK,
    &service_account_lookup::CHECK,
    &service_account_key::CHECK,
    &etcd_client_certificate::CHECK,
    &tls_certificate::CHECK,
    &client_ca::CHECK,
    &etcd_ca::CHECK,
    &encryption_config::CHECK,
    &manager_pod_gc::CHECK,
    &manager_profiling::CHECK,
    &manager_credentials::CHECK,
    &manager_service_account_key::CHECK,
    &manager_root_ca::CHECK,
    &manager_rotation_gate::CHECK,
    &manager_bind_address::CHECK,
    &scheduler_profiling::CHECK,
    &scheduler_bind_address::CHECK,
    &etcd_certificate::CHECK,
    &etcd_client_auth::CHECK,
    &etcd_auto_tls::CHECK,
    &etcd_peer_certificate::CHECK,
    &etcd_peer_auth::CHECK,
    &etcd_peer_auto_tls::CHECK,
    &apiserver_manifest_mode::CHECK,
    &apiserver_manifest_owner::CHECK,
    &manager_manifest_mode::CHECK,
    &manager_manifest_owner::CHECK,
    &scheduler_manifest_mode::CHECK,
    &scheduler_manifest_owner::CHECK,
    &etcd_manifest_mode::CHECK,
    &etcd_manifest_owner::CHECK,
    &cni_files_mode::CHECK,
    &cni_files_owner::CHECK,
    &etcd_data_mode::CHECK,
    &etcd_data_owner::CHECK,
    &admin_conf_mode::CHECK,
    &admin_conf_owner::CHECK,
    &scheduler_conf_mode::CHECK,
    &scheduler_conf_owner::CHECK,
    &manager_conf_mode::CHECK,
    &manager_conf_owner::CHECK,
    &pki_owner::CHECK,
    &pki_key_mode::CHECK,
    &pki_certificate_mode::CHECK,
    &kubelet_service_mode::CHECK,
    &kubelet_service_owner::CHECK,
    &proxy_kubeconfig_mode::CHECK,
    &proxy_kubeconfig_owner::CHECK,
    &kubelet_kubeconfig_mode::CHECK,
    &kubelet_kubeconfig_owner::CHECK,
    &kubelet_ca_mode::CHECK,
    &kubelet_ca_owner::CHECK,
    &kubelet_config_file_mode::CHECK,
    &kubelet_config_file_owner::CHECK,
    &kubelet_anonymous::CHECK,
    &kubelet_authorization::CHECK,
    &kubelet_client_ca::CHECK,
    &kubelet_read_only_port::CHECK,
    &kubelet_kernel_defaults::CHECK,
    &kubelet_iptables::CHECK,
    &kubelet_streaming_timeout::CHECK,
    &kubelet_hostname::CHECK,
    &kubelet_event_rate::CHECK,
    &kubelet_certificate::CHECK,
    &kubelet_key::CHECK,
    &kubelet_rotation::CHECK,
    &kubelet_server_rotation::CHECK,
    &kubelet_ciphers::CHECK,
    &audit_policy_file::CHECK,
    &tls_ciphers::CHECK,
    &encryption_provider::CHECK,
    &plugin_external_ips::CHECK,
    &token_extension::CHECK,
    &etcd_trusted_ca::CHECK,
    &kubelet_pid_limit::CHECK,
    &kubelet_seccomp::CHECK,
    &proxy_metrics::CHECK,
];
