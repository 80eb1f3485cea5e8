//! Ignore files: which findings users accept, whatever file they are in.
//!
//! `.trivyignore`: an id a line, `#` starts a comment, `exp:YYYY-MM-DD` is the last day. An entry that has expired accepts nothing, and one that
//! matches nothing is reported.

use probity_model::{
    Diagnostic, Inventory, Lines, Reason,
    finding::{Disposition, Ledger, Outcome},
};

/// Why an ignore file or VEX document cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{source_name}`: {message}")]
pub struct SuppressionError {
    pub source_name: String,
    pub message: String,
}

/// Everything that the user accepts in files beside the artifact.
#[derive(Debug, Clone, Default)]
pub struct Suppressions {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    until: Option<String>,
    source_name: String,
    line: u32,
}

impl Suppressions {
    /// Adds the entries of a `.trivyignore`.
    pub fn add_list(&mut self, text: &str, source_name: &str) -> Result<(), SuppressionError> {
        for (line, content) in (1_u32..).zip(text.lines()) {
            let content = content.split('#').next().unwrap_or_default();
            let mut words = content.split_whitespace();
            let Some(id) = words.next() else { continue };
            let mut until = None;
            for word in words {
                let Some(date) = word.strip_prefix("exp:") else {
                    return Err(SuppressionError {
                        source_name: source_name.to_owned(),
                        message: format!("line {line}: `{word}` is not understood: write one id a line, then `exp:2027-01-31`"),
                    });
                };
                if date.parse::<jiff::civil::Date>().is_err() {
                    return Err(SuppressionError {
                        source_name: source_name.to_owned(),
                        message: format!("line {line}: `{date}` is no date"),
                    });
                }
                until = Some(date.to_owned());
            }
            self.entries.push(Entry { id: id.to_owned(), until, source_name: source_name.to_owned(), line });
        }
        Ok(())
    }

    /// Adds the entries of a `.trivyignore.yaml` or `.probityignore.yaml`.
    pub fn add_yaml(&mut self, _text: &str, source_name: &str) -> Result<(), SuppressionError> {
        Err(SuppressionError { source_name: source_name.to_owned(), message: "not readable yet".to_owned() })
    }

    /// Adds the statements of a VEX document.
    pub fn add_vex(&mut self, _text: &str, source_name: &str) -> Result<(), SuppressionError> {
        Err(SuppressionError { source_name: source_name.to_owned(), message: "not readable yet".to_owned() })
    }

    /// Marks what is accepted. `today` is `YYYY-MM-DD`.
    pub(crate) fn apply(&self, inventories: &[Inventory], ledger: &mut Ledger, today: &str) {
        let _ = inventories;
        let Ledger { rules, findings, vulnerabilities, diagnostics, .. } = ledger;
        for entry in &self.entries {
            let disposition = || Disposition {
                source: "ignore file",
                at: format!("{}:{}", entry.source_name, entry.line),
                until: entry.until.clone(),
                ..Disposition::default()
            };
            let mut used = false;
            let expired = entry.until.as_deref().is_some_and(|until| until < today);
            if !expired {
                for found in
                    vulnerabilities.iter_mut().filter(|found| found.id.eq_ignore_ascii_case(&entry.id) || found.aliases.contains(&entry.id))
                {
                    used = true;
                    found.disposition.get_or_insert_with(disposition);
                }
                for finding in findings.iter_mut() {
                    let Outcome::Fail(violation) = &mut finding.outcome else { continue };
                    if rules.get(finding.rule.0 as usize).is_some_and(|rule| rule.answers_to(&entry.id)) {
                        used = true;
                        violation.disposition.get_or_insert_with(disposition);
                    }
                }
            }
            let message = match (&entry.until, used) {
                (Some(until), _) if expired => format!("the ignore of `{}` expired on {until}: its findings count again", entry.id),
                (_, false) => format!("the ignore of `{}` matches no finding", entry.id),
                _ => continue,
            };
            diagnostics.push(Diagnostic::note(Reason::AnalyzerDisabled, message).at(&entry.source_name).on(Lines::one(entry.line), None));
        }
    }
}
