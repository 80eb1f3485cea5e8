//! Package databases of distributions: dpkg, apk and rpm.
//!
//! Missing: pacman, Chisel's manifest.

pub(crate) mod apk;
pub(crate) mod dpkg;
pub(crate) mod rpm;
mod sqlite;

use super::Group;
use probity_model::Ecosystem;
use probity_versions::Scheme;

pub(crate) static DPKG: Ecosystem =
    Ecosystem { id: "dpkg", purl_type: "deb", versions: Scheme::Deb, assemble: Some(dpkg::assemble), ..Ecosystem::OS };
pub(crate) static APK: Ecosystem = Ecosystem { id: "apk", purl_type: "apk", versions: Scheme::Apk, ..Ecosystem::OS };
pub(crate) static RPM: Ecosystem = Ecosystem { id: "rpm", purl_type: "rpm", versions: Scheme::Rpm, ..Ecosystem::OS };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&DPKG, &APK, &RPM],
    analyzers: &[&dpkg::STATUS, &dpkg::FILES, &dpkg::COPYRIGHT, &apk::INSTALLED, &rpm::DATABASE, &rpm::LOG, &rpm::MANIFEST],
};
