//! Rows of numbers: CRAN and Hackage.
//!
//! R's `numeric_version`, Haskell's `Data.Version`; checked against both.
//!
//! R writes `-` for any of the dots and takes missing numbers for zeros. In Haskell a longer row comes after its own beginning, so
//! `1.2 < 1.2.0`.

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, is_digits};

pub(crate) trait Rules {
    const SEPARATORS: &'static [char];
    /// Whether `1.0` equals `1.0.0`, or comes before it.
    const MISSING_IS_ZERO: bool;
}

pub(crate) struct Cran;
impl Rules for Cran {
    const SEPARATORS: &'static [char] = &['.', '-'];
    const MISSING_IS_ZERO: bool = true;
}

pub(crate) struct Hackage;
impl Rules for Hackage {
    const SEPARATORS: &'static [char] = &['.'];
    const MISSING_IS_ZERO: bool = false;
}

pub(crate) struct Version<'a, R> {
    text: &'a str,
    rules: PhantomData<R>,
}

impl<'a, R: Rules> Readable<'a> for Version<'a, R> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        if text.contains(|character: char| !character.is_ascii_digit() && !R::SEPARATORS.contains(&character)) {
            return Err(CHARACTER);
        }
        if !text.split(R::SEPARATORS).all(is_digits) {
            return Err("a number is missing beside a separator");
        }
        Ok(Self { text, rules: PhantomData })
    }

    fn order(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.text.split(R::SEPARATORS), other.text.split(R::SEPARATORS));
        loop {
            let order = match (a.next(), b.next()) {
                (None, None) => return Ordering::Equal,
                (Some(a), Some(b)) => by_value(a, b),
                (a, b) if R::MISSING_IS_ZERO => by_value(a.unwrap_or(""), b.unwrap_or("")),
                (a, b) => a.is_some().cmp(&b.is_some()),
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}
