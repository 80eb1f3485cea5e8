//! `KUBE-0001`: ingress from every address.

use crate::{
    catalogue::cluster::policies::{self, Direction},
    native::check,
};

check!(Kubernetes, |object, _| policies::every_address(object, Direction::Ingress));
