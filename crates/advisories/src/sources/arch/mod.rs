//! The Arch Linux security tracker: groups of vulnerabilities of packages that are updated together.
//!
//! <https://security.archlinux.org/all.json>. Arch has one release; the bucket is `archlinux`.

use super::{
    Advisory, Affected, FeedFile, Format, Sink, Why, cvss, distros,
    shape::Shape,
    text::{is_id, or_default},
};
use probity_model::vulnerability::{FixStatus, Rating};
use probity_versions::Scheme;
use serde::Deserialize;

pub(super) static FORMAT: Format = Format { id: "arch", title: "Arch Linux security tracker", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    let keys = &["name", "packages", "affected", "issues"];
    file.is_array_with(keys) || file.is_object_with(keys)
}

#[derive(Deserialize)]
struct Group {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    packages: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    severity: String,
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    affected: String,
    #[serde(default, deserialize_with = "or_default")]
    fixed: String,
    #[serde(default, deserialize_with = "or_default")]
    issues: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    advisories: Vec<String>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let parsed: Result<Vec<Group>, _> = if matches!(file.shape, Shape::Array(_)) {
        serde_json::from_slice(file.bytes)
    } else {
        serde_json::from_slice(file.bytes).map(|group| vec![group])
    };
    let groups = match parsed {
        Ok(groups) => groups,
        Err(error) => return sink.unreadable(error),
    };
    let source = distros::ARCH.source();
    for group in groups {
        sink.seen += 1;
        let status = match group.status.as_str() {
            "Not affected" => {
                sink.reject(Why::NotAVulnerability, &group.name, "not affected");
                continue;
            }
            "Fixed" => FixStatus::Fixed,
            // `Testing`: the fix is not in the stable repository yet, and the version that will have it is named.
            "Vulnerable" | "Testing" => FixStatus::Affected,
            _ => FixStatus::Unknown,
        };
        let ids: Vec<String> = group.issues.into_iter().filter(|id| is_id(id)).collect();
        if !is_id(&group.name) || ids.is_empty() {
            sink.reject(Why::NotAVulnerability, &group.name, "it names no vulnerability");
            continue;
        }
        let severity = cvss::word(&group.severity);
        let vendor_ids: Vec<String> =
            std::iter::once(group.name.clone()).chain(group.advisories.into_iter().filter(|id| is_id(id))).collect();
        let affected = group.packages.iter().filter(|name| !name.is_empty()).map(|package| Affected {
            home: distros::home("archlinux".to_owned(), Scheme::Pacman),
            package: package.clone(),
            ids: ids.clone(),
            vendor_ids: vendor_ids.clone(),
            fixed: group.fixed.clone(),
            since: group.affected.clone(),
            status,
            severity: severity.unwrap_or_default(),
            ..Affected::default()
        });
        sink.keep(Advisory {
            id: group.name.clone(),
            source: source.clone(),
            title: group.kind,
            references: vec![format!("https://security.archlinux.org/{}", group.name)],
            ratings: severity
                .map(|severity| Rating { source: source.id.clone(), severity: Some(severity), ..Rating::default() })
                .into_iter()
                .collect(),
            affected: affected.collect(),
            ..Advisory::default()
        });
    }
}
