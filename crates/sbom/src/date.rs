//! Times as the formats want them: CycloneDX any RFC 3339, SPDX whole seconds in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// RFC 3339, kept as it is when it already is one; a time without a zone is taken as UTC.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    let text = text.trim();
    let (timestamp, zoned) = parse(text)?;
    let four_digit_year = text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    if zoned && four_digit_year && is_strict(text) { Some(text.to_owned()) } else { plain(timestamp, false) }
}

/// `2022-06-14T15:08:48Z`.
pub(crate) fn utc_seconds(text: &str) -> Option<String> {
    plain(parse(text.trim())?.0, true)
}

fn parse(text: &str) -> Option<(Timestamp, bool)> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some((timestamp, true));
    }
    let civil: DateTime = text.parse().ok()?;
    Some((TimeZone::UTC.to_timestamp(civil).ok()?, false))
}

fn plain(timestamp: Timestamp, seconds_only: bool) -> Option<String> {
    let whole = if seconds_only { Timestamp::from_second(timestamp.as_second()).ok()? } else { timestamp };
    // Years outside 0000–9999 have a sign and six digits there: no format allows them.
    Some(whole.to_string()).filter(|text| is_strict(text))
}

/// `YYYY-MM-DDThh:mm:ss[.f…](Z|±hh:mm)`.
fn is_strict(text: &str) -> bool {
    let Some((head, tail)) = text.split_at_checked(19) else { return false };
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, want)| if want == b'0' { byte.is_ascii_digit() } else { byte == want })
    };
    if !shape(head, "0000-00-00T00:00:00") || head.ends_with(":60") {
        return false;
    }
    let zone = match tail.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 || digits > 9 {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        None => tail,
    };
    zone == "Z" || shape(zone, "+00:00") || shape(zone, "-00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_normalised() {
        for (text, any, seconds) in [
            ("2022-06-14T15:08:48+00:00", "2022-06-14T15:08:48+00:00", "2022-06-14T15:08:48Z"),
            ("2022-06-14T15:08:48.123456789Z", "2022-06-14T15:08:48.123456789Z", "2022-06-14T15:08:48Z"),
            ("2022-06-14T15:08:48+02:00", "2022-06-14T15:08:48+02:00", "2022-06-14T13:08:48Z"),
            ("2022-06-14 15:08:48Z", "2022-06-14T15:08:48Z", "2022-06-14T15:08:48Z"),
            ("2022-06-14T15:08:48", "2022-06-14T15:08:48Z", "2022-06-14T15:08:48Z"),
            ("2022-06-14", "2022-06-14T00:00:00Z", "2022-06-14T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(text).as_deref(), Some(any), "{text}");
            assert_eq!(utc_seconds(text).as_deref(), Some(seconds), "{text}");
        }
        for text in ["", "yesterday", "2022-13-01T00:00:00Z", "-000001-01-01T00:00:00Z", "2022-06-14T15:08:48+99:00"] {
            assert_eq!(rfc3339(text), None, "{text}");
            assert_eq!(utc_seconds(text), None, "{text}");
        }
    }
}
