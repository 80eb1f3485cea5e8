//! Vulnerability knowledge: the database, its sources, and matching.

pub mod bolt;
pub mod build;
pub mod detect;
pub mod javadb;
mod pages;
pub mod ratings;
mod replace;
mod sources;
pub mod starter;
pub mod store;
pub mod update;
