//! Photon OS: CVE metadata.
//!
//! <https://packages.vmware.com/photon/photon_cve_metadata/>: an array for each release, which only the file's name says (`cve_data_photon4.0.json`),
//! unless the entries carry `os_version` themselves.

use super::{
    Advisory, Affected, FeedFile, Format, Sink, Why, cvss, distros, rpm,
    shape::Shape,
    text::{is_id, or_default},
};
use probity_model::vulnerability::{Cvss, FixStatus, Rating};
use probity_versions::Scheme;
use serde::Deserialize;
use serde_json::Value;

pub(super) static FORMAT: Format = Format { id: "photon", title: "Photon OS CVE metadata", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    let keys = &["cve_id", "pkg", "res_ver"];
    file.is_array_with(keys) || file.is_object_with(keys)
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "or_default")]
    os_version: String,
    #[serde(default, deserialize_with = "or_default")]
    cve_id: String,
    #[serde(default, deserialize_with = "or_default")]
    pkg: String,
    /// A number, or a number as text.
    #[serde(default)]
    cve_score: Value,
    #[serde(default, deserialize_with = "or_default")]
    aff_ver: String,
    #[serde(default, deserialize_with = "or_default")]
    res_ver: String,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let parsed: Result<Vec<Entry>, _> = if matches!(file.shape, Shape::Array(_)) {
        serde_json::from_slice(file.bytes)
    } else {
        serde_json::from_slice(file.bytes).map(|entry| vec![entry])
    };
    let entries = match parsed {
        Ok(entries) => entries,
        Err(error) => return sink.unreadable(error),
    };
    let named = file
        .name()
        .split("photon")
        .nth(1)
        .map(|rest| rest.trim_end_matches(".json"))
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let source = distros::PHOTON.source();
    for entry in entries {
        sink.seen += 1;
        let release = if entry.os_version.is_empty() { named.unwrap_or_default() } else { &entry.os_version };
        if !is_id(&entry.cve_id) || entry.pkg.is_empty() {
            sink.reject(Why::NoPackage, &entry.cve_id, entry.pkg);
            continue;
        }
        if release.is_empty() {
            sink.reject(Why::UnknownEcosystem, &entry.cve_id, "neither the entry nor the file's name says which release it is about");
            continue;
        }
        let fixed = rpm::without_zero_epoch(&entry.res_ver);
        if fixed.eq_ignore_ascii_case("NA") || fixed.eq_ignore_ascii_case("N/A") || entry.aff_ver.eq_ignore_ascii_case("none") {
            sink.reject(Why::NotAVulnerability, &entry.cve_id, format!("{} is not affected", entry.pkg));
            continue;
        }
        let score = entry
            .cve_score
            .as_f64()
            .or_else(|| entry.cve_score.as_str()?.trim().parse().ok())
            .filter(|score| (0.0..=10.0).contains(score) && *score > 0.0);
        let rating = score.map(|score| Rating {
            source: source.id.clone(),
            severity: Some(cvss::severity(score, true)),
            cvss3: Some(Cvss { vector: String::new(), score: Some(score) }),
            ..Rating::default()
        });
        sink.keep(Advisory {
            id: entry.cve_id.clone(),
            source: source.clone(),
            ratings: rating.into_iter().collect(),
            affected: vec![Affected {
                home: distros::home(format!("Photon OS {release}"), Scheme::Rpm),
                package: entry.pkg,
                ids: vec![entry.cve_id],
                fixed: fixed.to_owned(),
                status: if fixed.is_empty() { FixStatus::Affected } else { FixStatus::Fixed },
                ..Affected::default()
            }],
            ..Advisory::default()
        });
    }
}
