//! What can be wrong with a specification, tailoring, waiver or attestation file. All of these end with exit code 2.

use std::fmt;

/// A document that takes part in an assessment and cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SpecError {
    #[error("unknown framework `{name}`")]
    UnknownFramework { name: String, nearest: Vec<String> },
    #[error("unknown profile `{profile}` of framework `{framework}`")]
    UnknownProfile { framework: String, profile: String, known: Vec<String> },
    #[error("cannot read `{path}`: {message}")]
    Read { path: String, message: String },
    #[error("cannot parse `{path}`: {message}")]
    Parse { path: String, message: String },
    /// The document is well-formed and says something that cannot be.
    #[error("`{path}` is not valid: {}", Listed(.problems))]
    Invalid { path: String, problems: Vec<String> },
    #[error("controls depend on each other in a circle: {}", .path.join(" → "))]
    Cycle { path: Vec<String> },
    #[error("unknown parameter `{name}`{}", .framework.as_ref().map(|f| format!(" of framework `{f}`")).unwrap_or_default())]
    UnknownParameter { framework: Option<String>, name: String, known: Vec<String> },
    /// A value that is not of the parameter's type.
    #[error("parameter `{name}` takes {kind}, and `{value}` is none")]
    ParameterType { name: String, kind: &'static str, value: String },
}

impl SpecError {
    /// What to do about it, when there is something to say.
    pub fn hint(&self) -> Option<String> {
        let quoted = |names: &[String]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        match self {
            Self::UnknownFramework { nearest, .. } if nearest.is_empty() => {
                Some("`probity framework list` shows the names; a file is given as `@path` or ends in `.yaml`".to_owned())
            }
            Self::UnknownFramework { nearest, .. } => Some(format!("did you mean {}?", quoted(nearest))),
            Self::UnknownProfile { known, .. } if known.is_empty() => Some("this framework has no profiles".to_owned()),
            Self::UnknownProfile { known, .. } => Some(format!("its profiles are {}", quoted(known))),
            Self::UnknownParameter { known, .. } if known.is_empty() => Some("none of the chosen frameworks has parameters".to_owned()),
            Self::UnknownParameter { known, .. } => Some(format!("known parameters are {}", quoted(known))),
            _ => None,
        }
    }
}

/// Problems one after the other, at most ten.
struct Listed<'a>(&'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().take(10).enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            f.write_str(problem)?;
        }
        if self.0.len() > 10 {
            write!(f, "; and {} more", self.0.len() - 10)?;
        }
        Ok(())
    }
}
