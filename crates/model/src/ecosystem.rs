//! What a packaging world is: one value for each kind of package list, owned by the folder that reads it.

use probity_versions::Scheme;
use std::{borrow::Cow, cmp::Ordering, fmt};

/// One kind of package list: npm's lockfile, dpkg's database, jars. Every package refers to the one that it was read by.
pub struct Ecosystem {
    /// The field's word for it, `npm`, `node-pkg`, `gomod`, `dpkg`: `Type` and `AnalyzedBy` of reports.
    pub id: &'static str,
    pub class: PackageClass,
    /// The type of its package URLs: `npm`, `golang`, `deb`.
    pub purl_type: &'static str,
    pub versions: Scheme,
    /// First part of the names of its advisory sources: `npm` for `npm::GitHub Security Advisory npm`. Empty when nobody publishes any.
    pub advisories: &'static str,
    /// How advisories spell a name.
    pub normalize: fn(&str) -> Cow<'_, str>,
    /// Heading under which packages of several files are shown together, `Node.js`; `None`: each file has its own.
    pub heading: Option<&'static str>,
    pub evidence: Evidence,
    /// Between name and version in a package's id: `@`, `:` for Java, `/` for Conan.
    pub id_separator: char,
    /// Whether reports give its packages an id; consumers expect none for lists that may name a package twice.
    pub identified: bool,
    /// Joins what several files say (a lockfile and its manifest, a package and its licence file) after the layers of an artifact were joined.
    pub assemble: Option<fn(&mut crate::Facts)>,
}

/// Whose package it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageClass {
    /// The distribution's.
    Os,
    /// A programming language's or a tool's.
    Language,
}

/// What a list of packages proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// A package manager's database of what it installed.
    Database,
    /// Metadata that an installer left beside the package's files.
    Installed,
    /// Written into a program by its compiler or linker.
    Binary,
    /// Resolved versions that will be installed.
    Lockfile,
    /// Wanted versions, not resolved.
    Manifest,
    /// Somebody's bill of materials.
    Sbom,
}

impl Evidence {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Installed => "installed",
            Self::Binary => "binary",
            Self::Lockfile => "lockfile",
            Self::Manifest => "manifest",
            Self::Sbom => "sbom",
        }
    }

    /// Says that the package's files are there, not only that somebody means to install them.
    pub const fn is_present(self) -> bool {
        matches!(self, Self::Database | Self::Installed | Self::Binary | Self::Sbom)
    }
}

impl Ecosystem {
    /// A value to start from, for `Ecosystem { id: …, ..Ecosystem::LANGUAGE }`.
    pub const LANGUAGE: Self = Self {
        id: "",
        class: PackageClass::Language,
        purl_type: "generic",
        versions: Scheme::Semver,
        advisories: "",
        normalize: as_written,
        heading: None,
        evidence: Evidence::Lockfile,
        id_separator: '@',
        identified: true,
        assemble: None,
    };

    /// The same for databases of operating systems.
    pub const OS: Self = Self { class: PackageClass::Os, evidence: Evidence::Database, ..Self::LANGUAGE };
}

/// Packages whose kind nobody knows.
pub static UNKNOWN: Ecosystem = Ecosystem { id: "unknown", ..Ecosystem::LANGUAGE };

/// Names are compared as they are written.
pub fn as_written(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

/// Names are compared in lower case.
pub fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) }
}

impl fmt::Debug for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl PartialEq for Ecosystem {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Ecosystem {}

impl PartialOrd for Ecosystem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ecosystem {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(other.id)
    }
}
