//! Checks of image input.

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[];
