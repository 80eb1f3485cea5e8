//! Semantic versions and the ecosystems that are close to them: npm, Hex, Swift, Julia, Pub, NuGet, Bitnami.
//!
//! <https://semver.org>; checked against node-semver, Elixir's `Version`, `NuGet.Versioning` and `golang.org/x/mod/semver`.
//!
//! Numbers compare by value whatever their length and leading zeros, missing numbers are zero, and any count of numbers is read:
//! what the registries hold is not always what their own documentation allows. The differences between the ecosystems are the
//! constants of [`Rules`].

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, dotted, ignoring_case, is_digits, take, take_char};

pub(crate) trait Rules {
    /// `1.2.3rc1` is `1.2.3-rc1`.
    const GLUED: bool = false;
    /// What follows `+` counts when all else is equal.
    const BUILD_IS_ORDERED: bool = false;
    /// `1.0.0-RC` equals `1.0.0-rc`.
    const IGNORES_CASE: bool = false;
    /// `1.2.3-4` comes after `1.2.3`.
    const SUFFIX_IS_REVISION: bool = false;
    /// `1.0.0-` and `1.0.0+` are versions.
    const EMPTY_TAGS: bool = false;
    /// How many numbers there may be.
    const MOST: usize = usize::MAX;
}

/// Whatever looks like a semantic version.
pub(crate) struct Lenient;
impl Rules for Lenient {
    const GLUED: bool = true;
}

/// What node-semver reads when it is loose.
pub(crate) struct Npm;
impl Rules for Npm {
    const GLUED: bool = true;
    const MOST: usize = 3;
}

/// Hex and Swift.
pub(crate) struct Plain;
impl Rules for Plain {}

pub(crate) struct Nuget;
impl Rules for Nuget {
    const IGNORES_CASE: bool = true;
}

/// Julia ranks `1.0.0-` before every other pre-release, and builds, because repackaged libraries differ in nothing else.
pub(crate) struct Julia;
impl Rules for Julia {
    const GLUED: bool = true;
    const BUILD_IS_ORDERED: bool = true;
    const EMPTY_TAGS: bool = true;
}

pub(crate) struct Pub;
impl Rules for Pub {
    const BUILD_IS_ORDERED: bool = true;
}

pub(crate) struct Bitnami;
impl Rules for Bitnami {
    const SUFFIX_IS_REVISION: bool = true;
}

pub(crate) struct Version<'a, R> {
    pub(super) numbers: &'a str,
    pub(super) tag: Option<&'a str>,
    build: Option<&'a str>,
    rules: PhantomData<R>,
}

impl<'a, R: Rules> Readable<'a> for Version<'a, R> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let mut rest = text.trim_start_matches(['=', ' ']);
        if !take_char(&mut rest, 'v') {
            take_char(&mut rest, 'V');
        }
        rest = rest.trim_start();
        let numbers = take_numbers(&mut rest)?;
        if numbers.split('.').count() > R::MOST {
            return Err("it has too many numbers");
        }
        let (rest, build) = match rest.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (rest, None),
        };
        let tag = match rest.strip_prefix('-') {
            // A dash that no identifier follows is one itself, as node-semver has it.
            Some(tag) if R::MOST == 3 && (tag.is_empty() || tag.starts_with('.')) => Some(rest),
            Some(tag) => Some(tag),
            None if rest.is_empty() => None,
            None if R::GLUED && rest.starts_with(|character: char| character.is_ascii_alphabetic()) => Some(rest),
            None => return Err("something other than a pre-release follows its numbers"),
        };
        for identifiers in [tag, build].into_iter().flatten() {
            if identifiers.is_empty() && R::EMPTY_TAGS {
                continue;
            }
            if identifiers.split('.').any(str::is_empty) {
                return Err("a pre-release or build identifier is empty");
            }
            if !identifiers.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_~".contains(&byte)) {
                return Err(CHARACTER);
            }
        }
        Ok(Self { numbers, tag, build, rules: PhantomData })
    }

    fn order(&self, other: &Self) -> Ordering {
        let tags = || match (self.tag, other.tag) {
            (Some(a), Some(b)) => identifiers(a, b, R::IGNORES_CASE),
            (a, b) if R::SUFFIX_IS_REVISION => a.is_some().cmp(&b.is_some()),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        let builds = || match (self.build, other.build) {
            _ if !R::BUILD_IS_ORDERED => Ordering::Equal,
            (Some(a), Some(b)) => identifiers(a, b, false),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        self.release_order(other).then_with(tags).then_with(builds)
    }

    fn release_order(&self, bound: &Self) -> Ordering {
        dotted(self.numbers, bound.numbers)
    }
}

/// Takes digits joined by single dots.
pub(super) fn take_numbers<'a>(text: &mut &'a str) -> Result<&'a str, Fault> {
    let numbers = take(text, |character| character.is_ascii_digit() || character == '.');
    if numbers.is_empty() {
        Err("it does not begin with a number")
    } else if numbers.split('.').all(is_digits) {
        Ok(numbers)
    } else {
        Err("a number is missing beside a dot")
    }
}

/// Compares dotted identifiers: numbers by value and before words, words as text, and the longer row after its own beginning.
pub(super) fn identifiers(a: &str, b: &str, ignore_case: bool) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => identifier(a, b, ignore_case),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

pub(super) fn identifier(a: &str, b: &str, ignore_case: bool) -> Ordering {
    let rank = |text: &str| match text {
        "" => 0,
        digits if is_digits(digits) => 1,
        _ => 2,
    };
    match (rank(a), rank(b)) {
        (1, 1) => by_value(a, b),
        (2, 2) if ignore_case => ignoring_case(a, b),
        (2, 2) => a.cmp(b),
        (a, b) => a.cmp(&b),
    }
}
