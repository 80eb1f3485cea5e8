//! Arch Linux: `[epoch:]version[-release]`.
//!
//! `vercmp(8)`; checked against `vercmp`.
//!
//! Segments as in RPM, but the number of separators before a segment counts (more is later), and letters right after digits
//! come before the end: `1.0a < 1.0 < 1.0.a < 1.0.1`.
//!
//! `vercmp` is no order where a separator stands last (`1.1 < 1..a < 1.. < 1.1`) and where only one of two versions has a release
//! (`1-1` and `1-2` both equal `1`). So the former are not read, and a version without a release comes before the same version
//! with one; as the bound of a range it stands for all its releases.

use std::cmp::Ordering;

use super::Readable;
use crate::error::Fault;
use crate::text::{by_value, take, take_digits};

pub(crate) struct Version<'a> {
    epoch: &'a str,
    upstream: &'a str,
    release: Option<&'a str>,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let (epoch, upstream, release) = super::rpm::split(text)?;
        let ends_in_separator = |part: &str| !part.ends_with(|character: char| character.is_ascii_alphanumeric());
        if ends_in_separator(upstream) || release.is_some_and(ends_in_separator) {
            return Err("a separator stands at its end");
        }
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

fn part_order(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let (first, second) = (segment(&mut a), segment(&mut b));
        let order = match (&first, &second) {
            (None, None) => return Ordering::Equal,
            (None, Some(segment)) => segment.order_to_end().reverse(),
            (Some(segment), None) => segment.order_to_end(),
            (Some(first), Some(second)) => first.order(second),
        };
        if order.is_ne() {
            return order;
        }
    }
}

struct Segment<'a> {
    /// Bytes, not characters: that is what `vercmp` counts.
    separators: usize,
    text: &'a str,
    is_number: bool,
}

impl Segment<'_> {
    fn order(&self, other: &Self) -> Ordering {
        self.separators.cmp(&other.separators).then_with(|| match (self.is_number, other.is_number) {
            (true, true) => by_value(self.text, other.text),
            (false, false) => self.text.cmp(other.text),
            (a, b) => a.cmp(&b),
        })
    }

    fn order_to_end(&self) -> Ordering {
        if self.separators == 0 && !self.is_number { Ordering::Less } else { Ordering::Greater }
    }
}

fn segment<'a>(text: &mut &'a str) -> Option<Segment<'a>> {
    let separators = take(text, |character| !character.is_ascii_alphanumeric()).len();
    let is_number = text.chars().next()?.is_ascii_digit();
    let text = if is_number { take_digits(text) } else { take(text, |character| character.is_ascii_alphabetic()) };
    Some(Segment { separators, text, is_number })
}
