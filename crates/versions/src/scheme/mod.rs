//! The schemes: which there are, and how a word, a comparison or a test reaches the right one.

use std::cmp::Ordering;
use std::fmt;

use crate::constraint::Constraint;
use crate::error::{ConstraintError, EMPTY, Fault, TOO_LONG, VersionError};

pub(crate) mod apk;
pub(crate) mod composer;
pub(crate) mod conan;
pub(crate) mod conda;
pub(crate) mod cpan;
pub(crate) mod deb;
pub(crate) mod dotted;
pub(crate) mod gem;
pub(crate) mod go;
pub(crate) mod maven;
pub(crate) mod pacman;
pub(crate) mod pep440;
pub(crate) mod rpm;
pub(crate) mod semver;

/// Versions longer than this are not read: no package has such a version, and hostile text may be megabytes.
pub(crate) const LONGEST: usize = 4096;

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

/// A version as its scheme reads it, borrowed from the text.
pub(crate) trait Readable<'a>: Sized {
    /// `text` is neither empty nor too long, and has no white space at its ends.
    fn read(text: &'a str) -> Result<Self, Fault>;

    /// A total order.
    fn order(&self, other: &Self) -> Ordering;

    /// How this version stands to the bound of a range. Differs from the order where a bound leaves something open: an rpm
    /// bound without a release says nothing about releases.
    fn order_to_bound(&self, bound: &Self) -> Result<Ordering, Fault> {
        Ok(self.order(bound))
    }

    /// How the numbers of this version stand to those of the bound, pre-release or not.
    fn release_order(&self, bound: &Self) -> Ordering {
        self.order(bound)
    }

    /// Whether this version is one of those that `prefix.*` means.
    fn starts_with(&self, prefix: &Self) -> bool {
        self.order(prefix) == Ordering::Equal
    }

    /// Whether `> bound` leaves this version out although it comes later, as Python has it of post-releases.
    fn is_addition_to(&self, _bound: &Self) -> bool {
        false
    }
}

/// Calls a function that is generic in the scheme's type of versions.
macro_rules! with_scheme {
    ($scheme:expr, $run:ident($($argument:expr),*)) => {
        match $scheme {
            $crate::Scheme::Deb => $run::<$crate::scheme::deb::Version<'_>>($($argument),*),
            $crate::Scheme::Rpm => $run::<$crate::scheme::rpm::Version<'_>>($($argument),*),
            $crate::Scheme::Apk => $run::<$crate::scheme::apk::Version<'_>>($($argument),*),
            $crate::Scheme::Pacman => $run::<$crate::scheme::pacman::Version<'_>>($($argument),*),
            $crate::Scheme::Semver => $run::<$crate::scheme::semver::Version<'_, $crate::scheme::semver::Lenient>>($($argument),*),
            $crate::Scheme::Npm => $run::<$crate::scheme::semver::Version<'_, $crate::scheme::semver::Npm>>($($argument),*),
            $crate::Scheme::Pep440 => $run::<$crate::scheme::pep440::Version<'_>>($($argument),*),
            $crate::Scheme::Maven => $run::<$crate::scheme::maven::Version<'_>>($($argument),*),
            $crate::Scheme::RubyGems => $run::<$crate::scheme::gem::Version<'_>>($($argument),*),
            $crate::Scheme::Composer => $run::<$crate::scheme::composer::Version<'_>>($($argument),*),
            $crate::Scheme::Nuget => $run::<$crate::scheme::semver::Version<'_, $crate::scheme::semver::Nuget>>($($argument),*),
            $crate::Scheme::Hex | $crate::Scheme::Swift => {
                $run::<$crate::scheme::semver::Version<'_, $crate::scheme::semver::Plain>>($($argument),*)
            }
            $crate::Scheme::Conan => $run::<$crate::scheme::conan::Version<'_>>($($argument),*),
            $crate::Scheme::Go => $run::<$crate::scheme::go::Version<'_>>($($argument),*),
            $crate::Scheme::Julia => $run::<$crate::scheme::semver::Version<'_, $crate::scheme::semver::Julia>>($($argument),*),
            $crate::Scheme::Pub => $run::<$crate::scheme::semver::Version<'_, $crate::scheme::semver::Pub>>($($argument),*),
            $crate::Scheme::Bitnami => $run::<$crate::scheme::semver::Version<'_, $crate::scheme::semver::Bitnami>>($($argument),*),
            $crate::Scheme::Conda => $run::<$crate::scheme::conda::Version<'_>>($($argument),*),
            $crate::Scheme::Cran => $run::<$crate::scheme::dotted::Version<'_, $crate::scheme::dotted::Cran>>($($argument),*),
            $crate::Scheme::Cpan => $run::<$crate::scheme::cpan::Version<'_>>($($argument),*),
            $crate::Scheme::Hackage => $run::<$crate::scheme::dotted::Version<'_, $crate::scheme::dotted::Hackage>>($($argument),*),
        }
    };
}
pub(crate) use with_scheme;

impl Scheme {
    pub const ALL: &[Self] = &[
        Self::Deb,
        Self::Rpm,
        Self::Apk,
        Self::Pacman,
        Self::Semver,
        Self::Npm,
        Self::Pep440,
        Self::Maven,
        Self::RubyGems,
        Self::Composer,
        Self::Nuget,
        Self::Hex,
        Self::Conan,
        Self::Go,
        Self::Swift,
        Self::Julia,
        Self::Pub,
        Self::Bitnami,
        Self::Conda,
        Self::Cran,
        Self::Cpan,
        Self::Hackage,
    ];

    /// The word that stands for the scheme in files and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Rpm => "rpm",
            Self::Apk => "apk",
            Self::Pacman => "pacman",
            Self::Semver => "semver",
            Self::Npm => "npm",
            Self::Pep440 => "pep440",
            Self::Maven => "maven",
            Self::RubyGems => "rubygems",
            Self::Composer => "composer",
            Self::Nuget => "nuget",
            Self::Hex => "hex",
            Self::Conan => "conan",
            Self::Go => "go",
            Self::Swift => "swift",
            Self::Julia => "julia",
            Self::Pub => "pub",
            Self::Bitnami => "bitnami",
            Self::Conda => "conda",
            Self::Cran => "cran",
            Self::Cpan => "cpan",
            Self::Hackage => "hackage",
        }
    }

    /// The scheme whose [`as_str`](Self::as_str) is `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scheme| scheme.as_str() == word)
    }

    /// Which of two versions comes first: a total order over the versions that this scheme can read.
    ///
    /// White space around a version is not part of it.
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, VersionError> {
        with_scheme!(self, compare(self, a, b))
    }

    /// Whether this scheme can read the version.
    pub fn check(self, version: &str) -> Result<(), VersionError> {
        with_scheme!(self, check(self, version))
    }

    /// Reads a range, as advisories and as the ecosystem itself write it; see [`Constraint`].
    pub fn constraint(self, text: &str) -> Result<Constraint, ConstraintError> {
        Constraint::read(self, text)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// Reads within the bounds that hold for every scheme.
pub(crate) fn read<'a, V: Readable<'a>>(text: &'a str) -> Result<V, Fault> {
    if text.len() > LONGEST {
        return Err(TOO_LONG);
    }
    let text = text.trim_ascii();
    if text.is_empty() { Err(EMPTY) } else { V::read(text) }
}

fn compare<'a, V: Readable<'a>>(scheme: Scheme, a: &'a str, b: &'a str) -> Result<Ordering, VersionError> {
    let first = read::<V>(a).map_err(|fault| VersionError::new(scheme, a, fault))?;
    let second = read::<V>(b).map_err(|fault| VersionError::new(scheme, b, fault))?;
    Ok(first.order(&second))
}

fn check<'a, V: Readable<'a>>(scheme: Scheme, version: &'a str) -> Result<(), VersionError> {
    read::<V>(version).map(|_| ()).map_err(|fault| VersionError::new(scheme, version, fault))
}
