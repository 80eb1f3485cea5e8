//! The Debian security tracker: what is known of every source package in every release.
//!
//! <https://security-tracker.debian.org/tracker/data/json>. One object: packages, in them vulnerabilities, in them releases by code name. A fixed version of
//! `0` says that the release never was affected.

use super::{
    Advisory, Affected, FeedFile, Format, Sink, Why, cvss, distros,
    shape::Shape,
    text::{is_id, or_default},
};
use memchr::memmem;
use probity_model::vulnerability::{FixStatus, Rating};
use probity_versions::Scheme;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) static FORMAT: Format = Format { id: "debian", title: "Debian security tracker", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    let has = |word: &str| memmem::find(file.head(), word.as_bytes()).is_some();
    matches!(file.shape, Shape::Object(_)) && has("\"releases\"") && has("\"repositories\"") && has("\"status\"")
}

#[derive(Deserialize)]
struct Issue {
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    releases: BTreeMap<String, Release>,
}

#[derive(Deserialize, Default)]
struct Release {
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    fixed_version: String,
    #[serde(default, deserialize_with = "or_default")]
    urgency: String,
    #[serde(default, deserialize_with = "or_default")]
    nodsa_reason: String,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let tracker: BTreeMap<String, BTreeMap<String, Issue>> = match serde_json::from_slice(file.bytes) {
        Ok(tracker) => tracker,
        Err(error) => return sink.unreadable(error),
    };
    let source = distros::DEBIAN.source();
    for (package, issues) in tracker {
        for (id, issue) in issues {
            sink.seen += 1;
            if !is_id(&id) || package.is_empty() {
                sink.reject(Why::Unreadable, &id, package.as_str());
                continue;
            }
            let mut affected = Vec::new();
            let mut worst = None;
            for (codename, release) in issue.releases {
                let Some(number) = distros::debian_release(&codename) else {
                    if codename != "sid" {
                        sink.reject(Why::UnknownEcosystem, &id, format!("the Debian release `{codename}`"));
                    }
                    continue;
                };
                let Some(status) = status(&release) else { continue };
                let severity = cvss::word(release.urgency.trim_end_matches('*')).unwrap_or_default();
                worst = worst.max(Some(severity));
                affected.push(Affected {
                    home: distros::home(format!("debian {number}"), Scheme::Deb),
                    package: package.clone(),
                    ids: vec![id.clone()],
                    fixed: if status == FixStatus::Fixed { release.fixed_version } else { String::new() },
                    status,
                    severity,
                    ..Affected::default()
                });
            }
            if affected.is_empty() {
                sink.reject(Why::NotAVulnerability, &id, format!("{package} is not affected in any release"));
                continue;
            }
            let rating = worst.filter(|severity| *severity != probity_model::Severity::Unknown);
            sink.keep(Advisory {
                id,
                source: source.clone(),
                description: issue.description,
                ratings: rating
                    .map(|severity| Rating { source: source.id.clone(), severity: Some(severity), ..Rating::default() })
                    .into_iter()
                    .collect(),
                affected,
                ..Advisory::default()
            });
        }
    }
}

/// `None` when the release is not affected.
fn status(release: &Release) -> Option<FixStatus> {
    match release.status.as_str() {
        "resolved" if release.fixed_version == "0" => None,
        "resolved" if !release.fixed_version.is_empty() => Some(FixStatus::Fixed),
        "undetermined" => Some(FixStatus::UnderInvestigation),
        _ if release.urgency == "end-of-life" => Some(FixStatus::EndOfLife),
        _ => Some(match release.nodsa_reason.as_str() {
            "ignored" => FixStatus::WillNotFix,
            "postponed" => FixStatus::FixDeferred,
            _ => FixStatus::Affected,
        }),
    }
}
