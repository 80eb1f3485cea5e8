use std::io::{self, Write};
use crate::{*, json::View, warnings::Warnings};
pub(crate) fn read_tag_value(_: &str, _: &Limits, _: &mut Warnings) -> Result<Bom, SbomError> { Err(SbomError::Unrecognised) }
pub(crate) fn read_json(_: View<'_>, _: &Limits, _: &mut Warnings) -> Result<Bom, SbomError> { Err(SbomError::Unrecognised) }
pub(crate) fn write_json(_: &Bom, _: SpdxVersion, _: &mut dyn Write, _: &mut Warnings) -> io::Result<()> { Ok(()) }
pub(crate) fn write_tag_value(_: &Bom, _: SpdxVersion, _: &mut dyn Write, _: &mut Warnings) -> io::Result<()> { Ok(()) }
