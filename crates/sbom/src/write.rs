//! [`Bom`] to bytes.

use std::io::{self, BufWriter, Write};

use crate::warnings::Warnings;
use crate::{Bom, Format, Warning, cyclonedx, spdx2, spdx3};

/// Writes `bom` in `format`. The same document gives the same bytes, which are valid against the official schema of that version; what
/// the version cannot express is left out or changed, with a warning.
///
/// CycloneDX versions before 1.4 are written as 1.4, with a warning.
pub fn write(bom: &Bom, format: Format, out: &mut dyn Write) -> io::Result<Vec<Warning>> {
    let mut warnings = Warnings::new(1_000);
    let mut buffered = BufWriter::with_capacity(64 * 1024, out);
    let out: &mut dyn Write = &mut buffered;
    match format {
        Format::CycloneDxJson(version) => cyclonedx::write_json(bom, version, out, &mut warnings)?,
        Format::CycloneDxXml(version) => cyclonedx::write_xml(bom, version, out, &mut warnings)?,
        Format::SpdxJson(version) => spdx2::write_json(bom, version, out, &mut warnings)?,
        Format::SpdxTagValue(version) => spdx2::write_tag_value(bom, version, out, &mut warnings)?,
        Format::Spdx3Json => spdx3::write(bom, out, &mut warnings)?,
    }
    buffered.flush()?;
    Ok(warnings.finish())
}
