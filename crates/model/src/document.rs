//! Configuration files and the documents in them.

use crate::{compose, dockerfile, kubernetes, place::Lines, subject::InputKind};
use std::sync::Arc;

/// A configuration file that was recognised and parsed.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the root of the subject.
    pub path: Arc<str>,
    /// The text, for code frames.
    pub text: Arc<str>,
    pub documents: Vec<Document>,
    pub ignores: Vec<InlineIgnore>,
}

/// One document of a file.
#[derive(Debug, Clone)]
pub enum Document {
    Dockerfile(dockerfile::Dockerfile),
    Compose(compose::Project),
    Kubernetes(kubernetes::Resource),
}

impl Document {
    pub const fn input(&self) -> InputKind {
        match self {
            Self::Dockerfile(_) => InputKind::Dockerfile,
            Self::Compose(_) => InputKind::Compose,
            Self::Kubernetes(_) => InputKind::KubernetesManifest,
        }
    }
}

/// A comment that says a finding is accepted: `# probity:ignore KSV-0012 until=2027-01-01 reason="…"` or `#trivy:ignore:KSV-0012:exp:2027-01-01`.
///
/// It covers the node that starts on its own line or on the next line that is not a comment, up to `scope.end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineIgnore {
    /// The comment's line.
    pub line: u32,
    /// The lines whose findings it accepts. A finding matches when its range starts in here.
    pub scope: Lines,
    /// Rule ids or aliases, as written; `*` and a trailing `*` are wildcards; matched case-insensitively.
    pub ids: Vec<String>,
    /// Last day on which it holds (`YYYY-MM-DD`).
    pub until: Option<String>,
    pub reason: Option<String>,
}
