//! Conan 2.
//!
//! `conan.tools.scm.Version`; checked against it.
//!
//! `items[-pre-release][+build]`, each a row of dotted items that may be any text; zeros at the end do not count and builds are
//! ordered. Conan compares two numbers by value and everything else as text, which makes circles (`2 < 10 < 1a < 2`). Here an item
//! compares by the number it begins with, then by the text after it, so `1a < 2 < 10 < 10a`, and text without a number comes last.

use std::cmp::Ordering;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, is_zero, take_char, take_digits};

pub(crate) struct Version<'a> {
    items: &'a str,
    tag: Option<&'a str>,
    build: Option<&'a str>,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CHARACTER);
        }
        let mut rest = text;
        if take_char(&mut rest, 'v') && !rest.starts_with(|character: char| character.is_ascii_digit()) {
            rest = text;
        }
        let (rest, build) = rest.rsplit_once('+').map_or((rest, None), |(rest, build)| (rest, Some(build)));
        let (items, tag) = rest.split_once('-').map_or((rest, None), |(items, tag)| (items, Some(tag)));
        Ok(Self { items, tag, build })
    }

    fn order(&self, other: &Self) -> Ordering {
        self.release_order(other)
            .then_with(|| match (self.tag, other.tag) {
                (Some(a), Some(b)) => row_order(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            })
            .then_with(|| match (self.build, other.build) {
                (Some(a), Some(b)) => row_order(a, b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            })
    }

    fn release_order(&self, bound: &Self) -> Ordering {
        row_order(self.items, bound.items)
    }
}

fn row_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (significant(a), significant(b));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => item_order(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The items without zeros at the end.
fn significant(text: &str) -> impl Iterator<Item = &str> {
    let is_null = |item: &str| !item.is_empty() && is_zero(item);
    let count = text.split('.').count();
    let zeros = text.rsplit('.').take_while(|item| is_null(item)).count();
    text.split('.').take(count - zeros)
}

fn item_order(mut a: &str, mut b: &str) -> Ordering {
    let (first, second) = (take_digits(&mut a), take_digits(&mut b));
    match (first.is_empty() && !a.is_empty(), second.is_empty() && !b.is_empty()) {
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => first.is_empty().cmp(&second.is_empty()).reverse().then_with(|| by_value(first, second)).then_with(|| a.cmp(b)),
    }
}
