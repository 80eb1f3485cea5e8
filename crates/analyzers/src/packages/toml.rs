//! TOML, every value with its lines.
//!
//! <https://toml.io/en/v1.1.0>
//!
//! The `toml` crate reads it. A table covers the lines from its header to its last value, not those of the comments after it. After an error
//! the crate goes on as well as it can; the first error is kept.

use super::tree::{Data, Field, MAX_DEPTH, Read, Value};
use probity_model::{Lines, analyzer::AnalyzeError};
use std::{borrow::Cow, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The table of a text, its fields in the order of the text.
pub(crate) fn read(text: &str) -> Read<Value<'_>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { starts: memchr::memchr_iter(b'\n', text.as_bytes()).collect(), too_deep: false };
    let mut root = Value::new(Data::Null, Lines::one(1));
    root.data = reader.table(table.into_inner(), &mut root.lines, 0);
    let mut error = errors.first().map(|error| AnalyzeError {
        message: error.message().lines().collect::<Vec<_>>().join(", "),
        line: Some(reader.line(error.span().map_or(0, |span| span.start))),
    });
    if reader.too_deep {
        error.get_or_insert(AnalyzeError { message: format!("nested more than {MAX_DEPTH} levels deep"), line: Some(1) });
    }
    Read { root, error }
}

struct Reader {
    /// Offsets of the line breaks.
    starts: Vec<usize>,
    too_deep: bool,
}

impl Reader {
    fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start < offset) + 1).unwrap_or(u32::MAX)
    }

    fn lines(&self, span: &Range<usize>) -> Lines {
        Lines::new(self.line(span.start), self.line(span.end.saturating_sub(1).max(span.start)))
    }

    fn value<'t>(&mut self, value: Spanned<DeValue<'t>>, depth: usize) -> Value<'t> {
        let mut lines = self.lines(&value.span());
        if depth > MAX_DEPTH {
            self.too_deep = true;
            return Value::new(Data::Null, lines);
        }
        let data = match value.into_inner() {
            DeValue::String(text) => Data::Text(text),
            DeValue::Integer(number) => Data::Number(number.to_string().into()),
            DeValue::Float(number) => Data::Number(number.to_string().into()),
            DeValue::Boolean(yes) => Data::Bool(yes),
            DeValue::Datetime(date) => Data::Number(date.to_string().into()),
            DeValue::Array(items) => {
                let items: Vec<_> = items.into_iter().map(|item| self.value(item, depth + 1)).collect();
                // Of an array of tables only the first header is in the span.
                for item in &items {
                    lines = lines.cover(item.lines);
                }
                Data::List(items)
            }
            DeValue::Table(table) => self.table(table, &mut lines, depth),
        };
        Value::new(data, lines)
    }

    fn table<'t>(&mut self, table: DeTable<'t>, lines: &mut Lines, depth: usize) -> Data<'t> {
        let mut fields: Vec<_> = table
            .into_iter()
            .map(|(key, value)| {
                let line = self.line(key.span().start);
                let value = self.value(value, depth + 1);
                // A dotted key or a header that names a parent first: the parent has no place of its own.
                let key: Cow<'t, str> = key.into_inner();
                Field { key, line, value }
            })
            .collect();
        fields.sort_by_key(|field| field.line);
        for field in &fields {
            *lines = lines.cover(field.lines());
        }
        Data::Map(fields)
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
    fn tables_cover_their_values() {
        check(
            "b = 1.0\na = [\n  'x',\n  { c = true },\n]\n\n[[p]]\nn = \"1\"\n[p.d]\ne = 1979-05-27\n# end\n\n[[p]]\nn = '''\n2'''\n\n[t.u]\n",
            " {} 1-17
             /b@1 1.0 1-1
             /a@2 [] 2-5
             /a@2/0 `x` 3-3
             /a@2/1 {} 4-4
             /a@2/1/c@4 true 4-4
             /p@7 [] 7-15
             /p@7/0 {} 7-10
             /p@7/0/n@8 `1` 8-8
             /p@7/0/d@9 {} 9-10
             /p@7/0/d@9/e@10 1979-05-27 10-10
             /p@7/1 {} 13-15
             /p@7/1/n@14 `2` 14-15
             /t@17 {} 17-17
             /t@17/u@17 {} 17-17",
        );
    }

    #[test]
    fn hostile_nesting_is_an_error() {
        let dotted = ["a"; 79].join(".");
        let inline = format!("{dotted} = {{").repeat(79);
        for text in ["a = ".to_owned() + &"[".repeat(100_000), format!("[{}a]", "a.".repeat(100_000)), inline] {
            assert!(read(&text).error.is_some());
        }
    }
}
