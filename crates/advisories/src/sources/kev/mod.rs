//! CISA's catalogue of vulnerabilities that are known to be exploited, as JSON or CSV.
//!
//! <https://www.cisa.gov/known-exploited-vulnerabilities-catalog>

use super::{
    FeedFile, Format, Sink, Why,
    text::{csv_records, date, day, is_cve, or_default},
};
use probity_model::vulnerability::Kev;
use serde::Deserialize;

pub(super) static FORMAT: Format = Format { id: "kev", title: "CISA KEV", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_object_with(&["catalogVersion", "vulnerabilities"]) || file.is_text_with(&["cveID,"])
}

#[derive(Deserialize)]
struct Catalogue {
    #[serde(default, rename = "dateReleased", deserialize_with = "or_default")]
    released: String,
    vulnerabilities: Vec<Entry>,
}

#[derive(Deserialize, Default)]
struct Entry {
    #[serde(default, rename = "cveID", deserialize_with = "or_default")]
    id: String,
    #[serde(default, rename = "dateAdded", deserialize_with = "or_default")]
    added: String,
    #[serde(default, rename = "dueDate", deserialize_with = "or_default")]
    due: String,
    #[serde(default, rename = "knownRansomwareCampaignUse", deserialize_with = "or_default")]
    ransomware: String,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    if file.bytes.starts_with(b"cveID") {
        return read_csv(&file.text(), sink);
    }
    match serde_json::from_slice::<Catalogue>(file.bytes) {
        Ok(catalogue) => {
            sink.state(date(&catalogue.released));
            for entry in catalogue.vulnerabilities {
                keep(&entry, sink);
            }
        }
        Err(error) => sink.unreadable(error),
    }
}

fn read_csv(text: &str, sink: &mut Sink) {
    let mut records = csv_records(text);
    let head = records.next().unwrap_or_default();
    let column = |name: &str| head.iter().position(|field| field == name);
    let columns = [column("cveID"), column("dateAdded"), column("dueDate"), column("knownRansomwareCampaignUse")];
    for record in records {
        let [id, added, due, ransomware] = columns.map(|at| at.and_then(|at| record.get(at)).cloned().unwrap_or_default());
        keep(&Entry { id, added, due, ransomware }, sink);
    }
}

fn keep(entry: &Entry, sink: &mut Sink) {
    sink.seen += 1;
    match day(&entry.added) {
        Some(added) if is_cve(&entry.id) => {
            sink.state(date(&added));
            let ransomware = entry.ransomware.eq_ignore_ascii_case("known");
            sink.kev.push((entry.id.clone(), Kev { added, due: day(&entry.due), ransomware }));
        }
        _ => sink.reject(Why::Unreadable, &entry.id, format!("added on `{}`", entry.added)),
    }
}
