//! Certificates, private keys, keystores, authorized keys.
//!
//! Only public facts about keys are kept: algorithm, size, whether a passphrase protects them, a digest to tell whether two are equal.

pub(crate) mod authorized_keys;
mod certificate;
mod der;
mod key;
pub(crate) mod keystore;
pub(crate) mod pem;
pub(crate) mod pem_files;

#[cfg(test)]
mod tests;
