//! Checks of Kubernetes workloads: everything that creates pods.

mod privileged;

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[&privileged::CHECK];
