//! When vendors stop supporting operating systems.
//!
//! One line a release in `eol.tsv`: family, release, day on which free security updates end (the last long-term phase that every
//! user gets: Debian LTS counts, paid extensions such as Ubuntu Pro or ELS do not). Facts come from the vendors' published life
//! cycles, compared with those that endoflife.date collects. A release that is not listed is unknown, never supported and never at its end. Rolling releases have `-` for a day.

use crate::date::parse_day;
use jiff::civil::Date;

const TABLE: &str = include_str!("eol.tsv");

/// What is known of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    /// Supported until this day, inclusive.
    Until(Date),
    /// A rolling release: supported as long as it is updated.
    Rolling,
    Unknown,
}

/// Whether the publisher had ended support for the release before `today`; `None` when nobody knows.
pub fn end_of_life(family: &str, version: &str, today: Date) -> Option<bool> {
    match support(family, version) {
        Support::Until(end) => Some(today > end),
        Support::Rolling => Some(false),
        Support::Unknown => None,
    }
}

/// `version` may be more precise than the table: `12.5` finds `12`, `3.19.1` finds `3.19`.
pub(crate) fn support(family: &str, version: &str) -> Support {
    let family = family.to_ascii_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(names), Some(release), Some(end)) = (columns.next(), columns.next(), columns.next()) else { continue };
        if !names.split(',').any(|name| name == family) {
            continue;
        }
        let fits = match release.strip_prefix('=') {
            // A first service pack has no number, and later ones start with the same.
            Some(exact) => version == exact,
            None => {
                release == "*"
                    || version.strip_prefix(release).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_', ' ']))
            }
        };
        let weight = if release == "*" { 0 } else { release.len() };
        if fits && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, end));
        }
    }
    match best {
        Some((_, "-")) => Support::Rolling,
        Some((_, end)) => parse_day(end).map_or(Support::Unknown, Support::Until),
        None => Support::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 3, "{line}");
            assert!(columns[2] == "-" || parse_day(columns[2]).is_some(), "{line}");
        }
    }

    #[test]
    fn releases_are_found_by_prefix() {
        let until = |day: &str| Support::Until(day.parse().unwrap());
        for (family, version, expected) in [
            ("debian", "12.5", until("2028-06-30")),
            ("debian", "9", until("2022-06-30")),
            ("ubuntu", "22.04", until("2027-04-01")),
            ("alpine", "3.19.1", until("2025-11-01")),
            ("alpine", "3.1.4", until("2016-11-01")),
            ("alpine", "3.24.0", until("2028-06-01")),
            ("ubuntu", "26.04", until("2031-04-30")),
            ("fedora", "43", until("2026-12-09")),
            ("alma", "8.10", until("2029-05-31")),
            ("photon", "3.0", until("2025-10-02")),
            ("sles", "15", until("2019-12-31")),
            ("sles", "15.7", until("2031-07-31")),
            ("sles", "15.9", Support::Unknown),
            ("alpine", "3.100.0", Support::Unknown),
            ("wolfi", "20230201", Support::Rolling),
            ("centos", "7.9.2009", until("2024-06-30")),
            ("nothing", "1", Support::Unknown),
            ("debian", "", Support::Unknown),
        ] {
            assert_eq!(support(family, version), expected, "{family} {version}");
        }
    }
}
