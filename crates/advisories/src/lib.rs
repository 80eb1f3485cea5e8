//! Vulnerability knowledge: the database, its sources, and matching.

pub mod store;
