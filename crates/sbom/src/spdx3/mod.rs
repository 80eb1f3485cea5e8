use std::io::{self, Write};
use crate::{*, json::View, warnings::Warnings};
pub(crate) fn read(_: View<'_>, _: &Limits, _: &mut Warnings) -> Result<Bom, SbomError> { Err(SbomError::Unrecognised) }
pub(crate) fn write(_: &Bom, _: &mut dyn Write, _: &mut Warnings) -> io::Result<()> { Ok(()) }
