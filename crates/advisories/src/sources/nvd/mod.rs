//! NVD: text, scores and weaknesses of CVEs.
//!
//! <https://nvd.nist.gov/developers/vulnerabilities>, version 2.0 of the API and of the yearly feeds. The products that NVD names are not packages that a
//! scanner finds, so entries enrich other feeds' advisories and accuse nobody.

use super::{
    Advisory, FeedFile, Format, Sink, Why,
    advisory::source,
    cvss,
    text::{date, is_cve, or_default},
};
use probity_model::vulnerability::Rating;
use serde::Deserialize;

pub(super) static FORMAT: Format = Format { id: "nvd", title: "NVD CVE 2.0", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_object_with(&["format", "version", "vulnerabilities"]) && memchr::memmem::find(file.head(), b"NVD_CVE").is_some()
}

#[derive(Deserialize)]
struct Feed {
    #[serde(default, deserialize_with = "or_default")]
    timestamp: String,
    vulnerabilities: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    cve: Cve,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cve {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    published: String,
    #[serde(default, deserialize_with = "or_default")]
    last_modified: String,
    #[serde(default, deserialize_with = "or_default")]
    vuln_status: String,
    #[serde(default, deserialize_with = "or_default")]
    descriptions: Vec<Text>,
    #[serde(default, deserialize_with = "or_default")]
    metrics: Metrics,
    #[serde(default, deserialize_with = "or_default")]
    weaknesses: Vec<Weakness>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
}

#[derive(Deserialize, Default)]
struct Text {
    #[serde(default, deserialize_with = "or_default")]
    lang: String,
    #[serde(default, deserialize_with = "or_default")]
    value: String,
}

#[derive(Deserialize, Default)]
struct Metrics {
    #[serde(default, rename = "cvssMetricV40", deserialize_with = "or_default")]
    v40: Vec<Metric>,
    #[serde(default, rename = "cvssMetricV31", deserialize_with = "or_default")]
    v31: Vec<Metric>,
    #[serde(default, rename = "cvssMetricV30", deserialize_with = "or_default")]
    v30: Vec<Metric>,
    #[serde(default, rename = "cvssMetricV2", deserialize_with = "or_default")]
    v2: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
    cvss_data: CvssData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CvssData {
    #[serde(default, deserialize_with = "or_default")]
    vector_string: String,
    base_score: Option<f64>,
}

#[derive(Deserialize)]
struct Weakness {
    #[serde(default, deserialize_with = "or_default")]
    description: Vec<Text>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default, deserialize_with = "or_default")]
    url: String,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let feed: Feed = match serde_json::from_slice(file.bytes) {
        Ok(feed) => feed,
        Err(error) => return sink.unreadable(error),
    };
    sink.state(date(&feed.timestamp));
    let source = source("nvd", "National Vulnerability Database", "https://nvd.nist.gov/");
    for Item { cve } in feed.vulnerabilities {
        sink.seen += 1;
        if !is_cve(&cve.id) {
            sink.reject(Why::Unreadable, &cve.id, "no CVE id");
            continue;
        }
        if cve.vuln_status == "Rejected" {
            sink.reject(Why::Withdrawn, &cve.id, "rejected");
            continue;
        }
        let mut rating = Rating { source: source.id.clone(), date: date(&cve.last_modified), ..Rating::default() };
        let metrics = &cve.metrics;
        for list in [&metrics.v31, &metrics.v30, &metrics.v40, &metrics.v2] {
            // NVD's own score is "primary"; that of the vendor stands in for it where there is none.
            let metric = list.iter().find(|metric| metric.kind == "Primary").or_else(|| list.first());
            if let Some(metric) = metric {
                let newer = rating.cvss3.is_some() && metric.cvss_data.vector_string.starts_with("CVSS:3");
                if !newer {
                    cvss::add(&mut rating, &metric.cvss_data.vector_string, metric.cvss_data.base_score);
                }
            }
        }
        let mut cwes: Vec<String> = cve
            .weaknesses
            .into_iter()
            .flat_map(|weakness| weakness.description)
            .map(|text| text.value)
            .filter(|id| id.starts_with("CWE-"))
            .collect();
        cwes.sort();
        cwes.dedup();
        let description = cve.descriptions.into_iter().find(|text| text.lang == "en").unwrap_or_default().value;
        sink.advisories.push(Advisory {
            id: cve.id,
            source: source.clone(),
            description,
            ratings: if rating.severity.is_some() { vec![rating] } else { Vec::new() },
            cwes,
            references: cve.references.into_iter().map(|reference| reference.url).filter(|url| !url.is_empty()).collect(),
            published: date(&cve.published),
            modified: date(&cve.last_modified),
            ..Advisory::default()
        });
    }
}
