//! CPAN: decimal and dotted versions.
//!
//! Perl's `version` module; checked against it.
//!
//! `1.2` is a decimal number, whose fraction counts in groups of three digits: it equals `v1.200`, and `1.10 < 1.9`. With `v` in
//! front or two dots a version is dotted: `v1.2 < v1.10`. `_` marks a trial release and does not count.

use std::cmp::Ordering;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::by_value;

pub(crate) struct Version<'a> {
    text: &'a str,
    dotted: bool,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let text = if text == "undef" { "0" } else { text };
        let (text, prefixed) = text.strip_prefix('v').map_or((text, false), |rest| (rest, true));
        let dots = text.bytes().filter(|byte| *byte == b'.').count();
        let dotted = prefixed || dots > 1;
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_') {
            return Err(CHARACTER);
        }
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err("it has no digit");
        }
        if text.starts_with('_') || text.ends_with('_') || text.contains("__") || text.contains("._") || text.contains("_.") {
            return Err("its underscore stands between no two digits");
        }
        let mut parts = text.split('.');
        // `.1.2` is `0.1.2`.
        if !prefixed && text.starts_with('.') {
            parts.next();
        }
        if dotted && parts.any(str::is_empty) {
            return Err("a number is missing beside a dot");
        }
        Ok(Self { text, dotted })
    }

    fn order(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.numbers(), other.numbers());
        loop {
            let (first, second) = (a.next(), b.next());
            if first.is_none() && second.is_none() {
                return Ordering::Equal;
            }
            let order = first.unwrap_or_default().order(&second.unwrap_or_default());
            if order.is_ne() {
                return order;
            }
        }
    }
}

/// A number, written with underscores, of which `missing` zeros at the end were left out.
#[derive(Default)]
struct Number<'a> {
    digits: &'a str,
    missing: usize,
}

impl Number<'_> {
    fn order(&self, other: &Self) -> Ordering {
        if self.missing == 0 && other.missing == 0 && !self.digits.contains('_') && !other.digits.contains('_') {
            return by_value(self.digits, other.digits);
        }
        self.significant().count().cmp(&other.significant().count()).then_with(|| self.significant().cmp(other.significant()))
    }

    fn significant(&self) -> impl Iterator<Item = u8> {
        self.digits.bytes().filter(|byte| *byte != b'_').chain(std::iter::repeat_n(b'0', self.missing)).skip_while(|byte| *byte == b'0')
    }
}

impl<'a> Version<'a> {
    fn numbers(&self) -> impl Iterator<Item = Number<'a>> {
        let (whole, fraction) = if self.dotted { ("", "") } else { self.text.split_once('.').unwrap_or((self.text, "")) };
        let dotted = if self.dotted { Some(self.text) } else { None };
        let mut fraction = fraction;
        let groups = std::iter::from_fn(move || {
            // Three digits, and the underscores between them.
            let mut digits = 0;
            let end = fraction.find(|character: char| {
                digits += usize::from(character != '_');
                digits > 3
            });
            let (group, rest) = fraction.split_at(end.unwrap_or(fraction.len()));
            fraction = rest;
            let digits = group.bytes().filter(|byte| *byte != b'_').count();
            (digits > 0).then(|| Number { digits: group, missing: 3 - digits })
        });
        let decimal = std::iter::once(Number { digits: whole, missing: 0 }).filter(move |_| dotted.is_none()).chain(groups);
        dotted.into_iter().flat_map(|text| text.split('.')).map(|digits| Number { digits, missing: 0 }).chain(decimal)
    }
}
