//! Files to facts: distributions, packages, users, secrets, keys, server settings, card data.
//!
//! Each analyzer reads one kind of file and adds what it shows to [`probity_model::Facts`], without an opinion about it. The folders are
//! the things they know; [`analyzers`] lists them all. Begin at `secrets` for the part with the most rules.

mod crypto;
mod data;
mod distros;
mod files;
mod image;
mod packages;
mod secrets;
mod servers;
#[cfg(test)]
mod testing;
mod text;
mod unit;
mod users;

pub use distros::settle;
pub use files::modes::{file_fact, is_program};
pub use image::{document_facts, image_facts};
pub use packages::{
    ecosystems,
    sbom::{is_sbom, read as read_sbom},
};
pub use secrets::custom::{SecretConfig, SecretConfigError};
pub use secrets::{
    skip::{is_secret_candidate, looks_binary},
    stores::unsearched,
};

use probity_model::analyzer::Analyzer;

/// Every analyzer of this crate, in a fixed order.
pub fn analyzers() -> impl Iterator<Item = &'static dyn Analyzer> {
    ANALYZERS.iter().copied().chain(packages::GROUPS.iter().flat_map(|group| group.analyzers.iter().copied()))
}

/// The analyzers of everything but packages.
const ANALYZERS: &[&dyn Analyzer] = &[
    &distros::os_release::OS_RELEASE,
    &distros::release_files::RELEASE_FILES,
    &distros::release_files::APK_REPOSITORIES,
    &distros::release_files::UBUNTU_PRO,
    &users::PASSWD,
    &users::GROUP,
    &users::SHADOW,
    &users::HTPASSWD,
    &secrets::SECRETS,
    &crypto::pem_files::PEM,
    &crypto::pem_files::DER,
    &crypto::keystore::KEYSTORE,
    &crypto::authorized_keys::AUTHORIZED_KEYS,
    &servers::nginx::NGINX,
    &servers::httpd::HTTPD,
    &servers::haproxy::HAPROXY,
    &servers::sshd::SSHD,
    &servers::databases::REDIS,
    &servers::databases::PG_HBA,
    &servers::databases::POSTGRES,
    &servers::databases::MYSQL,
    &servers::databases::MONGODB,
    &servers::elasticsearch::ELASTICSEARCH,
    &servers::rabbitmq::RABBITMQ,
    &servers::tomcat::TOMCAT,
    &servers::platforms::OPENSSL,
    &servers::platforms::JAVA_SECURITY,
    &servers::platforms::DOCKER_DAEMON,
    &servers::platforms::JUPYTER,
    &servers::platforms::PHP,
    &servers::platforms::GRAFANA,
    &servers::platforms::DJANGO,
    &data::CARDS,
    &files::traces::KUBECONFIG,
    &files::traces::CLOUD_CREDENTIALS,
    &files::traces::PROCESS_MANAGERS,
    &files::traces::TEST_ARTIFACTS,
];

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::{Facts, analyzer::File, analyzer::FileMeta};
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_name_their_folder() {
        let mut seen = BTreeSet::new();
        for analyzer in analyzers() {
            let meta = analyzer.meta();
            assert!(seen.insert(meta.id), "{} is there twice", meta.id);
            let folder = meta.id.split('/').next().unwrap();
            assert!(["distros", "packages", "users", "secrets", "crypto", "servers", "data", "files"].contains(&folder), "{}", meta.id);
            assert!(!meta.claims.is_empty() && !meta.provides.is_empty() && meta.max_bytes > 0, "{}", meta.id);
        }
    }

    #[test]
    fn empty_and_binary_input_is_survived_by_all() {
        for bytes in [&b""[..], b"\0", b"\xff\xfe\0", &[0xff; 300], b"\n\n\n", b"=:;,{}[]<>\"'\\"] {
            for analyzer in analyzers() {
                let mut facts = Facts::default();
                let file = File { path: "etc/x", meta: FileMeta::default(), bytes };
                // An error is a fine answer; a panic is not.
                let _ = analyzer.analyze(&file, &mut facts);
            }
        }
    }
}
