//! Comments that accept findings.
//!
//! `# probity:ignore ID[,ID…] [until=YYYY-MM-DD] [reason="…"]`, and the spelling users bring along, `#trivy:ignore:ID[:exp:YYYY-MM-DD]`, of
//! which a line may have several. What a comment covers is said at [`InlineIgnore`]. A comment that is not understood covers nothing
//! and is a note, so that a typing error never accepts more than was meant. JSON has no comments that count.

use crate::yaml::{Comment, Stream};
use probity_model::{
    Diagnostic, Lines, Node, Reason,
    document::InlineIgnore,
    node::{Entry, Value},
};
use std::collections::HashMap;

const PROBITY: &str = "probity:ignore";
const TRIVY: &str = "trivy:ignore:";

/// Whether comments have to be looked at.
pub(crate) fn are_in(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), PROBITY.as_bytes()).is_some() || memchr::memmem::find(text.as_bytes(), TRIVY.as_bytes()).is_some()
}

/// The ignores of a stream whose comments were kept.
pub(crate) fn of_yaml(text: &str, stream: &Stream, diagnostics: &mut Vec<Diagnostic>) -> Vec<InlineIgnore> {
    let mut ignores = Vec::new();
    if stream.comments.iter().all(|comment| directives(&comment.text).is_empty()) {
        return ignores;
    }
    let next = next_content(text);
    let bounds: Vec<Lines> = stream.documents.iter().map(|document| document.root.lines).collect();
    let mut starts = HashMap::new();
    for document in &stream.documents {
        index(&document.root, &mut starts);
    }
    let scope = |comment: &Comment| -> Lines {
        let before = bounds.partition_point(|document| document.start <= comment.line);
        let inside = before.checked_sub(1).and_then(|index| bounds.get(index)).is_some_and(|document| comment.line <= document.end);
        if !inside && let Some(document) = bounds.get(before) {
            return *document;
        }
        let line = if comment.alone { usize::try_from(comment.line).ok().and_then(|line| next.get(line).copied()).flatten() } else { None };
        let line = line.unwrap_or(comment.line);
        starts.get(&line).copied().unwrap_or(Lines::one(line))
    };
    for comment in &stream.comments {
        add(&comment.text, comment.line, || scope(comment), &mut ignores, diagnostics);
    }
    ignores
}

/// The ignores of a Dockerfile: each covers the instruction that the comment is in front of, or inside of. Both slices are in order.
pub(crate) fn of_dockerfile(comments: &[(u32, &str)], instructions: &[Lines], diagnostics: &mut Vec<Diagnostic>) -> Vec<InlineIgnore> {
    let mut ignores = Vec::new();
    for (line, text) in comments {
        let scope = || {
            let next = instructions.partition_point(|instruction| instruction.end < *line);
            instructions.get(next).copied().unwrap_or(Lines::one(*line))
        };
        add(text, *line, scope, &mut ignores, diagnostics);
    }
    ignores
}

fn add(text: &str, line: u32, scope: impl Fn() -> Lines, ignores: &mut Vec<InlineIgnore>, diagnostics: &mut Vec<Diagnostic>) {
    for directive in directives(text) {
        match directive {
            Ok(Directive { ids, until, reason }) => ignores.push(InlineIgnore { line, scope: scope(), ids, until, reason }),
            Err(message) => diagnostics.push(
                Diagnostic::note(Reason::AnalyzerDisabled, format!("inline ignore without effect: {message}"))
                    .on(Lines::one(line), None)
                    .hint("write `# probity:ignore ID until=YYYY-MM-DD reason=\"…\"`"),
            ),
        }
    }
}

/// For every line (0-based: after line n, 1-based) the next one that has content: no blank, comment, directive or document marker.
fn next_content(text: &str) -> Vec<Option<u32>> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut next = vec![None; lines.len() + 1];
    let mut found = None;
    for (index, line) in lines.iter().enumerate().rev() {
        if let Some(slot) = next.get_mut(index + 1) {
            *slot = found;
        }
        let content = line.trim();
        let marker = line.starts_with("---") || line.starts_with("...") || line.starts_with('%');
        if !content.is_empty() && !content.starts_with('#') && !marker {
            found = u32::try_from(index + 1).ok();
        }
    }
    next
}

/// The outermost entry or item that starts on each line.
fn index(root: &Node, starts: &mut HashMap<u32, Lines>) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    starts.entry(entry.line).or_insert(entry.lines());
                }
                open.extend(entries.iter().rev().map(|Entry { value, .. }| value));
            }
            Value::Seq(items) => {
                for item in items {
                    starts.entry(item.lines.start).or_insert(item.lines);
                }
                open.extend(items.iter().rev());
            }
            Value::Scalar(_) => {}
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Directive {
    ids: Vec<String>,
    until: Option<String>,
    reason: Option<String>,
}

/// What a comment says, as far as it is for us; an error is the reason why it has no effect.
fn directives(comment: &str) -> Vec<Result<Directive, String>> {
    let mut found = Vec::new();
    let mut rest = comment;
    while let Some((at, marker)) = next_marker(rest) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let body = from.get(marker.len()..).unwrap_or_default();
        // A word that merely ends like a marker is none.
        if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            rest = body;
            continue;
        }
        // A reason may quote a marker; only the other spelling repeats on a line.
        let (own, after) = if marker == TRIVY { split_word(body) } else { (body, "") };
        found.push(if marker == TRIVY { trivy(own) } else { probity(own) });
        rest = after;
    }
    found
}

fn next_marker(text: &str) -> Option<(usize, &'static str)> {
    [PROBITY, TRIVY].into_iter().filter_map(|marker| text.find(marker).map(|at| (at, marker))).min()
}

fn split_word(text: &str) -> (&str, &str) {
    text.split_at_checked(text.find(char::is_whitespace).unwrap_or(text.len())).unwrap_or((text, ""))
}

fn trivy(word: &str) -> Result<Directive, String> {
    let mut parts = word.split(':');
    let mut directive = Directive::default();
    for id in parts.next().unwrap_or_default().split(',') {
        directive.ids.push(rule(id)?);
    }
    while let Some(name) = parts.next() {
        match (name, parts.next()) {
            ("exp", Some(value)) => directive.until = Some(date(value)?),
            _ => return Err(format!("`{name}` is not supported")),
        }
    }
    Ok(directive)
}

fn probity(body: &str) -> Result<Directive, String> {
    let mut directive = Directive::default();
    let mut settings = false;
    let mut rest = body.strip_prefix(':').unwrap_or(body);
    if !rest.is_empty() && rest.len() == body.len() && !rest.starts_with(char::is_whitespace) {
        return Err(format!("a blank must follow `{PROBITY}`"));
    }
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '=')).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if let Some(value) = after.strip_prefix('=') {
            settings = true;
            let (value, after) = setting(value)?;
            match word {
                "until" => directive.until = Some(date(value)?),
                "reason" => directive.reason = Some(value.to_owned()),
                _ => return Err(format!("`{word}` is not a setting: use `until` and `reason`")),
            }
            rest = after;
        } else if settings {
            return Err(format!("`{word}` stands after a setting: put ids first, and a reason of several words in quotes"));
        } else {
            directive.ids.push(rule(word)?);
            rest = after;
        }
    }
    if directive.ids.is_empty() { Err("no rule is named".to_owned()) } else { Ok(directive) }
}

/// A value in quotes, or one word.
fn setting(text: &str) -> Result<(&str, &str), String> {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = text.get(1..).unwrap_or_default();
            inner.split_once(quote).ok_or_else(|| "a quote is not closed".to_owned())
        }
        _ => Ok(split_word(text)),
    }
}

fn rule(id: &str) -> Result<String, String> {
    let id = id.trim();
    let body = id.strip_suffix('*').unwrap_or(id);
    if id.is_empty() {
        return Err("no rule is named".to_owned());
    }
    if !body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/')) {
        return Err(format!("`{id}` is not a rule id; `*` may only stand at its end"));
    }
    Ok(id.to_owned())
}

/// A day of the calendar, as `YYYY-MM-DD`.
fn date(text: &str) -> Result<String, String> {
    let error = || format!("`{text}` is not a date (YYYY-MM-DD)");
    let well_formed =
        text.len() == 10 && text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if !well_formed {
        return Err(error());
    }
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<u32>().ok()).ok_or_else(error);
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if (1..=days).contains(&day) { Ok(text.to_owned()) } else { Err(error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(comment: &str, expected: &[&str]) {
        let shown: Vec<String> = directives(comment)
            .into_iter()
            .map(|directive| match directive {
                Ok(d) => format!("{} until={} reason={}", d.ids.join(","), d.until.unwrap_or_default(), d.reason.unwrap_or_default()),
                Err(message) => format!("error: {message}"),
            })
            .collect();
        assert_eq!(shown, expected, "{comment}");
    }

    #[test]
    fn spellings() {
        check(" an ordinary comment", &[]);
        check(" probity:ignore KSV-0012", &["KSV-0012 until= reason="]);
        check(
            " probity:ignore KSV-0012, ksv-0014 until=2027-01-01 reason=\"needs root, see ADR 7\"",
            &["KSV-0012,ksv-0014 until=2027-01-01 reason=needs root, see ADR 7"],
        );
        check(" probity:ignore * reason='all of it'", &["* until= reason=all of it"]);
        check(" probity:ignore KSV-* reason=short", &["KSV-* until= reason=short"]);
        check("trivy:ignore:KSV-0012", &["KSV-0012 until= reason="]);
        check(
            "trivy:ignore:AVD-KSV-0012:exp:2027-01-31 trivy:ignore:DS002",
            &["AVD-KSV-0012 until=2027-01-31 reason=", "DS002 until= reason="],
        );
        check(" wanted; probity:ignore DS-0002", &["DS-0002 until= reason="]);
        check(" notprobity:ignore DS-0002", &[]);
        check(" probity:ignore A reason=\"was trivy:ignore:B\"", &["A until= reason=was trivy:ignore:B"]);
    }

    #[test]
    fn mistakes_accept_nothing() {
        check(" probity:ignore", &["error: no rule is named"]);
        check(" probity:ignore until=2027-01-01", &["error: no rule is named"]);
        check(" probity:ignore A until=2027-02-29", &["error: `2027-02-29` is not a date (YYYY-MM-DD)"]);
        check(" probity:ignore A until=2028-02-29", &["A until=2028-02-29 reason="]);
        check(" probity:ignore A until=soon", &["error: `soon` is not a date (YYYY-MM-DD)"]);
        check(" probity:ignore A untill=2027-01-01", &["error: `untill` is not a setting: use `until` and `reason`"]);
        check(
            " probity:ignore A reason=two words",
            &["error: `words` stands after a setting: put ids first, and a reason of several words in quotes"],
        );
        check(" probity:ignore A reason=\"open", &["error: a quote is not closed"]);
        check(" probity:ignore K*V", &["error: `K*V` is not a rule id; `*` may only stand at its end"]);
        check(" probity:ignored", &["error: a blank must follow `probity:ignore`"]);
        check("trivy:ignore:", &["error: no rule is named"]);
        check("trivy:ignore:A:exp:2027-13-01", &["error: `2027-13-01` is not a date (YYYY-MM-DD)"]);
        check("trivy:ignore:A:ws:prod", &["error: `ws` is not supported"]);
    }
}
