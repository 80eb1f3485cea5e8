//! Conda.
//!
//! `conda.models.version.VersionOrder`; checked against it.
//!
//! `[epoch!]components[+local]`, components joined by `.` or `_` (or `-`, if there is no `_`), each a row of numbers and words that
//! begins with a number; where it does not, a zero is put in front. What is missing counts as zero. `*` comes before `dev`, which
//! comes before `_`, other words, numbers and `post`. A `_` at the very end is part of the last component: `1.0.1_ < 1.0.1a`.

use std::cmp::Ordering;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, is_digits, take, take_digits};

pub(crate) struct Version<'a> {
    epoch: &'a str,
    main: &'a str,
    local: Option<&'a str>,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let dashes = !text.contains('_');
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*.+!_".contains(&byte) || (byte == b'-' && dashes)) {
            return Err(CHARACTER);
        }
        let (epoch, rest) = match text.split_once('!') {
            Some((epoch, _)) if !is_digits(epoch) => return Err("its epoch is not a number"),
            Some((_, rest)) if rest.contains('!') => return Err("it has two epochs"),
            Some(parts) => parts,
            None => ("", text),
        };
        let (version, local) = match rest.split_once('+') {
            Some((_, local)) if local.contains('+') => return Err("it has two local parts"),
            Some((version, local)) => (version, Some(local)),
            None => (rest, None),
        };
        if components(version, true).any(str::is_empty) || local.is_some_and(|local| components(local, false).any(str::is_empty)) {
            return Err("a part of it is empty");
        }
        Ok(Self { epoch, main: version, local })
    }

    fn order(&self, other: &Self) -> Ordering {
        by_value(self.epoch, other.epoch).then_with(|| rows(components(self.main, true), components(other.main, true))).then_with(
            || match (self.local, other.local) {
                (None, None) => Ordering::Equal,
                (a, b) => {
                    let row = |local: Option<&'a str>| local.into_iter().flat_map(|local| components(local, false));
                    rows(row(a), row(b))
                }
            },
        )
    }

    fn starts_with(&self, prefix: &Self) -> bool {
        if let Some(local) = prefix.local {
            return by_value(self.epoch, prefix.epoch).is_eq()
                && rows(components(self.main, true), components(prefix.main, true)).is_eq()
                && self.local.is_some_and(|own| rows_start(components(own, false), components(local, false)));
        }
        by_value(self.epoch, prefix.epoch).is_eq() && rows_start(components(self.main, true), components(prefix.main, true))
    }
}

/// A dash that ends a version is an underscore.
fn small(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }
}

/// Splits at separators, but for one at the very end of a version.
fn components(text: &str, keep_last: bool) -> impl Iterator<Item = &str> {
    let last = text.len();
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let rest = text.get(from..)?;
        let found = rest.char_indices().find(|(at, character)| {
            matches!(character, '.' | '_' | '-') && !(keep_last && matches!(character, '_' | '-') && from + at + 1 == last)
        });
        let end = found.map_or(last, |(at, _)| from + at);
        start = found.map(|_| end + 1);
        text.get(from..end)
    })
}

fn rows<'a>(mut a: impl Iterator<Item = &'a str>, mut b: impl Iterator<Item = &'a str>) -> Ordering {
    loop {
        let (first, second) = (a.next(), b.next());
        if first.is_none() && second.is_none() {
            return Ordering::Equal;
        }
        let order = component_order(first.unwrap_or(""), second.unwrap_or(""));
        if order.is_ne() {
            return order;
        }
    }
}

fn component_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (Runs::of(a), Runs::of(b));
    loop {
        let (first, second) = (a.next(), b.next());
        if first.is_none() && second.is_none() {
            return Ordering::Equal;
        }
        let order = first.unwrap_or(Run::Number("")).order(&second.unwrap_or(Run::Number("")));
        if order.is_ne() {
            return order;
        }
    }
}

/// Whether the components of `prefix` are those of the other row, the last of which may go on.
fn rows_start<'a>(mut row: impl Iterator<Item = &'a str>, prefix: impl Iterator<Item = &'a str>) -> bool {
    let mut prefix = prefix.peekable();
    while let Some(wanted) = prefix.next() {
        let own = row.next().unwrap_or("");
        if prefix.peek().is_some() {
            if component_order(own, wanted).is_ne() {
                return false;
            }
            continue;
        }
        let (mut own, mut wanted) = (Runs::of(own), Runs::of(wanted).peekable());
        while let Some(run) = wanted.next() {
            let found = own.next().unwrap_or(Run::Number(""));
            let matches = match (&found, &run) {
                (Run::Word(found), Run::Word(run)) if wanted.peek().is_none() => {
                    found.get(..run.len()).is_some_and(|start| start.bytes().map(small).eq(run.bytes().map(small)))
                }
                _ => found.order(&run).is_eq(),
            };
            if !matches {
                return false;
            }
        }
    }
    true
}

/// In their order, but for the word `*`.
enum Run<'a> {
    Dev,
    Word(&'a str),
    Number(&'a str),
    Post,
}

impl Run<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => by_value(a, b),
            (Self::Word(a), Self::Word(b)) => a.bytes().map(small).cmp(b.bytes().map(small)),
            (Self::Word(word), Self::Dev) if word.starts_with('*') => Ordering::Less,
            (Self::Dev, Self::Word(word)) if word.starts_with('*') => Ordering::Greater,
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Dev => 0,
            Self::Word(_) => 1,
            Self::Number(_) => 2,
            Self::Post => 3,
        }
    }
}

struct Runs<'a> {
    rest: &'a str,
    first: bool,
}

impl<'a> Runs<'a> {
    fn of(component: &'a str) -> Self {
        Self { rest: component, first: true }
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = Run<'a>;

    fn next(&mut self) -> Option<Run<'a>> {
        let first = std::mem::replace(&mut self.first, false);
        let start = self.rest.chars().next()?;
        if start.is_ascii_digit() {
            return Some(Run::Number(take_digits(&mut self.rest)));
        }
        if first {
            return Some(Run::Number(""));
        }
        let word = match start {
            '*' => take(&mut self.rest, |character| character == '*'),
            _ => take(&mut self.rest, |character| character != '*' && !character.is_ascii_digit()),
        };
        Some(match word {
            word if word.eq_ignore_ascii_case("dev") => Run::Dev,
            word if word.eq_ignore_ascii_case("post") => Run::Post,
            word => Run::Word(word),
        })
    }
}
