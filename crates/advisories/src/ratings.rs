//! Which of several ratings counts, and which page to read first.
//!
//! Publishers disagree about severity, so all ratings are kept and the choice is a policy: an order of sources, in which `auto` stands for the
//! usual one. That is: what the publisher of the advisory says of this very package; what it says of the vulnerability (for a feed that builds on
//! another, what the other says); GitHub's rating where the id is GitHub's; NVD's; a severity without a source, as old databases have it. Where
//! nobody named a severity but somebody a score, the score's band is taken, as NVD does.

use crate::store::Vulnerability;
use probity_model::{
    Severity,
    vulnerability::{DataSource, Rating},
};

/// The word for the usual order.
pub const AUTO: &str = "auto";

const GHSA: &str = "ghsa";
const NVD: &str = "nvd";

/// A severity and whose it is; `None` when nobody rated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub severity: Severity,
    pub source: Option<String>,
}

/// What a publisher says of a vulnerability in one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnRating<'a> {
    pub severity: Severity,
    pub source: &'a str,
}

/// Chooses by an order of sources; an empty one is `auto`.
pub fn choose(
    id: &str,
    vulnerability: &Vulnerability,
    publisher: Option<&DataSource>,
    own: Option<OwnRating<'_>>,
    order: &[impl AsRef<str>],
) -> Choice {
    let own = own.filter(|own| own.severity != Severity::Unknown);
    let by_source = |source: &str| -> Option<Choice> {
        let severity = match own {
            Some(own) if own.source == source => Some(own.severity),
            _ => vulnerability.detail.ratings.iter().find(|rating| rating.source == source).and_then(named),
        };
        severity.map(|severity| Choice { severity, source: Some(source.to_owned()) })
    };
    let auto = || automatic(id, vulnerability, publisher, own, &by_source);
    if order.is_empty() {
        return auto().unwrap_or_default();
    }
    let mut choices = order.iter().map(AsRef::as_ref).filter_map(|source| if source == AUTO { auto() } else { by_source(source) });
    choices.next().unwrap_or_default()
}

fn automatic(
    id: &str,
    vulnerability: &Vulnerability,
    publisher: Option<&DataSource>,
    own: Option<OwnRating<'_>>,
    by_source: &dyn Fn(&str) -> Option<Choice>,
) -> Option<Choice> {
    if let Some(own) = own {
        return Some(Choice { severity: own.severity, source: Some(own.source.to_owned()) });
    }
    let publisher = publisher.map(|source| source.base_id.as_deref().unwrap_or(&source.id)).filter(|id| !id.is_empty());
    let github = id.starts_with("GHSA-").then_some(GHSA);
    if let Some(choice) = [publisher, github, Some(NVD)].into_iter().flatten().find_map(by_source) {
        return Some(choice);
    }
    if let Some(severity) = vulnerability.severity.filter(|severity| *severity != Severity::Unknown) {
        return Some(Choice { severity, source: None });
    }
    let scored = vulnerability.detail.ratings.iter().find_map(|rating| Some((rating, band_of(rating)?)));
    scored.map(|(rating, severity)| Choice { severity, source: Some(rating.source.clone()) })
}

fn named(rating: &Rating) -> Option<Severity> {
    rating.severity.filter(|severity| *severity != Severity::Unknown)
}

/// The band of the newest score that a source gives.
fn band_of(rating: &Rating) -> Option<Severity> {
    let score = |cvss: &Option<probity_model::vulnerability::Cvss>| cvss.as_ref().and_then(|cvss| cvss.score).filter(|score| *score > 0.0);
    if let Some(score) = score(&rating.cvss4).or_else(|| score(&rating.cvss3)) {
        return Some(match score {
            9.0.. => Severity::Critical,
            7.0.. => Severity::High,
            4.0.. => Severity::Medium,
            _ => Severity::Low,
        });
    }
    Some(match score(&rating.cvss2)? {
        7.0.. => Severity::High,
        4.0.. => Severity::Medium,
        _ => Severity::Low,
    })
}

/// Where publishers' own pages are, by the id of their feed.
const PAGES: &[(&str, &[&str])] = &[
    ("debian", &["http://www.debian.org", "https://www.debian.org"]),
    ("ubuntu", &["http://www.ubuntu.com", "https://usn.ubuntu.com"]),
    ("redhat", &["https://access.redhat.com"]),
    ("suse-cvrf", &["http://lists.opensuse.org", "https://lists.opensuse.org"]),
    ("oracle-oval", &["http://linux.oracle.com/errata", "https://linux.oracle.com/errata"]),
    ("nodejs-security-wg", &["https://www.npmjs.com", "https://hackerone.com"]),
    ("ruby-advisory-db", &["https://groups.google.com"]),
];

/// The page to read first: by the kind of id, else the first reference to the publisher's own site.
pub fn primary_url(id: &str, references: &[String], publisher: Option<&DataSource>) -> Option<String> {
    if id.starts_with("CVE-") {
        return Some(format!("https://avd.aquasec.com/nvd/{}", id.to_ascii_lowercase()));
    }
    for (start, page) in [
        ("RUSTSEC-", "https://osv.dev/vulnerability/"),
        ("GHSA-", "https://github.com/advisories/"),
        ("TEMP-", "https://security-tracker.debian.org/tracker/"),
    ] {
        if id.starts_with(start) {
            return Some(format!("{page}{id}"));
        }
    }
    let publisher = publisher?;
    let (_, sites) = PAGES.iter().find(|(feed, _)| *feed == publisher.id)?;
    sites.iter().find_map(|site| references.iter().find(|reference| reference.starts_with(site)).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::vulnerability::{Cvss, VulnerabilityDetail};

    fn rated(ratings: &[(&str, Severity)]) -> Vulnerability {
        let ratings = ratings.iter().map(|(source, severity)| Rating {
            source: (*source).to_owned(),
            severity: Some(*severity),
            ..Rating::default()
        });
        Vulnerability {
            detail: VulnerabilityDetail { ratings: ratings.collect(), ..VulnerabilityDetail::default() },
            ..Vulnerability::default()
        }
    }

    fn feed(id: &str, base: Option<&str>) -> DataSource {
        DataSource { id: id.to_owned(), base_id: base.map(str::to_owned), ..DataSource::default() }
    }

    #[track_caller]
    fn chosen(id: &str, v: &Vulnerability, feed: Option<&DataSource>, own: Option<OwnRating<'_>>, order: &[&str], expected: &str) {
        let choice = choose(id, v, feed, own, order);
        assert_eq!(format!("{} {}", choice.severity, choice.source.as_deref().unwrap_or("-")), expected);
    }

    #[test]
    fn the_usual_order() {
        let all = rated(&[("debian", Severity::Low), ("ghsa", Severity::High), ("nvd", Severity::Critical)]);
        let own = OwnRating { severity: Severity::Medium, source: "debian" };
        let debian = feed("debian", None);
        chosen("CVE-1", &all, Some(&debian), Some(own), &[], "MEDIUM debian");
        chosen("CVE-1", &all, Some(&debian), Some(OwnRating { severity: Severity::Unknown, ..own }), &[], "LOW debian");
        chosen("CVE-1", &all, Some(&debian), None, &[], "LOW debian");
        chosen("CVE-1", &all, Some(&feed("rootio", Some("debian"))), None, &["auto"], "LOW debian");
        chosen("CVE-1", &all, Some(&feed("alpine", None)), None, &[], "CRITICAL nvd");
        chosen("GHSA-1", &all, Some(&feed("govulndb", None)), None, &[], "HIGH ghsa");
        chosen("CVE-1", &all, None, None, &[], "CRITICAL nvd");
        chosen("CVE-1", &rated(&[]), None, None, &[], "UNKNOWN -");
        chosen("CVE-1", &Vulnerability { severity: Some(Severity::High), ..rated(&[]) }, None, None, &[], "HIGH -");
    }

    #[test]
    fn an_order_of_the_user_counts_for_every_source_also_for_those_that_rate_by_package() {
        let all = rated(&[("debian", Severity::Low), ("nvd", Severity::Critical)]);
        let own = Some(OwnRating { severity: Severity::Medium, source: "debian" });
        chosen("CVE-1", &all, None, own, &["nvd", "auto"], "CRITICAL nvd");
        chosen("CVE-1", &all, None, own, &["redhat", "debian"], "MEDIUM debian");
        chosen("CVE-1", &all, None, None, &["redhat"], "UNKNOWN -");
        chosen("CVE-1", &all, None, own, &["redhat", "auto"], "MEDIUM debian");
    }

    #[test]
    fn a_score_counts_when_nobody_names_a_severity() {
        let with = |rating: Rating| {
            let detail = VulnerabilityDetail { ratings: vec![Rating { source: "osv".into(), ..rating }], ..VulnerabilityDetail::default() };
            Vulnerability { detail, ..Vulnerability::default() }
        };
        let cvss = |score| Some(Cvss { vector: String::new(), score: Some(score) });
        chosen("OSV-1", &with(Rating { cvss3: cvss(9.8), ..Rating::default() }), None, None, &[], "CRITICAL osv");
        chosen("OSV-1", &with(Rating { cvss2: cvss(9.8), ..Rating::default() }), None, None, &[], "HIGH osv");
        chosen("OSV-1", &with(Rating { cvss3: cvss(0.0), ..Rating::default() }), None, None, &[], "UNKNOWN -");
    }

    #[test]
    fn pages() {
        let references = vec!["https://example.com".to_owned(), "https://lists.opensuse.org/x".to_owned()];
        for (id, source, expected) in [
            ("CVE-2021-1", None, Some("https://avd.aquasec.com/nvd/cve-2021-1")),
            ("GHSA-x", None, Some("https://github.com/advisories/GHSA-x")),
            ("RUSTSEC-2020-1", None, Some("https://osv.dev/vulnerability/RUSTSEC-2020-1")),
            ("TEMP-1", None, Some("https://security-tracker.debian.org/tracker/TEMP-1")),
            ("SUSE-SU-1", Some(feed("suse-cvrf", None)), Some("https://lists.opensuse.org/x")),
            ("ALAS-1", Some(feed("amazon", None)), None),
            ("GMS-1", None, None),
        ] {
            assert_eq!(primary_url(id, &references, source.as_ref()).as_deref(), expected, "{id}");
        }
    }
}
