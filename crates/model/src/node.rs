//! One tree for YAML and JSON documents, every node with its lines.

use crate::place::Lines;

/// A value of a document and the lines it covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub lines: Lines,
    /// An explicit tag such as `!Sub`, without the leading `!`; core schema tags are resolved and not kept.
    pub tag: Option<Box<str>>,
}

/// What a node holds. Mappings keep source order; merge keys and aliases are already resolved.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Scalar(Scalar),
    Seq(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Box<str>,
    /// The line of the key.
    pub line: u32,
    pub value: Node,
}

impl Entry {
    /// From the key's line to the end of the value.
    pub fn lines(&self) -> Lines {
        Lines::new(self.line, self.value.lines.end.max(self.line))
    }
}

/// A scalar with its text as written (after unescaping) and what the YAML 1.2 core schema makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    pub text: Box<str>,
    pub kind: ScalarKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScalarKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str,
}

impl Node {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key of a mapping with its value.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// Follows keys: `node.at(&["spec", "template"])`.
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Entries of a mapping, empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Items of a sequence, empty for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Seq(items) => items,
            _ => &[],
        }
    }

    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of any scalar but null: `8080` and `true` are text too.
    pub fn text(&self) -> Option<&str> {
        self.scalar().filter(|s| s.kind != ScalarKind::Null).map(|s| &*s.text)
    }

    /// The text of a string scalar only.
    pub fn as_str(&self) -> Option<&str> {
        self.scalar().filter(|s| s.kind == ScalarKind::Str).map(|s| &*s.text)
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.scalar()?.kind {
            ScalarKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        match self.scalar()?.kind {
            ScalarKind::Int(value) => Some(value),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.scalar(), Some(s) if s.kind == ScalarKind::Null)
    }

    pub const fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    pub const fn is_seq(&self) -> bool {
        matches!(self.value, Value::Seq(_))
    }

    /// `get(key)` as text.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// `get(key)` as a boolean.
    pub fn bool_of(&self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    /// The items of `get(key)`, empty when it is absent or no sequence.
    pub fn items_of(&self, key: &str) -> &[Node] {
        self.get(key).map_or(&[], Node::items)
    }
}
