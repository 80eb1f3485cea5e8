//! Package databases of distributions: dpkg and apk.
//!
//! Missing: rpm databases (Red Hat, SUSE and their relatives), pacman, Chisel's manifest.

pub(crate) mod apk;
pub(crate) mod dpkg;

use super::Group;
use probity_model::Ecosystem;
use probity_versions::Scheme;

pub(crate) static DPKG: Ecosystem =
    Ecosystem { id: "dpkg", purl_type: "deb", versions: Scheme::Deb, assemble: Some(dpkg::assemble), ..Ecosystem::OS };
pub(crate) static APK: Ecosystem = Ecosystem { id: "apk", purl_type: "apk", versions: Scheme::Apk, ..Ecosystem::OS };

pub(crate) static GROUP: Group =
    Group { ecosystems: &[&DPKG, &APK], analyzers: &[&dpkg::STATUS, &dpkg::FILES, &dpkg::COPYRIGHT, &apk::INSTALLED] };
