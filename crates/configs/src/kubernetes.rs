//! Kubernetes objects in YAML and JSON documents.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/>
//!
//! An object is a mapping with the strings `apiVersion` and `kind`; custom resources and component configuration (`KubeletConfiguration`,
//! audit `Policy` …) are objects like any other. Lists are taken apart, and so are documents that are an array of objects. What evidently was
//! meant to be an object and does not say which is a diagnostic: no check sees it. Files that only look like objects and never reach a cluster
//! (`Kustomization` of kustomize, Skaffold) are left out.

use memchr::memmem;
use probity_model::{
    Capability, Diagnostic, InputKind, Lines, Node, Reason,
    kubernetes::Resource,
    node::{Entry, Scalar, ScalarKind, Value},
};

/// Groups of files for tools on a workstation, not for a cluster.
const LOCAL_GROUPS: [&str; 2] = ["kustomize.config.k8s.io", "skaffold"];

/// Lists in lists; the API has none, `kubectl` output that was pasted together may.
const MAX_LIST_DEPTH: usize = 8;

/// Kinds that nothing but Kubernetes has, together with `metadata` or `spec`.
const KINDS: [&str; 24] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Ingress",
    "Job",
    "LimitRange",
    "MutatingWebhookConfiguration",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "ValidatingWebhookConfiguration",
];

/// The objects of documents, and what was lost of them.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub(crate) found: Vec<Resource>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Objects {
    /// Adds the objects of one document; none when it is no Kubernetes document.
    pub(crate) fn add(&mut self, root: Node) {
        let lines = root.lines;
        if let Value::Seq(items) = root.value {
            if items.iter().any(|item| looks_like_object(item) || lacks_version(item)) {
                self.items(items, None, MAX_LIST_DEPTH);
            }
            return;
        }
        if lacks_version(&root) {
            let kind = root.text_of("kind").unwrap_or_default();
            self.lost(Reason::AnalyzerFailed, format!("`kind: {kind}` has no `apiVersion`, so the object was not judged"), lines.start);
            return;
        }
        self.expand(root, None, MAX_LIST_DEPTH);
    }

    fn lost(&mut self, reason: Reason, message: String, line: u32) {
        let diagnostic = Diagnostic::warning(reason, message).on(Lines::one(line), None);
        self.diagnostics.push(diagnostic.affecting([Capability::Documents(InputKind::KubernetesManifest)]));
    }

    fn items(&mut self, items: Vec<Node>, inherited: Option<(&str, &str)>, depth: usize) {
        let total = items.len();
        let mut lost = 0usize;
        let mut first = None;
        for item in items {
            let line = item.lines.start;
            if !self.expand(item, inherited, depth) {
                lost += 1;
                first.get_or_insert(line);
            }
        }
        if let Some(line) = first {
            let message = format!("{lost} of {total} items of the list are no objects with `apiVersion` and `kind`, and were not judged");
            self.lost(Reason::AnalyzerFailed, message, line);
        }
    }

    /// Whether the node is an object or a list.
    fn expand(&mut self, node: Node, inherited: Option<(&str, &str)>, depth: usize) -> bool {
        let own = type_of(&node).map(|(version, kind)| (version.to_owned(), kind.to_owned()));
        let inherited = inherited.filter(|_| node.is_map()).map(|(version, kind)| (version.to_owned(), kind.to_owned()));
        let Some((api_version, kind)) = own.or(inherited) else { return false };
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        if LOCAL_GROUPS.contains(&group) {
            return true;
        }
        if !is_list(&node, &kind) {
            self.found.push(resource(node, api_version, kind));
            return true;
        }
        let line = node.lines.start;
        if depth == 0 {
            let message = format!("lists are nested more than {MAX_LIST_DEPTH} deep; what is in this one was not judged");
            self.lost(Reason::SubjectTruncated, message, line);
            return true;
        }
        // Items of a typed list may leave out what the list says.
        let item_kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty()).map(str::to_owned);
        let inherited = item_kind.as_deref().map(|kind| (api_version.as_str(), kind));
        match take_items(node) {
            None => {}
            Some(Node { value: Value::Seq(items), .. }) => self.items(items, inherited, depth - 1),
            Some(node) if node.is_null() => {}
            Some(node) => {
                self.lost(Reason::AnalyzerFailed, "`items` of the list is no sequence and was not judged".to_owned(), node.lines.start);
            }
        }
        true
    }
}

/// Whether a mapping is a Kubernetes object that does not say of which version.
fn lacks_version(node: &Node) -> bool {
    type_of(node).is_none()
        && node.get("kind").and_then(Node::as_str).is_some_and(|kind| KINDS.contains(&kind))
        && ["metadata", "spec"].iter().any(|key| node.get(key).is_some_and(Node::is_map))
}

/// More than a reference to an object, which has `apiVersion` and `kind` too.
fn looks_like_object(node: &Node) -> bool {
    type_of(node).is_some_and(|(_, kind)| node.get("metadata").is_some() || is_list(node, kind))
}

fn resource(node: Node, api_version: String, kind: String) -> Resource {
    let metadata = node.get("metadata");
    let text = |key: &str| metadata.and_then(|metadata| metadata.text_of(key)).map(str::to_owned);
    let name = text("name").or_else(|| text("generateName")).unwrap_or_default();
    let namespace = text("namespace").filter(|namespace| !namespace.is_empty());
    let lines = node.lines;
    let mut root = node;
    if root.get("kind").is_none() {
        add_type(&mut root, &api_version, &kind);
    }
    Resource { api_version, kind, name, namespace, lines, root }
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

fn take_items(node: Node) -> Option<Node> {
    let Value::Map(entries) = node.value else { return None };
    entries.into_iter().find(|entry| &*entry.key == "items").map(|entry| entry.value)
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
