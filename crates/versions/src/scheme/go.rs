//! Go modules, and the versions of Go itself.
//!
//! <https://go.dev/ref/mod#versions>, <https://go.dev/doc/toolchain#version>; checked against `golang.org/x/mod/semver` and the
//! comparison that the `go` command makes of toolchains.
//!
//! Module versions are semantic versions; `v` may be missing, pseudo-versions are pre-releases and `+incompatible` is a build.
//! `1.21rc1` is a pre-release of `1.21.0`, with its number compared by value. With `go` in front a version is that of a toolchain:
//! from 1.21 on `go1.21` names the language and comes before `go1.21rc1`, and what a vendor appends (`go1.21.3-vendor`) or an
//! experiment (`go1.21.3 X:name`) does not count.

use std::cmp::Ordering;

use super::Readable;
use super::semver::{identifier, identifiers, take_numbers};
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, dotted, is_digits, take, take_char, take_word};

pub(crate) struct Version<'a> {
    numbers: &'a str,
    stage: Stage<'a>,
}

/// In their order.
enum Stage<'a> {
    /// `go1.21`: the language, older than every release of it.
    Language,
    /// `-rc.1`
    Tagged(&'a str),
    /// `rc1`
    Glued(&'a str, &'a str),
    Release,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let mut rest = text;
        let toolchain = take_word(&mut rest, "go");
        if toolchain {
            rest = take(&mut rest, |character| !matches!(character, ' ' | '-' | '+'));
        } else {
            take_char(&mut rest, 'v');
        }
        let numbers = take_numbers(&mut rest)?;
        if toolchain && rest.is_empty() {
            let mut parts = numbers.split('.').skip(1);
            let language = matches!((parts.next(), parts.next()), (Some(minor), None) if by_value(minor, "21").is_ge());
            return Ok(Self { numbers, stage: if language { Stage::Language } else { Stage::Release } });
        }
        let (rest, build) = rest.split_once('+').map_or((rest, None), |(rest, build)| (rest, Some(build)));
        let stage = match rest.strip_prefix('-') {
            Some(tag) => Stage::Tagged(tag),
            None if rest.is_empty() => Stage::Release,
            None => {
                let mut number = rest;
                let word = take(&mut number, |character| character.is_ascii_lowercase());
                if word.is_empty() || !(number.is_empty() || is_digits(number)) {
                    return Err("something other than a pre-release follows its numbers");
                }
                Stage::Glued(word, number)
            }
        };
        let tag = if let Stage::Tagged(tag) = stage { Some(tag) } else { None };
        for identifiers in [tag, build].into_iter().flatten() {
            if identifiers.split('.').any(str::is_empty) {
                return Err("a pre-release or build identifier is empty");
            }
            if !identifiers.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
                return Err(CHARACTER);
            }
        }
        Ok(Self { numbers, stage })
    }

    fn order(&self, other: &Self) -> Ordering {
        self.release_order(other).then_with(|| self.stage.order(&other.stage))
    }

    fn release_order(&self, bound: &Self) -> Ordering {
        dotted(self.numbers, bound.numbers)
    }
}

impl Stage<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Tagged(a), Self::Tagged(b)) => identifiers(a, b, false),
            (Self::Glued(word, number), Self::Glued(other_word, other_number)) => word
                .cmp(other_word)
                .then_with(|| number.is_empty().cmp(&other_number.is_empty()).reverse())
                .then_with(|| by_value(number, other_number)),
            (Self::Glued(word, number), Self::Tagged(tag)) => glued(word, number, tag),
            (Self::Tagged(tag), Self::Glued(word, number)) => glued(word, number, tag).reverse(),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Language => 0,
            Self::Tagged(_) | Self::Glued(..) => 1,
            Self::Release => 2,
        }
    }
}

/// Compares `rc1` with a tag as if it were written `rc.1`.
fn glued(word: &str, number: &str, tag: &str) -> Ordering {
    let mut parts = tag.split('.');
    let first = parts.next().map_or(Ordering::Greater, |part| identifier(word, part, false));
    first.then_with(|| match (number, parts.next()) {
        ("", None) => Ordering::Equal,
        ("", Some(_)) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (number, Some(part)) => identifier(number, part, false).then(if parts.next().is_some() { Ordering::Less } else { Ordering::Equal }),
    })
}
