//! Vulnerability knowledge: the database, its sources, and matching.

pub mod bolt;
pub mod build;
pub mod detect;
mod pages;
pub mod ratings;
mod replace;
mod sources;
pub mod store;
