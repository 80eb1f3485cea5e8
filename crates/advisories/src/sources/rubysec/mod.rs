//! The Ruby advisory database: a YAML file for each vulnerability of a gem.
//!
//! <https://github.com/rubysec/ruby-advisory-db>. `cve` and `ghsa` are written without their prefixes. Like RustSec, it says what is patched and what
//! never was affected. Files under `rubies/` are about interpreters, which are no gems.

use super::{
    Advisory, Affected, FeedFile, Format, Home, Sink, Why,
    advisory::source,
    cvss,
    text::{date, is_cve, is_id, or_default},
    yaml,
};
use probity_model::vulnerability::{Cvss, Rating};
use probity_versions::Scheme;
use serde::Deserialize;

pub(super) static FORMAT: Format = Format { id: "rubysec", title: "Ruby advisory database", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_text_with(&["title:", "date:"]) && (file.is_text_with(&["gem:"]) || file.is_text_with(&["engine:"]))
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "or_default")]
    gem: String,
    #[serde(default, deserialize_with = "or_default")]
    cve: String,
    #[serde(default, deserialize_with = "or_default")]
    ghsa: String,
    #[serde(default, deserialize_with = "or_default")]
    osvdb: String,
    #[serde(default, deserialize_with = "or_default")]
    url: String,
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    #[serde(default, deserialize_with = "or_default")]
    date: String,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    cvss_v2: String,
    #[serde(default, deserialize_with = "or_default")]
    cvss_v3: String,
    #[serde(default, deserialize_with = "or_default")]
    cvss_v4: String,
    #[serde(default, deserialize_with = "or_default")]
    patched_versions: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    unaffected_versions: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    related: Related,
}

#[derive(Deserialize, Default)]
struct Related {
    #[serde(default, deserialize_with = "or_default")]
    url: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    cve: Vec<String>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    sink.seen += 1;
    let entry: Entry = match yaml::read(&file.text()) {
        Ok(entry) => entry,
        Err(error) => return sink.unreadable(error),
    };
    let cve = Some(format!("CVE-{}", entry.cve)).filter(|id| is_cve(id));
    let ghsa = Some(format!("GHSA-{}", entry.ghsa)).filter(|id| !entry.ghsa.is_empty() && is_id(id));
    let osvdb = Some(format!("OSVDB-{}", entry.osvdb)).filter(|id| !entry.osvdb.is_empty() && is_id(id));
    let mut ids = cve.into_iter().chain(ghsa).chain(osvdb);
    // Without any id the file's name tells it from its neighbours: `2020-01-01-something.yml`.
    let own = || file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem).to_owned();
    let id = ids.next().unwrap_or_else(own);
    let aliases: Vec<String> = ids.collect();
    if entry.gem.is_empty() {
        return sink.reject(Why::UnknownEcosystem, &id, "an interpreter, not a gem");
    }
    if !is_id(&id) {
        return sink.reject(Why::Unreadable, &id, "the entry has no id");
    }
    let source = source("ruby-advisory-db", "Ruby Advisory Database", "https://github.com/rubysec/ruby-advisory-db");
    // Only scores are published.
    let score = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|score| (0.0..=10.0).contains(score))
            .map(|score| Cvss { vector: String::new(), score: Some(score) })
    };
    let mut rating = Rating {
        source: source.id.clone(),
        cvss2: score(&entry.cvss_v2),
        cvss3: score(&entry.cvss_v3),
        cvss4: score(&entry.cvss_v4),
        ..Rating::default()
    };
    let modern = rating.cvss4.as_ref().or(rating.cvss3.as_ref()).and_then(|cvss| cvss.score).map(|score| cvss::severity(score, true));
    rating.severity = modern.or(rating.cvss2.as_ref().and_then(|cvss| cvss.score).map(|score| cvss::severity(score, false)));
    let published = date(&entry.date);
    sink.state(published.clone());
    let references = std::iter::once(entry.url).chain(entry.related.url).filter(|url| !url.is_empty()).collect();
    let all = entry.patched_versions.is_empty() && entry.unaffected_versions.is_empty();
    sink.keep(Advisory {
        id,
        aliases,
        source,
        title: entry.title,
        description: entry.description.trim().to_owned(),
        ratings: if rating.severity.is_some() { vec![rating] } else { Vec::new() },
        cwes: Vec::new(),
        references,
        modified: published.clone(),
        published,
        affected: vec![Affected {
            home: Home::Language { prefix: "rubygems", scheme: Scheme::RubyGems },
            package: entry.gem,
            vulnerable: vec![if all { String::new() } else { ">=0.a".to_owned() }],
            patched: entry.patched_versions.iter().map(|range| range.trim().to_owned()).collect(),
            unaffected: entry.unaffected_versions.iter().map(|range| range.trim().to_owned()).collect(),
            ..Affected::default()
        }],
    });
    // Related identifiers are other vulnerabilities, not other names.
    drop(entry.related.cve);
}
