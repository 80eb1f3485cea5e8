//! Ecosystems as OSV names them, and where their advisories are in the database.

use super::super::{
    advisory::{Home, source},
    distros,
};
use probity_model::vulnerability::DataSource;
use probity_versions::Scheme;
use std::sync::Arc;

/// Where advisories of an entry's package go.
pub(super) struct Place {
    pub(super) home: Home,
    pub(super) source: Arc<DataSource>,
    /// How the database spells a package's name.
    pub(super) normalise: fn(&str) -> String,
    /// The product of Red Hat that the ecosystem names.
    pub(super) cpe: Option<String>,
}

/// OSV's word, the prefix of buckets, what GitHub's advisories call it, the order of versions, the spelling of names.
type Row = (&'static str, &'static str, &'static str, Scheme, fn(&str) -> String);

const LANGUAGES: &[Row] = &[
    ("npm", "npm", "Npm", Scheme::Npm, as_written),
    ("PyPI", "pip", "Pip", Scheme::Pep440, pep503),
    ("RubyGems", "rubygems", "RubyGems", Scheme::RubyGems, as_written),
    ("Maven", "maven", "Maven", Scheme::Maven, as_written),
    ("Go", "go", "Go", Scheme::Go, as_written),
    ("crates.io", "cargo", "Rust", Scheme::Semver, as_written),
    ("Packagist", "composer", "Composer", Scheme::Composer, lower_case),
    ("NuGet", "nuget", "Nuget", Scheme::Nuget, lower_case),
    ("Hex", "erlang", "Erlang", Scheme::Hex, as_written),
    ("Pub", "pub", "Pub", Scheme::Pub, as_written),
    ("SwiftURL", "swift", "Swift", Scheme::Swift, bare_url),
    ("CocoaPods", "cocoapods", "Cocoapods", Scheme::RubyGems, as_written),
    ("ConanCenter", "conan", "Conan", Scheme::Conan, as_written),
    ("Julia", "julia", "Julia", Scheme::Julia, as_written),
    ("Bitnami", "bitnami", "Bitnami", Scheme::Bitnami, as_written),
    ("GitHub Actions", "actions", "Actions", Scheme::Semver, lower_case),
    ("Hackage", "hackage", "Hackage", Scheme::Hackage, as_written),
    ("CRAN", "cran", "CRAN", Scheme::Cran, as_written),
    ("Bioconductor", "bioconductor", "Bioconductor", Scheme::Cran, as_written),
    ("CPAN", "cpan", "CPAN", Scheme::Cpan, as_written),
    ("Kubernetes", "k8s", "Kubernetes", Scheme::Semver, as_written),
];

/// The start of an id, the database's id, its name, its address. GitHub's names its ecosystem and is not here.
const DATABASES: &[(&str, &str, &str, &str)] = &[
    ("PYSEC-", "pypa", "Python Packaging Advisory Database", "https://github.com/pypa/advisory-database"),
    ("GO-", "govulndb", "The Go Vulnerability Database", "https://pkg.go.dev/vuln/"),
    ("RUSTSEC-", "rustsec", "RustSec Advisory Database", "https://rustsec.org/"),
    ("BIT-", "bitnami", "Bitnami Vulnerability Database", "https://github.com/bitnami/vulndb"),
    ("MAL-", "ossf-malicious-packages", "OpenSSF Malicious Packages", "https://github.com/ossf/malicious-packages"),
    ("HSEC-", "haskell-security", "Haskell Security Advisory Database", "https://github.com/haskell/security-advisories"),
    ("RSEC-", "r-advisory-database", "R Advisory Database", "https://github.com/RConsortium/r-advisory-database"),
    ("JLSEC-", "julia", "Julia Security Advisories", "https://github.com/JuliaLang/SecurityAdvisories.jl"),
    ("EEF-", "erlef", "Erlang Ecosystem Foundation CNA", "https://cna.erlef.org/"),
    ("PSF-", "psf", "Python Software Foundation Advisory Database", "https://github.com/psf/advisory-database"),
    ("CPANSA-", "cpansa", "CPAN Security Advisory Database", "https://github.com/CPAN-Security/cpansa"),
];

/// Where the packages of an ecosystem go when an entry of this id speaks of them; `None` for ecosystems whose packages are not matched by name and version.
pub(super) fn place(ecosystem: &str, id: &str) -> Option<Place> {
    // `Maven:https://repo.example/` names a registry.
    let word = ecosystem.split_once(':').map_or(ecosystem, |(word, _)| word);
    if let Some(row) = LANGUAGES.iter().find(|row| row.0 == word) {
        let (_, prefix, title, scheme, normalise) = *row;
        return Some(Place { home: Home::Language { prefix, scheme }, source: database(id, title), normalise, cpe: None });
    }
    let (home, publisher) = distros::of_osv(ecosystem)?;
    // `Red Hat:enterprise_linux:9::appstream` is the product of `cpe:/a:redhat:enterprise_linux:9::appstream`.
    let cpe = ecosystem
        .strip_prefix("Red Hat:")
        .map(|rest| format!("cpe:/{}:redhat:{rest}", if rest.contains("::") && !rest.ends_with("::baseos") { 'a' } else { 'o' }));
    Some(Place { home, source: publisher.source(), normalise: as_written, cpe })
}

fn database(id: &str, title: &str) -> Arc<DataSource> {
    if id.starts_with("GHSA-") {
        let name = format!("GitHub Security Advisory {title}");
        return source(
            "ghsa",
            &name,
            &format!("https://github.com/advisories?query=type%3Areviewed+ecosystem%3A{}", title.to_ascii_lowercase()),
        );
    }
    match DATABASES.iter().find(|(start, ..)| id.starts_with(start)) {
        Some((_, id, name, url)) => source(id, name, url),
        None => source("osv", "Open Source Vulnerability", "https://osv.dev/"),
    }
}

fn as_written(name: &str) -> String {
    name.to_owned()
}

fn lower_case(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// PEP 503: lower case, and one `-` for each run of `-`, `_`, `.`.
pub(crate) fn pep503(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

/// `https://github.com/apple/swift-nio.git` is `github.com/apple/swift-nio`.
fn bare_url(name: &str) -> String {
    let name = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    name.strip_suffix(".git").unwrap_or(name).to_owned()
}
