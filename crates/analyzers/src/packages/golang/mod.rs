//! Go: modules, workspaces, vendored modules and programs.
//!
//! A version is written as Go writes it, with its `v`, and the standard library is the package `stdlib`: that is how advisories name both.

pub(crate) mod gobinary;
pub(crate) mod gomod;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

const GO: Ecosystem = Ecosystem { purl_type: "golang", versions: Scheme::Go, advisories: "go", ..Ecosystem::LANGUAGE };

pub(crate) static GOMOD: Ecosystem = Ecosystem { id: "gomod", assemble: Some(gomod::assemble), ..GO };
/// The Go version that `go.mod` asks for: a lower bound of what will build it, not what built it.
pub(crate) static GO_TOOLCHAIN: Ecosystem = Ecosystem { id: "go-toolchain", evidence: Evidence::Manifest, ..GO };
pub(crate) static GOBINARY: Ecosystem = Ecosystem { id: "gobinary", evidence: Evidence::Binary, ..GO };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&GOMOD, &GO_TOOLCHAIN, &GOBINARY],
    analyzers: &[&gomod::GO_MOD, &gomod::GO_SUM, &gomod::GO_WORK, &gomod::VENDOR, &gobinary::PROGRAM],
};

/// The name of the standard library in advisories.
pub(crate) const STDLIB: &str = "stdlib";
