//! Reading our YAML documents: bounded, typed, and with the keys that nobody asked for; and the digest of a document.

use crate::{canonical::write_canonical, error::SpecError};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Longer documents are refused: the largest framework we know has 130 KiB.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A typed document and the paths of its unknown keys (at most 100).
pub(crate) fn read<T: DeserializeOwned>(text: &str, path: &str) -> Result<(T, Vec<String>), SpecError> {
    let parse = |message: String| SpecError::Parse { path: path.to_owned(), message };
    if text.len() > MAX_BYTES {
        return Err(parse(format!("the document has {} bytes, more than the limit of {MAX_BYTES}", text.len())));
    }
    let mut unknown = Vec::new();
    // Text that was meant as text may say `null` or `~` only in quotes; keys given twice are an error, never a silent choice.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            // A rule costs much stack in a debug build; twenty levels leave room for six nested `all` and `any`.
            max_depth: 20,
            max_nodes: 500_000,
            max_documents: 1,
        },
        with_snippet: false,
    };
    let document = serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        serde_ignored::deserialize(deserializer, |path| {
            if unknown.len() < 100 {
                unknown.push(path.to_string());
            }
        })
    })
    .map_err(|error| parse(error.to_string()))?;
    Ok((document, unknown))
}

/// `sha256:` and the digest of the canonical JSON form (RFC 8785: keys sorted, no white space). All scalars of our documents are
/// text, whole numbers or booleans, so number formatting needs no care.
pub(crate) fn digest<T: Serialize>(document: &T) -> String {
    let mut canonical = String::new();
    if let Ok(value) = serde_json::to_value(document) {
        write_canonical(&value, &mut canonical);
    }
    hex_digest(canonical.as_bytes())
}

pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
