//! RubyGems, also CocoaPods.
//!
//! `Gem::Version`; checked against it.
//!
//! A version is a row of numbers and words. Words come before numbers and so make a pre-release, `-` reads as `.pre.`, and zeros
//! at the end and before the first word do not count: `1.0.a` equals `1.a`.

use std::cmp::Ordering;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, is_zero, take, take_char, take_digits};

pub(crate) struct Version<'a> {
    text: &'a str,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        if !text.starts_with(|character: char| character.is_ascii_digit()) {
            return Err("it does not begin with a number");
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-') {
            return Err(CHARACTER);
        }
        let (release, rest) = text.split_once('-').map_or((text, None), |(release, rest)| (release, Some(rest)));
        let mut parts = release.split('.').chain(rest.into_iter().flat_map(|rest| rest.split('.')));
        if parts.any(str::is_empty) {
            return Err("a part of it is empty");
        }
        Ok(Self { text })
    }

    fn order(&self, other: &Self) -> Ordering {
        ordered(Segments::of(self.text), Segments::of(other.text))
    }

    fn release_order(&self, bound: &Self) -> Ordering {
        let is_number = |segment: &Segment<'_>| matches!(segment, Segment::Number(_));
        ordered(Segments::of(self.text).take_while(is_number), Segments::of(bound.text).take_while(is_number))
    }
}

fn ordered<'a>(mut a: impl Iterator<Item = Segment<'a>>, mut b: impl Iterator<Item = Segment<'a>>) -> Ordering {
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => a.unwrap_or(Segment::Number("")).order(&b.unwrap_or(Segment::Number(""))),
        };
        if order.is_ne() {
            return order;
        }
    }
}

enum Segment<'a> {
    Word(&'a str),
    Number(&'a str),
}

impl Segment<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => by_value(a, b),
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
        }
    }
}

/// The segments without the zeros that do not count.
struct Segments<'a> {
    rest: &'a str,
    /// No word has come yet: zeros before the first one do not count.
    before_words: bool,
    /// How many zeros come next that were looked past and do count.
    zeros: usize,
}

impl<'a> Segments<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text, before_words: true, zeros: 0 }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let segment = raw(&mut self.rest)?;
        let is_null = |segment: &Segment<'_>| matches!(segment, Segment::Number(digits) if is_zero(digits));
        if self.zeros > 0 {
            self.zeros -= 1;
            return Some(segment);
        }
        if !is_null(&segment) {
            self.before_words &= matches!(segment, Segment::Number(_));
            return Some(segment);
        }
        let mut ahead = self.rest;
        let mut zeros = 0;
        loop {
            let before = ahead;
            match raw(&mut ahead) {
                None => {
                    self.rest = "";
                    return None;
                }
                Some(next) if is_null(&next) => zeros += 1,
                Some(Segment::Word(_)) if self.before_words => {
                    self.rest = before;
                    return self.next();
                }
                Some(_) => {
                    self.zeros = zeros;
                    return Some(segment);
                }
            }
        }
    }
}

/// The next segment as written. A dash reads as `.pre.`.
fn raw<'a>(rest: &mut &'a str) -> Option<Segment<'a>> {
    take(rest, |character| character == '.');
    match rest.chars().next()? {
        '-' => {
            take_char(rest, '-');
            Some(Segment::Word("pre"))
        }
        digit if digit.is_ascii_digit() => Some(Segment::Number(take_digits(rest))),
        _ => Some(Segment::Word(take(rest, |character| character.is_ascii_alphabetic()))),
    }
}
