//! Literals of Elixir and Erlang, as lockfiles have them: tuples, lists, maps, atoms, strings.
//!
//! <https://hexdocs.pm/elixir/syntax-reference.html>, <https://www.erlang.org/doc/system/reference_manual.html>
//!
//! Both languages are read as one: `"a": x` and `"a" => x` are values with a key, `<<"a">>` is a string, `:a` and `'a'` are the atom `a`, a term of
//! Erlang ends with a dot, comments start with `#` or `%`. The kind of a bracket is not looked at, only that it is closed.
//!
//! Where an entry cannot be read (conflict markers of a merge) the reader goes on at the next line.

use crate::unit::FirstError;
use probity_model::Lines;
use std::borrow::Cow;

/// Nesting of real lockfiles ends at six.
const MAX_DEPTH: usize = 32;

#[derive(Debug)]
pub(super) struct Term<'t> {
    pub(super) key: Option<Cow<'t, str>>,
    pub(super) data: Data<'t>,
    pub(super) lines: Lines,
}

#[derive(Debug)]
pub(super) enum Data<'t> {
    /// An atom or a number.
    Word(Cow<'t, str>),
    Text(Cow<'t, str>),
    /// A tuple, list or map.
    Group(Vec<Term<'t>>),
}

impl<'t> Term<'t> {
    pub(super) fn word(&self) -> Option<&str> {
        match &self.data {
            Data::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Term<'t>] {
        match &self.data {
            Data::Group(items) => items,
            _ => &[],
        }
    }
}

/// The terms of a text. `entries` is how many brackets are open where its entries stand: an error costs one of them.
pub(super) fn read<'t>(text: &'t str, entries: usize, errors: &mut FirstError) -> Vec<Term<'t>> {
    let mut reader = Reader { rest: text, line: 1, entries, errors };
    let mut terms = Vec::new();
    loop {
        reader.space();
        while let Some(rest) = reader.rest.strip_prefix('.') {
            reader.rest = rest;
            reader.space();
        }
        if reader.rest.is_empty() {
            return terms;
        }
        match reader.term(0) {
            Ok(term) => terms.push(term),
            Err(fault) => reader.recover(&fault),
        }
    }
}

struct Reader<'t, 'e> {
    rest: &'t str,
    line: u32,
    entries: usize,
    errors: &'e mut FirstError,
}

struct Fault {
    line: u32,
    message: &'static str,
}

impl<'t> Reader<'t, '_> {
    fn fault(&self, message: &'static str) -> Fault {
        let conflict = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| self.rest.starts_with(marker));
        Fault { line: self.line, message: if conflict { "a merge conflict is not resolved" } else { message } }
    }

    /// Notes a fault and goes to the next line.
    fn recover(&mut self, fault: &Fault) {
        self.errors.add(fault.line, || fault.message.to_owned());
        match memchr::memchr(b'\n', self.rest.as_bytes()) {
            Some(end) => self.pass(end + 1),
            None => self.rest = "",
        }
    }

    fn pass(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let breaks = memchr::memchr_iter(b'\n', passed.as_bytes()).count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.rest = rest;
    }

    fn space(&mut self) {
        loop {
            let space = self.rest.bytes().take_while(u8::is_ascii_whitespace).count();
            self.pass(space);
            let comment = self.rest.starts_with('#') || self.rest.starts_with('%') && !self.rest.starts_with("%{");
            if !comment {
                return;
            }
            self.pass(memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len()));
        }
    }

    /// A term with its key, if it has one.
    fn term(&mut self, depth: usize) -> Result<Term<'t>, Fault> {
        let start = self.line;
        let data = self.value(depth)?;
        let before = self.rest;
        self.space();
        let is_key = self.rest.starts_with("=>") || before.starts_with(':') && !before.starts_with("::");
        let (key, data) = match data {
            Data::Word(key) | Data::Text(key) if is_key => {
                self.pass(if self.rest.starts_with("=>") { 2 } else { 1 });
                self.space();
                (Some(key), self.value(depth)?)
            }
            data => (None, data),
        };
        Ok(Term { key, data, lines: Lines::new(start, self.line) })
    }

    fn value(&mut self, depth: usize) -> Result<Data<'t>, Fault> {
        if let Some(open) = ["%{", "{", "["].into_iter().find(|open| self.rest.starts_with(open)) {
            if depth >= MAX_DEPTH {
                return Err(self.fault("brackets are nested too deeply"));
            }
            self.pass(open.len());
            return self.group(depth + 1).map(Data::Group);
        }
        if self.rest.starts_with("<<\"") {
            self.pass(2);
            let text = self.string('"')?;
            let end = ["/utf8>>", ">>"].into_iter().find(|end| self.rest.starts_with(end)).ok_or_else(|| self.fault("expected `>>`"))?;
            self.pass(end.len());
            return Ok(Data::Text(text));
        }
        if self.rest.starts_with('"') {
            return self.string('"').map(Data::Text);
        }
        if self.rest.starts_with('\'') {
            return self.string('\'').map(Data::Word);
        }
        if self.rest.starts_with(":\"") {
            self.pass(1);
            return self.string('"').map(Data::Word);
        }
        if self.rest.starts_with(':') {
            self.pass(1);
        }
        let bytes = self.rest.as_bytes();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'!' | b'?' | b'-');
        let mut length = 0;
        while let Some(byte) = bytes.get(length) {
            // The dot at the end of a term belongs to no number.
            let dot = *byte == b'.' && bytes.get(length + 1).is_some_and(u8::is_ascii_alphanumeric);
            if !is_part(*byte) && !dot {
                break;
            }
            length += 1;
        }
        if length == 0 {
            return Err(self.fault("expected a value"));
        }
        let word = self.rest.get(..length).unwrap_or_default();
        self.pass(length);
        Ok(Data::Word(Cow::Borrowed(word)))
    }

    /// What is in brackets; the opening one is passed.
    fn group(&mut self, depth: usize) -> Result<Vec<Term<'t>>, Fault> {
        let mut items = Vec::new();
        let mut comma = true;
        loop {
            self.space();
            if self.rest.starts_with(['}', ']']) {
                self.pass(1);
                return Ok(items);
            }
            if self.rest.is_empty() {
                let fault = self.fault("the file ends inside brackets");
                if depth <= self.entries {
                    self.errors.add(fault.line, || fault.message.to_owned());
                    return Ok(items);
                }
                return Err(fault);
            }
            let item = if comma { self.term(depth) } else { Err(self.fault("expected `,` or a closing bracket")) };
            match item {
                Ok(item) => {
                    items.push(item);
                    self.space();
                    comma = self.rest.starts_with(',');
                    self.pass(usize::from(comma));
                }
                Err(fault) if depth == self.entries => {
                    self.recover(&fault);
                    comma = true;
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// A string without its quotes; the reader is at the opening one.
    fn string(&mut self, quote: char) -> Result<Cow<'t, str>, Fault> {
        let body = self.rest.get(1..).unwrap_or_default();
        let Some(end) = body.find([quote, '\\', '\n']) else { return Err(self.fault("a string does not end")) };
        let (plain, rest) = body.split_at_checked(end).unwrap_or((body, ""));
        if rest.starts_with(quote) {
            self.pass(end + 2);
            return Ok(Cow::Borrowed(plain));
        }
        // With escapes.
        let mut text = String::new();
        let mut chars = body.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, c)) => text.push(c),
                    None => break,
                },
                '\n' => break,
                c if c == quote => {
                    self.pass(at + 2);
                    return Ok(Cow::Owned(text));
                }
                c => text.push(c),
            }
        }
        Err(self.fault("a string does not end on its line"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(terms: &[Term<'_>]) -> String {
        let one = |term: &Term<'_>| {
            let key = term.key.as_ref().map_or_else(String::new, |key| format!("{key}="));
            let data = match &term.data {
                Data::Word(word) => word.to_string(),
                Data::Text(text) => format!("`{text}`"),
                Data::Group(items) => format!("({})", show(items)),
            };
            format!("{key}{data}")
        };
        terms.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut errors = FirstError::default();
        let terms = read(text, 1, &mut errors);
        let mut out = show(&terms);
        if let Err(error) = errors.into_result() {
            out.push_str(&format!(" error {}: {error}", error.line.unwrap()));
        }
        assert_eq!(out, expected);
    }

    #[test]
    fn both_languages() {
        check("%{\"a\": {:hex, :\"b c\", \"1\\\"2\", [x: 1.5, y: nil]}, \"d\" => [], # end\n}", "(a=(hex b c `1\"2` (x=1.5 y=nil)) d=())");
        check("{\"1.2.0\", % first\n[{<<\"a\">>,{pkg,<<\"b\"/utf8>>},0}]}.\n['q',\n-1].\n", "(`1.2.0` ((`a` (pkg `b`) 0))) (q -1)");
        check("", "");
    }

    #[test]
    fn an_error_costs_one_entry() {
        check(
            "%{\n\"a\": {:x},\n<<<<<<< HEAD\n\"b\": {:y, \n},\n\"c\" {},\n\"d\": {]\n}",
            "(a=(x) b=(y) `c` d=()) error 3: a merge conflict is not resolved (and 1 more)",
        );
        check("%{\"a\": {:x}, \"b\": {:y", "(a=(x)) error 1: the file ends inside brackets (and 1 more)");
        let deep = "[".repeat(100_000);
        let mut errors = FirstError::default();
        read(&deep, 1, &mut errors);
        assert_eq!(errors.into_result().unwrap_err().message, "brackets are nested too deeply (and 1 more)");
    }
}
