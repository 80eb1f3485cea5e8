//! What could not be examined, and why. Never a pass, always printed.

use crate::{
    place::Lines,
    subject::{InputKind, SubjectId},
};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// Why something was not assessed: a closed list, part of every report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No input of a kind that the rule reads was given.
    TargetKindMissing,
    /// The user switched the analyzer off.
    AnalyzerDisabled,
    /// The analyzer, parser or check failed on this input.
    AnalyzerFailed,
    UnsupportedOs,
    DbMissing,
    /// Only the embedded starter database is there.
    DbStarter,
    DbStale,
    PermissionDenied,
    /// A framework names a check that does not exist.
    UnknownCheck,
    /// A control that should be automated has no rules.
    NoRules,
    /// The framework needs a scope that the user did not declare.
    ScopeUndeclared,
    /// A budget cut the input short.
    SubjectTruncated,
    ParameterOutsideGuardrail,
    Timeout,
}

impl Reason {
    pub const ALL: [Self; 14] = [
        Self::TargetKindMissing,
        Self::AnalyzerDisabled,
        Self::AnalyzerFailed,
        Self::UnsupportedOs,
        Self::DbMissing,
        Self::DbStarter,
        Self::DbStale,
        Self::PermissionDenied,
        Self::UnknownCheck,
        Self::NoRules,
        Self::ScopeUndeclared,
        Self::SubjectTruncated,
        Self::ParameterOutsideGuardrail,
        Self::Timeout,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TargetKindMissing => "target-kind-missing",
            Self::AnalyzerDisabled => "analyzer-disabled",
            Self::AnalyzerFailed => "analyzer-failed",
            Self::UnsupportedOs => "unsupported-os",
            Self::DbMissing => "db-missing",
            Self::DbStarter => "db-starter",
            Self::DbStale => "db-stale",
            Self::PermissionDenied => "permission-denied",
            Self::UnknownCheck => "unknown-check",
            Self::NoRules => "no-rules",
            Self::ScopeUndeclared => "scope-undeclared",
            Self::SubjectTruncated => "subject-truncated",
            Self::ParameterOutsideGuardrail => "parameter-outside-guardrail",
            Self::Timeout => "timeout",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a gap makes unprovable: rules that need it are not assessed on the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Everything about the subject.
    Everything,
    /// Operating system release.
    Os,
    /// Installed packages.
    Packages,
    /// Known vulnerabilities of the packages.
    Vulnerabilities,
    /// Users, groups and password hashes.
    Users,
    Secrets,
    /// File modes, owners and capabilities.
    FileModes,
    /// Certificates, keys and authorized keys.
    Crypto,
    /// Configuration files of servers.
    ServerConfig,
    /// Card data and other sensitive content.
    Data,
    /// Image configuration and history.
    ImageConfig,
    /// Documents of a kind: `Documents(KubernetesManifest)`.
    Documents(InputKind),
    /// The files of a software bill of materials.
    Licenses,
}

impl Capability {
    /// Those that concern a whole file system, in a fixed order.
    pub const OF_FILES: [Self; 9] = [
        Self::Os,
        Self::Packages,
        Self::Users,
        Self::FileModes,
        Self::Secrets,
        Self::Crypto,
        Self::ServerConfig,
        Self::Data,
        Self::ImageConfig,
    ];

    /// The one of [`Capability::OF_FILES`] that is displayed as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::OF_FILES.into_iter().find(|capability| capability.to_string() == word)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Everything => "everything",
            Self::Os => "os",
            Self::Packages => "packages",
            Self::Vulnerabilities => "vulnerabilities",
            Self::Users => "users",
            Self::Secrets => "secrets",
            Self::FileModes => "file-modes",
            Self::Crypto => "crypto",
            Self::ServerConfig => "server-config",
            Self::Data => "data",
            Self::ImageConfig => "image-config",
            Self::Documents(kind) => kind.as_str(),
            Self::Licenses => "licenses",
        })
    }
}

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; nothing was lost.
    Note,
    /// Something was not examined.
    Warning,
    /// A target or a requested input could not be read at all.
    Error,
}

/// One thing that was not examined, or one thing to know about how it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Filled by the engine.
    pub subject: Option<SubjectId>,
    pub level: Level,
    pub reason: Reason,
    pub path: Option<Arc<str>>,
    pub layer: Option<u32>,
    pub lines: Option<Lines>,
    /// 1-based.
    pub column: Option<u32>,
    /// Lower case, no full stop, values in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What cannot be concluded because of it; empty for a note.
    pub affects: Vec<Capability>,
}

impl Diagnostic {
    /// A warning about something that was not examined.
    pub fn warning(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            subject: None,
            level: Level::Warning,
            reason,
            path: None,
            layer: None,
            lines: None,
            column: None,
            message: message.into(),
            hint: None,
            affects: Vec::new(),
        }
    }

    /// A note: nothing was lost.
    pub fn note(reason: Reason, message: impl Into<String>) -> Self {
        Self { level: Level::Note, ..Self::warning(reason, message) }
    }

    pub fn error(reason: Reason, message: impl Into<String>) -> Self {
        Self { level: Level::Error, ..Self::warning(reason, message) }
    }

    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(path.into());
        self
    }

    #[must_use]
    pub fn on(mut self, lines: Lines, column: Option<u32>) -> Self {
        self.lines = Some(lines);
        self.column = column;
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn affecting(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        self.affects.extend(capabilities);
        self
    }
}
