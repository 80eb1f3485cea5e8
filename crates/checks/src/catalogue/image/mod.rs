//! Checks of images and root file systems.

mod add_instruction;
mod authorized_keys;
mod baked_kubeconfig;
mod debug_flags;
mod default_credentials;
mod duplicate_uid;
mod empty_password;
mod expired_certificate;
mod healthcheck;
mod multi_function;
mod places;
mod private_key;
mod service_no_auth;
mod setuid;
mod ssh_server;
mod test_artifacts;
mod tls_config;
mod tls_verify_off;
mod unowned_executables;
mod unverified_install;
mod user_root;
mod weak_hash;

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[
    &default_credentials::CHECK,
    &empty_password::CHECK,
    &duplicate_uid::CHECK,
    &multi_function::CHECK,
    &unowned_executables::CHECK,
    &setuid::CHECK,
    &test_artifacts::CHECK,
    &tls_config::CHECK,
    &debug_flags::CHECK,
    &weak_hash::CHECK,
    &authorized_keys::CHECK,
    &baked_kubeconfig::CHECK,
    &user_root::CHECK,
    &healthcheck::CHECK,
    &add_instruction::CHECK,
    &service_no_auth::CHECK,
    &private_key::CHECK,
    &expired_certificate::CHECK,
    &tls_verify_off::CHECK,
    &unverified_install::CHECK,
    &ssh_server::CHECK,
];
