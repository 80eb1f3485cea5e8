//! Compose.
use crate::Limits;
use probity_model::{Diagnostic, Node, compose::Project, document::SourceFile};
pub(crate) fn is_named(_path: &str) -> bool { false }
pub(crate) fn project(_path: &str, _root: &Node, _limits: &Limits, _d: &mut Vec<Diagnostic>) -> Option<Project> { None }
pub(crate) fn link(_files: &mut [SourceFile], _d: &mut Vec<Diagnostic>) {}
