//! `PB-K8S-0101`: denial of ingress by default.

use crate::{
    catalogue::cluster::policies::{self, Direction},
    native::check,
};

check!(Manifests, |set, _| policies::default_deny(set, Direction::Ingress));
