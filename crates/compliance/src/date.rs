//! Days. Every age and expiry is judged at the day, in UTC, of the moment the report is made for.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The day of a moment in UTC.
pub(crate) fn day_of(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

/// `YYYY-MM-DD`, or the day of an RFC 3339 moment.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let text = text.trim();
    text.parse::<Date>().ok().filter(|_| text.len() == 10).or_else(|| text.parse::<Timestamp>().ok().map(day_of))
}

/// Whole days from `from` to `to`, negative when `to` is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
