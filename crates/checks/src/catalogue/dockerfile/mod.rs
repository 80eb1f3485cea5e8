//! Checks of dockerfile input.

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[];
