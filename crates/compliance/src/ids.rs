//! Names of checks in any spelling, the catalogue of known checks, globs, and the nearest name.

use probity_model::{Capability, InputKind, RuleMeta, Severity};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// One spelling for all: upper case, without `AVD-`, letters and digits apart, digits without leading zeros.
///
/// `KSV-0012`, `AVD-KSV-0012`, `AVD-KSV-012`, `KSV012` and `ksv-12` are the same check; `DS002` and `AVD-DS-0002` too.
pub(crate) fn normal_id(id: &str) -> String {
    let upper = id.trim().to_ascii_uppercase();
    let bare = upper.strip_prefix("AVD-").unwrap_or(&upper);
    let letters: usize = bare.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (prefix, rest) = bare.split_at(letters);
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    if prefix.is_empty() || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return bare.to_owned();
    }
    let short = digits.trim_start_matches('0');
    format!("{prefix}-{}", if short.is_empty() { "0" } else { short })
}

/// What is known of a check without running it.
#[derive(Debug, Clone)]
pub struct KnownRule {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    pub input: InputKind,
    pub needs: Vec<Capability>,
    pub tags: Vec<String>,
}

/// All checks that exist, by id and alias.
#[derive(Debug, Clone, Default)]
pub struct RuleCatalogue {
    rules: Vec<KnownRule>,
    by_name: HashMap<String, usize>,
}

impl RuleCatalogue {
    /// Canonical ids win over aliases of other rules.
    pub fn new<'a>(rules: impl IntoIterator<Item = &'a Arc<RuleMeta>>) -> Self {
        let mut catalogue = Self::default();
        let mut aliases: Vec<(String, usize)> = Vec::new();
        for rule in rules {
            let at = catalogue.rules.len();
            catalogue.by_name.entry(normal_id(rule.id.as_str())).or_insert(at);
            aliases.extend(rule.aliases.iter().map(|alias| (normal_id(alias), at)));
            aliases.push((normal_id(&rule.slug), at));
            catalogue.rules.push(KnownRule {
                id: rule.id.as_str().to_owned(),
                title: rule.title.clone(),
                severity: rule.severity,
                input: rule.input,
                needs: rule.needs.clone(),
                tags: rule.tags.clone(),
            });
        }
        for (alias, at) in aliases {
            catalogue.by_name.entry(alias).or_insert(at);
        }
        catalogue
    }

    /// Ids and aliases in any spelling.
    pub fn find(&self, id: &str) -> Option<&KnownRule> {
        self.position(id).and_then(|at| self.rules.get(at))
    }

    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.by_name.get(&normal_id(id)).copied()
    }

    /// Positions of the checks that carry a tag; case-insensitive.
    pub(crate) fn tagged<'s>(&'s self, tag: &'s str) -> impl Iterator<Item = usize> + 's {
        self.rules.iter().enumerate().filter(move |(_, rule)| rule.tags.iter().any(|t| t.eq_ignore_ascii_case(tag))).map(|(at, _)| at)
    }

    pub fn rules(&self) -> &[KnownRule] {
        &self.rules
    }
}

/// What an id in `checks:` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CheckId<'a> {
    Check(&'a str),
    /// `VULN-HIGH`: exactly that severity.
    Vulnerabilities(Severity),
    /// `SECRET-HIGH`: exactly that severity.
    Secrets(Severity),
    /// `CVE-2024-1234`, `GHSA-…`, `DLA-…`: one vulnerability or advisory.
    Vulnerability(&'a str),
}

/// Prefixes of advisories that the older format accepts as check ids.
const ADVISORY_PREFIXES: &[&str] = &["CVE-", "GHSA-", "DLA-", "DSA-", "ELSA-", "RHSA-", "ALAS-", "USN-", "TEMP-", "GO-", "RUSTSEC-"];

pub(crate) fn check_id(id: &str) -> CheckId<'_> {
    let id = id.trim();
    let upper = id.to_ascii_uppercase();
    if let Some(severity) = upper.strip_prefix("VULN-").and_then(|word| word.parse().ok()) {
        return CheckId::Vulnerabilities(severity);
    }
    if let Some(severity) = upper.strip_prefix("SECRET-").and_then(|word| word.parse().ok()) {
        return CheckId::Secrets(severity);
    }
    if ADVISORY_PREFIXES.iter().any(|prefix| upper.starts_with(prefix)) {
        return CheckId::Vulnerability(id);
    }
    CheckId::Check(id)
}

/// `*` stands for any text, also across `/`; everything else is literal. Linear in the text for each `*`, without recursion.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            (Some(a), Some(b)) if a == b => {
                p += 1;
                t += 1;
            }
            (None, None) => return true,
            _ => {
                // Let the last star take one byte more and try again.
                let Some((after, from)) = retry else { return false };
                if from >= text.len() {
                    return false;
                }
                retry = Some((after, from + 1));
                p = after;
                t = from + 1;
            }
        }
    }
}

/// Whether one of the patterns fits; case-sensitive.
pub(crate) fn any_glob(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| glob(pattern, text))
}

/// The names nearest to a mistyped one, best first, at most three.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_ascii_lowercase();
    let mut scored: BTreeSet<(usize, &str)> = BTreeSet::new();
    for candidate in known {
        let lower = candidate.to_ascii_lowercase();
        let distance = edit_distance(&wanted, &lower);
        let close = distance <= 2 + wanted.len() / 4;
        let part = wanted.len() >= 3 && (lower.contains(&wanted) || wanted.contains(&lower));
        if close || part {
            scored.insert((if part { distance.min(3) } else { distance }, candidate));
        }
    }
    scored.into_iter().map(|(_, candidate)| candidate.to_owned()).take(3).collect()
}

/// Levenshtein distance; texts longer than 64 bytes are cut.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<u8> = b.bytes().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let best = (diagonal + usize::from(x != *y)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_check_are_one() {
        for (spelling, normal) in [
            ("KSV-0012", "KSV-12"),
            ("AVD-KSV-0012", "KSV-12"),
            ("avd-ksv-012", "KSV-12"),
            ("KSV012", "KSV-12"),
            ("DS002", "DS-2"),
            ("AVD-DS-0002", "DS-2"),
            ("KSV-01010", "KSV-1010"),
            ("KSV-0101", "KSV-101"),
            ("PB-IMG-0003", "PB-IMG-0003"),
            ("", ""),
            ("0", "0"),
            ("é-1", "é-1"),
        ] {
            assert_eq!(normal_id(spelling), normal, "{spelling}");
        }
    }

    #[test]
    fn every_severity_has_a_vulnerability_and_a_secret_id() {
        for severity in Severity::ALL {
            assert_eq!(check_id(&format!("VULN-{severity}")), CheckId::Vulnerabilities(severity));
            assert_eq!(check_id(&format!("secret-{}", severity.as_str().to_lowercase())), CheckId::Secrets(severity));
        }
        assert_eq!(check_id("VULN-WORST"), CheckId::Check("VULN-WORST"));
        assert_eq!(check_id("CVE-2024-0001"), CheckId::Vulnerability("CVE-2024-0001"));
    }

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("pkg:*/openssh-server", "pkg:deb/debian/openssh-server", true),
            ("a*b*c", "a__b__b__c", true),
            ("a*b*c", "a__b__b__", false),
            ("*", "", true),
            ("", "x", false),
            ("x*", "x", true),
            ("*x", "yx", true),
            ("*x", "yxz", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
        assert!(!glob(&"*a".repeat(200), &"b".repeat(5000)));
    }

    #[test]
    fn nearest_names() {
        let known = ["pci-dss", "cis-docker", "cis-kubernetes", "nsa-k8s"];
        assert_eq!(nearest("pci-ds", known.into_iter()), ["pci-dss"]);
        assert_eq!(nearest("cis-kubernets", known.into_iter()), ["cis-kubernetes"]);
        assert_eq!(nearest("kubernetes", known.into_iter()), ["cis-kubernetes"]);
        assert!(nearest("zzz", known.into_iter()).is_empty());
    }
}
