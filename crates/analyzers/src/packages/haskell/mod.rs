//! Haskell: lockfiles of Cabal and Stack, and the package databases of GHC.

mod freeze;
mod package_db;
mod stack;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

const HACKAGE: Ecosystem = Ecosystem { purl_type: "hackage", versions: Scheme::Hackage, advisories: "hackage", ..Ecosystem::LANGUAGE };

pub(crate) static CABAL: Ecosystem = Ecosystem { id: "cabal", ..HACKAGE };
pub(crate) static STACK: Ecosystem = Ecosystem { id: "stack", ..HACKAGE };
pub(crate) static GHC_PACKAGE: Ecosystem =
    Ecosystem { id: "ghc-package", heading: Some("Haskell"), evidence: Evidence::Installed, ..HACKAGE };

pub(crate) static GROUP: Group =
    Group { ecosystems: &[&CABAL, &STACK, &GHC_PACKAGE], analyzers: &[&freeze::FREEZE, &stack::LOCK, &package_db::CONF] };

/// `aeson-2.1.0.0`: a name may have dashes, but no part of it is a number alone.
fn name_and_version(text: &str) -> Option<(&str, &str)> {
    let (name, version) = text.rsplit_once('-')?;
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_version && !name.is_empty()).then_some((name, version))
}
