//! Debian: `[epoch:]upstream[-revision]`.
//!
//! Debian policy 5.6.12; `deb-version(7)`; checked against `dpkg --compare-versions`.
//!
//! Runs of other characters and of digits alternate. `~` sorts before the end, letters before every other character, and a
//! missing revision equals `0`. Like dpkg, which only warns, this reads versions that do not begin with a digit.

use std::cmp::Ordering;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, is_digits, take_digits};

pub(crate) struct Version<'a> {
    epoch: &'a str,
    upstream: &'a str,
    revision: &'a str,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CHARACTER);
        }
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, _)) if !is_digits(epoch) => return Err("its epoch is not a number"),
            Some((_, "")) => return Err("nothing follows its epoch"),
            Some(parts) => parts,
            None => ("", text),
        };
        let (upstream, revision) = match rest.rsplit_once('-') {
            Some((_, "")) => return Err("its revision is empty"),
            Some(("", _)) => return Err("its upstream version is empty"),
            Some(parts) => parts,
            None => (rest, ""),
        };
        Ok(Self { epoch, upstream, revision })
    }

    fn order(&self, other: &Self) -> Ordering {
        by_value(self.epoch, other.epoch)
            .then_with(|| part_order(self.upstream, other.upstream))
            .then_with(|| part_order(self.revision, other.revision))
    }
}

fn part_order(mut a: &str, mut b: &str) -> Ordering {
    while !(a.is_empty() && b.is_empty()) {
        let (first, second) = (take_others(&mut a), take_others(&mut b));
        let end = std::iter::repeat(0);
        let length = first.len().max(second.len());
        let order = first.bytes().map(weight).chain(end.clone()).take(length).cmp(second.bytes().map(weight).chain(end).take(length));
        let order = order.then_with(|| by_value(take_digits(&mut a), take_digits(&mut b)));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn take_others<'a>(text: &mut &'a str) -> &'a str {
    crate::text::take(text, |character| !character.is_ascii_digit())
}

/// The end of a run, be it the end of the version or a digit, weighs zero.
fn weight(byte: u8) -> i32 {
    match byte {
        b'~' => -1,
        letter if letter.is_ascii_alphabetic() => i32::from(letter),
        other => i32::from(other) + 256,
    }
}
