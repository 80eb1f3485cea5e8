//! Builds [`Node`] trees from events, for YAML and JSON alike.
//!
//! The stack is explicit, so nesting is bounded by [`Limits::max_depth`] and not by the thread's stack; that bound also makes dropping and
//! walking a finished tree safe. Aliases are expanded by copying, paid from a budget before the copy is made.

use crate::Limits;
use probity_model::{
    Lines, Node,
    node::{Entry, Scalar, ScalarKind, Value},
};
use std::collections::{HashMap, HashSet};

/// Why a text is not a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct SyntaxError {
    /// 1-based.
    pub line: u32,
    /// 1-based.
    pub column: u32,
    pub message: String,
    /// The text may be well-formed; it went over a limit of ours.
    pub over_limit: bool,
}

impl SyntaxError {
    pub(crate) fn new(line: u32, column: u32, message: impl Into<String>) -> Self {
        Self { line, column, message: message.into(), over_limit: false }
    }

    pub(crate) fn limit(line: u32, column: u32, message: impl Into<String>) -> Self {
        Self { over_limit: true, ..Self::new(line, column, message) }
    }
}

/// A key that a mapping has twice; the later one is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) key: Box<str>,
    pub(crate) first: u32,
    pub(crate) line: u32,
}

/// Where an event happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Debug)]
struct Frame {
    items: Items,
    start: u32,
    tag: Option<Box<str>>,
    anchor: usize,
    /// Nodes and text below, for the price of an alias.
    weight: usize,
    /// Levels below.
    height: usize,
}

#[derive(Debug)]
enum Items {
    Seq(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<Key>, merges: Vec<Node> },
}

#[derive(Debug)]
struct Key {
    text: Box<str>,
    line: u32,
    merge: bool,
}

#[derive(Debug)]
struct Anchor {
    node: Node,
    weight: usize,
    height: usize,
}

#[derive(Debug)]
pub(crate) struct Builder<'l> {
    limits: &'l Limits,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    root: Option<Node>,
    nodes: usize,
    expanded: usize,
    /// A mapping or sequence was used as a key, as `{{ template }}` does when it is read as YAML.
    pub(crate) complex_key: bool,
    pub(crate) repeated: Vec<Repeated>,
}

impl<'l> Builder<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            stack: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            nodes: 0,
            expanded: 0,
            complex_key: false,
            repeated: Vec::new(),
        }
    }

    /// Ends a document. Its anchors end with it.
    pub(crate) fn finish(&mut self) -> Option<Node> {
        self.anchors.clear();
        self.complex_key = false;
        self.root.take()
    }

    /// Whether the next node is a key of a mapping.
    pub(crate) fn expects_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { items: Items::Map { key: None, .. }, .. }))
    }

    /// A key of a mapping.
    pub(crate) fn key(&mut self, text: Box<str>, line: u32, merge: bool) {
        if let Some(Frame { items: Items::Map { key, .. }, weight, .. }) = self.stack.last_mut() {
            *weight += weight_of(&text);
            *key = Some(Key { text, line, merge });
        }
    }

    pub(crate) fn scalar(&mut self, scalar: Scalar, lines: Lines, tag: Option<Box<str>>, anchor: usize, at: At) -> Result<(), SyntaxError> {
        self.count(1, at)?;
        let weight = weight_of(&scalar.text);
        let node = Node { value: Value::Scalar(scalar), lines, tag };
        self.attach(node, anchor, weight, 0, at)
    }

    pub(crate) fn begin_seq(&mut self, tag: Option<Box<str>>, anchor: usize, at: At) -> Result<(), SyntaxError> {
        self.begin(Items::Seq(Vec::new()), tag, anchor, at)
    }

    pub(crate) fn begin_map(&mut self, tag: Option<Box<str>>, anchor: usize, at: At) -> Result<(), SyntaxError> {
        self.begin(Items::Map { entries: Vec::new(), key: None, merges: Vec::new() }, tag, anchor, at)
    }

    fn begin(&mut self, items: Items, tag: Option<Box<str>>, anchor: usize, at: At) -> Result<(), SyntaxError> {
        self.count(1, at)?;
        if self.stack.len() >= self.limits.max_depth {
            return Err(SyntaxError::limit(at.line, at.column, format!("nested more than {} levels deep", self.limits.max_depth)));
        }
        self.stack.push(Frame { items, start: at.line, tag, anchor, weight: 1, height: 0 });
        Ok(())
    }

    /// Ends the innermost sequence or mapping; `end` is its last line with content.
    pub(crate) fn end(&mut self, end: u32, at: At) -> Result<(), SyntaxError> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.items {
            Items::Seq(items) => Value::Seq(items),
            Items::Map { mut entries, merges, .. } => {
                keep_last(&mut entries, &mut self.repeated);
                if !merges.is_empty() {
                    merge(&mut entries, merges, at)?;
                }
                Value::Map(entries)
            }
        };
        let node = Node { value, lines: Lines::new(frame.start, end), tag: frame.tag };
        self.attach(node, frame.anchor, frame.weight, frame.height + 1, at)
    }

    /// A copy of an earlier node. It keeps the lines of the original: that is where its text can be changed.
    pub(crate) fn alias(&mut self, anchor: usize, at: At) -> Result<(), SyntaxError> {
        let Some(found) = self.anchors.get(&anchor) else {
            return Err(SyntaxError::new(at.line, at.column, "an alias refers to a node that contains it"));
        };
        let (weight, height) = (found.weight, found.height);
        self.expanded = self.expanded.saturating_add(weight);
        if self.expanded > self.limits.max_alias_expansion {
            return Err(SyntaxError::limit(at.line, at.column, "aliases expand to too much"));
        }
        if self.stack.len() + height > self.limits.max_depth {
            return Err(SyntaxError::limit(at.line, at.column, format!("nested more than {} levels deep", self.limits.max_depth)));
        }
        let node = found.node.clone();
        self.count(weight, at)?;
        if self.expects_key() {
            let text = key_text(&node);
            self.key(text, at.line, false);
            return Ok(());
        }
        self.attach(node, 0, weight, height, at)
    }

    fn count(&mut self, nodes: usize, at: At) -> Result<(), SyntaxError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.max_nodes {
            return Err(SyntaxError::limit(at.line, at.column, format!("more than {} values", self.limits.max_nodes)));
        }
        Ok(())
    }

    fn attach(&mut self, node: Node, anchor: usize, weight: usize, height: usize, at: At) -> Result<(), SyntaxError> {
        if anchor != 0 {
            // The copy that is kept is paid for like one that is used: anchors may be nested.
            self.expanded = self.expanded.saturating_add(weight);
            if self.expanded > self.limits.max_alias_expansion {
                return Err(SyntaxError::limit(at.line, at.column, "anchors and aliases expand to too much"));
            }
            self.anchors.insert(anchor, Anchor { node: node.clone(), weight, height });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(weight);
        frame.height = frame.height.max(height);
        match &mut frame.items {
            Items::Seq(items) => items.push(node),
            Items::Map { entries, key, merges } => match key.take() {
                None => {
                    self.complex_key |= height > 0;
                    *key = Some(Key { text: key_text(&node), line: node.lines.start, merge: false });
                }
                Some(Key { merge: true, .. }) => merges.push(node),
                Some(Key { text, line, .. }) => entries.push(Entry { key: text, line, value: node }),
            },
        }
        Ok(())
    }
}

fn weight_of(text: &str) -> usize {
    1 + text.len() / 32
}

/// The text of a node that is used as a key. Keys that are no scalars mean nothing to the formats we read; their text only has to be stable.
fn key_text(node: &Node) -> Box<str> {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::Seq(_) => "[…]".into(),
        Value::Map(_) => "{…}".into(),
    }
}

/// Small mappings are compared pairwise, which is faster than hashing.
const SMALL: usize = 12;

/// Of entries with the same key the last one stays, in its place.
pub(crate) fn keep_last(entries: &mut Vec<Entry>, repeated: &mut Vec<Repeated>) {
    if entries.len() <= SMALL {
        let unique = entries.iter().enumerate().all(|(index, entry)| !entries.iter().skip(index + 1).any(|other| other.key == entry.key));
        if unique {
            return;
        }
    }
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        last.insert(&entry.key, index);
    }
    if last.len() == entries.len() {
        return;
    }
    let mut stays = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let kept = last.get(&*entry.key).copied().unwrap_or(index);
        stays.push(kept == index);
        if kept != index
            && let Some(later) = entries.get(kept)
        {
            repeated.push(Repeated { key: entry.key.clone(), first: entry.line, line: later.line });
        }
    }
    let mut stays = stays.into_iter();
    entries.retain(|_| stays.next().unwrap_or(true));
}

/// Adds what merge keys bring: explicit keys win, then earlier sources.
fn merge(entries: &mut Vec<Entry>, merges: Vec<Node>, at: At) -> Result<(), SyntaxError> {
    let mut known: HashSet<Box<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
    for source in merges {
        let maps = match source.value {
            Value::Map(_) => vec![source],
            Value::Seq(items) => items,
            Value::Scalar(Scalar { kind: ScalarKind::Null, .. }) => continue,
            Value::Scalar(_) => return Err(not_mergeable(at)),
        };
        for map in maps {
            let Value::Map(inherited) = map.value else { return Err(not_mergeable(at)) };
            for entry in inherited {
                if known.insert(entry.key.clone()) {
                    entries.push(entry);
                }
            }
        }
    }
    Ok(())
}

fn not_mergeable(at: At) -> SyntaxError {
    SyntaxError::new(at.line, at.column, "a merge key needs a mapping or a list of mappings")
}
