//! Samples of lines in which nothing secret is left.

use super::{assign::Strictness, engine::search};
use std::ops::Range;

/// A sample is at most so long, in characters.
const WIDTH: usize = 120;
/// How much of the line before the secret is shown.
const BEFORE: usize = 60;
/// Stars for a secret: as many as it has bytes, up to this.
const STARS: usize = 16;

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

    /// The line around a secret, cut to [`WIDTH`].
    pub(crate) fn sample(&self, secret: &Range<usize>) -> String {
        // Up to four bytes a character.
        let from = secret.start.saturating_sub(BEFORE * 4);
        let head = self.text.get(from..secret.start).unwrap_or_default();
        let line_start = memchr::memrchr(b'\n', head).map_or(from, |at| from + at + 1);
        let to = self.text.len().min(self.scanned.max(secret.end)).min(secret.end.saturating_add(WIDTH * 4));
        let tail = self.text.get(secret.end..to).unwrap_or_default();
        let line_end = memchr::memchr(b'\n', tail).map_or(to, |at| secret.end + at);
        let cut_before = line_start == from && from > 0;

        let mut parts = Vec::new();
        let mut at = line_start;
        let first = self.secrets.partition_point(|range| range.end <= line_start);
        for range in self.secrets.iter().skip(first).take_while(|range| range.start < line_end) {
            parts.push(Part::Shown(self.text.get(at..range.start.max(at)).unwrap_or_default()));
            let own = range.start <= secret.start && secret.start < range.end;
            parts.push(Part::Hidden { stars: range.len().clamp(3, STARS), own });
            at = range.end;
        }
        parts.push(Part::Shown(self.text.get(at..line_end.max(at)).unwrap_or_default()));

        let mut before = String::new();
        let mut after = String::new();
        let mut seen = false;
        for part in parts {
            let target = if seen { &mut after } else { &mut before };
            match part {
                Part::Shown(bytes) => target.extend(String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { ' ' } else { c })),
                Part::Hidden { stars, own } => {
                    target.extend(std::iter::repeat_n('*', stars));
                    seen |= own;
                }
            }
        }
        let skip = before.chars().count().saturating_sub(BEFORE + STARS);
        let mut sample = String::new();
        if skip > 0 || cut_before {
            sample.push('…');
        }
        sample.extend(before.chars().skip(skip));
        let sample = sample.trim_start().to_owned() + after.trim_end();
        crate::text::snippet(&sample, WIDTH)
    }
}

enum Part<'a> {
    Shown(&'a [u8]),
    Hidden { stars: usize, own: bool },
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
        out.extend(std::iter::repeat_n(b'*', range.len().clamp(3, STARS)));
        at = range.end;
    }
    out.extend_from_slice(bytes.get(at..scanned.max(at)).unwrap_or_default());
    String::from_utf8_lossy(&out).into_owned()
}
