//! Checks of compose input.

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[];
