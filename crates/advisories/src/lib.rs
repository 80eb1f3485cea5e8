//! Vulnerability knowledge: the database, its sources, and matching.

pub mod bolt;
pub mod detect;
mod pages;
pub mod ratings;
mod sources;
pub mod store;
