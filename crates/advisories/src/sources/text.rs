//! Small readers that several formats share: ids in free text, dates, CSV, and fields that may be null.

use serde::{Deserialize, Deserializer};

/// Ids of vulnerabilities in free text, in their usual spelling: `CVE-2019-1234` of `CVE 2019-1234 (+ fix)` and `cve_2019_1234`.
pub(crate) fn cve_ids(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.windows(3).position(|w| w.eq_ignore_ascii_case(b"cve"))) {
        at += found + 3;
        let before = at.checked_sub(4).and_then(|i| bytes.get(i));
        if before.is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        if let Some(id) = cve_rest(rest) {
            if !out.contains(&id) {
                out.push(id);
            }
            if out.len() >= 10_000 {
                break;
            }
        }
    }
    out
}

fn cve_rest(rest: &str) -> Option<String> {
    let separator = |c: char| matches!(c, '-' | '_' | ' ' | ':' | '\u{2010}' | '\u{2011}' | '\u{2013}');
    let rest = rest.strip_prefix(separator)?;
    let (year, rest) = rest.split_at_checked(4)?;
    let rest = rest.strip_prefix(separator)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let right =
        year.bytes().all(|b| b.is_ascii_digit()) && (year.starts_with("19") || year.starts_with("20")) && (4..=8).contains(&digits.len());
    right.then(|| format!("CVE-{year}-{digits}"))
}

/// Exactly a CVE id.
pub(crate) fn is_cve(text: &str) -> bool {
    text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')).is_some_and(|(year, number)| {
        year.len() == 4 && number.len() >= 4 && number.len() <= 19 && year.bytes().chain(number.bytes()).all(|b| b.is_ascii_digit())
    })
}

/// An id that can be a key: short, without white space or control characters.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic())
}

/// RFC 3339 UTC of the dates that feeds write: with or without time, fraction, offset. `None` for the zero date of Go and for nonsense.
pub(crate) fn date(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 64 || text.starts_with("0001-") {
        return None;
    }
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok().map(|date| format!("{date}T00:00:00Z"));
    if text.len() == 10 {
        return day(text);
    }
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    // Without an offset: taken as UTC.
    if let Ok(time) = text.replacen(' ', "T", 1).parse::<jiff::civil::DateTime>() {
        return Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    text.get(..10).and_then(day)
}

/// `YYYY-MM-DD`, when it is that and a day of the calendar.
pub(crate) fn day(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()).then(|| text.to_owned())
}

/// A missing or null field is its default.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Records of a CSV text (RFC 4180): quotes, doubled quotes, line breaks in quotes. A record that ends nowhere ends with the text.
pub(crate) fn csv_records(text: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (record, after) = csv_record(rest);
            rest = after;
            if record.len() > 1 || record.first().is_some_and(|field| !field.is_empty()) {
                return Some(record);
            }
        }
    })
}

fn csv_record(text: &str) -> (Vec<String>, &str) {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if quoted && chars.peek().is_some_and(|(_, next)| *next == '"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                if field.ends_with('\r') {
                    field.pop();
                }
                fields.push(field);
                return (fields, text.get(at + 1..).unwrap_or_default());
            }
            c => field.push(c),
        }
    }
    fields.push(field);
    (fields, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_free_text() {
        for (text, expected) in [
            ("CVE-2019-10206", vec!["CVE-2019-10206"]),
            ("CVE 2018-16859", vec!["CVE-2018-16859"]),
            ("CVE-2017-2616 (+ regression fix)", vec!["CVE-2017-2616"]),
            ("CVE-2017-17456 CVE-2017-17457 ZBX-1", vec!["CVE-2017-17456", "CVE-2017-17457"]),
            ("cve_2020_1234, CVE_2020-1234", vec!["CVE-2020-1234"]),
            ("XSA-248", vec![]),
            ("CVE-2020-12", vec![]),
            ("LCVE-2020-1234", vec![]),
            ("CVE", vec![]),
            ("CVE-20é0-1234", vec![]),
        ] {
            assert_eq!(cve_ids(text), expected, "{text}");
        }
        assert!(is_cve("CVE-2021-44228") && !is_cve("CVE-2021-44228 ") && !is_cve("CVE-21-44228"));
    }

    #[test]
    fn dates() {
        for (text, expected) in [
            ("2021-06-09T12:54:08Z", Some("2021-06-09T12:54:08Z")),
            ("2023-07-25T16:31:58.309647Z", Some("2023-07-25T16:31:58Z")),
            ("2023-07-25T18:31:58+02:00", Some("2023-07-25T16:31:58Z")),
            ("2019-04-23 22:08:00", Some("2019-04-23T22:08:00Z")),
            ("2023-12-18", Some("2023-12-18T00:00:00Z")),
            ("0001-01-01T00:00:00Z", None),
            ("soon", None),
            ("2023-13-01", None),
        ] {
            assert_eq!(date(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn csv() {
        let rows: Vec<Vec<String>> = csv_records("a,\"b \"\"x\"\", y\",c\r\n\r\n1,\"two\nlines\",\n\"open").collect();
        assert_eq!(rows, [vec!["a", "b \"x\", y", "c"], vec!["1", "two\nlines", ""], vec!["open"]]);
    }
}
