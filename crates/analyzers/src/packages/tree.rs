//! Values with their lines: what the readers of JSON, YAML and TOML make, and what the parsers of lockfiles walk.
//!
//! Whatever is wrong in a text, the part before it is there: a [`Read`] is a value and, maybe, an error.

use crate::unit::FirstError;
use probity_model::{Lines, analyzer::AnalyzeError};
use std::borrow::Cow;

/// Deeper nesting is an error: no format we read needs a third of it, and it keeps walking and dropping a tree safe.
pub(super) const MAX_DEPTH: usize = 96;

/// A text as far as it could be read.
#[derive(Debug)]
pub(crate) struct Read<T> {
    pub(crate) root: T,
    pub(crate) error: Option<AnalyzeError>,
}

impl<T> Read<T> {
    /// The value; what was wrong goes to `errors`.
    pub(crate) fn or_note(self, errors: &mut FirstError) -> T {
        if let Some(error) = self.error {
            errors.add(error.line.unwrap_or(1), || error.message);
        }
        self.root
    }
}

/// A value and the lines it covers, from its first character to its last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value<'t> {
    pub(crate) data: Data<'t>,
    pub(crate) lines: Lines,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data<'t> {
    Null,
    Bool(bool),
    /// Numbers and dates as they are written: a version `1.10` is not `1.1`.
    Number(Cow<'t, str>),
    Text(Cow<'t, str>),
    List(Vec<Value<'t>>),
    /// In the order of the text. A repeated key is there twice.
    Map(Vec<Field<'t>>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field<'t> {
    pub(crate) key: Cow<'t, str>,
    /// The line of the key.
    pub(crate) line: u32,
    pub(crate) value: Value<'t>,
}

impl Field<'_> {
    /// From the key to the end of the value.
    pub(crate) fn lines(&self) -> Lines {
        Lines::new(self.line, self.value.lines.end)
    }
}

impl<'t> Value<'t> {
    pub(super) const fn new(data: Data<'t>, lines: Lines) -> Self {
        Self { data, lines }
    }

    /// The value of a key; of a repeated one the last. Walks the map: use [`Value::fields`] to read all of a large one.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.fields().iter().rev().find(|field| field.key == key).map(|field| &field.value)
    }

    /// The value below several keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The fields of a map; none of anything else.
    pub(crate) fn fields(&self) -> &[Field<'t>] {
        match &self.data {
            Data::Map(fields) => fields,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// A string.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A string, or a number or boolean as it is written: YAML does not ask for quotes around `1.10`.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) | Data::Number(text) => Some(text),
            Data::Bool(true) => Some("true"),
            Data::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The string of a key, unless it is empty.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text).filter(|text| !text.is_empty())
    }

    /// The string, number or boolean of a key, unless it is empty.
    pub(crate) fn word_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::word).filter(|text| !text.is_empty())
    }

    /// The fields of the map of a key.
    pub(crate) fn fields_of(&self, key: &str) -> &[Field<'t>] {
        self.get(key).map_or(&[], Self::fields)
    }

    /// The items of the list of a key.
    pub(crate) fn items_of(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    /// Whether the value of a key is `true`.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.data == Data::Bool(true))
    }

    pub(crate) const fn is_map(&self) -> bool {
        matches!(self.data, Data::Map(_))
    }
}

/// The text of a file: UTF-8, or UTF-16 with a byte order mark (Windows' tools write it). The mark is dropped, invalid parts are replaced.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// One line a value, for tests.
#[cfg(test)]
pub(super) fn render(value: &Value<'_>) -> String {
    fn put(value: &Value<'_>, path: &str, out: &mut Vec<String>) {
        let data = match &value.data {
            Data::Null => "null".to_owned(),
            Data::Bool(yes) => yes.to_string(),
            Data::Number(text) => text.to_string(),
            Data::Text(text) => format!("`{text}`"),
            Data::List(_) => "[]".to_owned(),
            Data::Map(_) => "{}".to_owned(),
        };
        out.push(format!("{path} {data} {}-{}", value.lines.start, value.lines.end));
        for (index, item) in value.items().iter().enumerate() {
            put(item, &format!("{path}/{index}"), out);
        }
        for field in value.fields() {
            put(&field.value, &format!("{path}/{}@{}", field.key, field.line), out);
        }
    }
    let mut out = Vec::new();
    put(value, "", &mut out);
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn texts_of_windows_tools() {
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
        assert_eq!(decode(b"\xff\xfea\0\n\0"), "a\n");
        assert_eq!(decode(b"\xfe\xff\0a\xd8"), "a");
        assert_eq!(decode(b"a\xff"), "a\u{fffd}");
    }
}
