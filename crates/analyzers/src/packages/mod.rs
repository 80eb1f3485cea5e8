//! Packages, one folder for each world: databases of distributions, lockfiles, installed metadata, programs.
//!
//! A folder's `mod.rs` has its [`Group`]: the ecosystems it knows and the analyzers that read them. What needs several files (a lockfile and its
//! manifest) is kept as [`probity_model::package::Manifest`] by the analyzers and joined by [`Ecosystem::assemble`] after the layers of an artifact
//! were joined, so that it works across layers.

mod apple;
mod beam;
mod cpp;
mod dart;
mod dotnet;
mod github_actions;
mod golang;
mod haskell;
mod helm;
mod java;
mod javascript;
mod json;
mod julia;
mod lend;
mod listing;
mod lua;
mod ocaml;
mod os;
mod perl;
mod php;
mod program;
mod python;
mod rlang;
mod ruby;
mod rust;
pub(crate) mod sbom;
mod terraform_providers;
mod toml;
mod tree;
mod xml;
mod yaml;

use probity_model::{Ecosystem, Purl, analyzer::Analyzer, ecosystem::PackageClass, facts::Facts, facts::OsRelease};

/// One folder's ecosystems and analyzers.
pub(crate) struct Group {
    pub(crate) ecosystems: &'static [&'static Ecosystem],
    pub(crate) analyzers: &'static [&'static dyn Analyzer],
}

/// All folders.
pub(crate) static GROUPS: &[&Group] = &[
    &os::GROUP,
    &javascript::GROUP,
    &python::GROUP,
    &java::GROUP,
    &golang::GROUP,
    &rust::GROUP,
    &sbom::GROUP,
    &dotnet::GROUP,
    &ruby::GROUP,
    &php::GROUP,
    &beam::GROUP,
    &dart::GROUP,
    &apple::GROUP,
    &cpp::GROUP,
    &julia::GROUP,
    &perl::GROUP,
    &rlang::GROUP,
    &haskell::GROUP,
    &lua::GROUP,
    &ocaml::GROUP,
    &github_actions::GROUP,
    &terraform_providers::GROUP,
    &helm::GROUP,
];

/// Every kind of package list, in order of their folders.
pub fn ecosystems() -> impl Iterator<Item = &'static Ecosystem> {
    GROUPS.iter().flat_map(|group| group.ecosystems.iter().copied())
}

/// Joins what several files say about packages, and gives every package its URL.
pub(crate) fn settle(facts: &mut Facts, os: Option<&OsRelease>) {
    for assemble in ecosystems().filter_map(|ecosystem| ecosystem.assemble) {
        assemble(facts);
    }
    facts.manifests.clear();
    for package in &mut facts.packages {
        if package.purl.is_empty() {
            let os = os.filter(|_| package.ecosystem.class == PackageClass::Os);
            package.purl = Purl::of(package, os).map(|purl| purl.to_string()).unwrap_or_default();
        }
    }
}
