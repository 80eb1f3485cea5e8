//! What users accept: inline comments, ignore files, VEX documents. All of it sets dispositions and removes nothing.

mod inline;
mod suppressions;
mod vex;

pub(crate) use inline::apply_inline_ignores;
pub use suppressions::{SuppressionError, Suppressions};
