use std::cell::Cell; use std::io::{self, Write};
use crate::{*, json::View, warnings::Warnings};
pub(crate) fn read_xml(_: &str, _: &Cell<u64>, _: &Limits, _: &mut Warnings) -> Result<Bom, SbomError> { Err(SbomError::Unrecognised) }
pub(crate) fn read_json(_: View<'_>, _: &Limits, _: &mut Warnings) -> Result<Bom, SbomError> { Err(SbomError::Unrecognised) }
pub(crate) fn write_json(_: &Bom, _: CycloneDxVersion, _: &mut dyn Write, _: &mut Warnings) -> io::Result<()> { Ok(()) }
pub(crate) fn write_xml(_: &Bom, _: CycloneDxVersion, _: &mut dyn Write, _: &mut Warnings) -> io::Result<()> { Ok(()) }
