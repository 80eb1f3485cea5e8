//! PHP security advisories: a YAML file for each vulnerability of a Composer package.
//!
//! <https://github.com/FriendsOfPHP/security-advisories>. Branches have their own ranges; the bounds of one branch hold together. A branch of a version that
//! never was fixed ends at its last release, as the database's own rules ask.

use super::{
    Advisory, Affected, FeedFile, Format, Home, Sink, Why,
    advisory::source,
    text::{date, is_cve, is_id, or_default},
    yaml,
};
use probity_versions::Scheme;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) static FORMAT: Format = Format { id: "friendsofphp", title: "PHP security advisories", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_text_with(&["title:", "branches:"])
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    #[serde(default, deserialize_with = "or_default")]
    link: String,
    #[serde(default, deserialize_with = "or_default")]
    cve: String,
    #[serde(default, deserialize_with = "or_default")]
    reference: String,
    #[serde(default, deserialize_with = "or_default")]
    branches: BTreeMap<String, Branch>,
}

#[derive(Deserialize, Default)]
struct Branch {
    #[serde(default, deserialize_with = "or_default")]
    time: String,
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    sink.seen += 1;
    let entry: Entry = match yaml::read(&file.text()) {
        Ok(entry) => entry,
        Err(error) => return sink.unreadable(error),
    };
    let package = entry.reference.strip_prefix("composer://").unwrap_or_default().trim().to_ascii_lowercase();
    let stem = file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem);
    // A file without a CVE is named by its day; the package makes that unique.
    let cve = Some(entry.cve.trim().to_ascii_uppercase()).filter(|id| is_cve(id));
    let id = cve.unwrap_or_else(|| format!("PHP-{}-{stem}", package.replace('/', "-")));
    if package.is_empty() || !is_id(&id) {
        return sink.reject(Why::NoPackage, &id, entry.reference);
    }
    let published = entry.branches.values().filter_map(|branch| date(&branch.time)).min();
    let modified = entry.branches.values().filter_map(|branch| date(&branch.time)).max();
    sink.state(modified.clone());
    let mut vulnerable: Vec<String> = Vec::new();
    for branch in entry.branches.into_values() {
        let text = branch.versions.iter().map(|bound| bound.trim()).filter(|bound| !bound.is_empty()).collect::<Vec<_>>().join(", ");
        if text.is_empty() {
            sink.reject(Why::NoRange, &id, "a branch without versions");
        } else if !vulnerable.contains(&text) {
            vulnerable.push(text);
        }
    }
    if vulnerable.is_empty() {
        return sink.reject(Why::NoRange, &id, "");
    }
    sink.keep(Advisory {
        id,
        aliases: Vec::new(),
        source: source(
            "php-security-advisories",
            "PHP Security Advisories Database",
            "https://github.com/FriendsOfPHP/security-advisories",
        ),
        title: entry.title,
        description: String::new(),
        ratings: Vec::new(),
        cwes: Vec::new(),
        references: Some(entry.link).into_iter().filter(|url| !url.is_empty()).collect(),
        published,
        modified,
        affected: vec![Affected {
            home: Home::Language { prefix: "composer", scheme: Scheme::Composer },
            package,
            vulnerable,
            ..Affected::default()
        }],
    });
}
