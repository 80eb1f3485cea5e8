//! `KUBE-0002`: egress to every address.

use crate::{
    catalogue::cluster::policies::{self, Direction},
    native::check,
};

check!(Kubernetes, |object, _| policies::every_address(object, Direction::Egress));
