//! endoflife.date: when releases of products stop to be supported; Markdown with YAML front matter, or the answers of its API (versions 0 and 1).
//!
//! <https://endoflife.date/docs/api/v1/>. `eol` is a day, `true` (it has ended) or `false` (it has not, and no day is known). What publishers call the end
//! differs: the day kept is the last of free security fixes for every user. For Debian that is the end of LTS, which is free, for others `eol`.

use super::{
    FeedFile, Format, Sink, Why,
    advisory::EndOfLife,
    shape::Shape,
    text::{date, day, or_default},
    yaml,
};
use serde::Deserialize;
use serde_json::Value;

pub(super) static FORMAT: Format = Format { id: "endoflife", title: "endoflife.date", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_text_with(&["---", "releaseLabel:"])
        || file.is_text_with(&["---", "releases:", "permalink:"])
        || file.is_text_with(&["---", "permalink:", "category:"])
        || file.is_array_with(&["cycle", "eol"])
        || (file.is_object_with(&["schema_version", "result"]) && memchr::memmem::find(file.head(), b"\"releases\"").is_some())
}

#[derive(Deserialize)]
struct Front {
    #[serde(default, deserialize_with = "or_default")]
    permalink: String,
    #[serde(default, deserialize_with = "or_default")]
    releases: Vec<Release>,
}

#[derive(Deserialize)]
struct Release {
    #[serde(default, rename = "releaseCycle", alias = "cycle", deserialize_with = "or_default")]
    cycle: String,
    #[serde(default)]
    eol: Value,
    #[serde(default, rename = "eoes", alias = "extendedSupport")]
    extended: Value,
}

#[derive(Deserialize)]
struct Answer {
    result: Product,
}

#[derive(Deserialize)]
struct Product {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    releases: Vec<ApiRelease>,
}

#[derive(Deserialize)]
struct ApiRelease {
    name: String,
    #[serde(default, rename = "isEol", deserialize_with = "or_default")]
    ended: bool,
    #[serde(default, rename = "eolFrom", deserialize_with = "or_default")]
    eol: String,
    #[serde(default, rename = "eoesFrom", deserialize_with = "or_default")]
    extended: String,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let stem = file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem);
    match &file.shape {
        Shape::Array(_) => match serde_json::from_slice::<Vec<Release>>(file.bytes) {
            Ok(releases) => keep_all(stem, releases, sink),
            Err(error) => sink.unreadable(error),
        },
        Shape::Object(_) => match serde_json::from_slice::<Answer>(file.bytes) {
            Ok(answer) => {
                for release in answer.result.releases {
                    let eol = if release.eol.is_empty() { Value::Bool(release.ended) } else { release.eol.into() };
                    keep(&answer.result.name, Release { cycle: release.name, eol, extended: release.extended.into() }, sink);
                }
            }
            Err(error) => sink.unreadable(error),
        },
        _ => {
            let text = file.text();
            let front = text.trim_start().strip_prefix("---").and_then(|rest| rest.split_once("\n---"));
            let Some((front, _)) = front else { return sink.unreadable("the front matter does not end") };
            match yaml::read::<Front>(front) {
                Ok(front) => {
                    let product = front.permalink.trim_start_matches('/');
                    keep_all(if product.is_empty() { stem } else { product }, front.releases, sink);
                }
                Err(error) => sink.unreadable(error),
            }
        }
    }
}

fn keep_all(product: &str, releases: Vec<Release>, sink: &mut Sink) {
    for release in releases {
        keep(product, release, sink);
    }
}

fn keep(product: &str, release: Release, sink: &mut Sink) {
    sink.seen += 1;
    let text = |value: &Value| value.as_str().and_then(|text| day(text.get(..10).unwrap_or(text)));
    let extended = text(&release.extended);
    let mut found = EndOfLife { product: product.to_owned(), release: release.cycle, date: text(&release.eol), ended: false, extended };
    match &release.eol {
        Value::Bool(ended) => found.ended = *ended,
        // YAML gives words as text to a field that takes anything.
        Value::String(word) if word == "true" => found.ended = true,
        Value::String(word) if word == "false" => {}
        _ if found.date.is_some() => {}
        other => return sink.reject(Why::Unreadable, &format!("{product} {}", found.release), format!("ends on `{other}`")),
    }
    if product == "debian" {
        found.date = found.extended.take().or(found.date);
    }
    if found.release.is_empty() {
        return sink.reject(Why::Unreadable, product, "a release without a name");
    }
    // Feeds carry no day of their own; the newest end that is past says nothing about the feed either.
    sink.state(date(""));
    sink.end_of_life.push(found);
}
