//! Rust: Cargo's lockfiles, and programs that list what they were built from.

pub(crate) mod cargo;
pub(crate) mod rustbinary;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

const RUST: Ecosystem = Ecosystem { purl_type: "cargo", versions: Scheme::Semver, advisories: "cargo", ..Ecosystem::LANGUAGE };

pub(crate) static CARGO: Ecosystem = Ecosystem { id: "cargo", assemble: Some(cargo::assemble), ..RUST };
pub(crate) static RUSTBINARY: Ecosystem = Ecosystem { id: "rustbinary", evidence: Evidence::Binary, ..RUST };

pub(crate) static GROUP: Group =
    Group { ecosystems: &[&CARGO, &RUSTBINARY], analyzers: &[&cargo::CARGO_LOCK, &cargo::CARGO_TOML, &rustbinary::PROGRAM] };
