//! Ignore files: which findings users accept, whatever file they are in.
//!
//! * `.trivyignore`: an id a line, `#` starts a comment, `exp:YYYY-MM-DD` is the last day.
//! * `.trivyignore.yaml`, `.probityignore.yaml`: lists of `{id, paths, purls, expired_at, statement}` below `vulnerabilities`, `misconfigurations`,
//!   `secrets` and `licenses`; `until` and `reason` are accepted for the last two.
//!
//! An entry that has expired accepts nothing. One that matches nothing is reported with the finding that comes nearest.

use super::vex::Vex;
use globset::{GlobBuilder, GlobMatcher};
use probity_model::{
    Diagnostic, Inventory, Lines, Package, Purl, Reason, RuleMeta,
    finding::{Disposition, Ledger, Outcome},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Why an ignore file or VEX document cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{source_name}`: {message}")]
pub struct SuppressionError {
    pub source_name: String,
    pub message: String,
}

impl SuppressionError {
    pub(super) fn new(source_name: &str, message: impl Into<String>) -> Self {
        Self { source_name: source_name.to_owned(), message: message.into() }
    }
}

/// Everything that the user accepts in files beside the artifact.
#[derive(Debug, Clone, Default)]
pub struct Suppressions {
    entries: Vec<Entry>,
    vex: Vec<Vex>,
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// `.trivyignore` does not say.
    Any,
    Vulnerability,
    Misconfiguration,
    Secret,
    License,
}

#[derive(Debug, Clone)]
struct Entry {
    kind: Kind,
    id: String,
    /// Empty: everywhere.
    paths: Vec<GlobMatcher>,
    purls: Vec<Purl>,
    until: Option<String>,
    reason: Option<String>,
    source_name: String,
    line: Option<u32>,
}

/// The YAML file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    vulnerabilities: Vec<Item>,
    misconfigurations: Vec<Item>,
    secrets: Vec<Item>,
    licenses: Vec<Item>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Item {
    id: String,
    paths: Vec<String>,
    purls: Vec<String>,
    #[serde(alias = "until")]
    expired_at: Option<String>,
    #[serde(alias = "reason")]
    statement: Option<String>,
}

impl Suppressions {
    /// Adds the entries of a `.trivyignore`.
    pub fn add_list(&mut self, text: &str, source_name: &str) -> Result<(), SuppressionError> {
        for (line, content) in (1_u32..).zip(text.lines()) {
            let content = content.trim_start_matches('\u{feff}').split('#').next().unwrap_or_default();
            let mut words = content.split_whitespace();
            let Some(id) = words.next() else { continue };
            let mut until = None;
            for word in words {
                let Some(date) = word.strip_prefix("exp:") else {
                    let message = format!("line {line}: `{word}` is not understood: write one id a line, then `exp:2027-01-31`");
                    return Err(SuppressionError::new(source_name, message));
                };
                until = Some(day(date).ok_or_else(|| SuppressionError::new(source_name, format!("line {line}: `{date}` is no date")))?);
            }
            self.entries.push(Entry {
                kind: Kind::Any,
                id: id.to_owned(),
                paths: Vec::new(),
                purls: Vec::new(),
                until,
                reason: None,
                source_name: source_name.to_owned(),
                line: Some(line),
            });
        }
        Ok(())
    }

    /// Adds the entries of a `.trivyignore.yaml` or `.probityignore.yaml`.
    pub fn add_yaml(&mut self, text: &str, source_name: &str) -> Result<(), SuppressionError> {
        if text.lines().all(|line| line.split('#').next().unwrap_or_default().trim().is_empty()) {
            return Ok(());
        }
        let file: File = serde_saphyr::from_str(text).map_err(|err| SuppressionError::new(source_name, err.to_string()))?;
        let lists = [
            (Kind::Vulnerability, file.vulnerabilities),
            (Kind::Misconfiguration, file.misconfigurations),
            (Kind::Secret, file.secrets),
            (Kind::License, file.licenses),
        ];
        for (kind, items) in lists {
            for item in items {
                if item.id.is_empty() {
                    return Err(SuppressionError::new(source_name, "an entry without `id`"));
                }
                let wrong = |what: String| SuppressionError::new(source_name, format!("`{}`: {what}", item.id));
                let glob = |path: &String| {
                    GlobBuilder::new(path.trim_start_matches("./"))
                        .literal_separator(true)
                        .build()
                        .map(|glob| glob.compile_matcher())
                        .map_err(|err| wrong(format!("path `{path}`: {err}")))
                };
                let purl = |text: &String| Purl::parse(text).ok_or_else(|| wrong(format!("`{text}` is no package URL")));
                let date = |text: &String| day(text).ok_or_else(|| wrong(format!("`{text}` is no date: write it like 2027-01-31")));
                let entry = Entry {
                    kind,
                    paths: item.paths.iter().map(glob).collect::<Result<_, _>>()?,
                    purls: item.purls.iter().map(purl).collect::<Result<_, _>>()?,
                    until: item.expired_at.as_ref().map(date).transpose()?,
                    reason: item.statement.clone(),
                    source_name: source_name.to_owned(),
                    line: None,
                    id: item.id.clone(),
                };
                self.entries.push(entry);
            }
        }
        Ok(())
    }

    /// Adds the statements of a VEX document: OpenVEX, CSAF or CycloneDX, JSON.
    pub fn add_vex(&mut self, text: &str, source_name: &str) -> Result<(), SuppressionError> {
        self.vex.push(Vex::parse(text, source_name)?);
        Ok(())
    }

    /// Marks what is accepted. `today` is `YYYY-MM-DD`.
    pub(crate) fn apply(&self, inventories: &mut [Inventory], ledger: &mut Ledger, today: &str) {
        for entry in &self.entries {
            let expired = entry.until.as_deref().is_some_and(|until| until < today);
            let used = !expired && entry.apply(inventories, ledger);
            let message = match &entry.until {
                Some(until) if expired => format!("the ignore of `{}` expired on {until}: its findings count again", entry.id),
                _ if !used => format!("the ignore of `{}` matches no finding{}", entry.id, entry.nearest(inventories, ledger)),
                _ => continue,
            };
            let mut note =
                Diagnostic::note(Reason::AnalyzerDisabled, message).at(&entry.source_name).hint("remove the entry, or correct it");
            note.lines = entry.line.map(Lines::one);
            ledger.diagnostics.push(note);
        }
        for vex in &self.vex {
            vex.apply(inventories, ledger);
        }
    }
}

fn day(text: &str) -> Option<String> {
    let date: jiff::civil::Date = text.trim().get(..10)?.parse().ok()?;
    Some(date.to_string())
}

impl Entry {
    fn is_about(&self, kind: Kind) -> bool {
        self.kind == Kind::Any || self.kind == kind
    }

    fn is_at(&self, path: &str) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|glob| glob.is_match(path))
    }

    fn disposition(&self) -> Disposition {
        Disposition {
            source: "ignore file",
            at: self.line.map_or_else(|| self.source_name.clone(), |line| format!("{}:{line}", self.source_name)),
            reason: self.reason.clone(),
            until: self.until.clone(),
            status: None,
        }
    }

    fn names(&self, id: &str, aliases: &[String]) -> bool {
        self.id.eq_ignore_ascii_case(id) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(&self.id))
    }

    fn fits_package(&self, package: &Package) -> bool {
        if !self.is_at(&package.at.path) {
            return false;
        }
        self.purls.is_empty() || Purl::parse(&package.purl).is_some_and(|purl| self.purls.iter().any(|wanted| covers(wanted, &purl)))
    }

    /// Returns whether anything was accepted.
    fn apply(&self, inventories: &mut [Inventory], ledger: &mut Ledger) -> bool {
        let mut used = false;
        let Ledger { rules, resources, findings, vulnerabilities, .. } = ledger;
        if self.is_about(Kind::Vulnerability) {
            for found in vulnerabilities.iter_mut().filter(|found| self.names(&found.id, &found.aliases)) {
                let package = package(inventories, found);
                if package.is_some_and(|package| self.fits_package(package)) {
                    used = true;
                    found.disposition.get_or_insert_with(|| self.disposition());
                }
            }
        }
        if self.is_about(Kind::Misconfiguration) {
            let named: BTreeSet<u32> = (0..)
                .zip(rules.iter())
                .filter(|(_, rule)| rule.answers_to(&self.id))
                .map(|(ix, _): (u32, &std::sync::Arc<RuleMeta>)| ix)
                .collect();
            for finding in findings.iter_mut().filter(|finding| named.contains(&finding.rule.0)) {
                let Outcome::Fail(violation) = &mut finding.outcome else { continue };
                let resource = resources.get(finding.resource.0 as usize);
                let path = violation.path.as_deref().or(resource.and_then(|resource| resource.path.as_deref())).unwrap_or_default();
                if self.is_at(path) {
                    used = true;
                    violation.disposition.get_or_insert_with(|| self.disposition());
                }
            }
        }
        if self.is_about(Kind::Secret) {
            for secret in inventories.iter_mut().flat_map(|inventory| &mut inventory.facts.secrets) {
                if self.id.eq_ignore_ascii_case(&secret.rule) && self.is_at(&secret.at.path) {
                    used = true;
                    secret.disposition.get_or_insert_with(|| self.disposition());
                }
            }
        }
        used
    }

    /// The finding that the entry may have meant.
    fn nearest(&self, inventories: &[Inventory], ledger: &Ledger) -> String {
        let mut elsewhere: BTreeSet<String> = BTreeSet::new();
        let mut ids: BTreeMap<String, f64> = BTreeMap::new();
        let mut near = |id: &str| {
            let likeness = strsim::normalized_damerau_levenshtein(&id.to_ascii_lowercase(), &self.id.to_ascii_lowercase());
            if likeness > 0.75 {
                ids.insert(id.to_owned(), likeness);
            }
        };
        for found in &ledger.vulnerabilities {
            if self.names(&found.id, &found.aliases) {
                elsewhere.extend(package(inventories, found).map(|package| format!("{} in {}", package.purl, package.at.path)));
            }
            near(&found.id);
        }
        for secret in inventories.iter().flat_map(|inventory| &inventory.facts.secrets) {
            if self.id.eq_ignore_ascii_case(&secret.rule) {
                elsewhere.insert(secret.at.path.to_string());
            }
            near(&secret.rule);
        }
        for finding in &ledger.findings {
            let (Outcome::Fail(_), Some(rule)) = (&finding.outcome, ledger.rule(finding.rule)) else { continue };
            if rule.answers_to(&self.id) {
                elsewhere.extend(ledger.resource(finding.resource).and_then(|resource| resource.path.as_deref()).map(str::to_owned));
            }
            near(rule.id.as_str());
        }
        if let Some(place) = elsewhere.first() {
            return format!("; it is found at another place: {place}");
        }
        let best = ids.iter().max_by(|a, b| a.1.total_cmp(b.1));
        best.map(|(id, _)| format!("; the nearest finding is `{id}`")).unwrap_or_default()
    }
}

/// The package that a vulnerability was found in.
pub(super) fn package<'a>(
    inventories: &'a [Inventory],
    found: &probity_model::vulnerability::DetectedVulnerability,
) -> Option<&'a Package> {
    inventories.iter().find(|inventory| inventory.subject.id == found.subject)?.facts.packages.get(found.package)
}

/// Whether `wanted` means `purl`: what it leaves out (version, qualifiers, subpath) may be anything.
pub(super) fn covers(wanted: &Purl, purl: &Purl) -> bool {
    wanted.kind == purl.kind
        && wanted.namespace == purl.namespace
        && wanted.name == purl.name
        && wanted.version.as_ref().is_none_or(|version| Some(version) == purl.version.as_ref())
        && wanted.subpath.as_ref().is_none_or(|subpath| Some(subpath) == purl.subpath.as_ref())
        && wanted.qualifiers.iter().all(|pair| purl.qualifiers.contains(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_yaml_are_read_and_wrong_ones_are_refused() {
        let mut all = Suppressions::default();
        all.add_list("\u{feff}# comment\nCVE-2024-1 exp:2027-01-31 # why\n\n  KSV-0012\n", ".trivyignore").unwrap();
        all.add_yaml(
            "vulnerabilities:\n  - id: CVE-2024-2\n    paths: ['web/**']\n    purls: ['pkg:npm/a@1']\n    expired_at: 2027-02-01\n    statement: never called\nsecrets:\n  - id: github-pat\n    until: 2027-01-01\n    reason: test\n",
            "x.yaml",
        )
        .unwrap();
        let shown: Vec<_> = all
            .entries
            .iter()
            .map(|entry| {
                (entry.id.as_str(), entry.line, entry.until.as_deref(), entry.reason.as_deref(), entry.paths.len(), entry.purls.len())
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("CVE-2024-1", Some(2), Some("2027-01-31"), None, 0, 0),
                ("KSV-0012", Some(4), None, None, 0, 0),
                ("CVE-2024-2", None, Some("2027-02-01"), Some("never called"), 1, 1),
                ("github-pat", None, Some("2027-01-01"), Some("test"), 0, 0),
            ]
        );
        all.add_yaml("# nothing\n", "empty.yaml").unwrap();
        for (text, part) in [("CVE-1 exp:soon", "`soon` is no date"), ("CVE-1 until:2027-01-01", "`until:2027-01-01` is not understood")] {
            let err = all.add_list(text, "list").unwrap_err().to_string();
            assert!(err.contains(part) && err.contains("line 1"), "{err}");
        }
        for (text, part) in [
            ("vulnerabilitys: []", "vulnerabilitys"),
            ("secrets: [{path: x}]", "path"),
            ("secrets: [{paths: [x]}]", "without `id`"),
            ("vulnerabilities: [{id: A, purls: [nonsense]}]", "no package URL"),
            ("vulnerabilities: [{id: A, paths: ['[']}]", "path `[`"),
            ("vulnerabilities: [{id: A, expired_at: never}]", "no date"),
        ] {
            let err = all.add_yaml(text, "file").unwrap_err().to_string();
            assert!(err.contains(part), "{err}");
        }
    }

    #[test]
    fn a_package_url_covers_what_it_leaves_open() {
        let purl = |text| Purl::parse(text).unwrap();
        let package = purl("pkg:deb/debian/curl@7.88?arch=amd64&distro=debian-12");
        for (wanted, expected) in [
            ("pkg:deb/debian/curl", true),
            ("pkg:deb/debian/curl@7.88", true),
            ("pkg:deb/debian/curl@7.88?arch=amd64", true),
            ("pkg:deb/debian/curl@7.89", false),
            ("pkg:deb/debian/curl?arch=arm64", false),
            ("pkg:deb/curl", false),
        ] {
            assert_eq!(covers(&purl(wanted), &package), expected, "{wanted}");
        }
    }
}
