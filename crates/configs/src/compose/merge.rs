//! How Compose merges two definitions.
//!
//! <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md>
//!
//! Mappings are merged, lists are appended, commands are replaced; lists that stand for mappings (`environment`, `volumes` …) are merged by
//! what identifies an entry. `!reset` removes a value, `!override` replaces it. Not done: `logging` options of another driver are
//! kept.

use probity_model::{
    Lines, Node,
    node::{Entry, Scalar, ScalarKind, Value},
};
use std::collections::{HashMap, HashSet};

/// `over` on top of `base`. The result has the lines of `over`.
pub(super) fn merge(base: Node, over: Node, key: &str) -> Node {
    if over.tag.as_deref() == Some("override") {
        return Node { tag: None, ..over };
    }
    let lines = over.lines;
    if matches!((&base.value, &over.value), (Value::Scalar(_), Value::Scalar(_))) {
        return over;
    }
    let value = match (normal(base.value, base.lines, key), normal(over.value, lines, key)) {
        (Value::Map(mut entries), Value::Map(overs)) => {
            let mut places: HashMap<Box<str>, usize> =
                entries.iter().enumerate().map(|(index, entry)| (entry.key.clone(), index)).collect();
            let mut removed = HashSet::new();
            for entry in overs {
                let place = places.get(&entry.key).copied();
                if entry.value.tag.as_deref() == Some("reset") {
                    removed.extend(place);
                    continue;
                }
                if let Some(old) = place.and_then(|place| entries.get_mut(place)) {
                    let Entry { key, line, value } = entry;
                    let before = std::mem::replace(&mut old.value, nothing(lines));
                    old.value = merge(before, value, &key);
                    old.line = line;
                } else {
                    places.insert(entry.key.clone(), entries.len());
                    entries.push(entry);
                }
            }
            let mut index = 0;
            entries.retain(|_| {
                index += 1;
                !removed.contains(&(index - 1))
            });
            Value::Map(entries)
        }
        (Value::Seq(items), Value::Seq(overs)) => match key {
            "command" | "entrypoint" | "test" => Value::Seq(overs),
            _ => Value::Seq(join(items, overs, key)),
        },
        // A service that says nothing about a field that the base has: `web:` alone.
        (base, Value::Scalar(Scalar { kind: ScalarKind::Null, .. })) if !matches!(base, Value::Scalar(_)) => base,
        (_, over) => over,
    };
    Node { value, lines, tag: over.tag }
}

/// Removes what `!reset` marks where there was nothing to merge with.
pub(super) fn without_resets(node: &mut Node) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if node.tag.as_deref() == Some("override") {
            node.tag = None;
        }
        match &mut node.value {
            Value::Map(entries) => {
                entries.retain(|entry| entry.value.tag.as_deref() != Some("reset"));
                open.extend(entries.iter_mut().map(|entry| &mut entry.value));
            }
            Value::Seq(items) => open.extend(items.iter_mut()),
            Value::Scalar(_) => {}
        }
    }
}

/// Gives all nodes the same lines: they come from another file, and this is where it is named.
pub(super) fn relocate(node: &mut Node, lines: Lines) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        node.lines = lines;
        match &mut node.value {
            Value::Map(entries) => open.extend(entries.iter_mut().map(|entry| {
                entry.line = lines.start;
                &mut entry.value
            })),
            Value::Seq(items) => open.extend(items.iter_mut()),
            Value::Scalar(_) => {}
        }
    }
}

/// How many nodes there are.
pub(super) fn size(node: &Node) -> usize {
    let mut open = vec![node];
    let mut size = 0;
    while let Some(node) = open.pop() {
        size += 1;
        open.extend(node.entries().iter().map(|entry| &entry.value));
        open.extend(node.items());
    }
    size
}

fn nothing(lines: Lines) -> Node {
    Node { value: Value::Scalar(Scalar { text: "".into(), kind: ScalarKind::Null }), lines, tag: None }
}

/// Short and long forms made one, so that they can be merged.
fn normal(value: Value, lines: Lines, key: &str) -> Value {
    match (key, value) {
        ("environment" | "labels" | "annotations" | "sysctls" | "args" | "extra_hosts" | "additional_contexts", Value::Seq(items)) => {
            Value::Map(items.iter().filter_map(|item| pair(item, key)).collect())
        }
        ("depends_on" | "networks", Value::Seq(items)) => Value::Map(
            items
                .into_iter()
                .filter_map(|item| {
                    let name = item.text()?.into();
                    Some(Entry { key: name, line: item.lines.start, value: nothing(item.lines) })
                })
                .collect(),
        ),
        ("build", Value::Scalar(scalar)) if scalar.kind != ScalarKind::Null => {
            let context = Node { value: Value::Scalar(scalar), lines, tag: None };
            Value::Map(vec![Entry { key: "context".into(), line: lines.start, value: context }])
        }
        ("env_file" | "dns" | "dns_search" | "tmpfs" | "label_file", Value::Scalar(scalar)) if scalar.kind != ScalarKind::Null => {
            Value::Seq(vec![Node { value: Value::Scalar(scalar), lines, tag: None }])
        }
        (_, value) => value,
    }
}

/// `NAME=value` as an entry.
fn pair(item: &Node, key: &str) -> Option<Entry> {
    let separator = if key == "extra_hosts" { [':', '='].as_slice() } else { ['='].as_slice() };
    let lines = item.lines;
    let text = item.text()?;
    let (name, value) = match text.split_once(separator) {
        Some((name, value)) => (name, Value::Scalar(Scalar { text: value.into(), kind: ScalarKind::Str })),
        None => (text, nothing(lines).value),
    };
    Some(Entry { key: name.into(), line: lines.start, value: Node { value, lines, tag: None } })
}

/// Appends; an item that is about the same thing as an earlier one takes its place.
fn join(items: Vec<Node>, overs: Vec<Node>, key: &str) -> Vec<Node> {
    let mut joined: Vec<Node> = Vec::with_capacity(items.len() + overs.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items.into_iter().chain(overs) {
        let Some(identity) = identity(&item, key) else {
            joined.push(item);
            continue;
        };
        if let Some(old) = places.get(&identity).and_then(|place| joined.get_mut(*place)) {
            *old = item;
        } else {
            places.insert(identity, joined.len());
            joined.push(item);
        }
    }
    joined
}

/// What an item of a list is about: the path in the container for mounts, the text for most others.
fn identity(item: &Node, key: &str) -> Option<String> {
    match key {
        "volumes" | "devices" | "configs" | "secrets" => match item.text() {
            Some(text) => Some(short_target(text, key).to_owned()),
            None => item.text_of("target").or_else(|| item.text_of("source")).map(str::to_owned),
        },
        _ => item.text().map(str::to_owned),
    }
}

/// `/data` of `./data:/data:ro`, `C:\data:/data` and `/data`.
fn short_target<'t>(text: &'t str, key: &str) -> &'t str {
    if matches!(key, "configs" | "secrets") {
        return text;
    }
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let windows = first.len() == 1 && text.get(1..).is_some_and(|rest| rest.starts_with(":\\") || rest.starts_with(":/"));
    if windows {
        parts.next();
    }
    parts.next().unwrap_or(text)
}
