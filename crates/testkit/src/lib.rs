//! Test fixtures: images built in memory in every layout, a registry that misbehaves on request, a real registry, and a sink
//! that writes down what targets give it.

pub mod distribution;
pub mod image;
pub mod registry;
pub mod sink;
