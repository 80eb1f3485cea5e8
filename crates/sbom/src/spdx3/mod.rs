//! SPDX 3.0 and 3.0.1 as JSON-LD (<https://spdx.github.io/spdx-spec/v3.0.1/>).
//!
//! The document is a flat graph of elements that refer to each other by IRI. Read and written are the profiles core, software and simple
//! licensing; expanded licences are read into expressions. Properties use the extension that the specification has for properties of
//! CycloneDX. JSON-LD is read in the compact form that the published context gives, not as any RDF: elements without a name of that
//! context are reported and left out.

mod names;
mod project;
mod read;
mod wire;

use std::io::{self, Write};

use crate::json::View;
use crate::warnings::Warnings;
use crate::{Bom, Limits, SbomError};

pub(crate) fn read(view: View<'_>, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    read::bom(view, limits, warnings)
}

pub(crate) fn write(bom: &Bom, out: &mut dyn Write, warnings: &mut Warnings) -> io::Result<()> {
    let ids = project::Ids::new(bom);
    let document = project::project(bom, &ids, warnings);
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}
