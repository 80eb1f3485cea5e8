//! Samples of lines in which nothing secret is left.
//!
//! A sample ends with its secret: what stands behind a value is often the value before (`# was …`) or the rest of one that the rule cut short.

use super::{assign::Strictness, engine::search};
use std::ops::Range;

/// A sample is at most so long, in characters.
const WIDTH: usize = 120;
/// How much of the line before the secret is shown.
const BEFORE: usize = 60;
/// What stands for a secret. Always the same, so that it does not tell how long the secret is, unless everybody knows how long its kind is.
const STARS: &str = "********";

/// Makes samples of one text whose secrets are known.
pub(crate) struct Masker<'a> {
    text: &'a [u8],
    /// What lies beyond was not searched, so it is not shown.
    scanned: usize,
    /// Disjoint and sorted.
    secrets: Vec<Range<usize>>,
}

impl<'a> Masker<'a> {
    pub(crate) fn new(text: &'a [u8], scanned: usize, ranges: impl Iterator<Item = Range<usize>>) -> Self {
        let mut all: Vec<Range<usize>> = ranges.collect();
        all.sort_by_key(|range| range.start);
        let mut secrets: Vec<Range<usize>> = Vec::with_capacity(all.len());
        for range in all {
            match secrets.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => secrets.push(range),
            }
        }
        Self { text, scanned, secrets }
    }

    /// The line up to the secret, cut to [`WIDTH`]. Of what follows only a closing quote is shown.
    /// `length` is that of every secret of its kind, when they are all equally long: then the mask may have it too.
    pub(crate) fn sample(&self, secret: &Range<usize>, length: Option<usize>) -> String {
        // Up to four bytes a character.
        let from = secret.start.saturating_sub(BEFORE * 4);
        let head = self.text.get(from..secret.start).unwrap_or_default();
        let line_start = memchr::memrchr(b'\n', head).map_or(from, |at| from + at + 1);
        let cut_before = line_start == from && from > 0;

        let mut before = String::new();
        let mut at = line_start;
        let first = self.secrets.partition_point(|range| range.end <= line_start);
        for range in self.secrets.iter().skip(first).take_while(|range| range.start <= secret.start) {
            let shown = self.text.get(at..range.start.max(at)).unwrap_or_default();
            before.extend(String::from_utf8_lossy(shown).chars().map(|c| if c.is_control() { ' ' } else { c }));
            match length.filter(|length| range == secret && *length == secret.len()) {
                Some(length) => before.extend(std::iter::repeat_n('*', length)),
                None => before.push_str(STARS),
            }
            at = range.end;
        }
        let quote = match self.text.get(at) {
            Some(quote @ (b'"' | b'\'' | b'`')) if at < self.scanned => Some(char::from(*quote)),
            _ => None,
        };
        let skip = before.chars().count().saturating_sub(BEFORE + STARS.len());
        let mut sample = String::new();
        if skip > 0 || cut_before {
            sample.push('…');
        }
        sample.extend(before.chars().skip(skip).chain(quote));
        crate::text::snippet(sample.trim_start(), WIDTH)
    }
}

/// A line of text with the secrets that the rules find replaced, for facts that quote what they saw.
pub(crate) fn mask_text(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let scanned = search(bytes, Strictness::Literal, "", &mut found);
    let mut ranges: Vec<Range<usize>> = found.into_iter().map(|found| found.range).collect();
    ranges.sort_by_key(|range| range.start);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for range in ranges {
        if range.end <= at {
            continue;
        }
        out.extend_from_slice(bytes.get(at..range.start.max(at)).unwrap_or_default());
        out.extend_from_slice(STARS.as_bytes());
        at = range.end;
    }
    let rest = bytes.get(at..scanned.max(at)).unwrap_or_default();
    // A comment behind a secret may hold an old one.
    let comment = if at > 0 { memchr::memmem::find(rest, b" #") } else { None };
    out.extend_from_slice(comment.and_then(|end| rest.get(..end)).unwrap_or(rest));
    String::from_utf8_lossy(&out).into_owned()
}
