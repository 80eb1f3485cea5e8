//! Composer.
//!
//! `composer/semver`'s normalisation, then PHP's `version_compare`; checked against both.
//!
//! Up to four numbers are filled up with zeros, except in dates written with `-`. Stabilities order as dev, alpha, beta, RC, stable,
//! patch, in many spellings; `@stability` and what follows `+` or ` as ` do not count. `1.x-dev` is later than every `1.`version.
//! Branches (`dev-main`) come before all versions, as PHP has it; but a branch is not tested against the bounds of a range, since
//! nothing is known of its age.

use std::cmp::Ordering;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, take_char, take_digits, take_word};

pub(crate) struct Version<'a> {
    kind: Kind<'a>,
}

enum Kind<'a> {
    Branch(&'a str),
    Release {
        numbers: &'a str,
        /// Whether missing numbers are zeros.
        padded: bool,
        stability: Stability,
        /// The numbers after the stability.
        of: &'a str,
        dev: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stability {
    Alpha,
    Beta,
    Candidate,
    Stable,
    Patch,
}

const STABILITIES: &[(&str, Stability)] = &[
    ("stable", Stability::Stable),
    ("beta", Stability::Beta),
    ("b", Stability::Beta),
    ("rc", Stability::Candidate),
    ("alpha", Stability::Alpha),
    ("a", Stability::Alpha),
    ("patch", Stability::Patch),
    ("pl", Stability::Patch),
    ("p", Stability::Patch),
];

const WILD: &str = "9999999";

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let text = text.split_once(" as ").map_or(text, |(text, _)| text).trim_end();
        let text = match text.rsplit_once('@') {
            Some((text, "stable" | "RC" | "beta" | "alpha" | "dev")) if !text.is_empty() => text,
            _ => text,
        };
        if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(CHARACTER);
        }
        let mut branch = text;
        if take_word(&mut branch, "dev-") && !branch.is_empty() {
            return Ok(Self { kind: Kind::Branch(branch) });
        }
        if ["master", "trunk", "default"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Ok(Self { kind: Kind::Branch(text) });
        }
        let mut rest = text.split_once('+').map_or(text, |(text, _)| text);
        if !take_char(&mut rest, 'v') {
            take_char(&mut rest, 'V');
        }
        release(rest).map(|kind| Self { kind })
    }

    fn order(&self, other: &Self) -> Ordering {
        match (&self.kind, &other.kind) {
            (Kind::Branch(a), Kind::Branch(b)) => a.cmp(b),
            (Kind::Branch(_), Kind::Release { .. }) => Ordering::Less,
            (Kind::Release { .. }, Kind::Branch(_)) => Ordering::Greater,
            (
                Kind::Release { numbers, padded, stability, of, dev },
                Kind::Release { numbers: numbers_b, padded: padded_b, stability: stability_b, of: of_b, dev: dev_b },
            ) => {
                let mut a = parts(numbers, *padded, *stability, of, *dev);
                let mut b = parts(numbers_b, *padded_b, *stability_b, of_b, *dev_b);
                loop {
                    let order = match (a.next(), b.next()) {
                        (None, None) => return Ordering::Equal,
                        (a, b) => a.unwrap_or(Part::End).order(&b.unwrap_or(Part::End)),
                    };
                    if order.is_ne() {
                        return order;
                    }
                }
            }
        }
    }

    fn order_to_bound(&self, bound: &Self) -> Result<Ordering, Fault> {
        match (&self.kind, &bound.kind) {
            (Kind::Branch(_), Kind::Release { .. }) => Err("a branch has no place among the releases"),
            _ => Ok(self.order(bound)),
        }
    }

    fn release_order(&self, bound: &Self) -> Ordering {
        match (&self.kind, &bound.kind) {
            (Kind::Release { numbers, .. }, Kind::Release { numbers: bound, .. }) => {
                let (mut a, mut b) = (numbers.split(SEPARATORS), bound.split(SEPARATORS));
                loop {
                    let order = match (a.next(), b.next()) {
                        (None, None) => return Ordering::Equal,
                        (a, b) => by_value(number(a.unwrap_or("")), number(b.unwrap_or(""))),
                    };
                    if order.is_ne() {
                        return order;
                    }
                }
            }
            _ => self.order(bound),
        }
    }
}

const SEPARATORS: [char; 3] = ['.', '-', ':'];

/// `x` stands for a number after all others.
fn number(part: &str) -> &str {
    if matches!(part, "x" | "X" | "*") { WILD } else { part }
}

fn release(text: &str) -> Result<Kind<'_>, Fault> {
    let mut rest = text;
    if take_digits(&mut rest).is_empty() {
        return Err("it does not begin with a number");
    }
    let mut padded = true;
    let mut wild = false;
    loop {
        let mut ahead = rest;
        let separator = if take_char(&mut ahead, '.') {
            '.'
        } else if take_char(&mut ahead, '-') {
            '-'
        } else if take_char(&mut ahead, ':') {
            ':'
        } else {
            break;
        };
        if separator == '.' && (take_word(&mut ahead, "x") || take_char(&mut ahead, '*')) {
            wild = true;
        } else if take_digits(&mut ahead).is_empty() || (wild && separator == '.') {
            break;
        } else if separator != '.' {
            padded = false;
        }
        rest = ahead;
    }
    let numbers = text.strip_suffix(rest).unwrap_or(text);
    rest = rest.strip_prefix(['.', '-', '_']).unwrap_or(rest);
    let mut ahead = rest;
    let mut stability = Stability::Stable;
    let mut of = "";
    if let Some((_, found)) = STABILITIES.iter().find(|(word, _)| take_word(&mut ahead, word)) {
        stability = *found;
        let start = ahead;
        rest = ahead;
        loop {
            let mut number = rest.strip_prefix(['.', '-']).unwrap_or(rest);
            if take_digits(&mut number).is_empty() {
                break;
            }
            rest = number;
        }
        of = start.strip_suffix(rest).unwrap_or("");
    }
    let mut ahead = rest.strip_prefix(['.', '-']).unwrap_or(rest);
    let dev = take_word(&mut ahead, "dev");
    if dev {
        rest = ahead;
    }
    if !rest.is_empty() {
        return Err("something other than a stability follows its numbers");
    }
    if wild && !dev {
        return Err("a wildcard stands for a branch only, with `-dev` after it");
    }
    // `stable` says nothing, not even with a number.
    let of = if stability == Stability::Stable { "" } else { of };
    Ok(Kind::Release { numbers, padded, stability, of, dev })
}

/// In PHP's order, where the end of a version stands between release candidates and numbers.
enum Part<'a> {
    Dev,
    Stability(Stability),
    End,
    Number(&'a str),
    Patch,
}

impl Part<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => by_value(a, b),
            (Self::Stability(a), Self::Stability(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Dev => 0,
            Self::Stability(_) => 1,
            Self::End => 2,
            Self::Number(_) => 3,
            Self::Patch => 4,
        }
    }
}

fn parts<'a>(numbers: &'a str, padded: bool, stability: Stability, of: &'a str, dev: bool) -> impl Iterator<Item = Part<'a>> {
    // A wildcard fills the rest up with itself.
    let wild = numbers.ends_with(['x', 'X', '*']);
    let count = numbers.split(SEPARATORS).count();
    let missing = if padded { 4_usize.saturating_sub(count) } else { 0 };
    let filler = if wild { WILD } else { "" };
    let stability = match stability {
        Stability::Stable => None,
        Stability::Patch => Some(Part::Patch),
        early => Some(Part::Stability(early)),
    };
    numbers
        .split(SEPARATORS)
        .map(number)
        .chain(std::iter::repeat_n(filler, missing))
        .map(Part::Number)
        .chain(stability)
        .chain(of.split(['.', '-']).filter(|digits| !digits.is_empty()).map(Part::Number))
        .chain(dev.then_some(Part::Dev))
}
