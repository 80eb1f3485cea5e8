//! Kubernetes objects in YAML and JSON documents.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/>
//!
//! An object is a mapping with the strings `apiVersion` and `kind`; custom resources and component configuration (`KubeletConfiguration`,
//! audit `Policy` …) are objects like any other. Lists are taken apart. Files that only look like objects and never reach a cluster
//! (`Kustomization` of kustomize, Skaffold) are left out.

use memchr::memmem;
use probity_model::{
    Lines, Node,
    kubernetes::Resource,
    node::{Entry, Scalar, ScalarKind, Value},
};

/// Groups of files for tools on a workstation, not for a cluster.
const LOCAL_GROUPS: [&str; 2] = ["kustomize.config.k8s.io", "skaffold"];

/// Lists in lists; the API has none, `kubectl` output that was pasted together may.
const MAX_LIST_DEPTH: usize = 8;

/// The objects of one document; none when it is no Kubernetes document.
pub(crate) fn objects(root: Node, out: &mut Vec<Resource>) {
    expand(root, None, MAX_LIST_DEPTH, out);
}

fn expand(node: Node, inherited: Option<(&str, &str)>, depth: usize, out: &mut Vec<Resource>) {
    let own = type_of(&node).map(|(version, kind)| (version.to_owned(), kind.to_owned()));
    let Some((api_version, kind)) = own.or_else(|| inherited.map(|(version, kind)| (version.to_owned(), kind.to_owned()))) else {
        return;
    };
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if LOCAL_GROUPS.contains(&group) {
        return;
    }
    if depth > 0 && is_list(&node, &kind) {
        // Items of a typed list may leave out what the list says.
        let item_kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty()).map(str::to_owned);
        let inherited = item_kind.as_deref().map(|kind| (api_version.as_str(), kind));
        for item in take_items(node) {
            expand(item, inherited, depth - 1, out);
        }
        return;
    }
    let metadata = node.get("metadata");
    let text = |key: &str| metadata.and_then(|metadata| metadata.text_of(key)).map(str::to_owned);
    let name = text("name").or_else(|| text("generateName")).unwrap_or_default();
    let namespace = text("namespace").filter(|namespace| !namespace.is_empty());
    let lines = node.lines;
    let mut root = node;
    if root.get("kind").is_none() {
        add_type(&mut root, &api_version, &kind);
    }
    out.push(Resource { api_version, kind, name, namespace, lines, root });
}

fn type_of(node: &Node) -> Option<(&str, &str)> {
    let version = node.get("apiVersion")?.as_str()?;
    let kind = node.get("kind")?.as_str()?;
    (!version.is_empty() && !kind.is_empty()).then_some((version, kind))
}

/// `List`, and `PodList` and the like when their items look like objects: a custom kind may end in `List` for its own reasons.
fn is_list(node: &Node, kind: &str) -> bool {
    let Some(items) = node.get("items") else { return kind == "List" };
    kind == "List"
        || (kind.ends_with("List") && !items.items().is_empty() && items.items().iter().all(|item| item.get("metadata").is_some()))
}

fn take_items(node: Node) -> Vec<Node> {
    let Value::Map(entries) = node.value else { return Vec::new() };
    let items = entries.into_iter().find(|entry| &*entry.key == "items").map(|entry| entry.value.value);
    match items {
        Some(Value::Seq(items)) => items,
        _ => Vec::new(),
    }
}

fn add_type(root: &mut Node, api_version: &str, kind: &str) {
    let lines = Lines::one(root.lines.start);
    let string = |text: &str| Node { value: Value::Scalar(Scalar { text: text.into(), kind: ScalarKind::Str }), lines, tag: None };
    if let Value::Map(entries) = &mut root.value {
        for (key, value) in [("apiVersion", api_version), ("kind", kind)] {
            if !entries.iter().any(|entry| &*entry.key == key) {
                entries.push(Entry { key: key.into(), line: lines.start, value: string(value) });
            }
        }
    }
}

/// Whether a text that is not read as YAML or JSON was meant to be a Kubernetes object.
pub(crate) fn looks_meant(text: &str) -> bool {
    has_key(text, "apiVersion") && has_key(text, "kind")
}

/// Whether the key stands where a key can: first on a line, after `- `, or in braces. Only a few bytes around each occurrence are looked at.
fn has_key(text: &str, key: &str) -> bool {
    memmem::find_iter(text.as_bytes(), key).any(|at| {
        let (before, after) = text.as_bytes().split_at_checked(at).unwrap_or_default();
        let before = before.get(before.len().saturating_sub(MARGIN)..).unwrap_or(before);
        let after = after.get(key.len()..).unwrap_or_default();
        let before = before.iter().rev().find(|b| !matches!(b, b'"' | b'\'' | b' ' | b'\t' | b'-'));
        let after = after.iter().take(MARGIN).find(|b| !matches!(b, b'"' | b'\'' | b' '));
        matches!(before, None | Some(b'\n' | b'\r' | b'{' | b',' | b'[')) && after == Some(&b':')
    })
}

/// How far around a key its surroundings may reach.
const MARGIN: usize = 256;
