//! RustSec: Markdown whose front matter is TOML.
//!
//! <https://github.com/rustsec/advisory-db>, "Advisory Format" version 4 (the front matter is a fenced block before the title). Ranges name what is patched
//! and what never was affected; everything else is vulnerable. Notices that a crate is unmaintained are no vulnerabilities; those that it is unsound are.

use super::{
    Advisory, Affected, FeedFile, Format, Home, Sink, Why,
    advisory::source,
    cvss,
    text::{date, is_id},
};
use probity_versions::Scheme;
use serde::Deserialize;

pub(super) static FORMAT: Format = Format { id: "rustsec", title: "RustSec advisory-db", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_text_with(&["```toml", "[advisory]"])
}

#[derive(Deserialize)]
struct Front {
    advisory: Head,
    #[serde(default)]
    versions: Versions,
    #[serde(default)]
    affected: toml::Table,
}

#[derive(Deserialize)]
struct Head {
    id: String,
    package: String,
    #[serde(default)]
    date: String,
    url: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    cvss: Option<String>,
    informational: Option<String>,
    withdrawn: Option<String>,
    #[serde(default)]
    yanked: bool,
    collection: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize, Default)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    sink.seen += 1;
    let text = file.text();
    let parts = text.split_once("```toml").and_then(|(_, rest)| rest.split_once("\n```"));
    let Some((front, body)) = parts else { return sink.unreadable("the front matter does not end") };
    let front: Front = match toml::from_str(front) {
        Ok(front) => front,
        Err(error) => return sink.unreadable(error.message()),
    };
    let Front { advisory: head, versions, affected } = front;
    if !is_id(&head.id) || head.package.is_empty() {
        return sink.reject(Why::NoPackage, &head.id, head.package);
    }
    let published = date(&head.date);
    sink.state(published.clone());
    if let Some(when) = head.withdrawn.or(head.yanked.then(|| "yanked".to_owned())) {
        return sink.reject(Why::Withdrawn, &head.id, when);
    }
    if let Some(kind) = head.informational.filter(|kind| kind != "unsound") {
        return sink.reject(Why::NotAVulnerability, &head.id, kind);
    }
    // `rust/` has notices about the compiler and its tools, which are no crates of the registry.
    if head.collection.as_deref() == Some("rust")
        || (head.collection.is_none() && file.path.split(['/', '\\']).any(|part| part == "rust") && !file.path.contains("crates"))
    {
        return sink.reject(Why::UnknownEcosystem, &head.id, "a part of the Rust toolchain");
    }
    let body = body.trim();
    let (heading, description) = match body.strip_prefix("# ") {
        Some(rest) => rest.split_once('\n').unwrap_or((rest, "")),
        None => ("", body),
    };
    let title = head.title.filter(|title| !title.is_empty()).unwrap_or_else(|| heading.trim().to_owned());
    let source = source("rustsec", "RustSec Advisory Database", "https://rustsec.org/");
    let rating = head.cvss.as_deref().and_then(|vector| cvss::rating(&source.id, vector));
    let references = head.url.into_iter().chain(head.references).filter(|url| !url.is_empty()).collect();
    // Nothing patched and nothing unaffected: every version.
    let vulnerable =
        if versions.patched.is_empty() && versions.unaffected.is_empty() { vec![String::new()] } else { vec![">=0.0.0-0".to_owned()] };
    sink.keep(Advisory {
        id: head.id,
        aliases: head.aliases.into_iter().filter(|id| is_id(id)).collect(),
        source,
        title,
        description: description.trim().to_owned(),
        ratings: rating.into_iter().collect(),
        cwes: Vec::new(),
        references,
        modified: published.clone(),
        published,
        affected: vec![Affected {
            home: Home::Language { prefix: "cargo", scheme: Scheme::Semver },
            package: head.package,
            vulnerable,
            patched: versions.patched.iter().map(|range| range.trim().to_owned()).collect(),
            unaffected: versions.unaffected.iter().map(|range| range.trim().to_owned()).collect(),
            custom: functions(&affected),
            ..Affected::default()
        }],
    });
}

/// Functions that are vulnerable, and the systems and processors that are.
fn functions(affected: &toml::Table) -> Option<serde_json::Value> {
    let mut out = serde_json::Map::new();
    if let Some(functions) = affected.get("functions").and_then(toml::Value::as_table) {
        let names: Vec<&str> = functions.keys().map(String::as_str).collect();
        out.insert("Functions".to_owned(), names.into());
    }
    for (key, name) in [("os", "OS"), ("arch", "Arch")] {
        if let Some(list) = affected.get(key).and_then(toml::Value::as_array) {
            let names: Vec<&str> = list.iter().filter_map(toml::Value::as_str).collect();
            out.insert(name.to_owned(), names.into());
        }
    }
    (!out.is_empty()).then_some(serde_json::Value::Object(out))
}
