//! Java: archives, Maven, Gradle, sbt.
//!
//! A package is named `group:artifact`, and advisories know it by that name whatever tool lists it.

pub(crate) mod gradle;
pub(crate) mod jar;
mod license;
pub(crate) mod pom;
pub(crate) mod sbt;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

const JAVA: Ecosystem =
    Ecosystem { purl_type: "maven", versions: Scheme::Maven, advisories: "maven", id_separator: ':', ..Ecosystem::LANGUAGE };

pub(crate) static JAR: Ecosystem = Ecosystem { id: "jar", heading: Some("Java"), evidence: Evidence::Installed, ..JAVA };
pub(crate) static POM: Ecosystem = Ecosystem { id: "pom", assemble: Some(pom::assemble), ..JAVA };
pub(crate) static GRADLE: Ecosystem = Ecosystem { id: "gradle", ..JAVA };
/// Versions that a Gradle build asks for by name; what they resolve to is not in the file.
pub(crate) static GRADLE_CATALOG: Ecosystem = Ecosystem { id: "gradle-catalog", evidence: Evidence::Manifest, ..JAVA };
pub(crate) static SBT: Ecosystem = Ecosystem { id: "sbt", ..JAVA };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&JAR, &POM, &GRADLE, &GRADLE_CATALOG, &SBT],
    analyzers: &[&jar::ARCHIVE, &pom::PROJECT, &gradle::LOCKFILE, &gradle::CATALOG, &sbt::LOCKFILE],
};
