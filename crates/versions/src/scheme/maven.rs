//! Maven: `ComparableVersion` of Maven 3.9.
//!
//! <https://maven.apache.org/pom.html#version-order-specification>; checked against the class itself.
//!
//! `-` and every change between digits and letters open a nested list. In a list, empty items at the end (`0`, ``, `ga`, `final`,
//! `release`) do not count. Words order as alpha, beta, milestone, rc = cr, snapshot, the empty one, sp, all others.
//!
//! The class compares a list with a word by their kinds alone, also where one comes before "nothing" and the other after it. That
//! makes circles, such as `1.sp.1 < 1-rc < 1 < 1.sp.1`. Here such a pair compares by that side first, and every word that says
//! something opens a list, as the specification has it (`.word` is `-word`) and the class does only for the last word. Pairs that
//! differ for it are recorded in the tests.

use std::cmp::Ordering;

use super::Readable;
use crate::error::{CHARACTER, Fault};
use crate::text::{by_value, ignoring_case, is_zero, take, take_digits};

pub(crate) struct Version<'a> {
    text: &'a str,
}

impl<'a> Readable<'a> for Version<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        if text.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(Self { text }) } else { Err(CHARACTER) }
    }

    fn order(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (Items::of(self.text), Items::of(other.text));
        loop {
            let rests = (a.clone(), b.clone());
            let order = match (a.next(), b.next()) {
                (None, None) => return Ordering::Equal,
                (None, Some(item)) => item.order_to_nothing(&mut b).reverse(),
                (Some(item), None) => item.order_to_nothing(&mut a),
                (Some(Item::Number(a)), Some(Item::Number(b))) => by_value(a, b),
                (Some(Item::Word(a)), Some(Item::Word(b))) => a.order(&b),
                (Some(Item::List), Some(Item::List)) => Ordering::Equal,
                (Some(Item::Number(_)), Some(_)) => Ordering::Greater,
                (Some(_), Some(Item::Number(_))) => Ordering::Less,
                (Some(Item::List), Some(Item::Word(_))) => list_order(rests).then(Ordering::Greater),
                (Some(Item::Word(_)), Some(Item::List)) => list_order(rests).then(Ordering::Less),
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}

/// Compares where the rests of two lists stand to nothing.
fn list_order((a, b): (Items<'_>, Items<'_>)) -> Ordering {
    order_to_nothing(a).cmp(&order_to_nothing(b))
}

fn order_to_nothing(mut items: Items<'_>) -> Ordering {
    match items.next() {
        Some(item) => item.order_to_nothing(&mut items),
        None => Ordering::Equal,
    }
}

#[derive(Clone, Copy)]
enum Item<'a> {
    Number(&'a str),
    Word(Word<'a>),
    /// A list, which always is the last item of its own list, begins.
    List,
}

impl Item<'_> {
    /// Where this item, or what follows it, stands to the end of a version.
    fn order_to_nothing(self, rest: &mut Items<'_>) -> Ordering {
        std::iter::once(self.side()).chain(rest.map(Item::side)).find(|side| side.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Where this item alone stands to nothing.
    fn side(self) -> Ordering {
        match self {
            Item::Number(digits) if !is_zero(digits) => Ordering::Greater,
            Item::Word(word) => word.rank.cmp(&RELEASE),
            Item::Number(_) | Item::List => Ordering::Equal,
        }
    }

    fn is_nothing(self) -> bool {
        match self {
            Self::Number(digits) => is_zero(digits),
            Self::Word(word) => word.rank == RELEASE,
            Self::List => true,
        }
    }
}

#[derive(Clone, Copy)]
struct Word<'a> {
    rank: u8,
    text: &'a str,
}

const RELEASE: u8 = 5;
const UNKNOWN: u8 = 7;

impl<'a> Word<'a> {
    fn of(text: &'a str, before_digit: bool) -> Self {
        const RANKS: &[(&str, u8)] = &[
            ("alpha", 0),
            ("beta", 1),
            ("milestone", 2),
            ("rc", 3),
            ("cr", 3),
            ("snapshot", 4),
            ("", RELEASE),
            ("ga", RELEASE),
            ("final", RELEASE),
            ("release", RELEASE),
            ("sp", 6),
        ];
        let text = match text {
            "a" | "A" if before_digit => "alpha",
            "b" | "B" if before_digit => "beta",
            "m" | "M" if before_digit => "milestone",
            _ => text,
        };
        let rank = RANKS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map_or(UNKNOWN, |(_, rank)| *rank);
        Self { rank, text }
    }

    fn order(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| if self.rank == UNKNOWN { ignoring_case(self.text, other.text) } else { Ordering::Equal })
    }
}

/// The items that count.
#[derive(Clone)]
struct Items<'a> {
    raw: Raw<'a>,
    /// How many are left up to the last one that says something.
    left: usize,
    /// How many empty items come next that were looked past and do count.
    kept: usize,
}

impl<'a> Items<'a> {
    fn of(text: &'a str) -> Self {
        let raw = Raw { rest: text, filled: false, word: None, list: false };
        let last = raw.clone().enumerate().filter(|(_, item)| !item.is_nothing()).last();
        Self { raw, left: last.map_or(0, |(index, _)| index + 1), kept: 0 }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            self.left = self.left.checked_sub(1)?;
            let item = self.raw.next()?;
            if matches!(item, Item::List) || !item.is_nothing() {
                return Some(item);
            }
            if self.kept > 0 {
                self.kept -= 1;
                return Some(item);
            }
            // Empty items count when something follows them in the same list.
            let mut ahead = self.raw.clone();
            let mut run = 0;
            loop {
                match ahead.next() {
                    None | Some(Item::List) => {
                        self.left -= run;
                        for _ in 0..run {
                            self.raw.next();
                        }
                        break;
                    }
                    Some(next) if next.is_nothing() => run += 1,
                    Some(_) => {
                        self.kept = run;
                        return Some(item);
                    }
                }
            }
        }
    }
}

/// The items as written.
#[derive(Clone)]
struct Raw<'a> {
    rest: &'a str,
    /// Whether the list that is being read has an item already.
    filled: bool,
    /// Comes next, and then, if `list`, the beginning of a list.
    word: Option<Word<'a>>,
    list: bool,
}

impl<'a> Iterator for Raw<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        if let Some(word) = self.word.take() {
            self.filled = true;
            return Some(Item::Word(word));
        }
        if std::mem::take(&mut self.list) {
            self.filled = false;
            return Some(Item::List);
        }
        let filled = std::mem::replace(&mut self.filled, true);
        let is_digit = |character: char| character.is_ascii_digit();
        match self.rest.chars().next()? {
            // Between two separators stands a zero.
            '.' | '-' => {
                self.separator();
                Some(Item::Number(""))
            }
            first if is_digit(first) => {
                let digits = take_digits(&mut self.rest);
                self.separator();
                Some(Item::Number(digits))
            }
            _ => {
                let text = take(&mut self.rest, |character| !matches!(character, '.' | '-' | '0'..='9'));
                let before_digit = self.rest.starts_with(is_digit);
                let word = Word::of(text, before_digit);
                self.separator();
                if filled && (word.rank != RELEASE || before_digit) {
                    self.word = Some(word);
                    self.filled = false;
                    Some(Item::List)
                } else {
                    Some(Item::Word(word))
                }
            }
        }
    }
}

impl Raw<'_> {
    /// Takes what ends an item; everything but a dot and the end of the version opens a list.
    fn separator(&mut self) {
        let mut rest = self.rest.chars();
        match rest.next() {
            None => {}
            Some('.') => self.rest = rest.as_str(),
            Some('-') => (self.rest, self.list) = (rest.as_str(), true),
            Some(_) => self.list = true,
        }
    }
}
