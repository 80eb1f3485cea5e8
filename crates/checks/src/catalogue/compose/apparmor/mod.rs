//! `PB-CMP-0001`: service runs without an AppArmor profile.

use super::service::Separation;
use crate::native::check;

const SEPARATION: Separation = Separation { option: "apparmor", off: "unconfined", what: "AppArmor" };

check!(Compose, |service, _, _| SEPARATION.judge(service));
