//! A JSON document as a tree of borrowed values, and a view on it that remembers where it is.
//!
//! Documents in the wild have nulls, numbers and single objects where the specification says text and lists. A typed parser would refuse
//! the whole document for one of them, so reading walks this tree and turns each such place into a warning with its JSON pointer. Nesting
//! is bounded by `serde_json` (128), the number of values by [`Limits::values`](crate::Limits::values).

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::SbomError;
use crate::warnings::Warnings;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The last field of that name that is not null, as most parsers resolve repeated names.
    pub(crate) fn get(&self, key: &str) -> Option<&Node<'a>> {
        let Self::Object(fields) = self else { return None };
        fields.iter().rev().find(|(name, value)| name == key && *value != Self::Null).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Self::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self, key: &str) -> &[Node<'a>] {
        match self.get(key) {
            Some(Self::List(items)) => items,
            _ => &[],
        }
    }
}

/// Parses the first JSON value of `text`; returns it and how many bytes it took.
pub(crate) fn parse_prefix<'a>(text: &'a str, values: &Cell<u64>, limit: u64) -> Result<(Node<'a>, usize), SbomError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = Seed { values }.deserialize(&mut reader);
    match parsed {
        Ok(node) => {
            // Nothing more is read here: the iterator only knows where the value ended.
            let offset = reader.into_iter::<de::IgnoredAny>().byte_offset();
            Ok((node, offset))
        }
        Err(_) if values.get() == 0 => Err(SbomError::TooLarge { what: "values", limit }),
        Err(err) => Err(SbomError::Syntax { line: err.line(), column: err.column(), message: plain_message(&err) }),
    }
}

/// Parses all of `text` as one JSON value.
pub(crate) fn parse<'a>(text: &'a str, values: &Cell<u64>, limit: u64) -> Result<Node<'a>, SbomError> {
    let (node, end) = parse_prefix(text, values, limit)?;
    match text.get(end..).map(str::trim_start) {
        None | Some("") => Ok(node),
        Some(rest) => {
            let (line, column) = crate::text::position(text, text.len() - rest.len());
            Err(SbomError::Syntax { line, column, message: "text after the end of the document".to_owned() })
        }
    }
}

/// The message without the " at line …" that the error type repeats.
fn plain_message(err: &serde_json::Error) -> String {
    let message = err.to_string();
    message.rsplit_once(" at line ").map_or(message.clone(), |(head, _)| head.to_owned())
}

struct Seed<'c> {
    values: &'c Cell<u64>,
}

impl Seed<'_> {
    fn charge<E: de::Error>(&self) -> Result<(), E> {
        match self.values.get().checked_sub(1) {
            Some(left) if left > 0 => {
                self.values.set(left);
                Ok(())
            }
            _ => {
                self.values.set(0);
                Err(E::custom("too many values"))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.charge()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(serde_json::Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Seed { values: self.values })? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = access.next_key_seed(KeySeed)? {
            fields.push((key, access.next_value_seed(Seed { values: self.values })?));
        }
        Ok(Node::Object(fields))
    }
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

/// Where a value is: rendered as a JSON pointer only when a warning needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(parent, key) => write!(f, "{parent}/{}", key.replace('~', "~0").replace('/', "~1")),
            Self::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// A value with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'n> {
    pub(crate) node: &'n Node<'n>,
    pub(crate) path: &'n Path<'n>,
}

impl<'n> View<'n> {
    pub(crate) fn new(node: &'n Node<'n>, path: &'n Path<'n>) -> Self {
        Self { node, path }
    }

    pub(crate) fn warn(&self, warnings: &mut Warnings, message: impl Into<String>) {
        warnings.push(&self.path.to_string(), message);
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some()
    }

    /// The text of a field. Empty text is no text; numbers and booleans are taken as written, with a warning.
    pub(crate) fn text(&self, key: &str, warnings: &mut Warnings) -> Option<String> {
        let node = self.node.get(key)?;
        match node {
            Node::Text(text) if text.trim().is_empty() => None,
            Node::Text(text) => Some(text.clone().into_owned()),
            Node::Number(number) => {
                self.warn(warnings, format!("`{key}` is a number, not text"));
                Some(number.to_string())
            }
            Node::Bool(value) => {
                self.warn(warnings, format!("`{key}` is a boolean, not text"));
                Some(value.to_string())
            }
            Node::Null => None,
            Node::List(_) | Node::Object(_) => {
                self.warn(warnings, format!("`{key}` is not text and was not read"));
                None
            }
        }
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        match self.node.get(key)? {
            Node::Number(number) => number.as_f64(),
            Node::Text(text) => text.trim().parse().ok().filter(|value: &f64| value.is_finite()),
            _ => None,
        }
    }

    pub(crate) fn unsigned(&self, key: &str) -> Option<u64> {
        match self.node.get(key)? {
            Node::Number(number) => number.as_u64(),
            Node::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Calls `visit` for each item of a list field. A single object or text where a list belongs is taken as a list of one.
    pub(crate) fn each<F>(&self, key: &str, warnings: &mut Warnings, mut visit: F) -> Result<(), SbomError>
    where
        F: FnMut(View<'_>, &mut Warnings) -> Result<(), SbomError>,
    {
        let Some(node) = self.node.get(key) else { return Ok(()) };
        let here = Path::Key(self.path, key);
        match node {
            Node::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if *item != Node::Null {
                        visit(View::new(item, &Path::Index(&here, index)), warnings)?;
                    }
                }
                Ok(())
            }
            Node::Object(_) | Node::Text(_) => {
                self.warn(warnings, format!("`{key}` is not a list"));
                visit(View::new(node, &here), warnings)
            }
            Node::Null | Node::Bool(_) | Node::Number(_) => {
                self.warn(warnings, format!("`{key}` is not a list and was not read"));
                Ok(())
            }
        }
    }

    /// Calls `visit` for a field that is an object.
    pub(crate) fn object<T, F>(&self, key: &str, warnings: &mut Warnings, visit: F) -> Option<T>
    where
        F: FnOnce(View<'_>, &mut Warnings) -> Option<T>,
    {
        let node = self.node.get(key)?;
        let here = Path::Key(self.path, key);
        if matches!(node, Node::Object(_)) {
            visit(View::new(node, &here), warnings)
        } else {
            self.warn(warnings, format!("`{key}` is not an object and was not read"));
            None
        }
    }

    /// The items of a list of texts.
    pub(crate) fn texts(&self, key: &str, warnings: &mut Warnings) -> Vec<String> {
        let mut out = Vec::new();
        let visited = self.each(key, warnings, |item, warnings| {
            match item.node {
                Node::Text(text) => out.push(text.clone().into_owned()),
                _ => item.warn(warnings, "not text and not read"),
            }
            Ok(())
        });
        debug_assert!(visited.is_ok(), "the closure never fails");
        out
    }

    /// Warns of fields outside `known`: the model has no place for them.
    pub(crate) fn report_unread(&self, known: &[&str], of: &str, warnings: &mut Warnings) {
        if let Node::Object(fields) = self.node {
            for (key, value) in fields {
                let empty = match value {
                    Node::Null => true,
                    Node::List(items) => items.is_empty(),
                    Node::Object(items) => items.is_empty(),
                    Node::Bool(_) | Node::Number(_) | Node::Text(_) => false,
                };
                if !empty && !known.contains(&key.as_ref()) {
                    self.warn(warnings, format!("`{}` of {of} is not carried over", crate::text::clip(key, 100)));
                }
            }
        }
    }
}
