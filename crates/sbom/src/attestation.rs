//! Bills of materials inside attestations.
//!
//! From the outside in: a Sigstore bundle (<https://docs.sigstore.dev/about/bundle/>) holds a DSSE envelope
//! (<https://github.com/secure-systems-lab/dsse>), whose base64 payload is an in-toto statement
//! (<https://github.com/in-toto/attestation/tree/main/spec>), whose predicate is the document. DSSE files may have one envelope a line.
//! Older cosign releases wrapped the document once more: `{"Data": "…"}`.
//!
//! Signatures are not verified here. [`Attestation::verified`] is false so that no caller can forget.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::json::{self, Node};
use crate::warnings::Warnings;
use crate::{Limits, SbomError};

/// What was around the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    pub kind: AttestationKind,
    pub predicate_type: String,
    /// Always false: signatures are counted, not checked.
    pub verified: bool,
    /// Signatures the envelope carries.
    pub signatures: usize,
    /// What the statement is about.
    pub subjects: Vec<Subject>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttestationKind {
    /// A bare in-toto statement.
    InToto,
    /// A DSSE envelope, alone or as one of several lines.
    Dsse,
    SigstoreBundle,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub name: Option<String>,
    /// Algorithm (`sha256`) and hex digest.
    pub digests: Vec<(String, String)>,
}

/// The document inside an attestation.
pub(crate) enum Predicate<'n> {
    Tree(&'n Node<'n>),
    Text(&'n str),
}

/// Both alphabets, with or without padding, occur.
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, FORGIVING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, FORGIVING);
const FORGIVING: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Calls `read` with the first predicate that it knows. `read` answers `None` when the predicate is not a bill of materials.
pub(crate) fn open<T>(
    text: &str,
    values: &Cell<u64>,
    limits: &Limits,
    warnings: &mut Warnings,
    read: impl Fn(Predicate<'_>, &mut Warnings) -> Option<Result<T, SbomError>>,
) -> Result<(T, Attestation), SbomError> {
    let mut rest = text;
    let mut passed: Vec<String> = Vec::new();
    let mut found = None;
    while !rest.trim_start().is_empty() {
        let (node, end) = json::parse_prefix(rest, values, limits.values)?;
        rest = rest.get(end..).unwrap_or_default();
        match envelope(&node, values, limits, warnings, &read)? {
            Ok(opened) if found.is_none() => found = Some(opened),
            Ok(_) => warnings.push("", "the file has a further attested bill of materials, which was not read"),
            Err(predicate_type) if passed.len() < 100 => passed.push(predicate_type),
            Err(_) => {}
        }
    }
    let Some(found) = found else {
        let what =
            passed.first().map_or_else(|| "an empty attestation".to_owned(), |first| format!("an attestation of predicate type `{first}`"));
        return Err(SbomError::Unsupported { what });
    };
    for predicate_type in passed {
        warnings.push("", format!("the file has an attestation of predicate type `{predicate_type}`, which was not read"));
    }
    Ok(found)
}

/// The outer `Result` is for broken input, the inner error names a predicate type that is no bill of materials.
type Opened<T> = Result<Result<(T, Attestation), String>, SbomError>;

fn envelope<T>(
    node: &Node<'_>,
    values: &Cell<u64>,
    limits: &Limits,
    warnings: &mut Warnings,
    read: &impl Fn(Predicate<'_>, &mut Warnings) -> Option<Result<T, SbomError>>,
) -> Opened<T> {
    let (kind, dsse, at) = if node.get("mediaType").is_some() || node.get("dsseEnvelope").is_some() {
        let Some(dsse) = node.get("dsseEnvelope") else {
            return Err(SbomError::Unsupported { what: "a Sigstore bundle without a DSSE envelope".to_owned() });
        };
        (AttestationKind::SigstoreBundle, dsse, "/dsseEnvelope/payload")
    } else if node.get("payload").is_some() {
        (AttestationKind::Dsse, node, "/payload")
    } else {
        return statement(node, AttestationKind::InToto, 0, warnings, read);
    };
    let content = |message: String| SbomError::Content { pointer: at.to_owned(), message };
    let payload = dsse.text("payload").ok_or_else(|| content("no payload".to_owned()))?;
    let compact: String = payload.chars().filter(|char| !char.is_ascii_whitespace()).collect();
    let bytes = STANDARD
        .decode(&compact)
        .or_else(|_| URL_SAFE.decode(&compact))
        .map_err(|err| content(format!("the payload is not base64: {err}")))?;
    let text = crate::text::decode(&bytes)?;
    let inner = json::parse(&text, values, limits.values).map_err(|err| match err {
        SbomError::Syntax { line, column, message } => content(format!("inside the payload, line {line}, column {column}: {message}")),
        other => other,
    })?;
    statement(&inner, kind, dsse.list("signatures").len(), warnings, read)
}

fn statement<T>(
    node: &Node<'_>,
    kind: AttestationKind,
    signatures: usize,
    warnings: &mut Warnings,
    read: &impl Fn(Predicate<'_>, &mut Warnings) -> Option<Result<T, SbomError>>,
) -> Opened<T> {
    let predicate_type = node.text("predicateType").unwrap_or_default().to_owned();
    let predicate = match node.get("predicate") {
        Some(Node::Text(text)) => Predicate::Text(text),
        Some(tree) => match tree.get("Data") {
            Some(Node::Text(text)) => Predicate::Text(text),
            Some(data @ Node::Object(_)) => Predicate::Tree(data),
            _ => Predicate::Tree(tree),
        },
        None => return Ok(Err(predicate_type)),
    };
    let Some(read) = read(predicate, warnings) else { return Ok(Err(predicate_type)) };
    let subjects = node
        .list("subject")
        .iter()
        .map(|subject| Subject {
            name: subject.text("name").map(str::to_owned),
            digests: match subject.get("digest") {
                Some(Node::Object(fields)) => fields
                    .iter()
                    .filter_map(|(algorithm, value)| match value {
                        Node::Text(hex) => Some((algorithm.clone().into_owned(), hex.clone().into_owned())),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            },
        })
        .collect();
    Ok(Ok((read?, Attestation { kind, predicate_type, verified: false, signatures, subjects })))
}
