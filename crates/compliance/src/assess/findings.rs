//! Each finding is visited once: counts and evidence per check, subject and severity, whatever the number of frameworks.

use super::evidence::Store;
use probity_model::{
    Reason, Severity, SubjectId,
    finding::{Ledger, Outcome, ResourceIx, RuleIx},
};
use std::collections::{BTreeMap, HashMap};

/// By [`RuleIx`].
pub(crate) struct Findings {
    checks: Vec<BTreeMap<SubjectId, OnSubject>>,
}

/// What one check found on one subject.
#[derive(Default)]
pub(crate) struct OnSubject {
    /// Things examined by passing findings.
    pub(crate) examined: u64,
    /// Failing findings by severity: the group of evidence and how many.
    pub(crate) failed: Vec<(Severity, u32, u64)>,
    pub(crate) not_assessed: Option<(Reason, String)>,
}

impl Findings {
    /// `wanted` says which checks any rule asks for; findings of others are passed over. `made` remembers the evidence of each finding, so that a
    /// second collection, of the resources that `keep` wants, shares it.
    pub(crate) fn collect(
        ledger: &Ledger,
        wanted: &[bool],
        store: &mut Store,
        made: &mut HashMap<usize, u32>,
        keep: &dyn Fn(ResourceIx) -> bool,
    ) -> Self {
        let mut checks: Vec<BTreeMap<SubjectId, OnSubject>> = Vec::new();
        checks.resize_with(ledger.rules.len(), BTreeMap::new);
        for (number, finding) in ledger.findings.iter().enumerate() {
            let at = finding.rule.0 as usize;
            if !wanted.get(at).copied().unwrap_or_default() || !keep(finding.resource) {
                continue;
            }
            let (Some(rule), Some(resource), Some(check)) =
                (ledger.rule(finding.rule), ledger.resource(finding.resource), checks.get_mut(at))
            else {
                continue;
            };
            let on = check.entry(resource.subject).or_default();
            match &finding.outcome {
                Outcome::Pass { examined } => on.examined += u64::from((*examined).max(1)),
                Outcome::Fail(violation) => {
                    let severity = violation.severity.unwrap_or(rule.severity);
                    let evidence = *made.entry(number).or_insert_with(|| store.violation(rule, resource, violation, severity));
                    match on.failed.iter_mut().find(|(known, ..)| *known == severity) {
                        Some((_, group, count)) => {
                            store.add(*group, evidence);
                            *count += 1;
                        }
                        None => on.failed.push((severity, store.group_of(evidence), 1)),
                    }
                }
                Outcome::NotApplicable { .. } => {}
                Outcome::NotAssessed { reason, why } => {
                    on.not_assessed.get_or_insert_with(|| (*reason, why.to_string()));
                }
            }
        }
        Self { checks }
    }

    pub(crate) fn on(&self, rule: RuleIx, subject: SubjectId) -> Option<&OnSubject> {
        self.checks.get(rule.0 as usize)?.get(&subject)
    }

    /// Subjects on which the check has findings.
    pub(crate) fn subjects(&self, rule: RuleIx) -> impl Iterator<Item = SubjectId> {
        self.checks.get(rule.0 as usize).into_iter().flat_map(|subjects| subjects.keys().copied())
    }
}
