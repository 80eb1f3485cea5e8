//! Probity's vocabulary: subjects, facts, documents, findings, ledger, report, and every trait.
//!
//! No I/O, no async. Analyzers, configuration readers, checks, compliance and report writers read only what they are handed, in these types.

pub mod analyzer;
pub mod assessment;
pub mod check;
pub mod compose;
pub mod diagnostic;
pub mod dockerfile;
pub mod document;
pub mod ecosystem;
pub mod facts;
pub mod finding;
pub mod image;
pub mod inventory;
pub mod kubernetes;
pub mod node;
pub mod package;
pub mod place;
pub mod purl;
pub mod report;
pub mod rule;
pub mod severity;
pub mod subject;
pub mod target;
pub mod vulnerability;

pub use diagnostic::{Capability, Diagnostic, Reason};
pub use ecosystem::Ecosystem;
pub use facts::Facts;
pub use inventory::Inventory;
pub use node::Node;
pub use package::Package;
pub use place::{Lines, Origin, Place};
pub use purl::Purl;
pub use report::Report;
pub use rule::{RuleId, RuleMeta};
pub use severity::Severity;
pub use subject::{InputKind, Subject, SubjectId, SubjectKind};
