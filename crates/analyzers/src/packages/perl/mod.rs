//! Perl: lockfiles of Carton, and distributions that cpanm and Carton installed.
//!
//! Advisories name distributions (`HTTP-Tiny`), not modules (`HTTP::Tiny`).

mod cpanfile_snapshot;
mod installed;

use super::Group;
use probity_model::{Ecosystem, Package, Purl, ecosystem::Evidence};
use probity_versions::Scheme;

const CPAN: Ecosystem = Ecosystem { purl_type: "cpan", versions: Scheme::Cpan, advisories: "cpan", ..Ecosystem::LANGUAGE };

pub(crate) static CARTON: Ecosystem = Ecosystem { id: "carton", ..CPAN };
pub(crate) static CPAN_DIST: Ecosystem = Ecosystem { id: "cpan-dist", heading: Some("Perl"), evidence: Evidence::Installed, ..CPAN };

pub(crate) static GROUP: Group =
    Group { ecosystems: &[&CARTON, &CPAN_DIST], analyzers: &[&cpanfile_snapshot::SNAPSHOT, &installed::MYMETA] };

/// `HTTP-Tiny-0.082`, `App-Foo-v1.2.3`: the name and the version of a distribution.
fn name_and_version(text: &str) -> Option<(&str, &str)> {
    let is_version = |rest: &str| rest.strip_prefix('v').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit());
    let dash = text.match_indices('-').find(|(at, _)| text.get(at + 1..).is_some_and(is_version))?.0;
    Some((text.get(..dash)?, text.get(dash + 1..)?)).filter(|(name, _)| !name.is_empty())
}

/// A URL has the author's name, which stands in the path of the archive: `M/MI/MIYAGAWA/Plack-1.0050.tar.gz`.
fn by_author(package: &mut Package, pathname: &str) {
    let Some(author) = pathname.rsplit('/').nth(1).filter(|author| !author.is_empty()) else { return };
    package.purl = Purl {
        kind: "cpan".to_owned(),
        namespace: author.to_owned(),
        name: package.name.clone(),
        version: Some(package.version.clone()),
        ..Purl::default()
    }
    .to_string();
}

#[cfg(test)]
mod tests {
    use super::name_and_version;

    #[test]
    fn distributions() {
        assert_eq!(name_and_version("HTTP-Tiny-0.082"), Some(("HTTP-Tiny", "0.082")));
        assert_eq!(name_and_version("App-v1.2.3-TRIAL"), Some(("App", "v1.2.3-TRIAL")));
        assert_eq!(name_and_version("App-view-1"), Some(("App-view", "1")));
        assert_eq!(name_and_version("-1"), None);
        assert_eq!(name_and_version("App"), None);
    }
}
