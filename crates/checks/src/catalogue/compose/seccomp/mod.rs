//! `PB-CMP-0020`: service runs without a seccomp profile.

use super::service::Separation;
use crate::native::check;

const SEPARATION: Separation = Separation { option: "seccomp", off: "unconfined", what: "seccomp" };

check!(Compose, |service, _, _| SEPARATION.judge(service));
