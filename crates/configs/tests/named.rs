//! Files that a user names by themselves: content decides where the name does not.

use probity_configs::{Limits, parse, parse_named};
use probity_model::{InputKind, document::Document};

fn kinds(path: &str, text: &str) -> Vec<InputKind> {
    let parsed = parse_named(path, text.as_bytes(), &Limits::default());
    parsed.file.iter().flat_map(|file| &file.documents).map(Document::input).collect()
}

#[test]
fn content_says_what_a_file_is() {
    use InputKind::{Compose, Dockerfile, KubernetesManifest};
    for (path, text, kind) in [
        ("bad.txt", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", Some(KubernetesManifest)),
        ("pod", "---\n# a pod\nkind: Pod\napiVersion: v1\n", Some(KubernetesManifest)),
        ("pod.conf", "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n", Some(KubernetesManifest)),
        ("pod.conf", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}\n", Some(KubernetesManifest)),
        ("stack.txt", "services:\n  web: {image: web}\n", Some(Compose)),
        ("build.txt", "# syntax=docker/dockerfile:1\nARG V=1\nFROM alpine:$V AS base\nUSER app\n", Some(Dockerfile)),
        ("Dockerfile", "FROM alpine\n", Some(Dockerfile)),
        // Prose that only sounds like one of them.
        ("mail.txt", "From the desk of nobody\n", None),
        ("notes.txt", "The kind: of thing with an apiVersion: in it\n", None),
        ("empty.txt", "\n", None),
    ] {
        assert_eq!(kinds(path, text), kind.into_iter().collect::<Vec<_>>(), "{path}: {text}");
    }
    // In a folder the name still decides.
    assert!(parse("bad.txt", b"apiVersion: v1\nkind: Pod\n", &Limits::default()).file.is_none());
}

#[test]
fn a_broken_one_is_said() {
    let parsed = parse_named("bad.txt", b"apiVersion: v1\nkind: Pod\nmetadata: [\n", &Limits::default());
    assert!(parsed.file.is_none());
    assert!(parsed.diagnostics[0].message.starts_with("cannot be read as YAML"), "{:?}", parsed.diagnostics);
    assert!(!parsed.diagnostics[0].affects.is_empty());
}
