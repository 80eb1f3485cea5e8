//! Evidence: made once, kept in groups, referred to by number.
//!
//! Evidence is made for failures and for facts that support a manual conclusion, never for passes, so that its cost follows what is
//! wrong and not what was looked at. Things of one check, subject and severity concern the same controls: they are a group.

use super::facts::FactRef;
use crate::date::parse_day;
use jiff::civil::Date;
use probity_model::{
    InputKind, RuleMeta, Severity, SubjectId,
    assessment::Evidence,
    finding::{Disposition, Resource, Violation},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// All evidence of a run, in order of discovery.
pub(crate) struct Store {
    pub(crate) items: Vec<Evidence>,
    pub(crate) groups: Vec<Group>,
    /// Evidence for a fact, so that two selectors that see it share it.
    known: HashMap<(SubjectId, &'static str, FactRef), u32>,
    names: BTreeMap<SubjectId, String>,
    today: Date,
}

/// Evidence that concerns the same controls.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) items: Vec<u32>,
    /// How many are accepted by a comment or an ignore file that is still in force.
    pub(crate) accepted: usize,
    /// `pci-dss/6.3.3`.
    pub(crate) controls: BTreeSet<String>,
}

impl Store {
    pub(crate) fn new(names: BTreeMap<SubjectId, String>, today: Date) -> Self {
        Self { items: Vec::new(), groups: Vec::new(), known: HashMap::new(), names, today }
    }

    /// A group with one item.
    pub(crate) fn group_of(&mut self, item: u32) -> u32 {
        let at = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(Group::default());
        self.add(at, item);
        at
    }

    /// A group with several items; `None` when there are none.
    pub(crate) fn group(&mut self, items: impl IntoIterator<Item = u32>) -> Option<u32> {
        let mut items = items.into_iter();
        let group = self.group_of(items.next()?);
        for item in items {
            self.add(group, item);
        }
        Some(group)
    }

    pub(crate) fn add(&mut self, group: u32, item: u32) {
        let accepted = self.items.get(item as usize).is_some_and(|evidence| self.is_accepted(evidence));
        if let Some(group) = self.groups.get_mut(group as usize) {
            group.items.push(item);
            group.accepted += usize::from(accepted);
        }
    }

    /// A disposition that has run out accepts nothing.
    pub(crate) fn is_accepted(&self, evidence: &Evidence) -> bool {
        evidence.disposition.as_ref().is_some_and(|disposition| self.in_force(disposition))
    }

    pub(crate) fn in_force(&self, disposition: &Disposition) -> bool {
        disposition.until.as_deref().is_none_or(|until| parse_day(until).is_some_and(|last| last >= self.today))
    }

    /// Evidence of a failing check.
    pub(crate) fn violation(&mut self, rule: &RuleMeta, resource: &Resource, violation: &Violation, severity: Severity) -> u32 {
        let remediation = violation.remediation.clone().or_else(|| (!rule.remediation.is_empty()).then(|| rule.remediation.clone()));
        let evidence = Evidence {
            kind: if matches!(resource.input, InputKind::Image | InputKind::Rootfs) { "image" } else { "misconfiguration" },
            subject: Some(resource.subject),
            rule: rule.id.as_str().to_owned(),
            fingerprint: String::new(),
            severity,
            path: violation.path.clone().or_else(|| resource.path.clone()),
            lines: violation.lines.or(resource.lines),
            layer: violation.layer,
            resource: Some(resource.name.clone()),
            locator: (!violation.locator.is_empty()).then(|| violation.locator.clone()),
            observed: violation.message.clone(),
            remediation,
            disposition: violation.disposition.clone(),
            controls: Arc::default(),
        };
        // Without a locator only the words tell two violations of one resource apart.
        let identity = if violation.locator.is_empty() { violation.message.as_str() } else { "" };
        self.push(evidence, identity)
    }

    /// Evidence for a fact; made by `observe` when it is new. `label` is the selector's word for what it saw.
    pub(crate) fn fact(
        &mut self,
        subject: SubjectId,
        label: &'static str,
        fact: FactRef,
        observe: impl FnOnce() -> (Evidence, String),
    ) -> u32 {
        if let Some(known) = self.known.get(&(subject, label, fact)) {
            return *known;
        }
        let (evidence, identity) = observe();
        let item = self.push(evidence, &identity);
        self.known.insert((subject, label, fact), item);
        item
    }

    /// `identity` tells apart what kind, rule, subject and place do not.
    pub(crate) fn push(&mut self, mut evidence: Evidence, identity: &str) -> u32 {
        let subject = evidence.subject.and_then(|subject| self.names.get(&subject)).map(String::as_str).unwrap_or_default();
        evidence.fingerprint = fingerprint(&[
            evidence.kind,
            &evidence.rule,
            subject,
            evidence.path.as_deref().unwrap_or_default(),
            evidence.resource.as_deref().unwrap_or_default(),
            evidence.locator.as_deref().unwrap_or_default(),
            identity,
        ]);
        let at = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(evidence);
        at
    }

    /// Sorts, leaves out what concerns no control, and says where everything went: old number → new number.
    pub(crate) fn finish(self) -> (Vec<Evidence>, Vec<Option<u32>>) {
        let Self { mut items, groups, .. } = self;
        for group in groups {
            if group.controls.is_empty() {
                continue;
            }
            let shared: Arc<[String]> = group.controls.iter().cloned().collect();
            for item in group.items {
                let Some(evidence) = items.get_mut(item as usize) else { continue };
                evidence.controls = if evidence.controls.is_empty() {
                    Arc::clone(&shared)
                } else {
                    let both: BTreeSet<&String> = evidence.controls.iter().chain(shared.iter()).collect();
                    both.into_iter().cloned().collect()
                };
            }
        }
        let mut kept: Vec<(usize, Evidence)> =
            items.into_iter().enumerate().filter(|(_, evidence)| !evidence.controls.is_empty()).collect();
        kept.sort_by(|(_, a), (_, b)| sort_key(a).cmp(&sort_key(b)));
        let mut moved = vec![None; kept.iter().map(|(old, _)| old + 1).max().unwrap_or(0)];
        let mut evidence = Vec::with_capacity(kept.len());
        for (old, item) in kept {
            if let Some(place) = moved.get_mut(old) {
                *place = u32::try_from(evidence.len()).ok();
            }
            evidence.push(item);
        }
        (evidence, moved)
    }
}

type SortKey<'e> = (
    &'static str,
    &'e str,
    Option<SubjectId>,
    Option<&'e str>,
    Option<probity_model::Lines>,
    Option<&'e str>,
    Option<&'e str>,
    &'e str,
    &'e str,
);

fn sort_key(e: &Evidence) -> SortKey<'_> {
    (e.kind, &e.rule, e.subject, e.path.as_deref(), e.lines, e.locator.as_deref(), e.resource.as_deref(), &e.observed, &e.fingerprint)
}

/// SHA-256 over the parts, each ended by a byte that no part contains in UTF-8.
fn fingerprint(parts: &[&str]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0xff]);
    }
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in hash.finalize() {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0')));
        }
    }
    text
}
