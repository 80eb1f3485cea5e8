//! Waivers and attestations: which are in force, what they cover, and what became of each.

use super::evidence::Store;
use crate::{
    date::{day_of, days_between, parse_day},
    ids::{any_glob, glob, normal_id},
    load::Framework,
    policy::{Attestation, AttestationStatus, Policy, Waiver},
};
use jiff::civil::Date;
use probity_model::{
    Inventory, SubjectId,
    assessment::{AttestationRef, Evidence, WaiverResult},
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// All waivers of a run.
pub(crate) struct Waivers<'a> {
    entries: Vec<Entry<'a>>,
    /// What a subject glob is matched against.
    names: BTreeMap<SubjectId, Vec<String>>,
}

struct Entry<'a> {
    waiver: &'a Waiver,
    state: State,
    covered: HashSet<u32>,
}

enum State {
    Active,
    Expired(String),
    Future(String),
    Invalid(String),
}

/// How a control's failures are covered.
pub(crate) struct Cover {
    pub(crate) all: bool,
    /// Ids of active waivers and of comments, sorted.
    pub(crate) by: Vec<String>,
}

impl<'a> Waivers<'a> {
    pub(crate) fn new(policy: &'a Policy, inventories: &[Inventory]) -> Self {
        let today = day_of(policy.as_of);
        let entries = policy.waivers.iter().flat_map(|file| &file.waivers);
        let entries =
            entries.map(|waiver| Entry { waiver, state: state(waiver, today, policy.max_waiver_days), covered: HashSet::new() }).collect();
        let mut names = BTreeMap::new();
        for inventory in inventories {
            let subject = &inventory.subject;
            let mut all: Vec<String> = vec![subject.name.clone()];
            all.extend(subject.references.iter().cloned());
            if let Some(digest) = &subject.digest {
                // `registry/name:tag` and `registry/name` both get the digest behind them.
                let with_digest: Vec<String> = all
                    .iter()
                    .filter(|name| !name.contains('@'))
                    .flat_map(|name| {
                        let slash = name.rfind('/').map_or(0, |at| at + 1);
                        let base =
                            name.get(slash..).and_then(|last| last.find(':')).and_then(|colon| name.get(..slash + colon)).unwrap_or(name);
                        [format!("{name}@{digest}"), format!("{base}@{digest}")]
                    })
                    .collect();
                all.extend(with_digest);
                all.push(digest.clone());
            }
            names.insert(subject.id, all);
        }
        Self { entries, names }
    }

    /// Covers failing evidence of a control. Waivers that are not in force are asked too, so that the report can say what an
    /// expired one no longer covers.
    pub(crate) fn cover(&mut self, framework: &Framework, control: &str, groups: &BTreeSet<u32>, store: &Store) -> Cover {
        let Self { entries, names } = self;
        let mut relevant: Vec<&mut Entry<'_>> = entries.iter_mut().filter(|entry| entry.concerns(framework, control)).collect();
        let mut by = BTreeSet::new();
        let mut all = !groups.is_empty();
        for group in groups {
            let Some(group) = store.groups.get(*group as usize) else { continue };
            if relevant.is_empty() && group.accepted == 0 {
                all = false;
                continue;
            }
            for item in &group.items {
                let Some(evidence) = store.items.get(*item as usize) else { continue };
                let mut covered = false;
                if let Some(disposition) = evidence.disposition.as_ref().filter(|disposition| store.in_force(disposition)) {
                    covered = true;
                    by.insert(inline_id(disposition));
                }
                for entry in &mut relevant {
                    if entry.waiver.fits(evidence, names) {
                        entry.covered.insert(*item);
                        if matches!(entry.state, State::Active) {
                            covered = true;
                            by.insert(entry.waiver.id.clone());
                        }
                    }
                }
                all &= covered;
            }
        }
        Cover { all, by: by.into_iter().collect() }
    }

    /// The register: waivers in the order of the file, then comments by place.
    pub(crate) fn register(self, evidence: &[Evidence], in_force: impl Fn(&Evidence) -> bool) -> Vec<WaiverResult> {
        let mut register: Vec<WaiverResult> = self.entries.into_iter().map(Entry::result).collect();
        let mut inline: BTreeMap<String, WaiverResult> = BTreeMap::new();
        for item in evidence {
            let Some(disposition) = &item.disposition else { continue };
            let active = in_force(item);
            let entry = inline.entry(inline_id(disposition)).or_insert_with(|| WaiverResult {
                id: inline_id(disposition),
                state: if active { "active" } else { "expired" },
                why: if active { String::new() } else { "its last day has passed".to_owned() },
                matched: 0,
                expires: disposition.until.clone().unwrap_or_default(),
                owner: None,
                approved_by: None,
                justification: disposition.reason.clone().unwrap_or_default(),
                source: disposition.source.to_owned(),
            });
            entry.matched += 1;
        }
        register.extend(inline.into_values());
        register
    }
}

fn inline_id(disposition: &probity_model::finding::Disposition) -> String {
    format!("{} {}", disposition.source, disposition.at)
}

fn state(waiver: &Waiver, today: Date, max_days: u32) -> State {
    let Some(expires) = waiver.expires.as_deref().and_then(parse_day) else {
        return State::Invalid("it has no `expires`".to_owned());
    };
    if waiver.approved_by.as_deref().is_none_or(|who| who.trim().is_empty()) {
        return State::Invalid("nobody approved it: `approved_by` is missing".to_owned());
    }
    if waiver.justification.trim().is_empty() {
        return State::Invalid("it gives no `justification`".to_owned());
    }
    let Some(created) = waiver.created.as_deref().and_then(parse_day) else {
        return State::Invalid("it does not say when it was `created`".to_owned());
    };
    if created > today {
        return State::Future(format!("it was created on {created}, after the day of this report"));
    }
    let days = days_between(created, expires);
    if days < 0 {
        return State::Invalid("it expires before it was created".to_owned());
    }
    if days > i64::from(max_days) {
        return State::Invalid(format!("it runs for {days} days, longer than the {max_days} that the policy allows"));
    }
    if expires < today {
        return State::Expired(format!("it expired on {expires}"));
    }
    State::Active
}

impl Entry<'_> {
    fn concerns(&self, framework: &Framework, control: &str) -> bool {
        let matches = &self.waiver.matches;
        (matches.frameworks.is_empty() || matches.frameworks.iter().any(|name| framework.answers_to(name)))
            && (matches.controls.is_empty() || any_glob(&matches.controls, control))
    }

    fn result(self) -> WaiverResult {
        let (state, why) = match self.state {
            State::Active if self.covered.is_empty() => ("unused", "nothing that failed matches it".to_owned()),
            State::Active => ("active", String::new()),
            State::Expired(why) => ("expired", why),
            State::Future(why) => ("future", why),
            State::Invalid(why) => ("invalid", why),
        };
        WaiverResult {
            id: self.waiver.id.clone(),
            state,
            why,
            matched: self.covered.len(),
            expires: self.waiver.expires.clone().unwrap_or_default(),
            owner: self.waiver.owner.clone(),
            approved_by: self.waiver.approved_by.clone(),
            justification: self.waiver.justification.clone(),
            source: "waivers".to_owned(),
        }
    }
}

impl Waiver {
    fn fits(&self, evidence: &Evidence, names: &BTreeMap<SubjectId, Vec<String>>) -> bool {
        if let Some(pattern) = &self.matches.subject {
            let names = evidence.subject.and_then(|subject| names.get(&subject));
            if !names.into_iter().flatten().any(|name| glob(pattern, name)) {
                return false;
            }
        }
        let Some(finding) = &self.matches.finding else { return true };
        let fits = |pattern: &Option<String>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| glob(pattern, text)))
        };
        let rule = finding.rule.as_ref().is_none_or(|rule| glob(rule, &evidence.rule) || normal_id(rule) == normal_id(&evidence.rule));
        let package = finding.package.as_ref().is_none_or(|pattern| {
            evidence.kind == "package"
                && if pattern.contains(':') {
                    fits(&Some(pattern.clone()), evidence.locator.as_deref())
                } else {
                    fits(&Some(pattern.clone()), evidence.resource.as_deref().and_then(|name| name.split(' ').next()))
                }
        });
        rule && package
            && fits(&finding.path, evidence.path.as_deref())
            && fits(&finding.resource, evidence.resource.as_deref())
            && fits(&finding.locator, evidence.locator.as_deref())
            && fits(&finding.fingerprint, Some(&evidence.fingerprint))
    }
}

/// An attestation that applies to a control.
pub(crate) struct Attested<'a> {
    pub(crate) reference: AttestationRef,
    /// What it says, when it is valid.
    pub(crate) says: Option<AttestationStatus>,
    pub(crate) why: String,
    pub(crate) attestation: &'a Attestation,
}

/// The attestation of a control, if there is one.
pub(crate) fn attested<'a>(policy: &'a Policy, framework: &Framework, control: &str) -> Option<Attested<'a>> {
    let attestation = policy.attestations.as_ref()?.attestations.iter().find(|attestation| {
        let named = attestation.control.split_once('/');
        named.is_some_and(|(name, id)| id == control && framework.answers_to(name))
    })?;
    let today = day_of(policy.as_of);
    let date = parse_day(&attestation.date)?;
    let age = days_between(date, today);
    let (state, why, says) = if date > today {
        ("future", format!("the attestation is dated {date}, after the day of this report"), None)
    } else if attestation.frequency_days.is_some_and(|days| age > i64::from(days)) {
        ("stale", format!("the attestation of {date} is {age} days old and must be renewed"), None)
    } else {
        ("valid", String::new(), Some(attestation.status))
    };
    let reference = AttestationRef {
        statement: attestation.statement.clone(),
        by: attestation.attested_by.clone(),
        date: attestation.date.clone(),
        state: state.to_owned(),
    };
    Some(Attested { reference, says, why, attestation })
}
