//! Version orders and ranges of package ecosystems. No I/O, no knowledge of packages or vulnerabilities.
//!
//! Every ecosystem compares versions by its own rules. [`Scheme`] names the rules; it compares two versions
//! ([`Scheme::compare`]), says whether it can read one ([`Scheme::check`]) and reads ranges ([`Scheme::constraint`]).
//!
//! ```
//! use probity_versions::Scheme;
//!
//! assert!(Scheme::Deb.compare("1.0~rc1-1", "1.0-1")?.is_lt());
//! let affected = Scheme::Npm.constraint(">=4.0.0 <4.17.21 || =5.0.0-beta.1")?;
//! assert!(affected.matches("4.17.20")?);
//! assert_eq!(affected.exclusive_upper_bounds().collect::<Vec<_>>(), ["4.17.21"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What holds of all schemes
//!
//! * The order is total over the versions that the scheme reads. Where an ecosystem's own tool compares in circles, we say so and break
//!   the circle.
//! * A version that cannot be read is an error, never "not affected": whoever asks has to report that nothing was compared.
//! * Numbers have any length and are compared by value. Versions are at most 4096 bytes long. Nothing panics and, the errors aside,
//!   comparing does not allocate.
//! * White space around a version is not part of it.
//! * Every order is checked against the ecosystem's tool on hundreds of recorded pairs (`testdata/`), with each deviation listed, and
//!   for its laws on generated versions.
//!
//! # Schemes
//!
//! | scheme | rules | odd corners |
//! |---|---|---|
//! | `deb` | Debian policy 5.6.12, `dpkg` | `~` before the end; a missing revision is `0`; letters before other characters |
//! | `rpm` | `rpmvercmp` | `~` before and `^` after the end; separators are alike; a bound without a release stands for all releases |
//! | `apk` | apk-tools 3 | numbers with a leading zero compare as text; kinds of parts are ranked; `~` in ranges is a prefix |
//! | `pacman` | `vercmp` | `1.0a < 1.0 < 1.0.a`; separators count; a separator at the end is not read |
//! | `semver` | SemVer 2, leniently | any count of numbers, `v`, `1.2.3rc1` |
//! | `npm` | node-semver, loose | `1.2` in a range is all of `1.2`; pre-releases are compared like all versions |
//! | `pep440` | PEP 440 | many spellings; local parts count only against a bound that has one; `>` leaves post-releases of the bound out |
//! | `maven` | `ComparableVersion` 3.9 | nested lists; circles are broken |
//! | `rubygems` | `Gem::Version` | words make pre-releases; zeros before the first word do not count; a platform is no part of a version |
//! | `composer` | `composer/semver`, `version_compare` | four numbers; stabilities; `1.x-dev` is late; branches are not tested against bounds |
//! | `nuget` | `NuGet.Versioning` | four numbers; case does not count |
//! | `hex`, `swift` | SemVer 2 | missing numbers are zero |
//! | `conan` | Conan 2 | items may be text; builds are ordered; circles are broken |
//! | `go` | `x/mod/semver`, `go/version` | `v` may be missing; with `go` in front it is a toolchain's version |
//! | `julia` | `VersionNumber` | builds are ordered; `1.0-` comes before all pre-releases |
//! | `pub` | `pub_semver` | builds are ordered; `^0.0.3` goes up to `0.1.0` |
//! | `bitnami` | `bitnami/go-version` | `1.2.3-4` comes after `1.2.3` |
//! | `conda` | `VersionOrder` | `dev` early, `post` late; `1.0_` before `1.0a`; `=1.2` in a range is a prefix |
//! | `cran` | `numeric_version` | dashes are dots; missing numbers are zero |
//! | `cpan` | `version.pm` | `1.10` is a decimal number unless a `v` or a second dot says otherwise |
//! | `hackage` | `Data.Version` | `1.0 < 1.0.0` |
//!
//! The tools of Julia, Pub and Swift could not be asked; their rows follow their documentation and sources.
//!
//! # Ranges
//!
//! Comparisons, intervals, wildcards and the short forms of each ecosystem; see [`Constraint`]. They are read as ranges of advisories:
//! `<` asks the order alone, so `1.5-rc1` lies below `1.5` everywhere, also where a package manager would not install it.

mod constraint;
mod error;
mod scheme;
mod text;

pub use constraint::Constraint;
pub use error::{ConstraintError, VersionError};
pub use scheme::Scheme;
