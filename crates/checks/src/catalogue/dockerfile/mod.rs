//! Checks of Dockerfiles.

mod absolute_workdir;
mod add;
mod apk_cache;
mod apt_confirm;
mod apt_recommends;
mod copy_from_self;
mod copy_slash;
mod curl_pipe_sh;
mod dnf_cache;
mod duplicate_alias;
mod from_digest;
mod healthcheck;
mod image_tag;
mod maintainer;
mod microdnf_cache;
mod one_fetcher;
mod only_one_cmd;
mod only_one_entrypoint;
mod only_one_healthcheck;
mod port_range;
mod secrets;
mod shell;
mod ssh_port;
mod stages;
mod sudo;
mod system_workdir;
mod unauth_packages;
mod update_alone;
mod user;
mod workdir_over_cd;
mod yum_cache;
mod zypper_cache;

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[
    &image_tag::CHECK,
    &user::CHECK,
    &ssh_port::CHECK,
    &add::CHECK,
    &copy_from_self::CHECK,
    &only_one_entrypoint::CHECK,
    &port_range::CHECK,
    &absolute_workdir::CHECK,
    &sudo::CHECK,
    &copy_slash::CHECK,
    &duplicate_alias::CHECK,
    &workdir_over_cd::CHECK,
    &one_fetcher::CHECK,
    &yum_cache::CHECK,
    &only_one_cmd::CHECK,
    &update_alone::CHECK,
    &dnf_cache::CHECK,
    &zypper_cache::CHECK,
    &apt_confirm::CHECK,
    &maintainer::CHECK,
    &only_one_healthcheck::CHECK,
    &apk_cache::CHECK,
    &healthcheck::CHECK,
    &microdnf_cache::CHECK,
    &apt_recommends::CHECK,
    &system_workdir::CHECK,
    &secrets::CHECK,
    &curl_pipe_sh::CHECK,
    &unauth_packages::CHECK,
    &from_digest::CHECK,
];
