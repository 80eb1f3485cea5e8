//! Checks of services in Compose files.

mod apparmor;
mod bind_address;
mod capabilities;
mod cgroup_parent;
mod cpu;
mod default_bridge;
mod devices;
mod docker_socket;
mod healthcheck;
mod host_dirs;
mod host_ipc;
mod host_network;
mod host_pid;
mod host_uts;
mod image_tag;
mod log_driver;
mod memory;
mod mounts;
mod needed_ports;
mod no_auth;
mod no_new_privileges;
mod pids_limit;
mod ports;
mod privileged;
mod privileged_ports;
mod propagation;
mod read_only;
mod restart;
mod seccomp;
mod selinux;
mod service;
mod ulimits;
mod userns;

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[
    &apparmor::CHECK,
    &selinux::CHECK,
    &capabilities::CHECK,
    &privileged::CHECK,
    &host_dirs::CHECK,
    &privileged_ports::CHECK,
    &needed_ports::CHECK,
    &host_network::CHECK,
    &memory::CHECK,
    &cpu::CHECK,
    &read_only::CHECK,
    &bind_address::CHECK,
    &restart::CHECK,
    &host_pid::CHECK,
    &host_ipc::CHECK,
    &devices::CHECK,
    &ulimits::CHECK,
    &propagation::CHECK,
    &host_uts::CHECK,
    &seccomp::CHECK,
    &cgroup_parent::CHECK,
    &no_new_privileges::CHECK,
    &healthcheck::CHECK,
    &image_tag::CHECK,
    &pids_limit::CHECK,
    &default_bridge::CHECK,
    &userns::CHECK,
    &docker_socket::CHECK,
    &log_driver::CHECK,
    &no_auth::CHECK,
];
