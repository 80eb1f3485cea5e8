//! CVSS vectors: their scores, and what a score means.
//!
//! Versions 2.0, 3.x and 4.0 of <https://www.first.org/cvss/>. Publishers often give only the vector; the score is computed from its base metrics.

use probity_model::{
    Severity,
    vulnerability::{Cvss, Rating},
};
use std::str::FromStr;

/// A rating by one vector; `None` when it is no vector of a version we know.
pub(crate) fn rating(source: &str, vector: &str) -> Option<Rating> {
    let vector = vector.trim();
    let mut rating = Rating { source: source.to_owned(), ..Rating::default() };
    add(&mut rating, vector, None).then_some(rating)
}

/// Adds a vector to a rating, with the publisher's score or one that is computed. False when it is no vector.
pub(crate) fn add(rating: &mut Rating, vector: &str, score: Option<f64>) -> bool {
    // The longest vector of version 4 with every metric has fewer than 300 bytes.
    if vector.len() > 400 {
        return false;
    }
    let (slot, computed) = if vector.starts_with("CVSS:4") {
        let Ok(parsed) = cvss::v4::Vector::from_str(vector) else { return false };
        (&mut rating.cvss4, parsed.score().value())
    } else if vector.starts_with("CVSS:3") {
        let Ok(parsed) = cvss::v3::Vector::from_str(vector) else { return false };
        (&mut rating.cvss3, parsed.base_score().value())
    } else {
        let bare = vector.strip_prefix("CVSS:2.0/").unwrap_or(vector);
        let Ok(parsed) = cvss::v2::Vector::from_str(bare) else { return false };
        (&mut rating.cvss2, parsed.score().value())
    };
    // Publishers round to one digit; so does the specification.
    let score = score.filter(|score| (0.0..=10.0).contains(score)).unwrap_or((computed * 10.0).round() / 10.0);
    *slot = Some(Cvss { vector: vector.to_owned(), score: Some(score) });
    rating.severity = rating.severity.or(Some(severity(score, vector.starts_with("CVSS:"))));
    true
}

/// The qualitative scale: of versions 3 and 4, or, `modern` or not, of NVD for version 2, which has no "critical".
pub(crate) fn severity(score: f64, modern: bool) -> Severity {
    match score {
        s if s >= 9.0 && modern => Severity::Critical,
        s if s >= 7.0 => Severity::High,
        s if s >= 4.0 => Severity::Medium,
        s if s > 0.0 => Severity::Low,
        _ => Severity::Unknown,
    }
}

/// Publishers' words: `Important`, `moderate`, `NEGLIGIBLE`.
pub(crate) fn word(text: &str) -> Option<Severity> {
    let word = text.trim().to_ascii_lowercase();
    Some(match word.as_str() {
        "critical" | "urgent" => Severity::Critical,
        "high" | "important" => Severity::High,
        "medium" | "moderate" => Severity::Medium,
        "low" | "minor" | "negligible" | "unimportant" => Severity::Low,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_the_scores_that_the_calculators_show() {
        for (vector, score, severity) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, Severity::Critical),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0, Severity::Critical),
            ("CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N", 2.5, Severity::Low),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, Severity::Unknown),
            ("AV:N/AC:L/Au:N/C:P/I:N/A:N", 5.0, Severity::Medium),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0, Severity::High),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3, Severity::Critical),
        ] {
            let rating = rating("x", vector).unwrap_or_else(|| panic!("{vector}"));
            let cvss = rating.cvss4.or(rating.cvss3).or(rating.cvss2).unwrap();
            assert_eq!((cvss.score, rating.severity), (Some(score), Some(severity)), "{vector}");
        }
    }

    #[test]
    fn nonsense_is_no_vector() {
        for text in ["", "high", "CVSS:3.1/", "CVSS:9.9/AV:N", "AV:N", &"AV:N/".repeat(1000)] {
            assert_eq!(rating("x", text).and_then(|rating| rating.cvss3), None, "{text}");
        }
    }
}
