//! Alpine's secdb: which version of a package fixed what; also Wolfi's, Chainguard's and MinimOS's `security.json`.
//!
//! <https://secdb.alpinelinux.org/>; a file for each release and repository, JSON today and YAML until 2020. Version `0` says that the package never was
//! affected. Ids are written by hand: `CVE 2018-16859`, `CVE-2017-2616 (+ regression fix)`, several in one text, `XSA-248`.

use super::{
    Advisory, Affected, FeedFile, Format, Sink, Why,
    distros::{self, Publisher},
    shape::Shape,
    text::{cve_ids, is_id, or_default},
    yaml,
};
use probity_model::vulnerability::FixStatus;
use probity_versions::Scheme;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) static FORMAT: Format = Format { id: "alpine", title: "Alpine secdb", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_object_with(&["packages", "urlprefix"])
        || file.is_object_with(&["packages", "apkurl"])
        || file.is_text_with(&["urlprefix:", "packages:"])
}

#[derive(Deserialize)]
struct Secdb {
    #[serde(default, deserialize_with = "or_default")]
    distroversion: String,
    #[serde(default, deserialize_with = "or_default")]
    urlprefix: String,
    #[serde(default, deserialize_with = "or_default")]
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    pkg: Package,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    secfixes: BTreeMap<String, Option<Vec<Option<String>>>>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let parsed: Result<Secdb, String> = match &file.shape {
        Shape::Object(_) => serde_json::from_slice(file.bytes).map_err(|error| error.to_string()),
        _ => yaml::read(&file.text()),
    };
    let secdb = match parsed {
        Ok(secdb) => secdb,
        Err(error) => return sink.unreadable(error),
    };
    let Some((bucket, publisher)) = bucket(&secdb) else {
        return sink.reject(Why::UnknownEcosystem, "", format!("a security database of `{}`", secdb.urlprefix));
    };
    let source = publisher.source();
    for Entry { pkg } in secdb.packages {
        if pkg.name.is_empty() {
            sink.reject(Why::NoPackage, "", "");
            continue;
        }
        for (version, ids) in pkg.secfixes {
            // A note may follow the version.
            let version = version.split_whitespace().next().unwrap_or_default();
            for text in ids.into_iter().flatten().flatten() {
                let mut ids = cve_ids(&text);
                if ids.is_empty() {
                    ids.extend(text.split_whitespace().next().filter(|id| is_id(id)).map(str::to_owned));
                }
                if ids.is_empty() {
                    sink.reject(Why::NotAVulnerability, &text, pkg.name.as_str());
                }
                for id in ids {
                    sink.seen += 1;
                    if version == "0" {
                        sink.reject(Why::NotAVulnerability, &id, format!("{} never was affected", pkg.name));
                        continue;
                    }
                    sink.keep(Advisory {
                        id: id.clone(),
                        source: source.clone(),
                        affected: vec![Affected {
                            home: distros::home(bucket.clone(), Scheme::Apk),
                            package: pkg.name.clone(),
                            ids: vec![id],
                            fixed: version.to_owned(),
                            status: FixStatus::Fixed,
                            ..Affected::default()
                        }],
                        ..Advisory::default()
                    });
                }
            }
        }
    }
}

fn bucket(secdb: &Secdb) -> Option<(String, Publisher)> {
    let release = secdb.distroversion.trim();
    if !release.is_empty() {
        return Some((format!("alpine {}", release.strip_prefix('v').unwrap_or(release)), distros::ALPINE));
    }
    let at = |host: &str| secdb.urlprefix.contains(host);
    if at("wolfi") {
        Some(("wolfi".to_owned(), distros::WOLFI))
    } else if at("cgr.dev") || at("chainguard") {
        Some(("chainguard".to_owned(), distros::CHAINGUARD))
    } else if at("mini.dev") || at("minimos") {
        Some(("minimos".to_owned(), distros::MINIMOS))
    } else {
        None
    }
}
