//! Native checks, one folder each.
//!
//! A check is a folder below `catalogue/<input>/` with `mod.rs` (a function over a typed document) and `check.md` (front matter: identity and
//! words; prose: the web page; fenced examples: the tests), plus one line in the registry of its input. A check without a failing and a passing
//! example does not build.

mod catalogue;
mod doc;
mod native;
mod shape;

pub use catalogue::NEWEST_KUBERNETES;
pub use doc::{Example, Expectation, examples};
pub use native::Native;

/// Every check, sorted by input, then in registry order.
pub fn all() -> impl Iterator<Item = &'static Native> {
    catalogue::REGISTRIES.iter().flat_map(|registry| registry.iter().copied())
}
