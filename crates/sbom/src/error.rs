//! Why a document could not be read.

/// Completes "cannot read `x`: …".
#[derive(Debug, thiserror::Error)]
pub enum SbomError {
    #[error("not a software bill of materials this build knows (CycloneDX JSON or XML, SPDX JSON or tag-value, or an attestation of one)")]
    Unrecognised,
    #[error("{what} is not supported")]
    Unsupported { what: String },
    #[error("the text is not valid {encoding} at byte {offset}")]
    Encoding { encoding: &'static str, offset: usize },
    #[error("line {line}, column {column}: {message}")]
    Syntax { line: usize, column: usize, message: String },
    #[error("{pointer}: {message}")]
    Content { pointer: String, message: String },
    #[error("the document has more than {limit} {what}")]
    TooLarge { what: &'static str, limit: u64 },
}
