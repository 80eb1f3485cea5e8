//! Packages, and the files that describe them.

use crate::{
    ecosystem::{Ecosystem, Evidence, UNKNOWN},
    place::{Lines, Place},
};
use std::{collections::BTreeMap, sync::Arc};

/// An installed package or a dependency. Write `Package { name, version, at, ..Package::of(&NPM) }`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    pub ecosystem: &'static Ecosystem,
    /// Maven: `group:artifact`; Go: the module path; npm: with the scope.
    pub name: String,
    /// The full version as the package manager prints it, epoch and release included.
    pub version: String,
    /// Unique in its file; what [`Package::depends_on`] of its neighbours names. Empty means name, separator, version: [`Package::key`].
    pub id: String,
    pub arch: Option<String>,
    pub source_name: Option<String>,
    pub source_version: Option<String>,
    /// SPDX ids or expressions where they are known, else the words of the package.
    pub licenses: Vec<String>,
    /// Debian's `Maintainer`, rpm's `Vendor`.
    pub maintainer: Option<String>,
    /// `nodejs:12:8030020201124152102:229f0a1c` of a modular rpm.
    pub modularity: Option<String>,
    pub relationship: Relationship,
    /// Needed for development only.
    pub dev: bool,
    /// Ids of packages in the same file, sorted.
    pub depends_on: Vec<String>,
    /// When it is another than that of its ecosystem: a package that a bill of materials lists.
    pub evidence: Option<Evidence>,
    /// All places in its file; [`Place::lines`] of `at` is the first.
    pub lines: Vec<Lines>,
    /// Digest of the package's archive, as published: `sha1:…`, `sha256:…`, `sha512:…`, lower-case hexadecimal.
    pub digest: Option<String>,
    /// Name and version were guessed from a file name or from loose metadata: an index of archives by `digest` may know better.
    pub guessed: bool,
    /// Files it installed, when its database lists them.
    pub files: Vec<InstalledFile>,
    /// Empty until the engine builds it, unless the source says it (a bill of materials).
    pub purl: String,
    /// Further places of the same package: another evidence of the same version, for the same root.
    pub also: Vec<Place>,
    pub at: Place,
}

impl Default for Package {
    fn default() -> Self {
        Self::of(&UNKNOWN)
    }
}

impl Package {
    /// An empty package of this kind.
    pub fn of(ecosystem: &'static Ecosystem) -> Self {
        Self {
            ecosystem,
            name: String::new(),
            version: String::new(),
            id: String::new(),
            arch: None,
            source_name: None,
            source_version: None,
            licenses: Vec::new(),
            maintainer: None,
            modularity: None,
            relationship: Relationship::Unknown,
            dev: false,
            depends_on: Vec::new(),
            evidence: None,
            lines: Vec::new(),
            digest: None,
            guessed: false,
            files: Vec::new(),
            purl: String::new(),
            also: Vec::new(),
            at: Place::default(),
        }
    }

    /// `deb`, `apk`, `rpm`, `npm` …: the type of its package URL.
    pub fn kind(&self) -> &'static str {
        self.ecosystem.purl_type
    }

    /// Its id, built from name and version where the file gives none.
    pub fn key(&self) -> String {
        if self.id.is_empty() { format!("{}{}{}", self.name, self.ecosystem.id_separator, self.version) } else { self.id.clone() }
    }

    /// What proves it.
    pub fn evidence(&self) -> Evidence {
        self.evidence.unwrap_or(self.ecosystem.evidence)
    }

    /// The lines of a package that stands in one place.
    #[must_use]
    pub fn on(mut self, lines: Lines) -> Self {
        self.at.lines.get_or_insert(lines);
        self.lines.push(lines);
        self
    }
}

/// How a package relates to the project whose file lists it. Ordered as reports list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Relationship {
    #[default]
    Unknown,
    /// The project itself.
    Root,
    /// A member of the project's workspace.
    Workspace,
    Direct,
    Indirect,
}

impl Relationship {
    pub const ALL: [Self; 5] = [Self::Unknown, Self::Root, Self::Workspace, Self::Direct, Self::Indirect];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Root => "root",
            Self::Workspace => "workspace",
            Self::Direct => "direct",
            Self::Indirect => "indirect",
        }
    }
}

/// A file that a package installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstalledFile {
    /// Without a leading slash.
    pub path: Arc<str>,
    /// `md5:…`, `sha1:…`, `sha256:…`, lower-case hexadecimal.
    pub digest: Option<Box<str>>,
}

/// What a file beside packages says about them: a manifest next to a lockfile, `package.json` in `node_modules`, a licence file. Kept until
/// [`Ecosystem::assemble`] joins it with the packages of its folder; not part of reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Manifest {
    /// Who reads it, `npm/package-json`: an assembler looks at its own only.
    pub kind: &'static str,
    pub name: Option<String>,
    pub version: Option<String>,
    pub licenses: Vec<String>,
    pub requirements: Vec<Requirement>,
    /// Folders of a workspace, as written (globs).
    pub members: Vec<String>,
    /// Whatever else the assembler needs.
    pub properties: BTreeMap<String, String>,
    /// The file itself, where it cannot be understood without its neighbours (`pom.xml` with a parent). Small files only.
    pub source: Option<Arc<[u8]>>,
    pub at: Place,
}

/// A wanted package.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    pub name: String,
    /// The range as written: `^1.2`, `>=2`.
    pub range: String,
    pub scope: Scope,
    pub lines: Option<Lines>,
}

/// When a wanted package is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Scope {
    #[default]
    Runtime,
    Dev,
    Optional,
    Peer,
    Build,
}

/// Where the content of a Red Hat image layer came from (`root/buildinfo`).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildInfo {
    /// `rhel-8-for-x86_64-baseos-rpms`.
    pub content_sets: Vec<String>,
    /// `ubi8-container-8.3-227`.
    pub nvr: Option<String>,
    pub arch: Option<String>,
    pub at: Place,
}
