//! The report for people: one line for each framework, failing controls grouped by the change that closes them, what was not examined.
//!
//! Text from artifacts never reaches the terminal raw: control characters are shown as `\x1b` and the like.

mod scan;
mod text;

use probity_model::{
    Inventory, Report, Severity,
    assessment::{Assessment, Assurance, ControlResult, Evidence, FrameworkResult, RuleOutcome, Status},
    diagnostic::{Diagnostic, Level},
    report::{FormatMeta, ReportWriter, View},
    subject::SubjectKind,
};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};
use text::{Paint, clean, fit, plural, width_of, wrap};

pub(crate) struct Table;

impl ReportWriter for Table {
    fn meta(&self) -> &'static FormatMeta {
        &FormatMeta { id: "table", extensions: &["txt"], description: "for people: colour and width follow the terminal" }
    }

    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let paint = Paint(view.color);
        let mut page = Page { out, paint, view, width: view.width.unwrap_or(usize::MAX) };
        page.subjects(report)?;
        match &report.assessment {
            Some(assessment) => page.assessment(assessment)?,
            None => page.findings(report)?,
        }
        page.diagnostics(&report.ledger.diagnostics)?;
        if let Some(assessment) = &report.assessment {
            page.closing(assessment)?;
        }
        Ok(())
    }
}

/// Columns of a row besides id, title and evidence.
const FIXED: usize = 25;
/// Columns below which a title or evidence says nothing.
const NARROWEST: usize = 20;

/// What a count says.
#[derive(Clone, Copy)]
enum Tone {
    Plain,
    Good,
    Bad,
    Gap,
}

struct Page<'a> {
    out: &'a mut dyn Write,
    paint: Paint,
    view: &'a View,
    width: usize,
}

impl Page<'_> {
    fn subjects(&mut self, report: &Report) -> io::Result<()> {
        for inventory in &report.inventories {
            let subject = &inventory.subject;
            let line = format!("{} {} {}  {}", subject.id, kind_word(subject.kind), clean(&subject.name), describe(inventory));
            writeln!(self.out, "{}", fit(&line, self.width))?;
        }
        writeln!(self.out)
    }

    fn assessment(&mut self, assessment: &Assessment) -> io::Result<()> {
        let names: Vec<String> = assessment.frameworks.iter().map(|f| clean(&format!("{} {}", short_title(f), f.version))).collect();
        let name_width = names.iter().map(|name| width_of(name)).max().unwrap_or(0);
        for (framework, name) in assessment.frameworks.iter().zip(&names) {
            self.headline(framework, name, name_width)?;
        }
        for framework in &assessment.frameworks {
            self.controls(framework, assessment)?;
        }
        self.remediations(assessment)
    }

    fn headline(&mut self, framework: &FrameworkResult, name: &str, name_width: usize) -> io::Result<()> {
        let count = |status: Status| framework.controls.iter().filter(|control| control.status == status).count();
        let with = |assurance| {
            framework.controls.iter().filter(|control| control.status == Status::Pass && control.assurance == Some(assurance)).count()
        };
        let mut parts = Vec::new();
        let passes: Vec<String> = [(Assurance::Full, "full"), (Assurance::Partial, "partial"), (Assurance::Indicative, "indicative")]
            .into_iter()
            .filter_map(|(assurance, word)| Some(with(assurance)).filter(|count| *count > 0).map(|count| format!("{count} {word}")))
            .collect();
        match count(Status::Pass) {
            0 => parts.push(("PASS 0".to_owned(), Tone::Plain)),
            n => parts.push((format!("PASS {n} ({})", passes.join(", ")), Tone::Good)),
        }
        let fails: Vec<String> = Severity::ALL
            .into_iter()
            .filter_map(|severity| {
                let n = framework.controls.iter().filter(|c| c.status == Status::Fail && c.severity == severity).count();
                (n > 0).then(|| format!("{n}{}", initial(severity)))
            })
            .collect();
        match count(Status::Fail) {
            0 => parts.push(("FAIL 0".to_owned(), Tone::Plain)),
            n => parts.push((format!("FAIL {n} ({})", fails.join(" ")), Tone::Bad)),
        }
        for (status, word) in [
            (Status::Waived, "WAIVED"),
            (Status::Manual, "MANUAL"),
            (Status::NotAssessed, "NOT ASSESSED"),
            (Status::NotApplicable, "N/A"),
            (Status::Error, "ERROR"),
        ] {
            let n = count(status);
            if n > 0 {
                let tone = if status == Status::NotAssessed || status == Status::Error { Tone::Gap } else { Tone::Plain };
                parts.push((format!("{word} {n}"), tone));
            }
        }
        parts.push((format!("coverage {}/{}", framework.coverage.assessed, framework.coverage.controls), Tone::Plain));
        let whole = parts.iter().map(|(text, _)| 2 + width_of(text)).sum::<usize>();
        // Names are aligned when everything fits on one line; else the counts go below.
        let below = name_width.saturating_add(whole) > self.width;
        let mut line = self.paint.bold(&fit(name, self.width));
        let mut used = if below { self.width } else { name_width };
        line.push_str(&" ".repeat(if below { 0 } else { name_width.saturating_sub(width_of(name)) }));
        for (text, tone) in &parts {
            let columns = 2 + width_of(text);
            if below && used + columns > self.width {
                line.push('\n');
                used = 0;
            }
            used += columns;
            line.push_str("  ");
            line.push_str(&self.tone(text, *tone));
        }
        writeln!(self.out, "{line}")?;
        if framework.coverage.assessed == 0 && !framework.coverage.is_lost() {
            writeln!(self.out, "  {}", self.paint.yellow("what was given cannot answer this framework"))?;
        }
        if !framework.advice.is_empty() {
            let advice: Vec<String> =
                framework.advice.iter().map(|advice| format!("{} (+{})", clean(&advice.how), plural(advice.controls, "control"))).collect();
            let lines = wrap(&advice.join(", "), self.width.saturating_sub(5));
            for (index, line) in lines.iter().enumerate() {
                writeln!(self.out, "  {} {line}", if index == 0 { "->" } else { "  " })?;
            }
        }
        Ok(())
    }

    /// Failing controls first, worst first; with `all`, every control.
    fn controls(&mut self, framework: &FrameworkResult, assessment: &Assessment) -> io::Result<()> {
        let rank = |status: Status| match status {
            Status::Fail => 0,
            Status::Error => 1,
            Status::Waived => 2,
            Status::Pass => 3,
            Status::NotAssessed => 4,
            Status::Manual => 5,
            Status::NotApplicable => 6,
        };
        let mut shown: Vec<(usize, &ControlResult)> = framework
            .controls
            .iter()
            .enumerate()
            .filter(|(_, control)| {
                (self.view.all || matches!(control.status, Status::Fail | Status::Error | Status::Waived | Status::Pass))
                    && control.severity >= self.view.min_severity
            })
            .collect();
        let assessed = shown.iter().filter(|(_, control)| rank(control.status) <= 3).count();
        if shown.is_empty() || assessed == 0 && !self.view.all {
            return Ok(());
        }
        shown.sort_by_key(|(position, control)| (rank(control.status), std::cmp::Reverse(control.severity), *position));

        let title = clean(&format!("{} ({})", framework.title, framework.id));
        writeln!(self.out, "\n{}", self.paint.bold(&fit(&title, self.width)))?;
        let id_width = shown.iter().map(|(_, control)| width_of(&clean(&control.id))).max().unwrap_or(2).max(2);
        if (id_width + FIXED + 2 * NARROWEST) > self.width {
            return self.narrow_controls(&shown, framework, assessment);
        }
        let title_width = match self.view.width {
            Some(width) => (width.saturating_sub(id_width + FIXED) * 45 / 100).clamp(NARROWEST, 60),
            None => shown.iter().map(|(_, control)| width_of(&clean(&control.title))).max().unwrap_or(7).clamp(7, 80),
        };
        let head = format!("{:id_width$}  SEV  {:14}  {:title_width$}  EVIDENCE", "ID", "STATUS", "CONTROL");
        writeln!(self.out, "{}", self.paint.dim(&fit(&head, self.width)))?;
        for (_, control) in &shown {
            let title = clean(&control.title);
            let title = if self.view.width.is_some() { fit(&title, title_width) } else { title };
            let pad = " ".repeat(title_width.saturating_sub(width_of(&title)));
            let id = clean(&control.id);
            let id_pad = " ".repeat(id_width.saturating_sub(width_of(&id)));
            let left = id_width + FIXED + title_width;
            let evidence = fit(&clean(&evidence_summary(control, assessment)), self.width.saturating_sub(left));
            let line = format!(
                "{id}{id_pad}  {}  {}  {title}{pad}  {evidence}",
                self.severity(&format!("{:3}", initial(control.severity)), control.severity),
                self.status(control),
            );
            writeln!(self.out, "{}", line.trim_end())?;
        }
        self.not_listed(shown.len(), framework)
    }

    /// Where a row does not fit on a line: what was seen goes below, and the title too when there is no room for it.
    fn narrow_controls(
        &mut self,
        shown: &[(usize, &ControlResult)],
        framework: &FrameworkResult,
        assessment: &Assessment,
    ) -> io::Result<()> {
        let id_width = shown.iter().map(|(_, control)| width_of(&clean(&control.id))).max().unwrap_or(0);
        let room = self.width.saturating_sub(id_width + 21);
        let below = room < NARROWEST;
        for (_, control) in shown {
            let id = fit(&clean(&control.id), self.width.saturating_sub(19));
            let pad = " ".repeat(if below { 0 } else { id_width.saturating_sub(width_of(&id)) });
            let title = fit(&clean(&control.title), if below { self.width.saturating_sub(4) } else { room });
            let first = format!("{}  {id}{pad}  {}", self.severity(initial(control.severity), control.severity), self.status(control));
            if below {
                writeln!(self.out, "{}\n    {title}", first.trim_end())?;
            } else {
                writeln!(self.out, "{}", format!("{first}  {title}").trim_end())?;
            }
            let evidence = evidence_summary(control, assessment);
            if !evidence.is_empty() && (control.status != Status::Pass || self.view.all) {
                writeln!(self.out, "    {}", fit(&clean(&evidence), self.width.saturating_sub(4)))?;
            }
        }
        self.not_listed(shown.len(), framework)
    }

    fn not_listed(&mut self, shown: usize, framework: &FrameworkResult) -> io::Result<()> {
        let rest = framework.controls.len().saturating_sub(shown);
        if rest > 0 {
            let mut by_reason: Vec<String> =
                framework.coverage.by_reason.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            by_reason.sort();
            let text = format!("{} not listed: {} (--all shows them)", plural(rest, "control"), by_reason.join(", "));
            writeln!(self.out, "{}", self.paint.dim(&fit(&text, self.width)))?;
        }
        Ok(())
    }

    fn tone(&self, text: &str, tone: Tone) -> String {
        match tone {
            Tone::Plain => text.to_owned(),
            Tone::Good => self.paint.green(text),
            Tone::Bad => self.paint.red(text),
            Tone::Gap => self.paint.yellow(text),
        }
    }

    fn severity(&self, text: &str, severity: Severity) -> String {
        match severity {
            Severity::Critical | Severity::High => self.paint.red(text),
            Severity::Medium => self.paint.yellow(text),
            Severity::Low | Severity::Unknown => text.to_owned(),
        }
    }

    fn status(&self, control: &ControlResult) -> String {
        let text = match (control.status, control.assurance) {
            (Status::Pass, Some(Assurance::Partial)) => "PASS (partial)".to_owned(),
            (Status::Pass, Some(Assurance::Indicative)) => "PASS (hint)".to_owned(),
            (Status::NotAssessed, _) => "NOT ASSESSED".to_owned(),
            (Status::NotApplicable, _) => "N/A".to_owned(),
            (status, _) => status.as_str().to_owned(),
        };
        let text = format!("{text:14}");
        match control.status {
            Status::Pass => self.paint.green(&text),
            Status::Fail | Status::Error => self.paint.red(&text),
            Status::Waived | Status::NotAssessed => self.paint.yellow(&text),
            Status::Manual | Status::NotApplicable => text,
        }
    }

    /// The changes that close most controls.
    fn remediations(&mut self, assessment: &Assessment) -> io::Result<()> {
        const SHOWN: usize = 10;
        // Names may carry a version: `pci-dss@4.0.1/6.3.3`.
        let mut severities: BTreeMap<String, Severity> = BTreeMap::new();
        for framework in &assessment.frameworks {
            for control in &framework.controls {
                severities.insert(format!("{}/{}", framework.id, control.id), control.severity);
                severities.insert(format!("{}@{}/{}", framework.id, framework.version, control.id), control.severity);
            }
        }
        let shown = |name: &&String| severities.get(*name).is_none_or(|severity| *severity >= self.view.min_severity);
        let mut groups: Vec<_> = assessment
            .remediation_groups
            .iter()
            .map(|group| (group, group.controls.iter().filter(shown).count()))
            .filter(|(_, controls)| *controls > 0)
            .collect();
        if groups.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", self.paint.bold("What to change first"))?;
        groups.sort_by_key(|(group, controls)| (std::cmp::Reverse(*controls), std::cmp::Reverse(group.evidence)));
        for (group, controls) in groups.iter().take(SHOWN) {
            let head = format!("{controls:>4}  ");
            let lines = wrap(&clean(&group.change), self.width.saturating_sub(6));
            for (index, line) in lines.iter().enumerate() {
                writeln!(self.out, "{}{line}", if index == 0 { head.as_str() } else { "      " })?;
            }
        }
        let text = match groups.len().checked_sub(SHOWN) {
            Some(rest) if rest > 0 => format!("      (controls closed by each; {rest} more in the JSON report)"),
            _ => "      (controls closed by each)".to_owned(),
        };
        writeln!(self.out, "{}", self.paint.dim(&fit(&text, self.width)))
    }

    fn diagnostics(&mut self, diagnostics: &[Diagnostic]) -> io::Result<()> {
        const SHOWN: usize = 20;
        // An ignore that has run out or matches nothing is somebody's mistake: it is shown without being asked for.
        let (stale, diagnostics): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
            diagnostics.iter().partition(|diagnostic| diagnostic.level == Level::Note && diagnostic.message.starts_with("the ignore of "));
        if !stale.is_empty() {
            writeln!(self.out, "\n{}", self.paint.bold("Ignores without effect"))?;
        }
        for ignore in stale {
            let line = ignore.lines.map(|lines| format!(":{}", lines.start)).unwrap_or_default();
            let text = format!("{}{line}: {}", ignore.path.as_deref().unwrap_or_default(), ignore.message);
            writeln!(self.out, "  {}", fit(&clean(&text), self.width.saturating_sub(2)))?;
        }
        let gaps: Vec<&Diagnostic> = diagnostics.into_iter().filter(|diagnostic| diagnostic.level > Level::Note || self.view.all).collect();
        if gaps.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", self.paint.bold(&format!("Not examined ({})", gaps.len())))?;
        for diagnostic in gaps.iter().take(if self.view.all { usize::MAX } else { SHOWN }) {
            let mut place = diagnostic.subject.map(|id| format!("{id} ")).unwrap_or_default();
            if let Some(path) = &diagnostic.path {
                place.push_str(path);
                if let Some(lines) = diagnostic.lines {
                    place.push_str(&format!(":{}", lines.start));
                    if let Some(column) = diagnostic.column {
                        place.push_str(&format!(":{column}"));
                    }
                }
                place.push_str(": ");
            }
            // Nothing was lost by what a note says: it has no reason to give.
            let reason = if diagnostic.level == Level::Note { String::new() } else { format!(" [{}]", diagnostic.reason) };
            let text = format!("{place}{}{reason}", diagnostic.message);
            for (index, line) in wrap(&clean(&text), self.width.saturating_sub(4)).iter().enumerate() {
                writeln!(self.out, "{}{line}", if index == 0 { "  " } else { "    " })?;
            }
            if let Some(hint) = &diagnostic.hint {
                writeln!(self.out, "    {}", self.paint.dim(&fit(&format!("hint: {}", clean(hint)), self.width.saturating_sub(4))))?;
            }
        }
        if gaps.len() > SHOWN && !self.view.all {
            writeln!(self.out, "  {}", self.paint.dim(&format!("{} more: --all, or the JSON report", gaps.len() - SHOWN)))?;
        }
        Ok(())
    }

    fn closing(&mut self, assessment: &Assessment) -> io::Result<()> {
        let listed: Vec<_> = assessment.waivers.iter().collect();
        if !listed.is_empty() {
            writeln!(self.out, "\n{}", self.paint.bold("Waivers"))?;
            for waiver in listed {
                let why = if waiver.why.is_empty() { String::new() } else { format!(": {}", waiver.why) };
                let until = if waiver.expires.is_empty() { "without end".to_owned() } else { format!("until {}", waiver.expires) };
                let text = format!("{}  {}  {until}  covers {}{why}", waiver.id, waiver.state, waiver.matched);
                writeln!(self.out, "  {}", fit(&clean(&text), self.width.saturating_sub(2)))?;
            }
        }
        if !assessment.notes.is_empty() || !assessment.disclaimers.is_empty() {
            writeln!(self.out)?;
        }
        for note in assessment.notes.iter().chain(&assessment.disclaimers) {
            for line in wrap(&clean(note), self.width) {
                writeln!(self.out, "{}", self.paint.dim(&line))?;
            }
        }
        Ok(())
    }
}

/// The title without what follows a parenthesis: `PCI DSS v4.0.1 (own titles …)` is `PCI DSS`.
fn short_title(framework: &FrameworkResult) -> String {
    let title = framework.title.split(" (").next().unwrap_or_default();
    title.trim_end_matches(&framework.version).trim_end_matches(['v', ' ']).trim().to_owned()
}

const fn kind_word(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Image => "image",
        SubjectKind::Rootfs => "rootfs",
        SubjectKind::Folder => "folder",
        SubjectKind::File => "file",
        SubjectKind::Sbom => "bill of materials",
    }
}

fn describe(inventory: &Inventory) -> String {
    let mut parts = vec![inventory.subject.source.clone()];
    if let Some(platform) = &inventory.subject.platform {
        parts.push(platform.clone());
    }
    if let Some(os) = &inventory.os {
        parts.push(format!("{} {}", os.family, os.version).trim().to_owned());
    }
    match inventory.subject.kind {
        SubjectKind::Image | SubjectKind::Rootfs => {
            if inventory.subject.kind == SubjectKind::Image {
                parts.push(plural(inventory.subject.layers.len(), "layer"));
            }
            parts.push(plural(usize::try_from(inventory.file_count).unwrap_or(usize::MAX), "file"));
            parts.push(plural(inventory.facts.packages.len(), "package"));
        }
        SubjectKind::Folder | SubjectKind::File | SubjectKind::Sbom => {
            let documents: usize = inventory.files.iter().map(|file| file.documents.len()).sum();
            if !inventory.facts.packages.is_empty() {
                parts.push(plural(inventory.facts.packages.len(), "package"));
            }
            parts.push(plural(usize::try_from(inventory.file_count).unwrap_or(usize::MAX), "file"));
            parts.push(plural(documents, "document"));
        }
    }
    clean(&format!("({})", parts.join(", ")))
}

const fn initial(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "C",
        Severity::High => "H",
        Severity::Medium => "M",
        Severity::Low => "L",
        Severity::Unknown => "-",
    }
}

/// Whether an ignore that has not run out accepts the evidence; the register of waivers knows.
fn is_accepted(evidence: &Evidence, assessment: &Assessment) -> bool {
    evidence.disposition.as_ref().is_some_and(|disposition| {
        let id = format!("{} {}", disposition.source, disposition.at);
        assessment.waivers.iter().any(|waiver| waiver.state == "active" && waiver.id == id)
    })
}

/// One line: what was seen, or why nothing can be said.
fn evidence_summary(control: &ControlResult, assessment: &Assessment) -> String {
    match control.status {
        Status::Fail | Status::Waived => {
            let mut seen: Vec<&Evidence> = control
                .rules
                .iter()
                .filter(|rule| rule.outcome == RuleOutcome::Fail)
                .flat_map(|rule| &rule.evidence)
                .filter_map(|index| assessment.evidence.get(*index as usize))
                .collect();
            // What somebody accepted is not why it fails.
            seen.sort_by_key(|evidence| (is_accepted(evidence, assessment), std::cmp::Reverse(evidence.severity)));
            let Some(first) = seen.first() else { return control.why.clone() };
            let mut text = String::new();
            if let Some(path) = &first.path {
                text.push_str(path);
                if let Some(lines) = first.lines {
                    text.push_str(&format!(":{}", lines.start));
                }
                text.push(' ');
            }
            text.push_str(&first.observed);
            let more: u64 = control.rules.iter().filter(|rule| rule.outcome == RuleOutcome::Fail).map(|rule| rule.matched).sum();
            if more > 1 {
                text = format!("{text} (+{} more)", more - 1);
            }
            text
        }
        Status::Pass => {
            if let Some(attestation) = &control.attestation {
                return format!("attested by {} on {}", attestation.by, attestation.date);
            }
            let population: u64 = control.rules.iter().map(|rule| rule.population).max().unwrap_or(0);
            if population > 0 { format!("{population} examined, nothing against it") } else { control.why.clone() }
        }
        Status::NotAssessed | Status::NotApplicable | Status::Manual | Status::Error => match control.reason {
            Some(reason) if control.why.is_empty() => reason.to_string(),
            Some(reason) => format!("{reason}: {}", control.why),
            None => control.why.clone(),
        },
    }
}
