//! SPDX 2.2 and 2.3 (<https://spdx.github.io/spdx-spec/v2.3/>, ISO/IEC 5962), JSON and tag-value.
//!
//! Reading goes through one tree: tag-value is turned into the shape of the JSON ([`tag_read`]), then [`read`](mod@read) walks it. Writing
//! goes through one set of structs: [`project`] makes them, serde writes JSON and [`tag_write`] tag-value.

mod names;
mod project;
mod read;
mod tag_read;
mod tag_write;
mod wire;

use std::io::{self, Write};

use crate::json::{Path, View};
use crate::warnings::Warnings;
use crate::{Bom, Format, Limits, SbomError, SpdxVersion};

pub(crate) use project::{LicenseBook, PROVIDES, created, document_name, namespace};
pub(crate) use read::tool;

pub(crate) fn read_json(view: View<'_>, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    let version = version(view, warnings);
    read::bom(view, Format::SpdxJson(version), limits, warnings)
}

pub(crate) fn read_tag_value(text: &str, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    let node = tag_read::shape(text, limits, warnings)?;
    let view = View::new(&node, &Path::Root);
    let version = version(view, warnings);
    read::bom(view, Format::SpdxTagValue(version), limits, warnings)
}

fn version(view: View<'_>, warnings: &mut Warnings) -> SpdxVersion {
    let said = view.node.text("spdxVersion").unwrap_or_default();
    SpdxVersion::parse(said.trim()).unwrap_or_else(|| {
        warnings.push("/spdxVersion", format!("the document states version `{}` and was read as SPDX-2.3", crate::text::clip(said, 50)));
        SpdxVersion::V2_3
    })
}

pub(crate) fn write_json(bom: &Bom, version: SpdxVersion, out: &mut dyn Write, warnings: &mut Warnings) -> io::Result<()> {
    let refs = project::references(bom);
    let document = project::project(bom, &refs, version, false, warnings);
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

pub(crate) fn write_tag_value(bom: &Bom, version: SpdxVersion, out: &mut dyn Write, warnings: &mut Warnings) -> io::Result<()> {
    let refs = project::references(bom);
    let document = project::project(bom, &refs, version, true, warnings);
    tag_write::write(&document, out, warnings)
}
