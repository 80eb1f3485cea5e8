//! Version orders and ranges of package ecosystems. No I/O.
//!
//! Every ecosystem compares versions by its own rules; begin at [`Scheme`].

mod constraint;
mod error;
mod scheme;
mod text;

pub use constraint::Constraint;
pub use error::{ConstraintError, VersionError};
pub use scheme::Scheme;
