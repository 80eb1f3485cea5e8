//! Secrets in text: keys, tokens and passwords that somebody wrote down.
//!
//! One pass of a vectorised multi-pattern search finds the few places where a rule's keyword stands; only there, and only within a bounded
//! window, a rule looks closer ([`tokens`] for formats with a fixed prefix, [`shapes`] for those with structure, [`assign`] for values that
//! are given to names such as `DB_PASSWORD`). So text without keywords costs next to nothing and one very long line costs what its keywords cost.
//!
//! The secret itself is never kept: a sample of its line in which every secret that was found is replaced by `*`, and a SHA-256 that tells only
//! whether two are equal. Rule ids are those that ignore files know, where there is one.
//!
//! Not here: verification against the services, and secrets that are encoded, split or computed.

pub(crate) mod assign;
pub(crate) mod custom;
mod engine;
mod mask;
mod rules;
mod shapes;
pub(crate) mod skip;
pub(crate) mod stores;
mod tokens;

pub(crate) use engine::{Found, search};
pub(crate) use mask::{Masker, mask_text};
pub(crate) use rules::Rule;

use crate::{
    text::{LineCounter, sha256},
    unit::{LARGE, Run, Unit},
};
use assign::Strictness;
use probity_model::{
    Capability, Diagnostic, Facts, Lines, Place, Reason,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::Secret,
};
use std::{borrow::Cow, collections::BTreeMap};

pub(crate) const SECRETS: Unit = Unit {
    meta: &AnalyzerMeta { id: "secrets/text", version: 1, claims: &[Pattern::Text], provides: &[Capability::Secrets], max_bytes: LARGE },
    run: Run::Lenient(analyze),
};

/// Findings of one rule in one file that are listed; more are a diagnostic.
const MAX_PER_RULE: usize = 50;

fn analyze(file: &File<'_>, out: &mut Facts) {
    let text = skip::to_utf8(file.bytes);
    out.secret_files += 1;
    let strictness = Strictness::of(file.path);
    let mut found = Vec::new();
    let scanned = search(&text, strictness, file.path, &mut found);
    report(&text, scanned, found, out, &mut |lines| Place { lines: Some(lines), ..Place::file(file.path) });
    if scanned < text.len() {
        out.diagnostics.push(
            Diagnostic::warning(
                Reason::SubjectTruncated,
                format!("so many secrets that the search ended after {scanned} of {} bytes", text.len()),
            )
            .at(file.path)
            .affecting([Capability::Secrets]),
        );
    }
}

/// Searches a value that stands for itself (a variable, a label, an instruction) and adds what is found at `at`.
pub(crate) fn search_value(text: &str, strictness: Strictness, at: &Place, out: &mut Facts) {
    let mut found = Vec::new();
    let scanned = search(text.as_bytes(), strictness, "", &mut found);
    report(text.as_bytes(), scanned, found, out, &mut |_| at.clone());
}

/// Turns findings into facts.
pub(crate) fn report(text: &[u8], scanned: usize, mut found: Vec<Found>, out: &mut Facts, place: &mut dyn FnMut(Lines) -> Place) {
    if found.is_empty() {
        return;
    }
    found.sort_by(|a, b| (a.range.start, a.range.end, a.rule.id).cmp(&(b.range.start, b.range.end, b.rule.id)));
    found.dedup_by(|a, b| a.rule.id == b.rule.id && a.range == b.range);
    drop_generic_overlaps(&mut found);
    let masker = Masker::new(text, scanned, found.iter().map(|found| found.range.clone()));
    let mut lines = LineCounter::new(text);
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for Found { rule, range, fingerprint } in found {
        let count = counts.entry(rule.id).or_default();
        *count += 1;
        if *count > MAX_PER_RULE {
            continue;
        }
        let start = lines.line(range.start);
        let newlines = text.get(range.clone()).map_or(0, |secret| memchr::memchr_iter(b'\n', secret).count());
        let at = place(Lines::new(start, start.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX))));
        let fingerprint = fingerprint.unwrap_or_else(|| sha256(text.get(range.clone()).unwrap_or_default()));
        let sample = masker.sample(&range, rule.length());
        out.secrets.push(Secret {
            rule: rule.id.into(),
            category: rule.category.into(),
            title: rule.title.into(),
            severity: rule.severity,
            masked: sample,
            fingerprint,
            disposition: None,
            at,
        });
    }
    for (id, count) in counts.into_iter().filter(|(_, count)| *count > MAX_PER_RULE) {
        let mut diagnostic =
            Diagnostic::note(Reason::SubjectTruncated, format!("`{id}` matches {count} times; the first {MAX_PER_RULE} are listed"));
        let at = place(Lines::one(1));
        diagnostic.path = Some(at.path);
        out.diagnostics.push(diagnostic);
    }
}

/// A value that a precise rule recognised is not also "some password".
fn drop_generic_overlaps(found: &mut Vec<Found>) {
    let precise: Vec<_> = found.iter().filter(|found| !found.rule.generic).map(|found| found.range.clone()).collect();
    // Sorted by start; a running maximum of ends makes the question logarithmic.
    let mut ends = Vec::with_capacity(precise.len());
    let mut furthest = 0;
    for range in &precise {
        furthest = furthest.max(range.end);
        ends.push(furthest);
    }
    found.retain(|found| {
        if !found.rule.generic {
            return true;
        }
        // The precise ones that start before this one ends; does any of them end after it starts?
        let before = precise.partition_point(|range| range.start < found.range.end);
        let overlaps = before.checked_sub(1).and_then(|last| ends.get(last)).is_some_and(|end| *end > found.range.start);
        !overlaps
    });
}

/// The rule for a value of a Kubernetes Secret that is written down in a manifest.
pub(crate) fn kubernetes_secret_rule() -> &'static Rule {
    &rules::KUBERNETES_SECRET
}

/// Text as UTF-8 bytes; UTF-16 is converted.
pub(crate) type Text<'a> = Cow<'a, [u8]>;

#[cfg(test)]
mod tests;
