//! Bytes to [`Bom`].

use std::cell::Cell;

use crate::attestation::{self, Predicate};
use crate::json::{self, Node, Path, View};
use crate::warnings::Warnings;
use crate::{Attestation, Bom, Detected, Limits, SbomError, Warning, cyclonedx, detect, spdx2, spdx3, text};

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub bom: Bom,
    /// Set when the document was the predicate of an attestation, whose signature was not verified.
    pub attested: Option<Attestation>,
    /// What could not be carried over.
    pub warnings: Vec<Warning>,
}

/// Reads a document of any known format; which one is found out by looking at the content.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Read, SbomError> {
    if u64::try_from(bytes.len()).map_or(true, |length| length > limits.bytes) {
        return Err(SbomError::TooLarge { what: "bytes", limit: limits.bytes });
    }
    let Some(detected) = detect(bytes) else { return Err(unrecognised(bytes)) };
    let text = text::decode(bytes)?;
    let mut warnings = Warnings::new(limits.warnings);
    let values = Cell::new(limits.values);
    let (bom, attested) = if let Detected::Attestation(_) = detected {
        let (bom, attestation) = attestation::open(&text, &values, limits, &mut warnings, |predicate, warnings| {
            predicate_bom(&predicate, &values, limits, warnings)
        })?;
        (bom, Some(attestation))
    } else {
        (plain(detected, &text, &values, limits, &mut warnings)?, None)
    };
    Ok(Read { bom, attested, warnings: warnings.finish() })
}

fn plain(detected: Detected, text: &str, values: &Cell<u64>, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    match detected {
        Detected::CycloneDxXml => cyclonedx::read_xml(text, values, limits, warnings),
        Detected::SpdxTagValue => spdx2::read_tag_value(text, limits, warnings),
        Detected::CycloneDxJson | Detected::SpdxJson | Detected::Spdx3Json => {
            let node = json::parse(text, values, limits.values)?;
            tree(&node, limits, warnings).unwrap_or(Err(SbomError::Unrecognised))
        }
        // An attestation inside an attestation is nothing anybody makes on purpose.
        Detected::Attestation(_) => Err(SbomError::Unsupported { what: "an attestation inside an attestation".to_owned() }),
    }
}

fn predicate_bom(
    predicate: &Predicate<'_>,
    values: &Cell<u64>,
    limits: &Limits,
    warnings: &mut Warnings,
) -> Option<Result<Bom, SbomError>> {
    match predicate {
        Predicate::Tree(node) => tree(node, limits, warnings),
        Predicate::Text(text) => {
            let detected = detect(text.as_bytes())?;
            Some(plain(detected, text, values, limits, warnings))
        }
    }
}

/// `None` when the tree is not a bill of materials.
fn tree(node: &Node<'_>, limits: &Limits, warnings: &mut Warnings) -> Option<Result<Bom, SbomError>> {
    let root = Path::Root;
    let view = View::new(node, &root);
    if node.text("bomFormat") == Some("CycloneDX")
        || node.text("$schema").is_some_and(|schema| schema.contains("cyclonedx.org/schema/bom-1"))
    {
        return Some(cyclonedx::read_json(view, limits, warnings));
    }
    if node.text("spdxVersion").is_some() || node.text("SPDXID").is_some() {
        return Some(spdx2::read_json(view, limits, warnings));
    }
    if node.get("@context").is_some() {
        return Some(spdx3::read(view, limits, warnings));
    }
    // The export of a code host's dependency graph wraps the document.
    let inner = node.get("sbom")?;
    let path = Path::Key(&root, "sbom");
    inner.text("spdxVersion").or(inner.text("SPDXID"))?;
    Some(spdx2::read_json(View::new(inner, &path), limits, warnings))
}

/// Names the formats that are bills of materials but not read here.
fn unrecognised(bytes: &[u8]) -> SbomError {
    let head = bytes.get(..8192).unwrap_or(bytes);
    let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    let what = if has(b"http://spdx.org/rdf/terms#") {
        "SPDX RDF/XML"
    } else if has(b"spdxVersion: SPDX-") || has(b"spdxVersion: \"SPDX-") {
        "SPDX YAML"
    } else {
        return SbomError::Unrecognised;
    };
    SbomError::Unsupported { what: what.to_owned() }
}
