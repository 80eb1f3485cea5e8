//! Whether the fields that rules read have the shape that the API gives them.
//!
//! A rule that looks for a verb finds none in `verbs: "*"`, where a list should be, and must not call that a pass.

use probity_model::{
    Reason,
    check::Verdict,
    finding::Violation,
    node::{Entry, Node},
};

/// What a field has to be. Null stands for leaving it out, and always fits.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// A list of scalars.
    Texts,
    /// A list of mappings.
    Maps,
    Map,
    /// A mapping of scalars.
    Strings,
    Text,
}

impl Shape {
    fn fits(self, node: &Node) -> bool {
        let scalar = |node: &Node| node.scalar().is_some();
        node.is_null()
            || match self {
                Self::Texts => node.is_seq() && node.items().iter().all(scalar),
                // `- ` without anything is an empty rule.
                Self::Maps => node.is_seq() && node.items().iter().all(|item| item.is_map() || item.is_null()),
                Self::Map => node.is_map(),
                Self::Strings => node.is_map() && node.entries().iter().all(|entry| scalar(&entry.value)),
                Self::Text => scalar(node),
            }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Texts => "list of strings",
            Self::Maps => "list of mappings",
            Self::Map => "mapping",
            Self::Strings => "mapping of strings",
            Self::Text => "string",
        }
    }
}

/// The first field of a mapping that does not have its shape.
pub(super) fn misfit<'a>(node: &'a Node, fields: &[(&str, Shape)]) -> Option<(&'a Entry, Shape)> {
    node.entries().iter().find_map(|entry| {
        let (_, shape) = fields.iter().find(|(key, _)| *key == &*entry.key)?;
        (!shape.fits(&entry.value)).then_some((entry, *shape))
    })
}

/// Pass or fail; what would pass only because a field has a wrong shape is not assessed.
pub(super) fn settle(violations: Vec<Violation>, examined: u32, misfit: Option<(&Entry, Shape)>) -> Verdict {
    match misfit {
        Some((entry, shape)) if violations.is_empty() => Verdict::NotAssessed {
            reason: Reason::AnalyzerFailed,
            why: format!("`{}` in line {} is not a {}", entry.key, entry.line, shape.noun()),
        },
        _ => Verdict::of(violations, examined),
    }
}
