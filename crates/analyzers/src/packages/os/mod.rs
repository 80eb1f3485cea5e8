//! Package databases of operating systems: dpkg, apk and rpm.

pub(crate) mod apk;
pub(crate) mod dpkg;
mod joined;
mod licenses;
pub(crate) mod rpm;
mod sqlite;

use super::Group;
use probity_model::Ecosystem;
use probity_versions::Scheme;

pub(crate) static DPKG: Ecosystem =
    Ecosystem { id: "dpkg", purl_type: "deb", versions: Scheme::Deb, assemble: Some(dpkg::assemble), ..Ecosystem::OS };
pub(crate) static APK: Ecosystem =
    Ecosystem { id: "apk", purl_type: "apk", versions: Scheme::Apk, assemble: Some(apk::assemble), ..Ecosystem::OS };
pub(crate) static RPM: Ecosystem =
    Ecosystem { id: "rpm", purl_type: "rpm", versions: Scheme::Rpm, assemble: Some(rpm::assemble), ..Ecosystem::OS };
/// OpenWrt and Yocto. The registered types of package URLs have none for it.
pub(crate) static OPKG: Ecosystem = Ecosystem { id: "opkg", versions: Scheme::Deb, assemble: Some(dpkg::assemble_opkg), ..Ecosystem::OS };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&DPKG, &APK, &RPM, &OPKG],
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
    ],
};
