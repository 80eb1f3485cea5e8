//! Which operating system this is: `os-release` and the distributions' own release files.
//!
//! Several files may speak for one image, and not all of them say the same: `etc/debian_version` of Ubuntu names a Debian release,
//! `etc/redhat-release` of Oracle Linux says Red Hat, and packages of an image may come from a newer Alpine release than the files of its base. So
//! each file is a fact with a rank, and [`settle`] decides.

pub(crate) mod os_release;
pub(crate) mod release_files;

use crate::packages;
use probity_model::facts::{Facts, OsRelease};

/// Ranks, lowest first.
pub(crate) mod rank {
    /// Ubuntu Pro's state: says something about a release that another file names.
    pub(crate) const STATE: u8 = 1;
    /// `etc/debian_version`, which every Debian derivative has.
    pub(crate) const DEBIAN_VERSION: u8 = 3;
    pub(crate) const LSB_RELEASE: u8 = 6;
    pub(crate) const USR_OS_RELEASE: u8 = 9;
    pub(crate) const OS_RELEASE: u8 = 10;
    /// `etc/redhat-release` where it says Red Hat: Oracle Linux ships it too.
    pub(crate) const REDHAT_RELEASE: u8 = 8;
    /// A distribution's own file.
    pub(crate) const OWN: u8 = 20;
}

/// The version word of Ubuntu Pro's state.
pub(crate) const ESM: &str = "esm";

/// The family word of a repository list, which refines a release and never decides one.
pub(crate) const ALPINE_REPOSITORIES: &str = "alpine-repositories";

/// Picks the operating system (the highest rank), refines its version by what other files say, and completes the package URLs.
///
/// The facts that only refine others (repositories, licence texts) are folded into those and removed.
pub fn settle(facts: &mut Facts) -> Option<OsRelease> {
    let mut winner = None::<&OsRelease>;
    for candidate in facts.os.iter().filter(|os| os.family != ALPINE_REPOSITORIES && os.rank > rank::STATE) {
        if winner.is_none_or(|best| candidate.rank > best.rank) {
            winner = Some(candidate);
        }
    }
    let mut os = winner.cloned();
    if let Some(os) = &mut os {
        refine(os, &facts.os);
    }
    facts.os.retain(|os| os.family != ALPINE_REPOSITORIES && os.rank > rank::STATE);
    packages::settle(facts, os.as_ref());
    os
}

fn refine(os: &mut OsRelease, all: &[OsRelease]) {
    if os.pretty_name.is_none() {
        os.pretty_name = all.iter().filter(|other| other.family == os.family).find_map(|other| other.pretty_name.clone());
    }
    match os.family.as_str() {
        // `VERSION_ID` of Debian has no point release; of testing and unstable it is missing.
        "debian" => {
            let own = all.iter().find(|other| other.rank == rank::DEBIAN_VERSION);
            if let Some(own) = own
                && (os.version.is_empty() || own.version.split('.').next() == Some(os.version.as_str()))
                && !own.version.is_empty()
            {
                os.version.clone_from(&own.version);
            }
        }
        // Packages follow the repositories, not the release file: `apk upgrade` after an edit of the list leaves the file of the old release
        // behind until its package is upgraded.
        "alpine" => {
            if let Some(list) = all.iter().find(|other| other.family == ALPINE_REPOSITORIES) {
                let same =
                    os.version.strip_prefix(list.version.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']));
                if !same {
                    os.version.clone_from(&list.version);
                }
            }
        }
        "ubuntu" => {
            if !os.version.is_empty() && all.iter().any(|other| other.rank == rank::STATE && other.version == ESM) {
                os.version.push_str("-ESM");
            }
        }
        // `VERSION_ID` of CentOS 7 is `7`, its own file says `7.9.2009`; where a file has no version at all, any other of the family serves.
        _ => {
            if os.version.is_empty()
                && let Some(other) =
                    all.iter().filter(|other| other.family == os.family && !other.version.is_empty()).max_by_key(|other| other.rank)
            {
                os.version.clone_from(&other.version);
            }
        }
    }
}
