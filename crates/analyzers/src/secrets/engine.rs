//! The search. Four quick passes over the text find where a rule may look closer:
//!
//! - runs of at least [`RUN`] characters that tokens are made of; words of prose and code are shorter, so most of the text is passed at once.
//!   Only in and beside such runs the marks of tokens are looked for;
//! - words such as `assword` by a vectorised multi-pattern search;
//! - three short strings (`://`, `-----BEGIN `, `Q~`), each with a vectorised search of its own.

use super::{
    assign::{self, Strictness},
    rules::Rule,
    shapes,
    tokens::{self, TOKENS, Token},
};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, packed};
use memchr::memmem;
use std::{ops::Range, sync::LazyLock};

/// One secret.
pub(crate) struct Found {
    pub(crate) rule: &'static Rule,
    /// The bytes of the secret.
    pub(crate) range: Range<usize>,
    /// When equality is not that of the bytes: a key block with other line ends is the same key.
    pub(crate) fingerprint: Option<String>,
}

impl Found {
    pub(crate) const fn new(rule: &'static Rule, range: Range<usize>) -> Self {
        Self { rule, range, fingerprint: None }
    }
}

/// What a rule may look at.
pub(super) struct Window<'a> {
    pub(super) text: &'a [u8],
    pub(super) strictness: Strictness,
    pub(super) path: &'a str,
}

pub(super) type Shape = fn(&Window<'_>, Range<usize>) -> Option<Found>;

#[derive(Clone, Copy)]
enum Action {
    Token(&'static Token),
    Shape(Shape),
}

/// Text with more secrets than this is not searched further: they are ranges that must be kept for masking.
const MAX_FOUND: usize = 100_000;

/// The shortest token that is recognised by a mark, mark included.
pub(super) const RUN: usize = 20;

/// How far from a run its mark may be: `.atlasv1.` stands before it, `+ACR` after it.
const BESIDE: usize = 12;

/// Marks of tokens, and what to do where they stand in or beside a run.
struct Marks {
    actions: Vec<Action>,
    search: AhoCorasick,
}

/// Words anywhere.
struct Words {
    actions: Vec<Action>,
    packed: Option<packed::Searcher>,
    /// For machines without the vector instructions, and for text too short for them.
    plain: AhoCorasick,
}

fn automaton(patterns: &[&str]) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(patterns)
        .expect("a hundred short patterns are far below every limit")
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let tokens = TOKENS.iter().flat_map(|token| token.marks.iter().map(move |mark| (*mark, Action::Token(token))));
    let shapes = shapes::IN_RUNS.iter().flat_map(|(marks, shape)| marks.iter().map(move |mark| (*mark, Action::Shape(*shape))));
    let (marks, actions): (Vec<&str>, Vec<Action>) = tokens.chain(shapes).unzip();
    Marks { actions, search: automaton(&marks) }
});

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let shapes = shapes::ANYWHERE.iter().flat_map(|(marks, shape)| marks.iter().map(move |mark| (*mark, Action::Shape(*shape))));
    let tokens = tokens::NAMED.iter().flat_map(|token| token.marks.iter().map(move |mark| (*mark, Action::Token(token))));
    let assignments = assign::KEYWORDS.iter().map(|mark| (*mark, Action::Shape(assign::assignment as Shape)));
    let (words, actions): (Vec<&str>, Vec<Action>) = shapes.chain(tokens).chain(assignments).unzip();
    let mut config = packed::Config::new();
    config.match_kind(packed::MatchKind::LeftmostLongest).heuristic_pattern_limits(false);
    Words { actions, packed: config.builder().extend(&words).build(), plain: automaton(&words) }
});

/// Characters of tokens. Neither dot nor slash nor equals sign: paths and code would be one run.
const fn in_run(byte: u8) -> bool {
    // Without branches, so that the compiler can classify many bytes at once.
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10 || byte == b'_' || byte == b'-' || byte == b'+'
}

/// A run of [`RUN`] covers at least one block of this length that starts at a multiple of it.
const BLOCK: usize = RUN / 2;

/// Visits the runs of at least [`RUN`] characters.
///
/// All bytes of a chunk are classified first, which is done with vector instructions; then whole blocks are asked for, and only around those
/// that are part of a run its ends are looked for. Most blocks of prose and code have a blank or a bracket.
fn runs(text: &[u8], visit: &mut dyn FnMut(Range<usize>) -> bool) {
    const CHUNK: usize = 16 * BLOCK;
    let mut past = 0;
    let mut classes = [0u8; CHUNK];
    for (index, chunk) in text.chunks(CHUNK).enumerate() {
        classes = if chunk.len() < CHUNK { [0; CHUNK] } else { classes };
        for (class, byte) in classes.iter_mut().zip(chunk) {
            *class = u8::from(in_run(*byte));
        }
        let (blocks, _) = classes.as_chunks::<BLOCK>();
        for (number, block) in blocks.iter().enumerate() {
            if *block != [1; BLOCK] {
                continue;
            }
            let at = index * CHUNK + number * BLOCK;
            if at < past {
                continue;
            }
            let start = at - text.get(past..at).unwrap_or_default().iter().rev().take_while(|byte| in_run(**byte)).count();
            let end = at + text.get(at..).unwrap_or_default().iter().take_while(|byte| in_run(**byte)).count();
            past = end;
            if end - start >= RUN && !visit(start..end) {
                return;
            }
        }
    }
}

/// Adds the secrets of `text` to `found`, unsorted, and returns how much of the text was searched.
pub(crate) fn search(text: &[u8], strictness: Strictness, path: &str, found: &mut Vec<Found>) -> usize {
    let mut state = State { window: Window { text, strictness, path }, found, past: 0, stopped: text.len() };
    let marks = &*MARKS;
    let mut done = 0;
    runs(text, &mut |run| {
        // Lower-case words with underscores are names; a random token of this length has something else in it.
        if text.get(run.clone()).is_none_or(|run| !run.iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())) {
            return true;
        }
        let from = run.start.saturating_sub(BESIDE).max(done);
        let to = run.end.saturating_add(BESIDE).min(text.len());
        let region = text.get(from..to).unwrap_or_default();
        for hit in marks.search.find_iter(region) {
            let hit_range = from + hit.start()..from + hit.end();
            done = hit_range.end;
            if !state.visit(marks.actions.get(hit.pattern().as_usize()), hit_range) {
                return false;
            }
        }
        true
    });
    state.past = 0;
    let words = &*WORDS;
    match &words.packed {
        Some(packed) if text.len() >= packed.minimum_len() => {
            for hit in packed.find_iter(text) {
                if !state.visit(words.actions.get(hit.pattern().as_usize()), hit.range()) {
                    break;
                }
            }
        }
        _ => {
            for hit in words.plain.find_iter(text) {
                if !state.visit(words.actions.get(hit.pattern().as_usize()), hit.range()) {
                    break;
                }
            }
        }
    }
    for (needle, action) in &*STRINGS {
        state.past = 0;
        for at in needle.find_iter(text) {
            if !state.visit(Some(action), at..at + needle.needle().len()) {
                break;
            }
        }
    }
    state.stopped
}

static STRINGS: LazyLock<Vec<(memmem::Finder<'static>, Action)>> = LazyLock::new(|| {
    let shapes = shapes::STRINGS.iter().map(|(mark, shape)| (memmem::Finder::new(*mark), Action::Shape(*shape)));
    let entra = tokens::ENTRA.marks.iter().map(|mark| (memmem::Finder::new(*mark), Action::Token(&tokens::ENTRA)));
    shapes.chain(entra).collect()
});

struct State<'a, 'f> {
    window: Window<'a>,
    found: &'f mut Vec<Found>,
    /// A rule that took a range (a private key) need not look again inside it.
    past: usize,
    stopped: usize,
}

impl State<'_, '_> {
    /// Looks closer at a hit; false when there are too many.
    fn visit(&mut self, action: Option<&Action>, hit: Range<usize>) -> bool {
        if self.found.len() >= MAX_FOUND {
            self.stopped = self.stopped.min(hit.start);
            return false;
        }
        if hit.start < self.past {
            return true;
        }
        match action {
            Some(Action::Token(token)) => {
                if let Some(range) = token.matches(self.window.text, hit) {
                    self.found.push(Found::new(token.rule, range));
                }
            }
            Some(Action::Shape(shape)) => {
                if let Some(item) = shape(&self.window, hit) {
                    self.past = self.past.max(item.range.end);
                    self.found.push(item);
                }
            }
            None => {}
        }
        true
    }
}
