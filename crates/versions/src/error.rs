//! Why a version or a range could not be read.

use crate::Scheme;

/// A reason that completes the sentence "cannot read … because …".
pub(crate) type Fault = &'static str;

pub(crate) const EMPTY: Fault = "it is empty";
pub(crate) const TOO_LONG: Fault = "it is longer than 4096 bytes";
pub(crate) const CHARACTER: Fault = "it has a character that such versions cannot have";

/// A version that the scheme has no place for.
///
/// Whoever asked must say that the comparison was not made; "does not match" would be a guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read `{version}` as a version of scheme `{scheme}`: {reason}")]
pub struct VersionError {
    scheme: Scheme,
    version: Box<str>,
    reason: Fault,
}

impl VersionError {
    pub(crate) fn new(scheme: Scheme, version: &str, reason: Fault) -> Self {
        Self { scheme, version: excerpt(version), reason }
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The version as it was given, cut after 120 characters.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

/// A range that the scheme cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read `{text}` as a range of versions of scheme `{scheme}`: {reason}")]
pub struct ConstraintError {
    scheme: Scheme,
    text: Box<str>,
    reason: Fault,
}

impl ConstraintError {
    pub(crate) fn new(scheme: Scheme, text: &str, reason: Fault) -> Self {
        Self { scheme, text: excerpt(text), reason }
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The range as it was given, cut after 120 characters.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

fn excerpt(text: &str) -> Box<str> {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", text.split_at(end).0).into(),
        None => text.into(),
    }
}
