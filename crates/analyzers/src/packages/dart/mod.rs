//! Dart and Flutter: the lockfiles of pub.

mod pubspec_lock;

use super::Group;
use probity_model::Ecosystem;
use probity_versions::Scheme;

pub(crate) static PUB: Ecosystem =
    Ecosystem { id: "pub", purl_type: "pub", versions: Scheme::Pub, advisories: "pub", ..Ecosystem::LANGUAGE };

pub(crate) static GROUP: Group = Group { ecosystems: &[&PUB], analyzers: &[&pubspec_lock::LOCK] };
