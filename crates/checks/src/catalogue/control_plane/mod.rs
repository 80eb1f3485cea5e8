//! Checks of control plane input.

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[];
