//! YAML, every value with its lines.
//!
//! <https://yaml.org/spec/1.2.2/>
//!
//! `granit-parser` reads it. A collection ends on its last line with content. Aliases are copied and paid for from a budget; merge keys stay
//! fields named `<<`. Plain words are text unless they are numbers, booleans or null; [`Value::word`](super::tree::Value::word) gives numbers as
//! they are written. Tags are not looked at.

use super::tree::{Data, Field, MAX_DEPTH, Read, Value};
use granit_parser::{Event, Parser, ScalarStyle};
use probity_model::{Lines, analyzer::AnalyzeError};
use std::{borrow::Cow, collections::HashMap};

/// What aliases may add to a document, in values.
const MAX_COPIES: usize = 100_000;

/// Longer keys than YAML's thousand characters: pnpm names a package by all its peers.
const MAX_KEY: usize = 1 << 16;

/// All documents of a text.
pub(crate) fn read(text: &str) -> Read<Vec<Value<'_>>> {
    let mut reader = Reader { stack: Vec::new(), anchors: HashMap::new(), copies: MAX_COPIES, documents: Vec::new() };
    let error = reader.run(text).err();
    // What was read of a document that breaks off.
    while let Some(open) = reader.stack.pop() {
        let end = open.lines.end;
        reader.close(open, end);
    }
    Read { root: reader.documents, error }
}

struct Reader<'t> {
    stack: Vec<Open<'t>>,
    anchors: HashMap<usize, Value<'t>>,
    copies: usize,
    documents: Vec<Value<'t>>,
}

/// A collection that has not ended.
struct Open<'t> {
    data: Data<'t>,
    lines: Lines,
    key: Option<(Cow<'t, str>, u32)>,
    anchor: usize,
}

impl<'t> Reader<'t> {
    fn run(&mut self, text: &'t str) -> Result<(), AnalyzeError> {
        let mut options = granit_parser::Options::default();
        options.set_emit_comments(false);
        options.flow_nesting_limit = MAX_DEPTH;
        options.block_nesting_limit = MAX_DEPTH;
        options.simple_key_max_lookahead = MAX_KEY;
        // The last line with content so far.
        let mut last = 1;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| {
                let line = u32::try_from(error.marker().line()).unwrap_or(u32::MAX);
                AnalyzeError { message: error.info().trim_end_matches('.').to_lowercase(), line: Some(line) }
            })?;
            let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
            let end = u32::try_from(span.end.line()).unwrap_or(u32::MAX);
            match event {
                Event::Scalar(value, style, anchor, _) => {
                    let multi_line = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                    let end = if multi_line || line == end {
                        end
                    } else {
                        let breaks = span.slice(text).map_or(0, |text| memchr::memchr_iter(b'\n', text.trim_end().as_bytes()).count());
                        line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX)).min(end)
                    };
                    last = last.max(end);
                    let empty = style == ScalarStyle::Plain && span.is_empty();
                    let data = match style {
                        _ if empty => Data::Null,
                        ScalarStyle::Plain => plain(value),
                        _ => Data::Text(value),
                    };
                    self.add(Value::new(data, Lines::new(line, end)), anchor);
                }
                Event::SequenceStart(_, anchor, _) => self.open(Data::List(Vec::new()), line, anchor)?,
                Event::MappingStart(_, anchor, _) => self.open(Data::Map(Vec::new()), line, anchor)?,
                Event::SequenceEnd | Event::MappingEnd => {
                    if !span.is_empty() {
                        last = last.max(end);
                    }
                    if let Some(open) = self.stack.pop() {
                        self.close(open, last);
                    }
                }
                Event::Alias(anchor) => {
                    last = last.max(line);
                    let Some(value) = self.anchors.get(&anchor) else {
                        return Err(AnalyzeError { message: "an alias refers to a value that contains it".into(), line: Some(line) });
                    };
                    let (count, height) = measure(value);
                    self.copies = self.copies.checked_sub(count).ok_or_else(|| too_much(line))?;
                    if self.stack.len() + height > MAX_DEPTH {
                        return Err(AnalyzeError { message: format!("nested more than {MAX_DEPTH} levels deep"), line: Some(line) });
                    }
                    let value = value.clone();
                    self.add(value, 0);
                }
                Event::DocumentEnd => self.anchors.clear(),
                _ => {}
            }
            // The copy that an anchor keeps is paid for like one that is used.
            if self.copies == 0 {
                return Err(too_much(line));
            }
        }
        Ok(())
    }

    fn open(&mut self, data: Data<'t>, line: u32, anchor: usize) -> Result<(), AnalyzeError> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(AnalyzeError { message: format!("nested more than {MAX_DEPTH} levels deep"), line: Some(line) });
        }
        self.stack.push(Open { data, lines: Lines::one(line), key: None, anchor });
        Ok(())
    }

    fn close(&mut self, open: Open<'t>, end: u32) {
        let value = Value::new(open.data, Lines::new(open.lines.start, end));
        self.add(value, open.anchor);
    }

    fn add(&mut self, value: Value<'t>, anchor: usize) {
        if anchor != 0 {
            self.copies = self.copies.saturating_sub(measure(&value).0);
            if self.copies > 0 {
                self.anchors.insert(anchor, value.clone());
            }
        }
        let Some(open) = self.stack.last_mut() else {
            self.documents.push(value);
            return;
        };
        open.lines.end = open.lines.end.max(value.lines.end);
        match &mut open.data {
            Data::List(items) => items.push(value),
            Data::Map(fields) => {
                if let Some((key, line)) = open.key.take() {
                    fields.push(Field { key, line, value });
                    return;
                }
                let key = match value.data {
                    Data::Text(text) | Data::Number(text) => text,
                    Data::Bool(yes) => Cow::Borrowed(if yes { "true" } else { "false" }),
                    // Keys that are no scalars mean nothing to the formats we read.
                    Data::Null | Data::List(_) | Data::Map(_) => Cow::Borrowed(""),
                };
                open.key = Some((key, value.lines.start));
            }
            _ => {}
        }
    }
}

fn too_much(line: u32) -> AnalyzeError {
    AnalyzeError { message: "anchors and aliases expand to too much".into(), line: Some(line) }
}

/// Values and levels.
fn measure(value: &Value<'_>) -> (usize, usize) {
    let below = value.items().iter().chain(value.fields().iter().map(|field| &field.value));
    let (count, height) = below.map(measure).fold((0, 0), |(count, height), (n, h)| (count + n, height.max(h)));
    (count + 1, height + 1)
}

fn plain(text: Cow<'_, str>) -> Data<'_> {
    match &*text {
        "null" | "Null" | "NULL" | "~" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        word if word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) && word.parse::<f64>().is_ok() => {
            Data::Number(text)
        }
        _ => Data::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::tree::render;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = read(text);
        let mut out = read.root.iter().map(render).collect::<Vec<_>>().join("\n");
        if let Some(error) = read.error {
            out.push_str(&format!("\nerror {}: {}", error.line.unwrap(), error.message));
        }
        let tidy = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        assert_eq!(tidy(&out), tidy(expected));
    }

    #[test]
    fn collections_end_on_their_last_line() {
        check(
            "a:\n  b: 1.10\n  'c': {d: 'e', f: [true]}\n\n# end\ng: |\n  x\n  y\n\nh:\n---\n- 9.0\n",
            " {} 1-10
             /a@1 {} 2-3
             /a@1/b@2 1.10 2-2
             /a@1/c@3 {} 3-3
             /a@1/c@3/d@3 `e` 3-3
             /a@1/c@3/f@3 [] 3-3
             /a@1/c@3/f@3/0 true 3-3
             /g@6 `x
             y
             ` 7-8
             /h@10 null 10-10
             [] 12-12
             /0 9.0 12-12",
        );
    }

    #[test]
    fn aliases_are_copies() {
        check("a: &x [1]\nb: *x\n", " {} 1-2\n/a@1 [] 1-1\n/a@1/0 1 1-1\n/b@2 [] 1-1\n/b@2/0 1 1-1");
    }

    #[test]
    fn what_stood_before_an_error_is_kept() {
        let read = read("a: 1\nb: c\n<<<<<<< HEAD\nd: 1\n");
        assert!(read.error.is_some());
        assert_eq!(read.root.first().and_then(|root| root.word_of("a")), Some("1"));
    }

    #[test]
    fn hostile_texts_are_errors() {
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..30 {
            laughs.push_str(&format!("a{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(9).trim_end_matches(',')));
        }
        for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), laughs, "a: &a [*a]".to_owned()] {
            assert!(read(&text).error.is_some());
        }
    }
}
