//! Inline ignores: comments that accept findings. They set dispositions, never remove, and are reported when they match nothing.

use probity_model::{
    Diagnostic, Inventory, Lines, Reason, RuleMeta, SubjectId,
    document::InlineIgnore,
    finding::{Disposition, Ledger, Outcome},
};
use std::collections::HashMap;

/// Marks the findings that comments accept. `today` is `YYYY-MM-DD`.
pub(crate) fn apply_inline_ignores(inventories: &[Inventory], ledger: &mut Ledger, today: &str) {
    let mut by_file: HashMap<(SubjectId, &str), Vec<(usize, &InlineIgnore)>> = HashMap::new();
    let mut all: Vec<(SubjectId, &str, &InlineIgnore)> = Vec::new();
    for inventory in inventories {
        for file in &inventory.files {
            for ignore in &file.ignores {
                by_file.entry((inventory.subject.id, &file.path)).or_default().push((all.len(), ignore));
                all.push((inventory.subject.id, &file.path, ignore));
            }
        }
    }
    if all.is_empty() {
        return;
    }
    let mut used = vec![false; all.len()];
    let Ledger { rules, resources, findings, .. } = ledger;
    for finding in findings {
        let Outcome::Fail(violation) = &mut finding.outcome else { continue };
        let Some(resource) = resources.get(finding.resource.0 as usize) else { continue };
        let Some(path) = violation.path.as_deref().or(resource.path.as_deref()) else { continue };
        let Some(ignores) = by_file.get(&(resource.subject, path)) else { continue };
        let Some(rule) = rules.get(finding.rule.0 as usize) else { continue };
        let Some(start) = violation.lines.or(resource.lines).map(|lines| lines.start) else { continue };
        for (index, ignore) in ignores {
            if !ignore.scope.contains(start) || !ignore.ids.iter().any(|id| matches(id, rule)) || expired(ignore, today) {
                continue;
            }
            if let Some(used) = used.get_mut(*index) {
                *used = true;
            }
            violation.disposition = Some(Disposition {
                source: "inline",
                at: format!("{path}:{}", ignore.line),
                reason: ignore.reason.clone(),
                until: ignore.until.clone(),
                status: None,
            });
        }
    }
    for ((subject, path, ignore), used) in all.into_iter().zip(used) {
        let ids = ignore.ids.join(", ");
        let message = match &ignore.until {
            Some(until) if expired(ignore, today) => format!("the ignore of `{ids}` expired on {until}: its findings count again"),
            _ if !used => format!("the ignore of `{ids}` matches no finding"),
            _ => continue,
        };
        let mut diagnostic = Diagnostic::note(Reason::AnalyzerDisabled, message)
            .at(path)
            .on(Lines::one(ignore.line), None)
            .hint("remove the comment, or correct the id or the place");
        diagnostic.subject = Some(subject);
        ledger.diagnostics.push(diagnostic);
    }
}

/// `until` is the last day on which an ignore holds.
fn expired(ignore: &InlineIgnore, today: &str) -> bool {
    ignore.until.as_deref().is_some_and(|until| until < today)
}

/// Ids and aliases without regard to case; `*` and a trailing `*` are wildcards.
fn matches(pattern: &str, rule: &RuleMeta) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => std::iter::once(rule.id.as_str())
            .chain(rule.aliases.iter().map(String::as_str))
            .any(|id| id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))),
        None => rule.answers_to(pattern),
    }
}
