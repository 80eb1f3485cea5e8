//! `PB-CMP-0002`: service runs without SELinux separation.

use super::service::Separation;
use crate::native::check;

const SEPARATION: Separation = Separation { option: "label", off: "disable", what: "SELinux labels" };

check!(Compose, |service, _, _| SEPARATION.judge(service));
