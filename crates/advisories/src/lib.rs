//! Vulnerability knowledge: the database, its sources, and matching.

pub mod bolt;
mod pages;
mod sources;
pub mod store;
