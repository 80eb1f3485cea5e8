//! `PB-K8S-0102`: denial of egress by default.

use crate::{
    catalogue::cluster::policies::{self, Direction},
    native::check,
};

check!(Manifests, |set, _| policies::default_deny(set, Direction::Egress));
