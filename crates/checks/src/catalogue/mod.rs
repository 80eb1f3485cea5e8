//! The registries: one for each input.

mod cluster;
mod compose;
mod control_plane;
mod dockerfile;
mod image;
mod kubernetes;
mod no_auth;
mod tally;

use crate::native::Native;

pub use kubernetes::NEWEST_KUBERNETES;

pub(crate) const REGISTRIES: &[&[&Native]] =
    &[kubernetes::CHECKS, cluster::CHECKS, control_plane::CHECKS, dockerfile::CHECKS, compose::CHECKS, image::CHECKS];
