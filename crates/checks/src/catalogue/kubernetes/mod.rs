//! Checks of Kubernetes workloads: everything that creates pods, and what holds for any object (API versions, namespaces).

mod apparmor;
mod capabilities_added;
mod capabilities_drop_all;
mod capabilities_drop_any;
mod capabilities_restricted;
mod capability_net_raw;
mod capability_sys_admin;
mod capability_sys_module;
mod cpu_limit;
mod cpu_request;
mod default_namespace;
mod default_security_context;
mod default_service_account;
mod deprecated_api;
mod env_secret;
mod high_gid;
mod high_uid;
mod host_aliases;
mod host_ipc;
mod host_network;
mod host_path;
mod host_pid;
mod host_port;
mod host_probe;
mod host_process;
mod image_digest;
mod image_tag;
mod memory_limit;
mod memory_request;
mod mount_propagation;
mod net_raw_dropped;
mod non_root;
mod open_image_prefix;
mod privilege_escalation;
mod privileged;
mod privileged_port;
mod proc_mount;
mod read_only_root;
mod root_group;
mod root_user;
mod run_as_non_root_required;
mod runtime_socket;
mod seccomp_required;
mod seccomp_unconfined;
mod selinux;
mod sensitive_host_path;
mod sensitivity_scheduling;
mod service_account_token;
mod shared;
mod sysctls;
mod system_namespace;
mod tiller;
mod trusted_registry;
mod volume_types;

use crate::native::Native;

pub use deprecated_api::NEWEST_KUBERNETES;

/// In the order of their ids.
pub(crate) const CHECKS: &[&Native] = &[
    &privilege_escalation::CHECK,
    &apparmor::CHECK,
    &capabilities_drop_all::CHECK,
    &capabilities_drop_any::CHECK,
    &capability_sys_admin::CHECK,
    &runtime_socket::CHECK,
    &host_aliases::CHECK,
    &host_ipc::CHECK,
    &host_network::CHECK,
    &host_pid::CHECK,
    &cpu_limit::CHECK,
    &non_root::CHECK,
    &image_tag::CHECK,
    &read_only_root::CHECK,
    &cpu_request::CHECK,
    &memory_request::CHECK,
    &privileged::CHECK,
    &memory_limit::CHECK,
    &high_uid::CHECK,
    &high_gid::CHECK,
    &capabilities_added::CHECK,
    &host_path::CHECK,
    &host_port::CHECK,
    &selinux::CHECK,
    &sysctls::CHECK,
    &proc_mount::CHECK,
    &volume_types::CHECK,
    &seccomp_required::CHECK,
    &service_account_token::CHECK,
    &system_namespace::CHECK,
    &tiller::CHECK,
    &host_process::CHECK,
    &seccomp_unconfined::CHECK,
    &root_user::CHECK,
    &capabilities_restricted::CHECK,
    &deprecated_api::CHECK,
    &default_namespace::CHECK,
    &root_group::CHECK,
    &privileged_port::CHECK,
    &default_security_context::CHECK,
    &capability_net_raw::CHECK,
    &capability_sys_module::CHECK,
    &sensitive_host_path::CHECK,
    &open_image_prefix::CHECK,
    &trusted_registry::CHECK,
    &host_probe::CHECK,
    &env_secret::CHECK,
    &image_digest::CHECK,
    &sensitivity_scheduling::CHECK,
    &run_as_non_root_required::CHECK,
    &net_raw_dropped::CHECK,
    &default_service_account::CHECK,
    &mount_propagation::CHECK,
];
