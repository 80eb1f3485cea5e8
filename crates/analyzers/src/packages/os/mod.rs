//! Package databases of operating systems and of package managers beside them: dpkg, apk, rpm, pacman and the rest.
//!
//! All of them list what is installed, most with files, digests and dependencies. What an image manager says about where packages came from
//! ([`buildinfo`]) is read here too.

pub(crate) mod apk;
pub(crate) mod bottlerocket;
pub(crate) mod buildinfo;
pub(crate) mod chisel;
pub(crate) mod dpkg;
pub(crate) mod freebsd;
pub(crate) mod homebrew;
mod joined;
mod licenses;
pub(crate) mod nix;
pub(crate) mod pacman;
pub(crate) mod portage;
pub(crate) mod rpm;
mod sqlite;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

pub(crate) static DPKG: Ecosystem =
    Ecosystem { id: "dpkg", purl_type: "deb", versions: Scheme::Deb, assemble: Some(dpkg::assemble), ..Ecosystem::OS };
pub(crate) static APK: Ecosystem =
    Ecosystem { id: "apk", purl_type: "apk", versions: Scheme::Apk, assemble: Some(apk::assemble), ..Ecosystem::OS };
pub(crate) static RPM: Ecosystem =
    Ecosystem { id: "rpm", purl_type: "rpm", versions: Scheme::Rpm, assemble: Some(rpm::assemble), ..Ecosystem::OS };
/// The manifest of images that ship without a database; the word is that of today's reports.
pub(crate) static RPMQA: Ecosystem = Ecosystem { id: "rpmqa", ..RPM_LIKE };
const RPM_LIKE: Ecosystem = Ecosystem { purl_type: "rpm", versions: Scheme::Rpm, ..Ecosystem::OS };
/// OpenWrt and Yocto. The registered types of package URLs have none for it.
pub(crate) static OPKG: Ecosystem = Ecosystem { id: "opkg", versions: Scheme::Deb, assemble: Some(dpkg::assemble_opkg), ..Ecosystem::OS };

pub(crate) static PACMAN: Ecosystem =
    Ecosystem { id: "pacman", purl_type: "alpm", versions: Scheme::Pacman, assemble: Some(pacman::assemble), ..Ecosystem::OS };
pub(crate) static PORTAGE: Ecosystem = Ecosystem { id: "portage", assemble: Some(portage::assemble), ..Ecosystem::OS };
pub(crate) static BOTTLEROCKET: Ecosystem =
    Ecosystem { id: "bottlerocket-inventory", purl_type: "bottlerocket", versions: Scheme::Rpm, ..Ecosystem::OS };
pub(crate) static FREEBSD: Ecosystem = Ecosystem { id: "freebsd-pkg", assemble: Some(freebsd::assemble), ..Ecosystem::OS };
pub(crate) static NIX: Ecosystem = Ecosystem { id: "nix", ..Ecosystem::OS };
/// Beside the distribution's packages, on any of them.
pub(crate) static HOMEBREW: Ecosystem = Ecosystem {
    id: "homebrew",
    evidence: Evidence::Installed,
    heading: Some("Homebrew"),
    assemble: Some(homebrew::assemble),
    ..Ecosystem::LANGUAGE
};

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&DPKG, &APK, &RPM, &RPMQA, &OPKG, &PACMAN, &PORTAGE, &BOTTLEROCKET, &FREEBSD, &NIX, &HOMEBREW],
    analyzers: &[
        &dpkg::STATUS,
        &dpkg::FILES,
        &dpkg::AVAILABLE,
        &dpkg::COPYRIGHT,
        &dpkg::OPKG_STATUS,
        &dpkg::OPKG_FILES,
        &dpkg::OPKG_CONTROL,
        &apk::INSTALLED,
        &rpm::DATABASE,
        &rpm::LOG,
        &rpm::MANIFEST,
        &buildinfo::CONTENT_SETS,
        &buildinfo::LABELS,
        &pacman::DESC,
        &pacman::FILES,
        &pacman::TREE,
        &portage::PF,
        &portage::PROPERTIES,
        &chisel::MANIFEST,
        &bottlerocket::INVENTORY,
        &freebsd::LOCAL,
        &nix::STORE,
        &homebrew::RECEIPT,
    ],
};
