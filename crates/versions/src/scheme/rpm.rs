//! RPM: `[epoch:]version[-release]`.
//!
//! `rpm-version(7)`, `rpmvercmp`; checked against `rpm.vercmp`.
//!
//! A version is a row of segments of digits or ASCII letters; every other character only separates them, so `1.0` equals
//! `1_0`. `~` sorts before the end, `^` after the end and before every segment, and a missing epoch is `0`. A version without
//! a release comes before the same version with one, but as the bound of a range it stands for all its releases, as in the
//! dependencies of packages.

use std::cmp::Ordering;

use super::Readable;
use crate::error::Fault;
use crate::text::{by_value, is_digits, take};

pub(crate) struct Version<'a> {
    epoch: &'a str,
    upstream: &'a str,
    release: Option<&'a str>,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let (epoch, upstream, release) = split(text)?;
        Ok(Self { epoch, upstream, release })
    }

    fn order(&self, other: &Self) -> Ordering {
        self.order_without_release(other).then_with(|| match (self.release, other.release) {
            (Some(a), Some(b)) => part_order(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
    }

    fn order_to_bound(&self, bound: &Self) -> Result<Ordering, Fault> {
        Ok(if bound.release.is_some() { self.order(bound) } else { self.order_without_release(bound) })
    }
}

impl Version<'_> {
    fn order_without_release(&self, other: &Self) -> Ordering {
        by_value(self.epoch, other.epoch).then_with(|| part_order(self.upstream, other.upstream))
    }
}

/// Epoch, version and release, which Arch Linux writes the same way.
pub(super) fn split(text: &str) -> Result<(&str, &str, Option<&str>), Fault> {
    if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(crate::error::CHARACTER);
    }
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if epoch.is_empty() || is_digits(epoch) => (epoch, rest),
        _ => ("", text),
    };
    let (version, release) = match rest.rsplit_once('-') {
        Some((version, release)) => (version, Some(release)),
        None => (rest, None),
    };
    Ok((epoch, version, release))
}

fn part_order(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let (first, second) = (segment(&mut a), segment(&mut b));
        match first.order(&second) {
            Ordering::Equal if matches!(first, Segment::End) => return Ordering::Equal,
            Ordering::Equal => {}
            different => return different,
        }
    }
}

/// In their order.
enum Segment<'a> {
    Tilde,
    End,
    Caret,
    Letters(&'a str),
    Digits(&'a str),
}

impl Segment<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Letters(a), Self::Letters(b)) => a.cmp(b),
            (Self::Digits(a), Self::Digits(b)) => by_value(a, b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Tilde => 0,
            Self::End => 1,
            Self::Caret => 2,
            Self::Letters(_) => 3,
            Self::Digits(_) => 4,
        }
    }
}

fn segment<'a>(text: &mut &'a str) -> Segment<'a> {
    take(text, |character| !character.is_ascii_alphanumeric() && character != '~' && character != '^');
    match text.chars().next() {
        None => Segment::End,
        Some('~') => {
            take_one(text);
            Segment::Tilde
        }
        Some('^') => {
            take_one(text);
            Segment::Caret
        }
        Some(digit) if digit.is_ascii_digit() => Segment::Digits(crate::text::take_digits(text)),
        Some(_) => Segment::Letters(take(text, |character| character.is_ascii_alphabetic())),
    }
}

fn take_one(text: &mut &str) {
    let mut characters = text.chars();
    characters.next();
    *text = characters.as_str();
}
