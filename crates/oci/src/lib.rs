//! Pulling images from registries: the OCI distribution protocol, for reading.
//!
//! <https://github.com/opencontainers/distribution-spec>, and Docker's token authentication,
//! <https://distribution.github.io/distribution/spec/auth/token/>. Nothing is pushed.
//!
//! Blocking, one connection for each thread. What a registry sends is hostile: sizes are bounded, digests are verified by whoever reads the
//! streams ([`Blob`] yields bytes, not truth), redirects never carry credentials to another origin, and a redirect never leaves HTTPS.

mod auth;
mod challenge;
mod client;
mod reference;
mod retry;

pub use auth::{Credentials, Keychain};
pub use client::{Blob, Client, ClientOptions, Error, Manifest};
pub use reference::{Reference, ReferenceError};
