//! Version orders and ranges of package ecosystems. No I/O.
//!
//! Every ecosystem compares versions by its own rules; begin at [`Scheme`].

/// An order of versions and its syntax of ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Debian policy 5.6.12.
    Deb,
    /// `rpmvercmp` over epoch, version, release; `~` and `^`.
    Rpm,
    /// Alpine's `apk version`.
    Apk,
    /// Arch Linux's `vercmp`.
    Pacman,
    /// Semantic versions read leniently: `v` prefixes, one or two numbers, more than three numbers.
    Semver,
    /// Semantic versions with npm's ranges.
    Npm,
    /// Python's PEP 440.
    Pep440,
    Maven,
    /// RubyGems, also CocoaPods.
    RubyGems,
    Composer,
    Nuget,
    Hex,
    Conan,
    Go,
    Swift,
    Julia,
    Pub,
    Bitnami,
    Conda,
    Cran,
    Cpan,
    Hackage,
}
