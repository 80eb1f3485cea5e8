//! Python: requirement lists, lockfiles, installed distributions; and Conda, which installs Python and everything else.
//!
//! Names are compared as PEP 503 says: lower case, and `-`, `_` and `.` are the same. They are shown as their file writes them.

mod conda;
mod egg;
mod installed;
mod licenses;
mod pdm;
mod pip;
mod pipenv;
mod poetry;
mod project;
mod pylock;
mod uv;

use super::{Group, lend::Lend};
use probity_model::{Ecosystem, Facts, ecosystem::Evidence};
use probity_versions::Scheme;
use std::borrow::Cow;

const INDEX: Ecosystem =
    Ecosystem { purl_type: "pypi", versions: Scheme::Pep440, advisories: "pip", normalize: normal, ..Ecosystem::LANGUAGE };

pub(crate) static PIP: Ecosystem = Ecosystem { id: "pip", identified: false, ..INDEX };
pub(crate) static PIPENV: Ecosystem = Ecosystem { id: "pipenv", identified: false, ..INDEX };
pub(crate) static POETRY: Ecosystem = Ecosystem { id: "poetry", assemble: Some(project::assemble), ..INDEX };
pub(crate) static UV: Ecosystem = Ecosystem { id: "uv", ..INDEX };
pub(crate) static PDM: Ecosystem = Ecosystem { id: "pdm", ..INDEX };
pub(crate) static PYLOCK: Ecosystem = Ecosystem { id: "pylock", ..INDEX };
pub(crate) static PYTHON_PKG: Ecosystem = Ecosystem {
    id: "python-pkg",
    heading: Some("Python"),
    evidence: Evidence::Installed,
    identified: false,
    assemble: Some(assemble),
    ..INDEX
};

/// Nobody publishes advisories about packages of Conda.
const CONDA: Ecosystem = Ecosystem { purl_type: "conda", versions: Scheme::Conda, ..Ecosystem::LANGUAGE };

pub(crate) static CONDA_PKG: Ecosystem =
    Ecosystem { id: "conda-pkg", heading: Some("Conda"), evidence: Evidence::Installed, identified: false, ..CONDA };
pub(crate) static CONDA_ENVIRONMENT: Ecosystem =
    Ecosystem { id: "conda-environment", evidence: Evidence::Manifest, identified: false, ..CONDA };
pub(crate) static CONDA_LOCK: Ecosystem = Ecosystem { id: "conda-lock", ..CONDA };
pub(crate) static PIXI: Ecosystem = Ecosystem { id: "pixi", ..CONDA };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&PIP, &PIPENV, &POETRY, &UV, &PDM, &PYLOCK, &PYTHON_PKG, &CONDA_PKG, &CONDA_ENVIRONMENT, &CONDA_LOCK, &PIXI],
    analyzers: &[
        &pip::REQUIREMENTS,
        &pipenv::LOCK,
        &poetry::LOCK,
        &uv::LOCK,
        &pdm::LOCK,
        &pylock::LOCK,
        &project::PYPROJECT,
        &installed::METADATA,
        &egg::EGG,
        &conda::META,
        &conda::ENVIRONMENT,
        &conda::LOCK,
        &conda::PIXI_LOCK,
    ],
};

fn assemble(facts: &mut Facts) {
    let to = &[&PIP, &PIPENV, &POETRY, &UV, &PDM, &PYLOCK];
    Lend { from: &PYTHON_PKG, to, below: &["site-packages", "dist-packages"] }.licenses(facts);
}

/// PEP 503: lower case, runs of `-_.` are one `-`.
fn normal(name: &str) -> Cow<'_, str> {
    let is_normal =
        |name: &str| name.bytes().all(|b| !b.is_ascii_uppercase() && !matches!(b, b'_' | b'.')) && !name.contains("--") && name.is_ascii();
    if is_normal(name) {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if !matches!(c, '-' | '_' | '.') {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    Cow::Owned(out)
}

/// A dependency as PEP 508 writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted<'t> {
    name: &'t str,
    /// `>=1,<2`, without parentheses; empty when any version will do.
    range: &'t str,
    /// `name @ https://…`
    url: Option<&'t str>,
}

impl<'t> Wanted<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        if !name.starts_with(char::is_alphanumeric) {
            return None;
        }
        let mut rest = rest.trim_start();
        if let Some(extras) = rest.strip_prefix('[') {
            rest = extras.split_once(']')?.1.trim_start();
        }
        if let Some(url) = rest.strip_prefix('@') {
            let url = url.trim().split([' ', '\t']).next().filter(|url| !url.is_empty())?;
            return Some(Self { name, range: "", url: Some(url) });
        }
        let range = rest.split(';').next().unwrap_or_default().trim();
        let range = range.strip_prefix('(').and_then(|range| range.strip_suffix(')')).unwrap_or(range).trim();
        let starts_well = range.is_empty() || range.starts_with(['=', '<', '>', '!', '~']);
        starts_well.then_some(Self { name, range, url: None })
    }

    /// The version, when only one will do.
    fn exact(&self) -> Option<&'t str> {
        let exact = |part: &'t str| {
            let version = part.trim().strip_prefix("==")?;
            let version = version.strip_prefix('=').unwrap_or(version).trim();
            Scheme::Pep440.check(version).is_ok().then_some(version)
        };
        self.range.split(',').find_map(exact)
    }
}

/// Name and version in the file name of a wheel or a source archive.
fn of_archive(url: &str) -> Option<(&str, &str)> {
    let file = url.split(['#', '?']).next()?.rsplit('/').next()?;
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        return Some((parts.next()?, parts.next()?)).filter(|(name, version)| !name.is_empty() && Scheme::Pep440.check(version).is_ok());
    }
    let stem = [".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().find_map(|end| file.strip_suffix(end))?;
    stem.rsplit_once('-').filter(|(name, version)| !name.is_empty() && Scheme::Pep440.check(version).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_one_spelling() {
        for (name, expected) in
            [("Flask", "flask"), ("zope.interface", "zope-interface"), ("a_-.b", "a-b"), ("a--b", "a-b"), ("ok-1", "ok-1")]
        {
            assert_eq!(normal(name), expected);
        }
    }

    #[test]
    fn wanted_packages() {
        for (text, name, range, exact) in [
            ("Flask==2.0.0", "Flask", "==2.0.0", Some("2.0.0")),
            ("a [x,y] == 1.0 ; python_version < '3'", "a", "== 1.0", Some("1.0")),
            ("a(>=1,<2)", "a", ">=1,<2", None),
            ("a ===1.0", "a", "===1.0", Some("1.0")),
            ("a==1.*", "a", "==1.*", None),
            ("a", "a", "", None),
            ("a>=1,==1.5", "a", ">=1,==1.5", Some("1.5")),
        ] {
            let wanted = Wanted::read(text).unwrap();
            assert_eq!((wanted.name, wanted.range, wanted.exact()), (name, range, exact), "{text}");
        }
        assert_eq!(Wanted::read("a @ https://x/a.whl ; x").unwrap().url, Some("https://x/a.whl"));
        for text in ["", "./a.whl", "the end of it", "[x]==1", "-r x"] {
            assert_eq!(Wanted::read(text), None, "{text}");
        }
    }

    #[test]
    fn archives_have_their_version_in_their_name() {
        assert_eq!(of_archive("https://x/torch-2.0.1%2Bcpu-cp310-cp310-linux_x86_64.whl"), None);
        assert_eq!(of_archive("https://x/torch-2.0.1+cpu-cp310-cp310-linux_x86_64.whl#sha256=1"), Some(("torch", "2.0.1+cpu")));
        assert_eq!(of_archive("a/b-c-1.0.tar.gz"), Some(("b-c", "1.0")));
        assert_eq!(of_archive("https://github.com/a/b/archive/master.zip"), None);
    }
}
