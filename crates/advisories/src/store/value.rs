//! The values of the database: JSON, as trivy-db writes it, both ways.
//!
//! Reading is tolerant where databases are known to differ: numbers may be floats or text, severities numbers or words, lists `null`, and fields
//! that are unknown are passed over. A value that is no JSON object of this shape is an error. Writing is what trivy-db's readers expect, with
//! two fields they ignore: `Aliases` of an advisory or vulnerability, `Newest` and `Advisories` of a data source.

use super::{Advisory, Entry, EntryCve, Vulnerability};
use probity_model::{
    Severity,
    vulnerability::{Cvss, DataSource, Epss, FixStatus, Kev, Rating, SourceFreshness, VulnerabilityDetail},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Names of the buckets that are not of a distribution or an ecosystem.
pub mod bucket {
    pub const DATA_SOURCE: &str = "data-source";
    pub const VULNERABILITY: &str = "vulnerability";
    pub const RED_HAT: &str = "Red Hat";
    pub const RED_HAT_CPE: &str = "Red Hat CPE";
    /// Inside [`RED_HAT_CPE`]: content set → numbers of products.
    pub const REPOSITORY: &str = "repository";
    /// Inside [`RED_HAT_CPE`]: image → numbers of products.
    pub const IMAGE: &str = "nvr";
    /// Inside [`RED_HAT_CPE`]: number → product.
    pub const PRODUCT: &str = "cpe";
    /// How the names of our own buckets start, which other readers pass over.
    pub const OWN: &str = "probity ";
    /// CVE → [`Kev`](probity_model::vulnerability::Kev).
    pub const KEV: &str = "probity kev";
    /// CVE → [`Epss`](probity_model::vulnerability::Epss).
    pub const EPSS: &str = "probity epss";
}

/// Numbers larger than this are no scores, severities or counts.
const LARGEST: f64 = 1e15;

fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        // Hand-made databases have it where nothing more is to say.
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err("it is no JSON object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads fields of an object; the first that has the wrong kind of value is kept as the error.
struct Fields<'a> {
    map: &'a Map<String, Value>,
    error: Option<String>,
}

impl<'a> Fields<'a> {
    fn of(map: &'a Map<String, Value>) -> Self {
        Self { map, error: None }
    }

    fn wrong(&mut self, name: &str) {
        self.error.get_or_insert_with(|| format!("`{name}` has a value of the wrong kind"));
    }

    fn end<T>(self, value: T) -> Result<T, String> {
        self.error.map_or(Ok(value), Err)
    }

    /// `null` is the same as no field.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> String {
        match self.value(name) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => {
                self.wrong(name);
                String::new()
            }
        }
    }

    fn optional_text(&mut self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    fn list(&mut self, name: &str) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.wrong(name);
                &[]
            }
        }
    }

    fn texts(&mut self, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.list(name) {
            match value {
                Value::String(text) => texts.push(text.clone()),
                Value::Number(number) => texts.push(number.to_string()),
                Value::Null => {}
                _ => self.wrong(name),
            }
        }
        texts
    }

    fn number(&mut self, name: &str) -> Option<f64> {
        let value = self.value(name)?;
        let number = number(value);
        if number.is_none() {
            self.wrong(name);
        }
        number
    }

    fn severity(&mut self, name: &str) -> Option<Severity> {
        let value = self.value(name)?;
        let severity = severity(value);
        if severity.is_none() {
            self.wrong(name);
        }
        severity
    }

    fn status(&mut self, name: &str) -> FixStatus {
        match self.value(name) {
            Some(Value::String(word)) => {
                FixStatus::parse(word).or_else(|| word.parse().ok().map(FixStatus::from_number)).unwrap_or_default()
            }
            Some(_) => self.number(name).and_then(whole).map(FixStatus::from_number).unwrap_or_default(),
            None => FixStatus::Unknown,
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.abs() < LARGEST)
}

/// Without its fraction.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the number is smaller than 10^15")]
    (number.abs() < LARGEST).then(|| number.trunc() as i64)
}

fn severity(value: &Value) -> Option<Severity> {
    if let Value::String(word) = value
        && let Ok(severity) = word.parse()
    {
        return Some(severity);
    }
    severity_of_number(whole(number(value)?)?)
}

fn severity_of_number(number: i64) -> Option<Severity> {
    [Severity::Unknown, Severity::Low, Severity::Medium, Severity::High, Severity::Critical].get(usize::try_from(number).ok()?).copied()
}

fn number_of(severity: Severity) -> u8 {
    match severity {
        Severity::Unknown => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

/// Reads an advisory; bucket and source are the caller's to fill.
pub fn read_advisory(id: &str, bytes: &[u8]) -> Result<Advisory, String> {
    let map = object(bytes)?;
    let mut fields = Fields::of(&map);
    let mut entries = Vec::new();
    for value in fields.list("Entries") {
        match value {
            Value::Object(entry) => entries.push(read_entry(entry)?),
            _ => fields.wrong("Entries"),
        }
    }
    let advisory = Advisory {
        bucket: "".into(),
        source: None,
        id: id.to_owned(),
        aliases: fields.texts("Aliases"),
        vendor_ids: fields.texts("VendorIDs"),
        arches: fields.texts("Arches"),
        status: fields.status("Status"),
        severity: fields.severity("Severity"),
        fixed_version: fields.text("FixedVersion"),
        affected_version: fields.text("AffectedVersion"),
        vulnerable_versions: fields.texts("VulnerableVersions"),
        patched_versions: fields.texts("PatchedVersions"),
        unaffected_versions: fields.texts("UnaffectedVersions"),
        entries,
        custom: fields.value("Custom").map(Value::to_string),
    };
    fields.end(advisory)
}

fn read_entry(map: &Map<String, Value>) -> Result<Entry, String> {
    let mut fields = Fields::of(map);
    let mut cves = Vec::new();
    for value in fields.list("Cves") {
        let Value::Object(cve) = value else {
            fields.wrong("Cves");
            continue;
        };
        let mut cve = Fields::of(cve);
        let read = EntryCve { id: cve.text("ID"), severity: cve.severity("Severity") };
        cves.push(cve.end(read)?);
    }
    // Both spellings occur.
    let mut vendor_ids = fields.texts("VendorIDs");
    vendor_ids.extend(fields.texts("VendorIds"));
    let products = products(fields.list("Affected"));
    let entry = Entry {
        fixed_version: fields.text("FixedVersion"),
        arches: fields.texts("Arches"),
        status: fields.status("Status"),
        vendor_ids,
        products: products.ok_or("`Affected` has a value of the wrong kind")?,
        cves,
    };
    fields.end(entry)
}

fn products(list: &[Value]) -> Option<Vec<u32>> {
    list.iter().map(|value| number(value).and_then(whole).and_then(|number| u32::try_from(number).ok())).collect()
}

/// Reads the numbers of products of a Red Hat repository or image.
pub fn read_products(bytes: &[u8]) -> Result<Vec<u32>, String> {
    let list: Vec<Value> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    products(&list).ok_or_else(|| "it has a value of the wrong kind".to_owned())
}

/// Reads a vulnerability.
pub fn read_vulnerability(bytes: &[u8]) -> Result<Vulnerability, String> {
    let map = object(bytes)?;
    let mut fields = Fields::of(&map);
    let mut ratings: BTreeMap<&str, Rating> = BTreeMap::new();
    if let Some(value) = fields.value("VendorSeverity") {
        let Value::Object(by_source) = value else { return Err("`VendorSeverity` has a value of the wrong kind".to_owned()) };
        for (source, value) in by_source {
            let severity = severity(value).ok_or_else(|| format!("the severity of `{source}` has a value of the wrong kind"))?;
            ratings.entry(source).or_default().severity = Some(severity);
        }
    }
    if let Some(value) = fields.value("CVSS") {
        let Value::Object(by_source) = value else { return Err("`CVSS` has a value of the wrong kind".to_owned()) };
        for (source, value) in by_source {
            let Value::Object(scores) = value else { return Err(format!("the score of `{source}` has a value of the wrong kind")) };
            let mut scores = Fields::of(scores);
            let mut cvss = |vector: &str, score: &str| {
                let cvss = Cvss { vector: scores.text(vector), score: scores.number(score).filter(|score| *score > 0.0) };
                (cvss != Cvss::default()).then_some(cvss)
            };
            let rating = ratings.entry(source).or_default();
            rating.cvss2 = cvss("V2Vector", "V2Score");
            rating.cvss3 = cvss("V3Vector", "V3Score");
            rating.cvss4 = cvss("V40Vector", "V40Score");
            scores.end(())?;
        }
    }
    if let Some(Value::Object(dates)) = fields.value("RatingDates") {
        for (source, date) in dates {
            if let (Some(rating), Value::String(date)) = (ratings.get_mut(source.as_str()), date) {
                rating.date = Some(date.clone());
            }
        }
    }
    let ratings = ratings.into_iter().map(|(source, rating)| Rating { source: source.to_owned(), ..rating }).collect();
    let vulnerability = Vulnerability {
        detail: VulnerabilityDetail {
            title: fields.text("Title"),
            description: fields.text("Description"),
            ratings,
            cwes: fields.texts("CweIDs"),
            references: fields.texts("References"),
            published: fields.optional_text("PublishedDate"),
            modified: fields.optional_text("LastModifiedDate"),
            primary_url: None,
            kev: None,
            epss: None,
            custom: fields.value("Custom").map(Value::to_string),
        },
        severity: fields.severity("Severity"),
        aliases: fields.texts("Aliases"),
    };
    fields.end(vulnerability)
}

/// Reads who publishes a bucket, and how fresh it is where that is said.
pub fn read_source(bucket: &str, bytes: &[u8]) -> Result<SourceFreshness, String> {
    let map = object(bytes)?;
    let mut fields = Fields::of(&map);
    let freshness = SourceFreshness {
        name: bucket.to_owned(),
        source: DataSource {
            id: fields.text("ID"),
            name: fields.text("Name"),
            url: fields.text("URL"),
            base_id: fields.optional_text("BaseID"),
        },
        newest: fields.optional_text("Newest"),
        advisories: fields.number("Advisories").and_then(whole).and_then(|count| u64::try_from(count).ok()),
    };
    fields.end(freshness)
}

/// Reads an entry of the catalogue of exploited vulnerabilities.
pub fn read_kev(bytes: &[u8]) -> Result<Kev, String> {
    let map = object(bytes)?;
    let mut fields = Fields::of(&map);
    let kev = Kev {
        added: fields.text("Added"),
        due: fields.optional_text("Due"),
        ransomware: matches!(fields.value("Ransomware"), Some(Value::Bool(true))),
    };
    fields.end(kev)
}

/// Reads a probability of exploitation.
pub fn read_epss(bytes: &[u8]) -> Result<Epss, String> {
    let map = object(bytes)?;
    let mut fields = Fields::of(&map);
    let (Some(score), Some(percentile)) = (fields.number("Score"), fields.number("Percentile")) else {
        return Err("`Score` and `Percentile` are numbers".to_owned());
    };
    let epss = Epss { score, percentile, date: fields.text("Date") };
    fields.end(epss)
}

/// Collects the fields that have something to say.
#[derive(Default)]
struct Out(Map<String, Value>);

impl Out {
    fn text(mut self, name: &str, text: &str) -> Self {
        if !text.is_empty() {
            self.0.insert(name.to_owned(), text.into());
        }
        self
    }

    fn optional(self, name: &str, text: Option<&str>) -> Self {
        self.text(name, text.unwrap_or_default())
    }

    fn texts(mut self, name: &str, texts: &[String]) -> Self {
        if !texts.is_empty() {
            self.0.insert(name.to_owned(), texts.into());
        }
        self
    }

    fn value(mut self, name: &str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    fn severity(self, name: &str, severity: Option<Severity>) -> Self {
        self.value(name, severity.map(|severity| number_of(severity).into()))
    }

    fn status(self, status: FixStatus) -> Self {
        self.value("Status", (status != FixStatus::Unknown).then(|| (status as u8).into()))
    }

    fn bytes(self) -> Vec<u8> {
        Value::Object(self.0).to_string().into_bytes()
    }
}

fn custom(text: Option<&str>) -> Option<Value> {
    text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
}

/// Writes an advisory.
pub fn write_advisory(advisory: &Advisory) -> Vec<u8> {
    let entries: Vec<Value> = advisory.entries.iter().map(write_entry).collect();
    Out::default()
        .texts("Aliases", &advisory.aliases)
        .texts("VendorIDs", &advisory.vendor_ids)
        .texts("Arches", &advisory.arches)
        .severity("Severity", advisory.severity)
        .text("FixedVersion", &advisory.fixed_version)
        .text("AffectedVersion", &advisory.affected_version)
        .texts("VulnerableVersions", &advisory.vulnerable_versions)
        .texts("PatchedVersions", &advisory.patched_versions)
        .texts("UnaffectedVersions", &advisory.unaffected_versions)
        .value("Entries", (!entries.is_empty()).then_some(Value::Array(entries)))
        .value("Custom", custom(advisory.custom.as_deref()))
        .status(advisory.status)
        .bytes()
}

fn write_entry(entry: &Entry) -> Value {
    let cves: Vec<Value> =
        entry.cves.iter().map(|cve| Value::Object(Out::default().text("ID", &cve.id).severity("Severity", cve.severity).0)).collect();
    let out = Out::default()
        .text("FixedVersion", &entry.fixed_version)
        .value("Affected", (!entry.products.is_empty()).then(|| entry.products.clone().into()))
        .texts("Arches", &entry.arches)
        .texts("VendorIDs", &entry.vendor_ids)
        .value("Cves", (!cves.is_empty()).then_some(Value::Array(cves)))
        .status(entry.status);
    Value::Object(out.0)
}

/// Writes the numbers of products of a Red Hat repository or image.
pub fn write_products(products: &[u32]) -> Vec<u8> {
    Value::from(products).to_string().into_bytes()
}

/// Writes a vulnerability. What is known of its exploitation is in other buckets: [`write_kev`], [`write_epss`].
pub fn write_vulnerability(vulnerability: &Vulnerability) -> Vec<u8> {
    let detail = &vulnerability.detail;
    let mut severities = Map::new();
    let mut scores = Map::new();
    let mut dates = Map::new();
    for rating in &detail.ratings {
        if let Some(severity) = rating.severity {
            severities.insert(rating.source.clone(), number_of(severity).into());
        }
        let mut out = Out::default();
        for (cvss, vector, score) in
            [(&rating.cvss2, "V2Vector", "V2Score"), (&rating.cvss3, "V3Vector", "V3Score"), (&rating.cvss4, "V40Vector", "V40Score")]
        {
            if let Some(cvss) = cvss {
                out = out.text(vector, &cvss.vector).value(score, cvss.score.map(Value::from));
            }
        }
        if !out.0.is_empty() {
            scores.insert(rating.source.clone(), Value::Object(out.0));
        }
        if let Some(date) = &rating.date {
            dates.insert(rating.source.clone(), date.as_str().into());
        }
    }
    let filled = |map: Map<String, Value>| (!map.is_empty()).then_some(Value::Object(map));
    Out::default()
        .text("Title", &detail.title)
        .text("Description", &detail.description)
        .optional("Severity", vulnerability.severity.map(Severity::as_str))
        .texts("CweIDs", &detail.cwes)
        .value("VendorSeverity", filled(severities))
        .value("CVSS", filled(scores))
        .value("RatingDates", filled(dates))
        .texts("References", &detail.references)
        .optional("PublishedDate", detail.published.as_deref())
        .optional("LastModifiedDate", detail.modified.as_deref())
        .texts("Aliases", &vulnerability.aliases)
        .value("Custom", custom(detail.custom.as_deref()))
        .bytes()
}

/// Writes who publishes a bucket.
pub fn write_source(freshness: &SourceFreshness) -> Vec<u8> {
    Out::default()
        .text("ID", &freshness.source.id)
        .text("Name", &freshness.source.name)
        .text("URL", &freshness.source.url)
        .optional("BaseID", freshness.source.base_id.as_deref())
        .optional("Newest", freshness.newest.as_deref())
        .value("Advisories", freshness.advisories.map(Value::from))
        .bytes()
}

/// Writes an entry of the catalogue of exploited vulnerabilities.
pub fn write_kev(kev: &Kev) -> Vec<u8> {
    Out::default()
        .text("Added", &kev.added)
        .optional("Due", kev.due.as_deref())
        .value("Ransomware", kev.ransomware.then_some(Value::Bool(true)))
        .bytes()
}

/// Writes a probability of exploitation.
pub fn write_epss(epss: &Epss) -> Vec<u8> {
    json!({ "Score": epss.score, "Percentile": epss.percentile, "Date": epss.date }).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_floats_and_severities_words() {
        let read = read_advisory("CVE-1", br#"{"Severity":1.0,"Status":7.0,"Arches":null,"State":"postponed"}"#).unwrap();
        assert_eq!((read.severity, read.status), (Some(Severity::Low), FixStatus::EndOfLife));
        let read = read_advisory("CVE-1", br#"{"Severity":"HIGH","Status":"will_not_fix","PatchedVersions":[2,"3.0"]}"#).unwrap();
        assert_eq!((read.severity, read.status), (Some(Severity::High), FixStatus::WillNotFix));
        assert_eq!(read.patched_versions, ["2", "3.0"]);
        let read = read_vulnerability(br#"{"Severity":"MEDIUM","VendorSeverity":{"nvd":3.0,"ghsa":"LOW"},"CVSS":{"nvd":{"V3Score":7.5}}}"#)
            .unwrap();
        assert_eq!(read.severity, Some(Severity::Medium));
        let ratings: Vec<_> = read.detail.ratings.iter().map(|r| (r.source.as_str(), r.severity, r.cvss3.is_some())).collect();
        assert_eq!(ratings, [("ghsa", Some(Severity::Low), false), ("nvd", Some(Severity::High), true)]);
    }

    #[test]
    fn entries_keep_products_and_both_spellings_of_vendor_ids() {
        let read = read_advisory(
            "RHSA-1",
            br#"{"Entries":[{"Affected":[1,2.0],"Cves":[{"ID":"CVE-1","Severity":2.0}],"FixedVersion":"1:2","VendorIds":["RLSA-1"]}]}"#,
        )
        .unwrap();
        let entry = read.entries.first().unwrap();
        assert_eq!((entry.products.as_slice(), entry.vendor_ids.as_slice()), (&[1, 2][..], &["RLSA-1".to_owned()][..]));
        assert_eq!(entry.cves, [EntryCve { id: "CVE-1".into(), severity: Some(Severity::Medium) }]);
    }

    #[test]
    fn what_is_no_advisory_is_an_error() {
        for bytes in [
            &b""[..],
            b"[]",
            b"{",
            br#"{"FixedVersion":[]}"#,
            br#"{"Severity":9}"#,
            br#"{"Entries":[1]}"#,
            br#"{"Entries":[{"Affected":[-1]}]}"#,
        ] {
            assert!(read_advisory("CVE-1", bytes).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
        assert!(read_vulnerability(br#"{"CVSS":[]}"#).is_err());
        assert!(read_products(b"[1,-1]").is_err());
        assert!(read_epss(b"{}").is_err());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let advisory = Advisory {
            bucket: "".into(),
            id: "CVE-1".into(),
            aliases: vec!["GHSA-1".into()],
            vendor_ids: vec!["DSA-1".into()],
            arches: vec!["x86_64".into()],
            status: FixStatus::Fixed,
            severity: Some(Severity::Critical),
            fixed_version: "1.0-1".into(),
            affected_version: "0.9".into(),
            vulnerable_versions: vec!["< 1".into()],
            patched_versions: vec!["1".into()],
            unaffected_versions: vec!["0.1".into()],
            entries: vec![Entry {
                fixed_version: "2".into(),
                arches: vec!["noarch".into()],
                status: FixStatus::Affected,
                vendor_ids: vec!["RHSA-1".into()],
                products: vec![3, 4],
                cves: vec![EntryCve { id: "CVE-2".into(), severity: Some(Severity::Low) }],
            }],
            custom: Some(r#"{"a":1}"#.into()),
            source: None,
        };
        assert_eq!(read_advisory("CVE-1", &write_advisory(&advisory)).unwrap(), advisory);
        let cvss = |score| Some(Cvss { vector: "AV:N".into(), score: Some(score) });
        let vulnerability = Vulnerability {
            detail: VulnerabilityDetail {
                title: "t".into(),
                description: "d".into(),
                ratings: vec![
                    Rating { source: "ghsa".into(), severity: Some(Severity::High), cvss4: cvss(8.5), ..Rating::default() },
                    Rating {
                        source: "nvd".into(),
                        cvss2: cvss(5.0),
                        cvss3: cvss(7.5),
                        date: Some("2020-01-01T00:00:00Z".into()),
                        ..Rating::default()
                    },
                ],
                cwes: vec!["CWE-1".into()],
                references: vec!["https://example.com/1".into()],
                published: Some("2020-01-01T00:00:00Z".into()),
                modified: Some("2020-01-02T00:00:00Z".into()),
                custom: Some("[1]".into()),
                ..VulnerabilityDetail::default()
            },
            severity: Some(Severity::Medium),
            aliases: vec!["GHSA-1".into()],
        };
        assert_eq!(read_vulnerability(&write_vulnerability(&vulnerability)).unwrap(), vulnerability);
        let source = SourceFreshness {
            name: "b".into(),
            source: DataSource { id: "i".into(), name: "n".into(), url: "u".into(), base_id: Some("debian".into()) },
            newest: Some("2020-01-02T00:00:00Z".into()),
            advisories: Some(7),
        };
        assert_eq!(read_source("b", &write_source(&source)).unwrap(), source);
        let kev = Kev { added: "2021-12-10".into(), due: Some("2021-12-24".into()), ransomware: true };
        assert_eq!(read_kev(&write_kev(&kev)).unwrap(), kev);
        let epss = Epss { score: 0.5, percentile: 0.75, date: "2026-01-01".into() };
        assert_eq!(read_epss(&write_epss(&epss)).unwrap(), epss);
        assert_eq!(read_products(&write_products(&[1, 2])).unwrap(), [1, 2]);
    }
}
