//! What a check collects while it looks around: a failure beats what is unknown, and what is unknown beats a pass.

use probity_model::{check::Verdict, diagnostic::Reason, finding::Violation};

#[derive(Default)]
pub(super) struct Tally {
    violations: Vec<Violation>,
    unknown: Option<(Reason, String)>,
    examined: u32,
}

impl Tally {
    /// One more thing was looked at.
    pub(super) fn saw(&mut self) {
        self.examined += 1;
    }

    pub(super) fn fail(&mut self, violation: Violation) {
        self.examined += 1;
        self.violations.push(violation);
    }

    /// Something that the file does not determine; the first reason is kept.
    pub(super) fn unknown(&mut self, why: impl FnOnce() -> String) {
        self.unknown_because(Reason::AnalyzerFailed, why);
    }

    pub(super) fn unknown_because(&mut self, reason: Reason, why: impl FnOnce() -> String) {
        self.examined += 1;
        self.unknown.get_or_insert_with(|| (reason, why()));
    }

    pub(super) fn verdict(self) -> Verdict {
        match self.unknown {
            Some((reason, why)) if self.violations.is_empty() => Verdict::NotAssessed { reason, why },
            _ => Verdict::of(self.violations, self.examined),
        }
    }

    /// Not applicable when nothing was looked at.
    pub(super) fn verdict_or(self, why: &'static str) -> Verdict {
        if self.examined == 0 { Verdict::NotApplicable { why } } else { self.verdict() }
    }
}
