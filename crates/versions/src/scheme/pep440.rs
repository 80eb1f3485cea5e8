//! Python: PEP 440.
//!
//! <https://packaging.python.org/specifications/version-specifiers/>; checked against `packaging`.
//!
//! `[epoch!]release[pre][post][dev][+local]`, in any of the spellings that the specification normalises: `1.0-RC1`, `1.0.c1` and
//! `1.0rc1` are one version. Against the bound of a range the local part counts only if the bound has one. Versions from before PEP
//! 440 are not read.

use std::cmp::Ordering;

use super::Readable;
use crate::error::Fault;
use crate::text::{by_value, dotted, ignoring_case, is_digits, take, take_char, take_digits, take_word};

pub(crate) struct Version<'a> {
    epoch: &'a str,
    release: &'a str,
    pre: Option<(Pre, &'a str)>,
    post: Option<&'a str>,
    dev: Option<&'a str>,
    local: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pre {
    Alpha,
    Beta,
    Candidate,
}

const PRE: &[(&str, Pre)] = &[
    ("alpha", Pre::Alpha),
    ("a", Pre::Alpha),
    ("beta", Pre::Beta),
    ("b", Pre::Beta),
    ("preview", Pre::Candidate),
    ("pre", Pre::Candidate),
    ("rc", Pre::Candidate),
    ("c", Pre::Candidate),
];

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let mut rest = text;
        take_word(&mut rest, "v");
        let epoch = match rest.split_once('!') {
            Some((epoch, after)) if is_digits(epoch) => {
                rest = after;
                epoch
            }
            Some(_) => return Err("its epoch is not a number"),
            None => "",
        };
        let release = take_release(&mut rest).ok_or("it does not begin with a number")?;
        let pre = PRE.iter().find_map(|(word, stage)| tagged(&mut rest, word).map(|number| (*stage, number)));
        let post = implicit_post(&mut rest).or_else(|| ["post", "rev", "r"].iter().find_map(|word| tagged(&mut rest, word)));
        let dev = tagged(&mut rest, "dev");
        let local = rest.strip_prefix('+');
        match local {
            Some(local)
                if local.split(['.', '-', '_']).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric())) => {}
            Some(_) => return Err("its local part is malformed"),
            None if rest.is_empty() => {}
            None => return Err("something other than a pre-release, a post-release or a local part follows its numbers"),
        }
        Ok(Self { epoch, release, pre, post, dev, local })
    }

    fn order(&self, other: &Self) -> Ordering {
        self.public_order(other).then_with(|| match (self.local, other.local) {
            (Some(a), Some(b)) => local_order(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
    }

    fn order_to_bound(&self, bound: &Self) -> Result<Ordering, Fault> {
        Ok(if bound.local.is_some() { self.order(bound) } else { self.public_order(bound) })
    }

    fn release_order(&self, bound: &Self) -> Ordering {
        by_value(self.epoch, bound.epoch).then_with(|| dotted(self.release, bound.release))
    }

    fn starts_with(&self, prefix: &Self) -> bool {
        let end_of_prefix = prefix.pre.is_none() && prefix.post.is_none();
        by_value(self.epoch, prefix.epoch).is_eq()
            && if end_of_prefix {
                let mut own = self.release.split('.');
                prefix.release.split('.').all(|part| by_value(own.next().unwrap_or(""), part).is_eq())
            } else {
                dotted(self.release, prefix.release).is_eq()
                    && numbered(self.pre, prefix.pre).is_eq()
                    && (prefix.post.is_none() || optional(self.post, prefix.post).is_eq())
            }
    }

    fn is_addition_to(&self, bound: &Self) -> bool {
        self.post.is_some()
            && bound.post.is_none()
            && bound.dev.is_none()
            && self.release_order(bound).is_eq()
            && numbered(self.pre, bound.pre).is_eq()
    }
}

impl Version<'_> {
    fn public_order(&self, other: &Self) -> Ordering {
        // Where a stage is missing: no pre-release comes after every pre-release, but a development version of the release itself
        // before all of them; no post-release before, and no development version after, all that have one.
        let pre = |version: &Self| match version.pre {
            Some(_) => 1,
            None if version.post.is_none() && version.dev.is_some() => 0,
            None => 2,
        };
        self.release_order(other)
            .then_with(|| pre(self).cmp(&pre(other)))
            .then_with(|| numbered(self.pre, other.pre))
            .then_with(|| optional(self.post, other.post))
            .then_with(|| match (self.dev, other.dev) {
                (Some(a), Some(b)) => by_value(a, b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            })
    }
}

fn numbered(a: Option<(Pre, &str)>, b: Option<(Pre, &str)>) -> Ordering {
    match (a, b) {
        (Some((stage, number)), Some((other, other_number))) => stage.cmp(&other).then_with(|| by_value(number, other_number)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn optional(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => by_value(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn local_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split(['.', '-', '_']), b.split(['.', '-', '_']));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => match (is_digits(a), is_digits(b)) {
                (true, true) => by_value(a, b),
                (false, false) => ignoring_case(a, b),
                (a, b) => a.cmp(&b),
            },
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Digits joined by dots; a dot that no digit follows belongs to what comes next.
fn take_release<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let start = *rest;
    if take_digits(rest).is_empty() {
        return None;
    }
    loop {
        let mut ahead = *rest;
        if !take_char(&mut ahead, '.') || take_digits(&mut ahead).is_empty() {
            return start.strip_suffix(*rest);
        }
        *rest = ahead;
    }
}

/// Takes `[-_.]word[-_.]number`; a missing number is zero, and the separator before it may stand there all the same.
fn tagged<'a>(rest: &mut &'a str, word: &str) -> Option<&'a str> {
    let separator = |character| matches!(character, '.' | '-' | '_');
    let mut ahead = rest.strip_prefix(separator).unwrap_or(rest);
    if !take_word(&mut ahead, word) {
        return None;
    }
    ahead = ahead.strip_prefix(separator).unwrap_or(ahead);
    let digits = take_digits(&mut ahead);
    *rest = ahead;
    Some(digits)
}

/// Takes `-number`.
fn implicit_post<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let mut ahead = rest.strip_prefix('-')?;
    let digits = take(&mut ahead, |character| character.is_ascii_digit());
    if digits.is_empty() {
        return None;
    }
    *rest = ahead;
    Some(digits)
}
