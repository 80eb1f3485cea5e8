//! Julia: manifests, which are lockfiles here, and the projects beside them.

mod manifest;

use super::Group;
use probity_model::Ecosystem;
use probity_versions::Scheme;

pub(crate) static JULIA: Ecosystem = Ecosystem {
    id: "julia",
    purl_type: "julia",
    versions: Scheme::Julia,
    advisories: "julia",
    assemble: Some(manifest::assemble),
    ..Ecosystem::LANGUAGE
};

pub(crate) static GROUP: Group = Group { ecosystems: &[&JULIA], analyzers: &[&manifest::MANIFEST, &manifest::PROJECT] };
