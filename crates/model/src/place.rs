//! Where something was seen: lines, layers, files.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A range of lines, 1-based and inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lines {
    pub start: u32,
    pub end: u32,
}

impl Lines {
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    pub const fn one(line: u32) -> Self {
        Self { start: line, end: line }
    }

    /// The smallest range that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    pub const fn contains(self, line: u32) -> bool {
        self.start <= line && line <= self.end
    }
}

/// What part of an artifact a fact was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The content or metadata of a file.
    #[default]
    File,
    /// A variable of the image configuration or of a manifest.
    Env,
    /// A history instruction of an image.
    History,
    /// A label of an image.
    Label,
}

/// Where a fact was seen. `layer` indexes [`crate::Subject::layers`]; analyzers leave it `None` and the engine fills it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Place {
    /// Relative to the root of the artifact, `/`-separated, without a leading slash. For `Env`, `History` and `Label`: the
    /// variable, the instruction's index, the label.
    pub path: Arc<str>,
    pub origin: Origin,
    pub lines: Option<Lines>,
    pub layer: Option<u32>,
    /// The later layer that deleted or replaced the file, when the fact is not part of the final file system.
    pub removed_by: Option<u32>,
}

impl Place {
    pub fn file(path: &str) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    pub fn line(path: &str, line: u32) -> Self {
        Self { path: path.into(), lines: Some(Lines::one(line)), ..Self::default() }
    }

    /// Whether the fact is part of the artifact's final file system or configuration.
    pub const fn is_visible(&self) -> bool {
        self.removed_by.is_none()
    }
}
