//! Ruby: Bundler's lockfiles, and the specifications of installed gems.

mod bundler;
mod gemspec;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

const RUBYGEMS: Ecosystem = Ecosystem { purl_type: "gem", versions: Scheme::RubyGems, advisories: "rubygems", ..Ecosystem::LANGUAGE };

pub(crate) static BUNDLER: Ecosystem = Ecosystem { id: "bundler", ..RUBYGEMS };
pub(crate) static GEMSPEC: Ecosystem =
    Ecosystem { id: "gemspec", heading: Some("Ruby"), evidence: Evidence::Installed, identified: false, ..RUBYGEMS };

pub(crate) static GROUP: Group = Group { ecosystems: &[&BUNDLER, &GEMSPEC], analyzers: &[&bundler::LOCK, &gemspec::GEMSPEC_FILE] };
