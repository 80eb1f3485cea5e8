//! A scan without frameworks: vulnerabilities, failed checks and secrets, by file or artifact.

use super::{
    Page,
    text::{clean, fit, plural, width_of},
};
use probity_model::{
    Inventory, Origin, Package, Report, Severity,
    ecosystem::PackageClass,
    finding::Outcome,
    report::Scanner,
    vulnerability::{DetectedVulnerability, FixStatus},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
};

/// Columns that a name, a version or an id may take.
const WIDEST: usize = 44;

/// A vulnerability and the package that has it.
type Row<'a> = (&'a DetectedVulnerability, &'a Package);

impl Page<'_> {
    pub(super) fn findings(&mut self, report: &Report) -> io::Result<()> {
        let mut sums = Vec::new();
        if self.view.scan.shows(Scanner::Vulnerabilities) && (!report.databases.is_empty() || !report.ledger.vulnerabilities.is_empty()) {
            sums.push(self.vulnerabilities(report)?);
        }
        sums.extend(self.checks_and_secrets(report)?);
        writeln!(self.out, "{}", fit(&sums.join("; "), self.width))
    }

    fn vulnerabilities(&mut self, report: &Report) -> io::Result<String> {
        let view = &self.view.scan;
        let mut groups: BTreeMap<(String, bool, String), Vec<Row<'_>>> = BTreeMap::new();
        let (mut shown, mut accepted) = (0_usize, 0_usize);
        for found in &report.ledger.vulnerabilities {
            let Some(inventory) = report.inventories.iter().find(|inventory| inventory.subject.id == found.subject) else { continue };
            let Some(package) = inventory.facts.packages.get(found.package).filter(|package| view.shows_package(package)) else { continue };
            accepted += usize::from(found.disposition.is_some());
            if !view.shows_vulnerability(found) || found.severity < self.view.min_severity {
                continue;
            }
            shown += 1;
            let language = package.ecosystem.class == PackageClass::Language;
            groups.entry((found.subject.to_string(), language, heading(inventory, package))).or_default().push((found, package));
        }
        for ((subject, _, heading), mut rows) in groups {
            rows.sort_by(|(a, p), (b, q)| {
                b.severity.cmp(&a.severity).then_with(|| (&p.name, &p.version, &a.id).cmp(&(&q.name, &q.version, &b.id)))
            });
            writeln!(self.out, "{}", self.paint.bold(&fit(&clean(&format!("{heading} ({subject})")), self.width)))?;
            self.rows(&rows)?;
            writeln!(self.out)?;
        }
        if self.view.scan.dependency_tree {
            self.origins(report)?;
        }
        let suppressed = if accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
        let noun = if shown == 1 { "vulnerability" } else { "vulnerabilities" };
        Ok(format!("{shown} {noun}{suppressed}"))
    }

    fn rows(&mut self, rows: &[Row<'_>]) -> io::Result<()> {
        let column = |text: &dyn Fn(&Row<'_>) -> String| rows.iter().map(|row| width_of(&clean(&text(row))).min(WIDEST)).max().unwrap_or(0);
        let id = |(found, _): &Row<'_>| found.id.clone();
        let name = |(_, package): &Row<'_>| package.name.clone();
        let version = |(_, package): &Row<'_>| package.version.clone();
        let (ids, names, versions) = (column(&id), column(&name), column(&version));
        for row in rows {
            let (found, package) = row;
            let fix = match (found.fixed_version.as_str(), found.status) {
                ("", FixStatus::Unknown) => "no fix known".to_owned(),
                ("", status) => status.as_str().replace('_', " "),
                (fixed, _) => format!("fixed in {fixed}"),
            };
            let exploited = if found.detail.kev.is_some() { "  KNOWN EXPLOITED" } else { "" };
            let title = if found.detail.title.is_empty() { &found.detail.description } else { &found.detail.title };
            let pad = |text: &str, width: usize| {
                let text = fit(&clean(text), width);
                format!("{text}{}", " ".repeat(width.saturating_sub(width_of(&text))))
            };
            let text = format!(
                "{}  {}  {}  {}{exploited}  {}",
                pad(&found.id, ids),
                pad(&package.name, names),
                pad(&package.version, versions),
                clean(&fix),
                clean(title.lines().next().unwrap_or_default())
            );
            let word = self.severity(&format!("{:8}", found.severity), found.severity);
            writeln!(self.out, "  {word}  {}", fit(text.trim_end(), self.width.saturating_sub(12)))?;
            let place = &package.at.path;
            if package.ecosystem.heading.is_some() && !place.is_empty() {
                writeln!(self.out, "            {}", self.paint.dim(&fit(&clean(place), self.width.saturating_sub(12))))?;
            }
        }
        Ok(())
    }

    /// How vulnerable packages come into their projects: from a direct dependency down.
    fn origins(&mut self, report: &Report) -> io::Result<()> {
        for inventory in &report.inventories {
            let wanted: BTreeSet<usize> = report
                .ledger
                .vulnerabilities
                .iter()
                .filter(|found| found.subject == inventory.subject.id && self.view.scan.shows_vulnerability(found))
                .map(|found| found.package)
                .collect();
            let packages = &inventory.facts.packages;
            let mut parents: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
            for (ix, package) in packages.iter().enumerate() {
                for dependency in &package.depends_on {
                    parents.entry((&package.at.path, dependency)).or_default().push(ix);
                }
            }
            for ix in wanted {
                let Some(package) = packages.get(ix) else { continue };
                let mut path = vec![package.key()];
                let mut seen = BTreeSet::from([ix]);
                let mut current = package;
                // The first way up is shown; a graph has too many of them to show all.
                while let Some((next, parent)) = parents
                    .get(&(&*current.at.path, current.key().as_str()))
                    .and_then(|list| list.iter().find(|next| !seen.contains(next)))
                    .and_then(|next| Some((*next, packages.get(*next)?)))
                {
                    seen.insert(next);
                    path.push(parent.key());
                    current = parent;
                }
                if path.len() > 1 {
                    path.reverse();
                    let text = format!("{}: {}", package.at.path, path.join(" → "));
                    writeln!(self.out, "  {}", fit(&clean(&text), self.width.saturating_sub(2)))?;
                }
            }
        }
        Ok(())
    }

    /// What failed and which secrets lie about, by file or artifact.
    fn checks_and_secrets(&mut self, report: &Report) -> io::Result<Vec<String>> {
        let ledger = &report.ledger;
        let view = &self.view.scan;
        let mut groups: BTreeMap<(String, String), Vec<(Severity, String)>> = BTreeMap::new();
        let (mut failed, mut passed, mut accepted) = (0_usize, 0_usize, 0_usize);
        let (checks, secrets) = (view.shows(Scanner::Misconfigurations), view.shows(Scanner::Secrets));
        let shown = |severity: Severity| severity >= self.view.min_severity && view.shows_severity(severity);
        for finding in ledger.findings.iter().filter(|_| checks) {
            let (Some(rule), Some(resource)) = (ledger.rule(finding.rule), ledger.resource(finding.resource)) else { continue };
            match &finding.outcome {
                Outcome::Pass { .. } => passed += 1,
                Outcome::Fail(violation) if violation.disposition.is_some() => accepted += 1,
                Outcome::Fail(violation) => {
                    failed += 1;
                    let severity = violation.severity.unwrap_or(rule.severity);
                    if !shown(severity) {
                        continue;
                    }
                    let path = violation.path.as_deref().or(resource.path.as_deref());
                    let line = violation.lines.or(resource.lines).map(|lines| format!(":{}", lines.start)).unwrap_or_default();
                    let place = path.map_or_else(|| resource.name.clone(), str::to_owned);
                    groups
                        .entry((resource.subject.to_string(), place))
                        .or_default()
                        .push((severity, format!("{}  {}{line}  {}", rule.id, resource.name, violation.message)));
                }
                Outcome::NotApplicable { .. } | Outcome::NotAssessed { .. } => {}
            }
        }
        for inventory in report.inventories.iter().filter(|_| secrets) {
            for secret in inventory.facts.secrets.iter().filter(|secret| shown(secret.severity) && secret.disposition.is_none()) {
                let line = secret.at.lines.map(|lines| format!(":{}", lines.start)).unwrap_or_default();
                let removed = if secret.at.removed_by.is_some() { " (deleted by a later layer, still shipped)" } else { "" };
                // Outside of files a path is a bare number or name.
                let place = match secret.at.origin {
                    Origin::File => secret.at.path.to_string(),
                    Origin::Env => format!("variable {}", secret.at.path),
                    Origin::History => format!("history step {}", secret.at.path),
                    Origin::Label => format!("label {}", secret.at.path),
                };
                let row = format!("secret/{}  {place}{line}  {}{removed}: {}", secret.rule, secret.title, secret.masked);
                groups.entry((inventory.subject.id.to_string(), place)).or_default().push((secret.severity, row));
            }
        }
        for ((subject, place), mut rows) in groups {
            rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            writeln!(self.out, "{}", self.paint.bold(&fit(&clean(&format!("{place} ({subject})")), self.width)))?;
            for (severity, text) in rows {
                let word = self.severity(&format!("{severity:8}"), severity);
                writeln!(self.out, "  {word}  {}", fit(&clean(&text), self.width.saturating_sub(12)))?;
            }
            writeln!(self.out)?;
        }
        let mut sums = Vec::new();
        if checks {
            sums.push(format!("{} failed, {passed} passed, {accepted} accepted", plural(failed, "check")));
        }
        if secrets {
            let count: usize = report
                .inventories
                .iter()
                .map(|inventory| inventory.facts.secrets.iter().filter(|secret| secret.disposition.is_none()).count())
                .sum();
            sums.push(plural(count, "secret"));
        }
        Ok(sums)
    }
}

/// Where a package is listed.
fn heading(inventory: &Inventory, package: &Package) -> String {
    match (package.ecosystem.class, package.ecosystem.heading) {
        (PackageClass::Os, _) => match &inventory.os {
            Some(os) => format!("{} ({} {})", inventory.subject.name, os.family, os.version),
            None => inventory.subject.name.clone(),
        },
        (PackageClass::Language, Some(heading)) => heading.to_owned(),
        (PackageClass::Language, None) => format!("{} ({})", package.at.path, package.ecosystem.id),
    }
}
