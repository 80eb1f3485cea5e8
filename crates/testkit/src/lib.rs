//! Test fixtures: images built in memory in every layout, and a sink that writes down what targets give it.

pub mod image;
pub mod sink;
