//! Apple's platforms: packages of Swift's package manager and of `CocoaPods`.

mod cocoapods;
mod swift;

use super::Group;
use probity_model::Ecosystem;
use probity_versions::Scheme;

pub(crate) static SWIFT: Ecosystem =
    Ecosystem { id: "swift", purl_type: "swift", versions: Scheme::Swift, advisories: "swift", ..Ecosystem::LANGUAGE };
pub(crate) static COCOAPODS: Ecosystem =
    Ecosystem { id: "cocoapods", purl_type: "cocoapods", versions: Scheme::RubyGems, advisories: "cocoapods", ..Ecosystem::LANGUAGE };

pub(crate) static GROUP: Group = Group { ecosystems: &[&SWIFT, &COCOAPODS], analyzers: &[&swift::RESOLVED, &cocoapods::LOCK] };
