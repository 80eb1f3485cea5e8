//! The search: keywords over the whole text at once, then the rules of each keyword around its hits.

use super::{
    assign::{self, Strictness},
    rules::Rule,
    shapes,
    tokens::{TOKENS, Token},
};
use aho_corasick::{AhoCorasick, MatchKind, packed};
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

struct Searcher {
    actions: Vec<Action>,
    packed: Option<packed::Searcher>,
    /// For machines without the vector instructions, and for text too short for them.
    plain: AhoCorasick,
}

/// Several searchers, because the vectorised algorithm is at its best with few patterns.
static SEARCHERS: LazyLock<Vec<Searcher>> = LazyLock::new(|| {
    let tokens = TOKENS.iter().flat_map(|token| token.marks.iter().map(move |mark| (*mark, Action::Token(token))));
    let shapes = shapes::SHAPES.iter().flat_map(|(marks, shape)| marks.iter().map(move |mark| (*mark, Action::Shape(*shape))));
    let assignments = assign::KEYWORDS.iter().map(|mark| (*mark, Action::Shape(assign::assignment as Shape)));
    let precise: Vec<_> = tokens.chain(shapes).collect();
    let mut groups: Vec<Vec<(&str, Action)>> = precise.chunks(PATTERNS_PER_SEARCH).map(<[_]>::to_vec).collect();
    groups.push(assignments.collect());
    groups.into_iter().map(Searcher::new).collect()
});

const PATTERNS_PER_SEARCH: usize = 64;

impl Searcher {
    fn new(patterns: Vec<(&'static str, Action)>) -> Self {
        let marks: Vec<&str> = patterns.iter().map(|(mark, _)| *mark).collect();
        let packed = packed::Config::new().match_kind(packed::MatchKind::LeftmostLongest).builder().extend(&marks).build();
        let plain = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&marks)
            .expect("a hundred short patterns are far below every limit");
        Self { actions: patterns.into_iter().map(|(_, action)| action).collect(), packed, plain }
    }

    /// Visits hits until `visit` says no; returns where it stopped.
    fn each(&self, text: &[u8], visit: &mut dyn FnMut(Action, Range<usize>) -> bool) -> usize {
        let mut on_hit =
            |hit: aho_corasick::Match| self.actions.get(hit.pattern().as_usize()).is_none_or(|action| visit(*action, hit.range()));
        match &self.packed {
            Some(packed) if text.len() >= packed.minimum_len() => {
                for hit in packed.find_iter(text) {
                    if !on_hit(hit) {
                        return hit.start();
                    }
                }
            }
            _ => {
                for hit in self.plain.find_iter(text) {
                    if !on_hit(hit) {
                        return hit.start();
                    }
                }
            }
        }
        text.len()
    }
}

/// Adds the secrets of `text` to `found`, unsorted, and returns how much of the text was searched.
pub(crate) fn search(text: &[u8], strictness: Strictness, path: &str, found: &mut Vec<Found>) -> usize {
    let window = Window { text, strictness, path };
    let mut scanned = text.len();
    for searcher in &*SEARCHERS {
        // A rule that took a range (a private key) need not look again inside it.
        let mut past = 0;
        let end = searcher.each(text, &mut |action, hit| {
            if found.len() >= MAX_FOUND {
                return false;
            }
            if hit.start < past {
                return true;
            }
            match action {
                Action::Token(token) => {
                    if let Some(range) = token.matches(text, hit) {
                        found.push(Found::new(token.rule, range));
                    }
                }
                Action::Shape(shape) => {
                    if let Some(item) = shape(&window, hit) {
                        past = past.max(item.range.end);
                        found.push(item);
                    }
                }
            }
            true
        });
        scanned = scanned.min(end);
    }
    scanned
}
