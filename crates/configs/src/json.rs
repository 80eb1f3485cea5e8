//! JSON, every node with its lines.
//!
//! <https://www.rfc-editor.org/rfc/rfc8259>
//!
//! More is read than the standard allows: comments (`//`, `/* */`) and trailing commas, because editors leave them in configuration files,
//! and several values one after the other, because `kubectl` takes such streams. Of repeated keys the last one is kept.

use crate::{
    Limits,
    tree::{At, Builder, Repeated, SyntaxError},
};
use memchr::{memchr, memchr2, memmem};
use probity_model::{
    Lines, Node,
    node::{Scalar, ScalarKind},
};

/// All values of a text.
pub fn parse_json(text: &str, limits: &Limits) -> Result<Vec<Node>, SyntaxError> {
    read(text, limits).map(|stream| stream.0)
}

pub(crate) fn read(text: &str, limits: &Limits) -> Result<(Vec<Node>, Vec<Repeated>), SyntaxError> {
    let mut reader = Reader { rest: text, text, line: 1, line_start: 0 };
    let mut builder = Builder::new(limits);
    let mut values = Vec::new();
    reader.skip_space()?;
    while !reader.rest.is_empty() {
        reader.value(&mut builder)?;
        values.extend(builder.finish());
        reader.skip_space()?;
    }
    Ok((values, builder.repeated))
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    line: u32,
    /// Byte offset of the start of the line.
    line_start: usize,
}

impl Reader<'_> {
    /// One value with everything in it. Open collections are a stack of `true` for objects, `false` for arrays.
    fn value(&mut self, builder: &mut Builder<'_>) -> Result<(), SyntaxError> {
        let mut open: Vec<bool> = Vec::new();
        // What may come next: a value, or after it a comma or an end.
        let mut after_value = false;
        loop {
            self.skip_space()?;
            let at = self.at();
            let Some(first) = self.rest.as_bytes().first().copied() else {
                return Err(self.error(if open.is_empty() { "a value is missing" } else { "the text ends inside an object or array" }));
            };
            if let Some(&in_object) = open.last() {
                if first == (if in_object { b'}' } else { b']' }) {
                    self.advance(1);
                    builder.end(self.line, at)?;
                    open.pop();
                    if open.is_empty() {
                        return Ok(());
                    }
                    after_value = true;
                    continue;
                }
                if after_value {
                    if first != b',' {
                        return Err(self.error(if in_object { "expected `,` or `}`" } else { "expected `,` or `]`" }));
                    }
                    self.advance(1);
                    after_value = false;
                    continue;
                }
                if in_object {
                    if first != b'"' {
                        return Err(self.error("expected a key in double quotes"));
                    }
                    let key = self.string()?;
                    self.skip_space()?;
                    if !self.rest.starts_with(':') {
                        return Err(self.error("expected `:` after the key"));
                    }
                    self.advance(1);
                    builder.key(key, at.line, false);
                    self.skip_space()?;
                }
            }
            let at = self.at();
            match self.rest.as_bytes().first() {
                Some(b'{') => {
                    self.advance(1);
                    builder.begin_map(None, 0, at)?;
                    open.push(true);
                    after_value = false;
                    continue;
                }
                Some(b'[') => {
                    self.advance(1);
                    builder.begin_seq(None, 0, at)?;
                    open.push(false);
                    after_value = false;
                    continue;
                }
                Some(b'"') => {
                    let text = self.string()?;
                    builder.scalar(Scalar { text, kind: ScalarKind::Str }, Lines::one(at.line), None, 0, at)?;
                }
                _ => {
                    let scalar = self.word()?;
                    builder.scalar(scalar, Lines::one(at.line), None, 0, at)?;
                }
            }
            if open.is_empty() {
                return Ok(());
            }
            after_value = true;
        }
    }

    fn offset(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// The column counts bytes here: counting characters at every token would be quadratic in the length of a line.
    fn at(&self) -> At {
        At { line: self.line, column: u32::try_from(self.offset() - self.line_start + 1).unwrap_or(u32::MAX) }
    }

    fn error(&self, message: &str) -> SyntaxError {
        let before = self.text.get(self.line_start..self.offset()).unwrap_or_default();
        SyntaxError::new(self.line, u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX), message)
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Passes text that may have line breaks.
    fn advance_lines(&mut self, bytes: usize) {
        let offset = self.offset();
        let passed = self.rest.get(..bytes).unwrap_or(self.rest);
        for at in memchr::memchr_iter(b'\n', passed.as_bytes()) {
            self.line += 1;
            self.line_start = offset + at + 1;
        }
        self.advance(bytes);
    }

    fn skip_space(&mut self) -> Result<(), SyntaxError> {
        loop {
            let space = self.rest.bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
            self.advance_lines(space);
            if self.rest.starts_with("//") {
                self.advance(memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                let Some(end) = memmem::find(self.rest.as_bytes(), b"*/") else { return Err(self.error("a comment does not end")) };
                self.advance_lines(end + 2);
            } else {
                return Ok(());
            }
        }
    }

    /// A string; `rest` is at its opening quote.
    fn string(&mut self) -> Result<Box<str>, SyntaxError> {
        let start = self.at();
        let unterminated = move || SyntaxError::new(start.line, start.column, "a string does not end on its line");
        self.advance(1);
        let mut text = String::new();
        loop {
            let Some(stop) = memchr2(b'"', b'\\', self.rest.as_bytes()) else { return Err(unterminated()) };
            let (plain, _) = self.rest.split_at_checked(stop).unwrap_or((self.rest, ""));
            if memchr(b'\n', plain.as_bytes()).is_some() {
                return Err(unterminated());
            }
            if self.rest.as_bytes().get(stop) == Some(&b'"') {
                let whole = if text.is_empty() {
                    plain.into()
                } else {
                    text.push_str(plain);
                    text.into_boxed_str()
                };
                self.advance(stop + 1);
                return Ok(whole);
            }
            text.push_str(plain);
            self.advance(stop);
            text.push(self.escape()?);
        }
    }

    /// An escape; `rest` is at its backslash.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        let c = match self.rest.as_bytes().get(1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.error("unknown escape in a string")),
        };
        self.advance(2);
        Ok(c)
    }

    /// `\u` and four hexadecimal digits; a surrogate without its pair becomes U+FFFD, as in Go.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let unit = |rest: &str| -> Option<u32> {
            let digits = rest.strip_prefix("\\u")?.get(..4)?;
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let Some(high) = unit(self.rest) else { return Err(self.error("`\\u` needs four hexadecimal digits")) };
        self.advance(6);
        if !(0xD800..0xDC00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let Some(low) = unit(self.rest).filter(|low| (0xDC00..0xE000).contains(low)) else { return Ok(char::REPLACEMENT_CHARACTER) };
        self.advance(6);
        Ok(char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn word(&mut self) -> Result<Scalar, SyntaxError> {
        let length = self.rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
        let word = self.rest.get(..length).unwrap_or_default();
        let kind = match word {
            "null" => ScalarKind::Null,
            "true" => ScalarKind::Bool(true),
            "false" => ScalarKind::Bool(false),
            _ => number(word).ok_or_else(|| self.error("expected a value"))?,
        };
        self.advance(length);
        Ok(Scalar { text: word.into(), kind })
    }
}

fn number(word: &str) -> Option<ScalarKind> {
    let starts_well = matches!(word.as_bytes(), [b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..]);
    if !starts_well || word.bytes().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E')) {
        return None;
    }
    word.parse().map(ScalarKind::Int).or_else(|_| word.parse().map(ScalarKind::Float)).ok()
}

/// An array of strings and nothing else, strictly: the exec form of Dockerfile instructions.
pub(crate) fn string_array(text: &str) -> Option<Vec<String>> {
    let mut reader = Reader { rest: text.trim(), text: text.trim(), line: 1, line_start: 0 };
    let mut strings = Vec::new();
    if !reader.rest.starts_with('[') {
        return None;
    }
    reader.advance(1);
    reader.rest = reader.rest.trim_start();
    if reader.rest == "]" {
        return Some(strings);
    }
    loop {
        if !reader.rest.starts_with('"') {
            return None;
        }
        strings.push(reader.string().ok()?.into_string());
        reader.rest = reader.rest.trim_start();
        if reader.rest == "]" {
            return Some(strings);
        }
        reader.rest = reader.rest.strip_prefix(',')?.trim_start();
    }
}
