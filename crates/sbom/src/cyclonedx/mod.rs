//! CycloneDX (<https://cyclonedx.org/specification/overview/>, ECMA-424).
//!
//! Reading goes through one tree whatever the syntax: XML is turned into the shape the JSON has ([`xml_shape`]), then [`read`](mod@read)
//! walks it. Writing goes through one set of structs: [`project`] fits the document to a version, then serde writes JSON and [`xml_write`]
//! the same structs as XML.

mod names;
mod project;
mod read;
mod wire;
mod xml_shape;
mod xml_write;

use std::cell::Cell;
use std::io::{self, Write};

use crate::json::{Path, View};
use crate::warnings::Warnings;
use crate::{Bom, CycloneDxVersion, Format, Limits, SbomError};

pub(crate) fn read_json(view: View<'_>, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    let version = view.node.text("specVersion");
    let version = version_or_newest(version, warnings);
    read::bom(view, Format::CycloneDxJson(version), limits, warnings)
}

pub(crate) fn read_xml(text: &str, values: &Cell<u64>, limits: &Limits, warnings: &mut Warnings) -> Result<Bom, SbomError> {
    let root = crate::xml::parse(text, values, limits.values)?;
    let (node, version) = xml_shape::shape(root)?;
    let version = version_or_newest(Some(&version), warnings);
    read::bom(View::new(&node, &Path::Root), Format::CycloneDxXml(version), limits, warnings)
}

/// A version that is newer than this build is read as the newest it knows: CycloneDX only ever adds.
fn version_or_newest(text: Option<&str>, warnings: &mut Warnings) -> CycloneDxVersion {
    text.and_then(CycloneDxVersion::parse).unwrap_or_else(|| {
        let said = text.map_or_else(|| "no version".to_owned(), |text| format!("version `{}`", crate::text::clip(text, 50)));
        warnings.push("/specVersion", format!("the document states {said} and was read as CycloneDX 1.7"));
        CycloneDxVersion::V1_7
    })
}

pub(crate) fn write_json(bom: &Bom, version: CycloneDxVersion, out: &mut dyn Write, warnings: &mut Warnings) -> io::Result<()> {
    let refs = project::references(bom);
    let document = project::project(bom, &refs, version, warnings);
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

pub(crate) fn write_xml(bom: &Bom, version: CycloneDxVersion, out: &mut dyn Write, warnings: &mut Warnings) -> io::Result<()> {
    let refs = project::references(bom);
    let document = project::project(bom, &refs, version, warnings);
    xml_write::write(&document, out, warnings)
}
