//! Alpine: `number{.number}[letter]{_suffix[number]}[~hash][-r number]`.
//!
//! The package specification of apk-tools; checked against `apk version -t`.
//!
//! Numbers after the first compare as text when one of them begins with `0`, so `1.09 < 1.1` and `1.1 < 1.10`. The suffixes alpha,
//! beta, pre and rc come before the version without them, cvs, svn, git, hg and p after it. Where one version goes on and the
//! other does not, the kind of part decides: `1_p < 1a < 1.0`.

use std::cmp::Ordering;

use super::Readable;
use crate::error::Fault;
use crate::text::{by_value, take, take_char, take_digits};

pub(crate) struct Version<'a> {
    text: &'a str,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        for part in Parts::of(text) {
            part?;
        }
        Ok(Self { text })
    }

    fn order(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (Parts::of(self.text).flatten(), Parts::of(other.text).flatten());
        loop {
            let (first, second) = (a.next(), b.next());
            if first.is_none() && second.is_none() {
                return Ordering::Equal;
            }
            let order = part_order(first.as_ref(), second.as_ref());
            if order.is_ne() {
                return order;
            }
        }
    }

    /// What `~version` means in a dependency: every part of the prefix is there.
    fn starts_with(&self, prefix: &Self) -> bool {
        let mut parts = Parts::of(self.text).flatten();
        Parts::of(prefix.text).flatten().all(|wanted| part_order(parts.next().as_ref(), Some(&wanted)).is_eq())
    }
}

enum Part<'a> {
    First(&'a str),
    Number(&'a str),
    Letter(char),
    Suffix(i8),
    SuffixNumber(&'a str),
    Hash(&'a str),
    Revision(&'a str),
}

impl Part<'_> {
    /// The earlier the kind may stand, the later the version that has it where the other has something else.
    fn place(&self) -> u8 {
        match self {
            Self::First(_) => 0,
            Self::Number(_) => 1,
            Self::Letter(_) => 2,
            Self::Suffix(_) => 3,
            Self::SuffixNumber(_) => 4,
            Self::Hash(_) => 5,
            Self::Revision(_) => 6,
        }
    }
}

fn part_order(a: Option<&Part<'_>>, b: Option<&Part<'_>>) -> Ordering {
    match (a, b) {
        (Some(Part::Number(a)), Some(Part::Number(b))) if a.starts_with('0') || b.starts_with('0') => a.cmp(b),
        (Some(Part::First(a)), Some(Part::First(b)))
        | (Some(Part::Number(a)), Some(Part::Number(b)))
        | (Some(Part::SuffixNumber(a)), Some(Part::SuffixNumber(b)))
        | (Some(Part::Revision(a)), Some(Part::Revision(b))) => by_value(a, b),
        (Some(Part::Letter(a)), Some(Part::Letter(b))) => a.cmp(b),
        (Some(Part::Suffix(a)), Some(Part::Suffix(b))) => a.cmp(b),
        (Some(Part::Hash(a)), Some(Part::Hash(b))) => a.cmp(b),
        (Some(Part::Suffix(early)), _) if *early < 0 => Ordering::Less,
        (_, Some(Part::Suffix(early))) if *early < 0 => Ordering::Greater,
        (a, b) => {
            let place = |part: Option<&Part<'_>>| part.map_or(u8::MAX, Part::place);
            place(b).cmp(&place(a))
        }
    }
}

/// Negative are those that come before the version without a suffix.
fn suffix(word: &str) -> Option<i8> {
    Some(match word {
        "alpha" => -4,
        "beta" => -3,
        "pre" => -2,
        "rc" => -1,
        "cvs" => 1,
        "svn" => 2,
        "git" => 3,
        "hg" => 4,
        "p" => 5,
        _ => return None,
    })
}

struct Parts<'a> {
    rest: &'a str,
    /// The place of the last part: places never go back, and numbers and suffixes alone may repeat.
    last: Option<u8>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text, last: None }
    }

    fn part(&mut self) -> Result<Part<'a>, Fault> {
        const ORDER: Fault = "its parts are out of order";
        let number = |rest: &mut &'a str| match take_digits(rest) {
            "" => Err("a number is missing"),
            digits => Ok(digits),
        };
        let Some(last) = self.last else {
            return number(&mut self.rest).map(Part::First);
        };
        match self.rest.chars().next() {
            Some(letter @ 'a'..='z') if last <= 1 => {
                take_char(&mut self.rest, letter);
                Ok(Part::Letter(letter))
            }
            Some('.') if last <= 1 => {
                take_char(&mut self.rest, '.');
                number(&mut self.rest).map(Part::Number)
            }
            Some('0'..='9') if last == 3 => number(&mut self.rest).map(Part::SuffixNumber),
            Some('_') if last <= 4 => {
                take_char(&mut self.rest, '_');
                let word = take(&mut self.rest, |character| character.is_ascii_lowercase());
                suffix(word).map(Part::Suffix).ok_or("its suffix is unknown")
            }
            Some('~') if last < 5 => {
                take_char(&mut self.rest, '~');
                match take(&mut self.rest, |character| matches!(character, '0'..='9' | 'a'..='f')) {
                    "" => Err("its commit hash is empty"),
                    hash => Ok(Part::Hash(hash)),
                }
            }
            Some('-') if last < 6 => {
                take_char(&mut self.rest, '-');
                if take_char(&mut self.rest, 'r') {
                    number(&mut self.rest).map(Part::Revision)
                } else {
                    Err("its revision does not begin with `-r`")
                }
            }
            Some('a'..='z' | '.' | '0'..='9' | '_' | '~' | '-') => Err(ORDER),
            _ => Err(crate::error::CHARACTER),
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Result<Part<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() && self.last.is_some() {
            return None;
        }
        let part = self.part();
        if let Ok(part) = &part {
            self.last = Some(part.place());
        } else {
            (self.rest, self.last) = ("", Some(u8::MAX));
        }
        Some(part)
    }
}
