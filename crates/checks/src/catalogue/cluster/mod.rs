//! Checks of Kubernetes objects other than workloads: RBAC, services, network policies, namespaces, configuration.

use crate::native::Native;

pub(crate) const CHECKS: &[&Native] = &[];
