//! Ranges of versions.
//!
//! One reader for all schemes: comparisons (`>= 1.2, < 1.5`), intervals (`[1.0,2.0)`), and what single ecosystems add: wildcards,
//! `~`, `~>`, `^`, `~=`, `===`, `1.0 - 2.0`. Comma and white space mean "and", `||` means "or".
//!
//! These are ranges of advisories. So `<`, `<=`, `>` and `>=` ask the order and nothing else, and pre-releases are compared like all
//! other versions; what package managers do to keep pre-releases out of an installation is not done, since that would hide
//! vulnerable ones. Only what is short for a range (`^1.2`, `1.*`) leaves out the pre-releases of its end. And a bare version means that
//! version, though Cargo and Julia would read `^` and NuGet `>=` into it.

use std::cmp::Ordering;
use std::fmt;

use crate::Scheme;
use crate::error::{ConstraintError, EMPTY, Fault, VersionError};
use crate::scheme::{Readable, read, with_scheme};
use crate::text::{is_digits, successor, take, take_char, take_digits, take_word};

/// A range longer than this is not read; the longest in public advisories have a few kilobytes.
const LONGEST: usize = 1 << 18;

const WILD: Fault = "a wildcard stands where this scheme has none";
const OPERATOR: Fault = "this scheme has no such operator";
const NO_VERSION: Fault = "an operator has no version";
const INTERVAL: Fault = "its intervals are malformed";

/// A range of versions of one scheme.
///
/// | written | means | in |
/// |---|---|---|
/// | `>= 1.2, < 1.5` | both; white space does as well as the comma | all |
/// | `<1.2 \|\| >=2` | one of them; also `or` in Hex, a single bar in Conda and Composer | all |
/// | `1.2.3`, `=1.2.3`, `==1.2.3` | that version | all; a prefix in npm if shorter than three numbers, and after `=` in Conda |
/// | `!=`, `<>` | any other | all |
/// | `[1.0,2.0)`, `(,1.0]`, `[1.5]` | intervals; several in a row are alternatives | all |
/// | `*` | every version | all |
/// | `1.2.*`, `1.x` | all that begin with these numbers | semantic schemes, pep440, rubygems, conda, cran, hackage |
/// | `^1.2.3` | up to the next change of the first number that is not zero | semantic schemes |
/// | `~1.2.3` | up to `1.3` | semantic schemes; a prefix in apk |
/// | `~> 1.2.3` | up to `1.3` and, with two numbers, up to `2` | semantic schemes, rubygems |
/// | `~=1.2.3` | `>=1.2.3`, `==1.2.*` | pep440, conda |
/// | `^>=1.2.3` | up to `1.3` | hackage |
/// | `===1.0` | the same text | pep440 |
/// | `1.0 - 2.0` | from there to there | semantic schemes |
///
/// Semantic schemes are semver, npm, composer, nuget, hex, conan, go, swift, julia, pub and bitnami. An empty text is an error: some
/// advisories mean "every version" by it and others nothing, and only their reader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    scheme: Scheme,
    text: Box<str>,
    /// One of them must hold, and of it every test.
    alternatives: Vec<Vec<Test>>,
    upper_bounds: Vec<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Any,
    /// Where the version stands to the bound.
    Compare(Relation, Box<str>),
    /// Where the numbers of the version stand to those of the bound: below `2.0` is no pre-release of `2.0`.
    Numbers(Relation, Box<str>),
    StartsWith(bool, Box<str>),
    /// The same text.
    Identical(Box<str>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Equal,
    Unequal,
    AtLeast,
    Greater,
}

impl Relation {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::AtLeast => order.is_ge(),
            Self::Greater => order.is_gt(),
        }
    }
}

impl Constraint {
    /// Whether the version lies in the range.
    ///
    /// A version that cannot be read lies in a range of every version, and of all others nothing can be said.
    pub fn matches(&self, version: &str) -> Result<bool, VersionError> {
        let scheme = self.scheme;
        with_scheme!(scheme, matches(self, version)).or_else(|fault| {
            let is_everything = self.alternatives.iter().any(|tests| tests.iter().all(|test| *test == Test::Any));
            if is_everything { Ok(true) } else { Err(VersionError::new(scheme, version, fault)) }
        })
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The range as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The versions that stand after `<` or end an interval with `)`, in the order of the text. In the range of an advisory these are
    /// the first versions that are not affected.
    pub fn exclusive_upper_bounds(&self) -> impl Iterator<Item = &str> {
        self.upper_bounds.iter().map(AsRef::as_ref)
    }

    pub(crate) fn read(scheme: Scheme, text: &str) -> Result<Self, ConstraintError> {
        let mut reader = Reader { scheme, alternatives: Vec::new(), tests: Vec::new(), upper_bounds: Vec::new() };
        match reader.constraint(text) {
            Ok(()) => Ok(Self { scheme, text: text.into(), alternatives: reader.alternatives, upper_bounds: reader.upper_bounds }),
            Err(fault) => Err(ConstraintError::new(scheme, text, fault)),
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.text)
    }
}

fn matches<'a, V: Readable<'a>>(constraint: &'a Constraint, text: &'a str) -> Result<bool, Fault> {
    let version = read::<V>(text)?;
    for tests in &constraint.alternatives {
        let mut all = true;
        for test in tests {
            if !holds(&version, text, test)? {
                all = false;
                break;
            }
        }
        if all {
            return Ok(true);
        }
    }
    Ok(false)
}

fn holds<'a, V: Readable<'a>>(version: &V, written: &str, test: &'a Test) -> Result<bool, Fault> {
    Ok(match test {
        Test::Any => true,
        Test::Compare(relation, bound) => {
            let bound = read::<V>(bound)?;
            relation.holds(version.order_to_bound(&bound)?) && !(*relation == Relation::Greater && version.is_addition_to(&bound))
        }
        Test::Numbers(relation, bound) => {
            let bound = read::<V>(bound)?;
            version.order_to_bound(&bound)?;
            relation.holds(version.release_order(&bound))
        }
        Test::StartsWith(wanted, prefix) => version.starts_with(&read::<V>(prefix)?) == *wanted,
        Test::Identical(wanted) => written.trim_ascii().eq_ignore_ascii_case(wanted),
    })
}

fn readable<'a, V: Readable<'a>>(text: &'a str) -> Result<(), Fault> {
    read::<V>(text).map(|_| ())
}

struct Reader {
    scheme: Scheme,
    alternatives: Vec<Vec<Test>>,
    tests: Vec<Test>,
    upper_bounds: Vec<Box<str>>,
}

impl Reader {
    fn constraint(&mut self, text: &str) -> Result<(), Fault> {
        if text.len() > LONGEST {
            return Err("it is longer than 262144 bytes");
        }
        let words = if self.scheme == Scheme::Hex { " or " } else { "||" };
        for alternatives in text.split("||").flat_map(|text| text.split(words)) {
            let single_bars = matches!(self.scheme, Scheme::Conda | Scheme::Composer);
            for alternative in alternatives.split(|character| single_bars && character == '|') {
                self.alternative(alternative.trim())?;
            }
        }
        Ok(())
    }

    fn alternative(&mut self, text: &str) -> Result<(), Fault> {
        if text.is_empty() {
            return Err(EMPTY);
        }
        if text.starts_with(['[', '(']) {
            match bracketed(text) {
                Some(inner) => self.conjunction(inner)?,
                None => return self.intervals(text),
            }
        } else {
            self.conjunction(text)?;
        }
        self.finish();
        Ok(())
    }

    fn finish(&mut self) {
        self.alternatives.push(std::mem::take(&mut self.tests));
    }

    /// `[1.0,2.0)`, `(,1.0]`, `[1.5]`; several stand for one another.
    fn intervals(&mut self, text: &str) -> Result<(), Fault> {
        let mut rest = text;
        loop {
            let opening = if take_char(&mut rest, '[') {
                Relation::AtLeast
            } else if take_char(&mut rest, '(') {
                Relation::Greater
            } else {
                return Err(INTERVAL);
            };
            let inner = take(&mut rest, |character| !matches!(character, ']' | ')' | '[' | '('));
            let closing = if take_char(&mut rest, ']') {
                Relation::AtMost
            } else if take_char(&mut rest, ')') {
                Relation::Less
            } else {
                return Err(INTERVAL);
            };
            match inner.split_once(',') {
                None if (opening, closing) == (Relation::AtLeast, Relation::AtMost) => self.compare(Relation::Equal, inner.trim())?,
                None => return Err(INTERVAL),
                Some((low, high)) => {
                    let (low, high) = (low.trim(), high.trim());
                    if high.contains(',') {
                        return Err(INTERVAL);
                    }
                    if !low.is_empty() {
                        self.compare(opening, low)?;
                    }
                    if !high.is_empty() {
                        if closing == Relation::Less {
                            self.upper_bounds.push(high.into());
                        }
                        self.compare(closing, high)?;
                    }
                    if low.is_empty() && high.is_empty() {
                        self.tests.push(Test::Any);
                    }
                }
            }
            self.finish();
            rest = rest.trim_start_matches(|character: char| character == ',' || character.is_whitespace());
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    fn conjunction(&mut self, text: &str) -> Result<(), Fault> {
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches(|character: char| character == ',' || character.is_whitespace());
            if rest.is_empty() {
                break;
            }
            if !self.tests.is_empty() && take_and(&mut rest) {
                continue;
            }
            let operator = Operator::take(&mut rest)?;
            rest = rest.trim_start();
            let version = take_version(&mut rest);
            if version.is_empty() {
                return Err(NO_VERSION);
            }
            match (operator, take_hyphen(&mut rest)) {
                (Operator::None, true) => {
                    let high = take_version(&mut rest);
                    if high.is_empty() {
                        return Err(NO_VERSION);
                    }
                    self.hyphen(version, high)?;
                }
                (_, true) => return Err("a range with ` - ` has an operator"),
                (operator, false) => self.comparator(operator, version)?,
            }
        }
        if self.tests.is_empty() { Err(EMPTY) } else { Ok(()) }
    }

    fn comparator(&mut self, operator: Operator, version: &str) -> Result<(), Fault> {
        if operator == Operator::Identical {
            if !matches!(self.scheme, Scheme::Pep440) {
                return Err(OPERATOR);
            }
            self.tests.push(Test::Identical(version.into()));
            return Ok(());
        }
        if version.split('.').all(|part| matches!(part, "*" | "x" | "X"))
            || (version == "any" && self.scheme == Scheme::Pub)
            || (version == "-any" && self.scheme == Scheme::Hackage)
        {
            return match operator {
                Operator::Less | Operator::Greater | Operator::Unequal => Err("no version is beyond every version"),
                _ => {
                    self.tests.push(Test::Any);
                    Ok(())
                }
            };
        }
        let (version, wild) = match version.strip_suffix('*') {
            // Conda's `1.0.1a*`
            Some(start) if self.scheme == Scheme::Conda && !start.ends_with('.') => (start, true),
            _ => wildcard(version),
        };
        if wild && !self.has_wildcards() {
            return Err(WILD);
        }
        self.check(version)?;
        if operator == Operator::Less {
            self.upper_bounds.push(version.into());
        }
        if self.scheme == Scheme::Npm {
            return self.npm(operator, version);
        }
        match operator {
            Operator::None | Operator::Equal | Operator::Same if wild => self.prefix(version, true),
            Operator::Equal if self.scheme == Scheme::Conda => self.prefix(version, true),
            Operator::None | Operator::Equal | Operator::Same => self.compare(Relation::Equal, version),
            Operator::Unequal if wild => self.prefix(version, false),
            Operator::Unequal => self.compare(Relation::Unequal, version),
            Operator::Less if wild => self.numbers(Relation::Less, version),
            Operator::Less => self.compare(Relation::Less, version),
            Operator::AtMost if wild => self.numbers(Relation::Less, &Row::of(version)?.up_to_all()),
            Operator::AtMost => self.compare(Relation::AtMost, version),
            Operator::AtLeast if wild => self.numbers(Relation::AtLeast, version),
            Operator::AtLeast => self.compare(Relation::AtLeast, version),
            Operator::Greater if wild => self.numbers(Relation::AtLeast, &Row::of(version)?.up_to_all()),
            Operator::Greater => self.compare(Relation::Greater, version),
            Operator::Tilde => self.tilde(version, wild),
            Operator::Pessimistic => self.pessimistic(version, wild),
            Operator::Caret => self.caret(version),
            Operator::Compatible => self.compatible(version, wild),
            Operator::CaretEqual if self.scheme == Scheme::Hackage => {
                let row = Row::of(version)?;
                self.compare(Relation::AtLeast, version)?;
                self.numbers(Relation::Less, &row.up_to(if row.numbers.len() == 1 { 1 } else { 2 }, row.numbers.len() == 1))
            }
            Operator::CaretEqual | Operator::Identical => Err(OPERATOR),
        }
    }

    /// Whether `~` and `^` mean something, as they do wherever versions are semantic.
    fn is_semantic(&self) -> bool {
        matches!(
            self.scheme,
            Scheme::Semver
                | Scheme::Npm
                | Scheme::Composer
                | Scheme::Nuget
                | Scheme::Hex
                | Scheme::Conan
                | Scheme::Go
                | Scheme::Swift
                | Scheme::Julia
                | Scheme::Pub
                | Scheme::Bitnami
        )
    }

    fn has_wildcards(&self) -> bool {
        self.is_semantic() || matches!(self.scheme, Scheme::Pep440 | Scheme::RubyGems | Scheme::Conda | Scheme::Cran | Scheme::Hackage)
    }

    fn check(&self, version: &str) -> Result<(), Fault> {
        let scheme = self.scheme;
        with_scheme!(scheme, readable(version))
    }

    fn compare(&mut self, relation: Relation, version: &str) -> Result<(), Fault> {
        self.check(version)?;
        self.tests.push(Test::Compare(relation, version.into()));
        Ok(())
    }

    fn numbers(&mut self, relation: Relation, version: &str) -> Result<(), Fault> {
        self.check(version)?;
        self.tests.push(Test::Numbers(relation, version.into()));
        Ok(())
    }

    /// `1.2.*`
    fn prefix(&mut self, version: &str, wanted: bool) -> Result<(), Fault> {
        match self.scheme {
            Scheme::Pep440 | Scheme::Conda | Scheme::Apk => {
                self.tests.push(Test::StartsWith(wanted, version.into()));
                Ok(())
            }
            _ if !wanted => Err(WILD),
            _ => {
                let row = Row::of(version)?;
                self.numbers(Relation::AtLeast, version)?;
                self.numbers(Relation::Less, &row.up_to_all())
            }
        }
    }

    /// `1.0 - 2.0`; where the end has fewer than three numbers, all that begins with them is in.
    fn hyphen(&mut self, low: &str, high: &str) -> Result<(), Fault> {
        if !self.is_semantic() {
            return Err("this scheme has no ranges with ` - `");
        }
        let (low, low_wild) = wildcard(low);
        let (high, high_wild) = wildcard(high);
        let (first, last) = (Row::of(low)?, Row::of(high)?);
        let opens = matches!(self.scheme, Scheme::Composer | Scheme::Npm) && !first.tagged;
        if opens || low_wild {
            self.numbers(Relation::AtLeast, low)?;
        } else {
            self.compare(Relation::AtLeast, low)?;
        }
        if high_wild || (last.numbers.len() < 3 && !last.tagged) {
            self.numbers(Relation::Less, &last.up_to_all())
        } else {
            self.compare(Relation::AtMost, high)
        }
    }

    fn tilde(&mut self, version: &str, wild: bool) -> Result<(), Fault> {
        match self.scheme {
            Scheme::Apk => self.prefix(version, true),
            Scheme::Composer => self.pessimistic(version, wild),
            _ if self.is_semantic() => {
                let row = Row::of(version)?;
                self.compare(Relation::AtLeast, version)?;
                self.numbers(Relation::Less, &row.up_to(row.numbers.len().min(2), true))
            }
            _ => Err(OPERATOR),
        }
    }

    /// `~> 1.2.3`: from there on, as long as all numbers but the last stay.
    fn pessimistic(&mut self, version: &str, wild: bool) -> Result<(), Fault> {
        if !self.is_semantic() && self.scheme != Scheme::RubyGems {
            return Err(OPERATOR);
        }
        let row = Row::of(version)?;
        let kept = if wild { row.numbers.len() } else { row.numbers.len().saturating_sub(1) };
        if self.scheme == Scheme::Composer && !row.tagged {
            self.numbers(Relation::AtLeast, version)?;
        } else {
            self.compare(Relation::AtLeast, version)?;
        }
        self.numbers(Relation::Less, &row.up_to(kept.max(1), true))
    }

    /// `^1.2.3`: from there on, as long as the first number that is not zero stays.
    fn caret(&mut self, version: &str) -> Result<(), Fault> {
        if !self.is_semantic() {
            return Err(OPERATOR);
        }
        let row = Row::of(version)?;
        let leading = row.numbers.iter().take_while(|number| crate::text::is_zero(number)).count();
        let mut kept = (leading + 1).min(row.numbers.len());
        if self.scheme == Scheme::Pub {
            kept = kept.min(2);
        }
        if self.scheme == Scheme::Composer && !row.tagged {
            self.numbers(Relation::AtLeast, version)?;
        } else {
            self.compare(Relation::AtLeast, version)?;
        }
        self.numbers(Relation::Less, &row.up_to(kept, true))
    }

    /// `~= 1.2.3`
    fn compatible(&mut self, version: &str, wild: bool) -> Result<(), Fault> {
        if !matches!(self.scheme, Scheme::Pep440 | Scheme::Conda) {
            return Err(OPERATOR);
        }
        let row = Row::of(version)?;
        match row.numbers.len().checked_sub(1) {
            None | Some(0) => return Err("`~=` needs two numbers"),
            _ if wild => return Err(WILD),
            Some(kept) => {
                let prefix = row.start(kept);
                self.compare(Relation::AtLeast, version)?;
                self.check(&prefix)?;
                self.tests.push(Test::StartsWith(true, prefix.into()));
            }
        }
        Ok(())
    }

    /// node-semver with `includePrerelease`, where `1.2` stands for all that begins with it.
    fn npm(&mut self, operator: Operator, version: &str) -> Result<(), Fault> {
        let row = Row::of(version)?;
        let partial = row.numbers.len() < 3;
        match operator {
            Operator::None | Operator::Equal | Operator::Same if partial => {
                self.numbers(Relation::AtLeast, version)?;
                self.numbers(Relation::Less, &row.up_to_all())
            }
            Operator::None | Operator::Equal | Operator::Same => self.compare(Relation::Equal, version),
            Operator::Less if partial => self.numbers(Relation::Less, version),
            Operator::Less => self.compare(Relation::Less, version),
            Operator::AtMost if partial => self.numbers(Relation::Less, &row.up_to_all()),
            Operator::AtMost => self.compare(Relation::AtMost, version),
            Operator::Greater if partial => self.numbers(Relation::AtLeast, &row.up_to_all()),
            Operator::Greater => self.compare(Relation::Greater, version),
            Operator::AtLeast if partial => self.numbers(Relation::AtLeast, version),
            Operator::AtLeast => self.compare(Relation::AtLeast, version),
            Operator::Tilde | Operator::Pessimistic => {
                if partial {
                    self.numbers(Relation::AtLeast, version)?;
                } else {
                    self.compare(Relation::AtLeast, version)?;
                }
                self.numbers(Relation::Less, &row.up_to(row.numbers.len().min(2), true))
            }
            Operator::Caret => {
                let leading = row.numbers.iter().take_while(|number| crate::text::is_zero(number)).count();
                if partial {
                    self.numbers(Relation::AtLeast, version)?;
                } else {
                    self.compare(Relation::AtLeast, version)?;
                }
                self.numbers(Relation::Less, &row.up_to((leading + 1).min(row.numbers.len()), true))
            }
            // npm itself has no `!=`; advisories do.
            Operator::Unequal => self.compare(Relation::Unequal, version),
            Operator::Compatible | Operator::CaretEqual | Operator::Identical => Err(OPERATOR),
        }
    }
}

/// The comparisons inside `[>=1.0 <2.0]`, as Conan writes them.
fn bracketed(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim();
    let inner = inner.strip_suffix(", include_prerelease").unwrap_or(inner);
    (inner.starts_with(['<', '>', '=', '~', '^']) && !inner.contains(['[', ']', '(', ')'])).then_some(inner)
}

fn take_and(rest: &mut &str) -> bool {
    if rest.starts_with("&&") {
        return take_word(rest, "&&");
    }
    let mut ahead = *rest;
    let found = take_word(&mut ahead, "and") && ahead.starts_with(char::is_whitespace);
    if found {
        *rest = ahead;
    }
    found
}

/// Takes ` - `.
fn take_hyphen(rest: &mut &str) -> bool {
    let ahead = rest.trim_start();
    if ahead.len() == rest.len() {
        return false;
    }
    match ahead.strip_prefix('-') {
        Some(after) if after.starts_with(char::is_whitespace) => {
            *rest = after.trim_start();
            true
        }
        _ => false,
    }
}

fn take_version<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest
        .char_indices()
        .find(|(at, character)| match character {
            ',' | '<' | '>' | '=' | '&' => true,
            '!' => rest.get(at + 1..).is_some_and(|after| after.starts_with('=')),
            other => other.is_whitespace(),
        })
        .map_or(rest.len(), |(at, _)| at);
    let (version, after) = rest.split_at(end);
    *rest = after;
    version
}

/// The version without its wildcards, and whether it had some.
fn wildcard(version: &str) -> (&str, bool) {
    let mut kept = version;
    while let Some(shorter) = [".*", ".x", ".X"].iter().find_map(|wild| kept.strip_suffix(wild)) {
        kept = shorter;
    }
    (kept, kept.len() < version.len())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    None,
    Equal,
    Same,
    Identical,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Tilde,
    Pessimistic,
    Compatible,
    Caret,
    CaretEqual,
}

impl Operator {
    fn take(rest: &mut &str) -> Result<Self, Fault> {
        Ok(match take(rest, |character| matches!(character, '<' | '>' | '=' | '!' | '~' | '^')) {
            "" => Self::None,
            "=" => Self::Equal,
            "==" => Self::Same,
            "===" => Self::Identical,
            "!=" | "<>" => Self::Unequal,
            "<" | "<<" => Self::Less,
            "<=" | "=<" => Self::AtMost,
            ">" | ">>" => Self::Greater,
            ">=" | "=>" => Self::AtLeast,
            "~" => Self::Tilde,
            "~>" => Self::Pessimistic,
            "~=" => Self::Compatible,
            "^" => Self::Caret,
            "^>=" => Self::CaretEqual,
            _ => return Err("its operator is unknown"),
        })
    }
}

/// A version seen as a row of numbers, to name the end of what `^1.2` and the like are short for.
struct Row<'a> {
    /// `v`, `1!`
    start: &'a str,
    numbers: Vec<&'a str>,
    /// A pre-release or anything else follows the numbers.
    tagged: bool,
}

impl<'a> Row<'a> {
    fn of(version: &'a str) -> Result<Self, Fault> {
        let mut rest = version;
        take_char(&mut rest, 'v');
        if let Some((epoch, after)) = rest.split_once('!')
            && is_digits(epoch)
        {
            rest = after;
        }
        let start = version.strip_suffix(rest).unwrap_or("");
        let mut numbers = Vec::new();
        loop {
            let mut ahead = rest;
            if !numbers.is_empty() && !take_char(&mut ahead, '.') {
                break;
            }
            let number = take_digits(&mut ahead);
            if number.is_empty() {
                break;
            }
            numbers.push(number);
            rest = ahead;
        }
        let tagged = rest.starts_with(['-', '.']) || rest.starts_with(|character: char| character.is_ascii_alphabetic());
        if numbers.is_empty() { Err("it does not begin with a number") } else { Ok(Self { start, numbers, tagged }) }
    }

    fn start(&self, count: usize) -> String {
        let numbers: Vec<&str> = self.numbers.iter().take(count).copied().collect();
        format!("{}{}", self.start, numbers.join("."))
    }

    /// The first version whose first `count` numbers are greater, filled up with zeros to three numbers.
    fn up_to(&self, count: usize, fill: bool) -> String {
        let count = count.clamp(1, self.numbers.len());
        let mut numbers: Vec<String> = self.numbers.iter().take(count).map(|number| (*number).to_owned()).collect();
        if let Some(last) = numbers.last_mut() {
            *last = successor(last);
        }
        while fill && numbers.len() < 3 {
            numbers.push("0".to_owned());
        }
        format!("{}{}", self.start, numbers.join("."))
    }

    fn up_to_all(&self) -> String {
        self.up_to(self.numbers.len(), false)
    }
}
