//! `CycloneDX` and SPDX documents, read and written. No domain, no I/O.
//!
//! One neutral document, [`Bom`], stands between all formats: [`read`] fills it from bytes, [`write`](fn@write) turns it into bytes of one version of
//! one format. Both report what they could not carry over as [`Warning`]s; nothing is dropped silently. [`detect`] looks at bytes and says
//! whether they are a bill of materials at all.
//!
//! | format | read | written |
//! |---|---|---|
//! | CycloneDX JSON | 1.2–1.7 | 1.4–1.7 |
//! | CycloneDX XML | 1.0–1.7 | 1.4–1.7 |
//! | SPDX JSON, tag-value | 2.2, 2.3 | 2.2, 2.3 |
//! | SPDX JSON-LD | 3.0, 3.0.1 | 3.0.1 |
//! | in-toto statement, DSSE envelope (JSON and JSON lines), Sigstore bundle 0.3 | yes, signature not verified | no |
//!
//! Not read: SPDX RDF/XML, YAML and spreadsheets, CycloneDX protobuf.

mod attestation;
mod cdx_only;
mod cpe;
mod cyclonedx;
mod date;
mod detect;
mod error;
mod iri;
mod json;
mod license;
mod limits;
mod model;
mod purl;
mod read;
mod refs;
mod spdx2;
mod spdx3;
mod text;
mod trivy;
mod warnings;
mod write;
mod xml;

pub use attestation::{Attestation, AttestationKind, Subject};
pub use detect::{Detected, detect};
pub use error::SbomError;
pub use limits::Limits;
pub use model::{
    Acknowledgement, Advisory, Affected, AffectedVersion, Analysis, Bom, Component, ComponentKind, Composition, CycloneDxVersion,
    ExternalReference, ExtractedLicense, Format, Hash, HashAlgorithm, License, LicenseValue, Party, PartyKind, Rating, Relation,
    RelationKind, Scope, Source, SpdxVersion, Tool, Vulnerability,
};
pub use read::{Read, read};
pub use warnings::Warning;
pub use write::write;
