//! C and C++: Conan's lockfiles, manifests of vcpkg and what it installed.

mod conan;
mod vcpkg;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

pub(crate) static CONAN: Ecosystem =
    Ecosystem { id: "conan", purl_type: "conan", versions: Scheme::Conan, advisories: "conan", id_separator: '/', ..Ecosystem::LANGUAGE };

/// Nobody publishes advisories about ports of vcpkg.
const PORTS: Ecosystem = Ecosystem { purl_type: "vcpkg", versions: Scheme::Semver, ..Ecosystem::LANGUAGE };

pub(crate) static VCPKG: Ecosystem = Ecosystem { id: "vcpkg", evidence: Evidence::Manifest, ..PORTS };
pub(crate) static VCPKG_INSTALLED: Ecosystem = Ecosystem { id: "vcpkg-installed", evidence: Evidence::Database, ..PORTS };

pub(crate) static GROUP: Group =
    Group { ecosystems: &[&CONAN, &VCPKG, &VCPKG_INSTALLED], analyzers: &[&conan::LOCK, &vcpkg::MANIFEST, &vcpkg::INFO] };
