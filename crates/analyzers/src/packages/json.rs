//! JSON, every value with its lines.
//!
//! <https://www.rfc-editor.org/rfc/rfc8259>
//!
//! More is read than the standard allows: comments and trailing commas, which `bun.lock` has and editors leave behind. A text that breaks off
//! or is not well-formed (conflict markers of a merge) gives what stood before, and the error.

use super::tree::{Data, Field, MAX_DEPTH, Read, Value};
use memchr::{memchr, memchr2, memmem};
use probity_model::{Lines, analyzer::AnalyzeError};
use std::borrow::Cow;

/// The value of a text.
pub(crate) fn read(text: &str) -> Read<Value<'_>> {
    let mut reader = Reader { rest: text, line: 1, error: None };
    reader.space();
    let root = reader.value(0);
    reader.space();
    if !reader.rest.is_empty() {
        reader.fail("expected the end of the file");
    }
    Read { root, error: reader.error }
}

struct Reader<'t> {
    rest: &'t str,
    line: u32,
    /// After it nothing more is read: every loop ends.
    error: Option<AnalyzeError>,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: usize) -> Value<'t> {
        let start = self.line;
        if depth > MAX_DEPTH {
            self.fail(format!("nested more than {MAX_DEPTH} levels deep"));
        }
        let data = match self.rest.as_bytes().first() {
            _ if self.error.is_some() => Data::Null,
            Some(b'{') => Data::Map(self.map(depth)),
            Some(b'[') => Data::List(self.list(depth)),
            Some(b'"') => Data::Text(self.string()),
            Some(_) => self.word(),
            None => {
                self.fail("a value is missing at the end of the file");
                Data::Null
            }
        };
        Value::new(data, Lines::new(start, self.line))
    }

    fn map(&mut self, depth: usize) -> Vec<Field<'t>> {
        let mut fields = Vec::new();
        self.advance(1);
        while self.goes_on(b'}', !fields.is_empty()) {
            let line = self.line;
            if !self.rest.starts_with('"') {
                self.fail("expected a key in double quotes");
                break;
            }
            let key = self.string();
            self.space();
            if !self.rest.starts_with(':') {
                self.fail("expected `:` after the key");
                break;
            }
            self.advance(1);
            self.space();
            let value = self.value(depth + 1);
            fields.push(Field { key, line, value });
        }
        fields
    }

    fn list(&mut self, depth: usize) -> Vec<Value<'t>> {
        let mut items = Vec::new();
        self.advance(1);
        while self.goes_on(b']', !items.is_empty()) {
            items.push(self.value(depth + 1));
        }
        items
    }

    /// Passes the comma before an element, or the end of the collection.
    fn goes_on(&mut self, end: u8, comma: bool) -> bool {
        self.space();
        if comma && self.error.is_none() {
            match self.rest.as_bytes().first() {
                Some(b',') => {
                    self.advance(1);
                    self.space();
                }
                Some(byte) if *byte == end => {}
                Some(_) => self.fail(format!("expected `,` or `{}`", char::from(end))),
                None => self.fail("the file ends inside an object or array"),
            }
        }
        if self.error.is_some() {
            return false;
        }
        match self.rest.as_bytes().first() {
            None => {
                self.fail("the file ends inside an object or array");
                false
            }
            Some(byte) if *byte == end => {
                self.advance(1);
                false
            }
            Some(_) => true,
        }
    }

    /// A string; `rest` is at its opening quote.
    fn string(&mut self) -> Cow<'t, str> {
        self.advance(1);
        let mut whole: Cow<'t, str> = Cow::Borrowed("");
        loop {
            let stop = memchr2(b'"', b'\\', self.rest.as_bytes());
            let Some((plain, rest)) = stop.and_then(|at| self.rest.split_at_checked(at)) else {
                self.fail("a string does not end");
                return whole;
            };
            if memchr(b'\n', plain.as_bytes()).is_some() {
                self.fail("a string does not end on its line");
                return whole;
            }
            if whole.is_empty() {
                whole = Cow::Borrowed(plain);
            } else {
                whole.to_mut().push_str(plain);
            }
            self.rest = rest;
            if rest.starts_with('"') {
                self.advance(1);
                return whole;
            }
            let Some(c) = self.escape() else {
                self.fail("an unknown escape in a string");
                return whole;
            };
            whole.to_mut().push(c);
        }
    }

    /// An escape; `rest` is at its backslash. A surrogate without its pair becomes U+FFFD.
    fn escape(&mut self) -> Option<char> {
        let unit = |rest: &str| -> Option<u32> {
            let digits = rest.strip_prefix("\\u")?.get(..4)?;
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let c = match self.rest.as_bytes().get(1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'u' => {
                let first = unit(self.rest)?;
                self.advance(6);
                if !(0xD800..0xDC00).contains(&first) {
                    return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let Some(second) = unit(self.rest).filter(|unit| (0xDC00..0xE000).contains(unit)) else {
                    return Some(char::REPLACEMENT_CHARACTER);
                };
                self.advance(6);
                return char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            }
            _ => return None,
        };
        self.advance(2);
        Some(c)
    }

    fn word(&mut self) -> Data<'t> {
        let length = self.rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
        let word = self.rest.get(..length).unwrap_or_default();
        let data = match word {
            "null" => Data::Null,
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            _ if matches!(word.as_bytes(), [b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..]) && word.parse::<f64>().is_ok() => {
                Data::Number(Cow::Borrowed(word))
            }
            _ => {
                self.fail("expected a value");
                Data::Null
            }
        };
        self.advance(length);
        data
    }

    fn fail(&mut self, message: impl Into<String>) {
        let conflict = ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| self.rest.starts_with(marker));
        let message = if conflict { "a merge conflict is not resolved".to_owned() } else { message.into() };
        self.error.get_or_insert(AnalyzeError { message, line: Some(self.line) });
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Passes text that may have line breaks.
    fn advance_lines(&mut self, bytes: usize) {
        let passed = self.rest.as_bytes().get(..bytes).unwrap_or_default();
        let breaks = memchr::memchr_iter(b'\n', passed).count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.advance(bytes);
    }

    fn space(&mut self) {
        loop {
            let space = self.rest.bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
            self.advance_lines(space);
            if self.rest.starts_with("//") {
                self.advance(memchr2(b'\n', b'\r', self.rest.as_bytes()).unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                let end = memmem::find(self.rest.as_bytes(), b"*/").map_or(self.rest.len(), |at| at + 2);
                self.advance_lines(end);
            } else {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::tree::render;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = read(text);
        let mut out = render(&read.root);
        if let Some(error) = read.error {
            out.push_str(&format!("\nerror {}: {}", error.line.unwrap(), error.message));
        }
        let tidy = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        assert_eq!(tidy(&out), tidy(expected));
    }

    #[test]
    fn values_have_their_lines() {
        check(
            "{\r\n  \"a\": [1.10,\n    true, null],\n  // why\n  \"b\": {\"c\": \"x\\u00e9\\n\\ud83d\\ude00\"}, /* \n */\n}\n",
            " {} 1-7
             /a@2 [] 2-3
             /a@2/0 1.10 2-2
             /a@2/1 true 3-3
             /a@2/2 null 3-3
             /b@5 {} 5-5
             /b@5/c@5 `xé
             😀` 5-5",
        );
    }

    #[test]
    fn what_stood_before_an_error_is_kept() {
        check("{\"a\": 1,\n<<<<<<< HEAD\n\"b\": 2}", " {} 1-2\n/a@1 1 1-1\nerror 2: a merge conflict is not resolved");
        check("{\"a\": {\"b\": \"c", " {} 1-1\n/a@1 {} 1-1\n/a@1/b@1 `` 1-1\nerror 1: a string does not end");
        check("", " null 1-1\nerror 1: a value is missing at the end of the file");
        check("{} {}", " {} 1-1\nerror 1: expected the end of the file");
        check("[1 2]", " [] 1-1\n/0 1 1-1\nerror 1: expected `,` or `]`");
    }

    #[test]
    fn nesting_is_bounded() {
        for open in ["[", "{\"a\":"] {
            let read = read(&open.repeat(100_000)).error.unwrap();
            assert_eq!(read.message, "nested more than 96 levels deep");
        }
    }
}
