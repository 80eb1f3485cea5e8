//! Rules to outcomes, trees to controls, controls to each other.

use super::{
    compile::{Compiled, CompiledControl, CompiledFramework, Expectation, Leaf, Node, Selector},
    evidence::Store,
    facts::{FactRef, Matcher, Matches},
    findings::Findings,
    observe::observe,
    rollup::{all, combine, failing, judge},
    scope::{Gap, Scope},
    waive::{Attested, Waivers, attested},
};
use crate::{
    date::{day_of, parse_day},
    ids::KnownRule,
    load::{Framework, has_rules, is_read},
    policy::{AttestationStatus, Policy},
    spec::{Control, ScanSelector, Text},
    zone::Zone,
};
use probity_model::{
    Capability, InputKind, Inventory, Reason, Severity, SubjectId, SubjectKind,
    assessment::{Assurance, AttestationRef, Basis, ControlKind, Evidence, RuleOutcome, Status, SubjectOutcome, Verifiability},
    document::Document,
    finding::{ResourceIx, RuleIx},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// All that is known while controls are evaluated.
pub(crate) struct Evaluation<'s, 'a> {
    pub(crate) scope: &'s Scope<'a>,
    pub(crate) compiled: &'s Compiled<'s>,
    pub(crate) policy: &'s Policy,
    pub(crate) store: Store,
    pub(crate) waivers: Waivers<'s>,
    /// By position in [`Compiled::controls`].
    pub(crate) raw: Vec<Raw>,
    findings: Findings,
    /// By framework: what was found in the zone that a parameter of it selects.
    zones: Vec<Option<Zoned>>,
    facts: Vec<Matches>,
    /// Evidence of a fact selector on a subject, so that controls share it.
    fact_groups: HashMap<(usize, SubjectId), Option<u32>>,
    inventories: BTreeMap<SubjectId, &'a Inventory>,
    kinds_given: BTreeSet<InputKind>,
}

/// The findings of a part of the objects.
struct Zoned {
    findings: Findings,
    /// The parameter that selects it.
    param: String,
    /// Objects in it.
    objects: usize,
}

/// A control's result before profiles and tailoring.
#[derive(Default)]
pub(crate) struct Raw {
    pub(crate) status: Option<Status>,
    pub(crate) reason: Option<Reason>,
    pub(crate) why: String,
    pub(crate) basis: Option<Basis>,
    pub(crate) assurance: Option<Assurance>,
    pub(crate) leaves: Vec<LeafResult>,
    pub(crate) subjects: SubjectOutcome,
    /// Groups of evidence that make it fail.
    pub(crate) failing: BTreeSet<u32>,
    /// All groups of evidence that concern it.
    pub(crate) evidence: BTreeSet<u32>,
    pub(crate) waivers: Vec<String>,
    pub(crate) attestation: Option<AttestationRef>,
    /// Inputs that its rules read, given or not.
    pub(crate) reads: BTreeSet<InputKind>,
}

/// A rule's result.
#[derive(Debug, Clone)]
pub(crate) struct LeafResult {
    pub(crate) outcome: RuleOutcome,
    pub(crate) reason: Option<Reason>,
    pub(crate) why: String,
    pub(crate) matched: u64,
    pub(crate) population: u64,
    /// Empty when the rule is not about subjects.
    pub(crate) subjects: BTreeMap<SubjectId, RuleOutcome>,
    pub(crate) groups: Vec<(Option<SubjectId>, u32)>,
    /// The most that a pass may claim.
    pub(crate) cap: Assurance,
    /// Only a person can say more.
    pub(crate) person: bool,
    /// It fails because of controls that are all waived.
    pub(crate) waived: bool,
    pub(crate) reads: BTreeSet<InputKind>,
}

impl LeafResult {
    fn of(outcome: RuleOutcome) -> Self {
        Self {
            outcome,
            reason: None,
            why: String::new(),
            matched: 0,
            population: 0,
            subjects: BTreeMap::new(),
            groups: Vec::new(),
            cap: Assurance::Full,
            person: false,
            waived: false,
            reads: BTreeSet::new(),
        }
    }

    fn not_assessed(gap: Gap) -> Self {
        Self { reason: Some(gap.reason), why: gap.why, ..Self::of(RuleOutcome::NotAssessed) }
    }

    fn missing(reads: BTreeSet<InputKind>) -> Self {
        let gap = Gap::new(Reason::TargetKindMissing, format!("needs {}", one_of(&reads)));
        Self { reads, ..Self::not_assessed(gap) }
    }
}

impl<'s, 'a> Evaluation<'s, 'a> {
    pub(crate) fn new(scope: &'s Scope<'a>, compiled: &'s Compiled<'s>, policy: &'s Policy) -> Self {
        let names = scope.inputs.inventories.iter().map(|i| (i.subject.id, i.subject.name.clone())).collect();
        let mut store = Store::new(names, day_of(policy.as_of));
        let mut made = HashMap::new();
        let ledger = scope.inputs.ledger;
        let findings = Findings::collect(ledger, &compiled.wanted, &mut store, &mut made, &|_| true);
        let zones = compiled.frameworks.iter().map(|framework| zoned(scope, compiled, framework, &mut store, &mut made)).collect();
        let matcher = Matcher::new(scope, policy.as_of);
        Self {
            scope,
            compiled,
            policy,
            store,
            waivers: Waivers::new(policy, scope.inputs.inventories),
            raw: std::iter::repeat_with(Raw::default).take(compiled.controls.len()).collect(),
            findings,
            zones,
            facts: compiled.facts.iter().map(|selector| matcher.run(selector)).collect(),
            fact_groups: HashMap::new(),
            inventories: scope.inputs.inventories.iter().map(|i| (i.subject.id, i)).collect(),
            kinds_given: scope.kinds_given(),
        }
    }

    /// Evaluates every control once, what is needed first.
    pub(crate) fn run(&mut self) {
        let compiled = self.compiled;
        for at in &compiled.order {
            let Some(control) = compiled.controls.get(*at) else { continue };
            let Some(framework) = compiled.frameworks.get(control.framework).map(|f| f.framework) else { continue };
            let Some(spec) = framework.spec.controls.get(control.at) else { continue };
            let raw = self.control(framework, spec, control);
            if let Some(place) = self.raw.get_mut(*at) {
                *place = raw;
            }
        }
    }

    fn control(&mut self, framework: &Framework, spec: &Control, control: &CompiledControl) -> Raw {
        if let Some(why) = self.not_in_force(spec).or_else(|| self.does_not_apply(spec)) {
            let reads = spec.applies_to.iter().copied().collect();
            return Raw { status: Some(Status::NotApplicable), why, basis: Some(Basis::None), reads, ..Raw::default() };
        }
        let by_person = spec.kind == Some(ControlKind::Manual)
            || matches!(spec.verifiability, Some(Verifiability::S | Verifiability::M | Verifiability::X))
            || !control.undeclared.is_empty();
        let zone = spec.needs_params.iter().find_map(|name| {
            let zone = self.zones.get(control.framework)?.as_ref()?;
            (zone.param == *name).then_some(control.framework)
        });
        let leaves: Vec<LeafResult> = control.leaves.iter().map(|leaf| self.leaf(framework, spec, leaf, by_person, zone)).collect();
        let mut raw = Raw { leaves, ..Raw::default() };
        raw.reads = raw.leaves.iter().flat_map(|leaf| leaf.reads.iter().copied()).collect();
        if raw.reads.is_empty() {
            raw.reads.extend(&spec.applies_to);
        }
        let outcome = match &control.tree {
            Some(tree) => self.roll_up(tree, control, &mut raw),
            None => RuleOutcome::NotAssessed,
        };
        self.conclude(framework, spec, control, outcome, by_person, &mut raw);
        self.attest(framework, spec, &mut raw);
        raw
    }

    /// Subjects first, then the control: one failing subject is a failing control.
    fn roll_up(&mut self, tree: &Node, control: &CompiledControl, raw: &mut Raw) -> RuleOutcome {
        let subjects: BTreeSet<SubjectId> = raw.leaves.iter().flat_map(|leaf| leaf.subjects.keys().copied()).collect();
        let optional = |at: usize| control.leaves.get(at).is_some_and(|leaf| leaf.optional);
        let leaves = std::mem::take(&mut raw.leaves);
        let on = |subject: Option<SubjectId>, at: usize| {
            let outcome = leaves.get(at).map_or(RuleOutcome::NotAssessed, |leaf| match subject {
                Some(subject) if !leaf.subjects.is_empty() => leaf.subjects.get(&subject).copied().unwrap_or(RuleOutcome::NotApplicable),
                _ => leaf.outcome,
            });
            (outcome, optional(at))
        };
        let mut outcomes = Vec::new();
        let mut failed = false;
        let everyone: Vec<Option<SubjectId>> = if subjects.is_empty() { vec![None] } else { subjects.into_iter().map(Some).collect() };
        for subject in everyone {
            let outcome = combine(tree, &|at| on(subject, at));
            outcomes.push(outcome);
            if let Some(subject) = subject {
                match outcome {
                    RuleOutcome::Pass => raw.subjects.pass.push(subject),
                    RuleOutcome::Fail => raw.subjects.fail.push(subject),
                    RuleOutcome::NotAssessed | RuleOutcome::Error => raw.subjects.not_assessed.push(subject),
                    RuleOutcome::NotApplicable => {}
                }
            }
            if outcome == RuleOutcome::Fail {
                failed = true;
                failing(tree, &|at| on(subject, at), &mut |at| {
                    let groups = leaves.get(at).map(|leaf| leaf.groups.as_slice()).unwrap_or_default();
                    raw.failing.extend(
                        groups.iter().filter(|(of, _)| of.is_none() || subject.is_none() || *of == subject).map(|(_, group)| *group),
                    );
                });
            }
        }
        raw.leaves = leaves;
        if failed && raw.failing.is_empty() && !raw.leaves.iter().any(|leaf| leaf.waived) {
            raw.failing.extend(self.unnamed(control, raw));
        }
        all(outcomes)
    }

    /// A failure that no fact stands for still needs something that a reader can see and a waiver can match.
    fn unnamed(&mut self, control: &CompiledControl, raw: &Raw) -> Option<u32> {
        let held: Vec<&str> = control
            .leaves
            .iter()
            .zip(&raw.leaves)
            .filter(|(_, result)| result.outcome == RuleOutcome::Pass)
            .map(|(leaf, _)| leaf.id.as_str())
            .collect();
        let observed = if held.is_empty() {
            "the rules of the control do not hold".to_owned()
        } else {
            format!("what must not be the case is: {}", held.join(", "))
        };
        let framework = self.compiled.frameworks.get(control.framework)?.framework;
        let id = &framework.spec.controls.get(control.at)?.id;
        let item = self.store.push(plain(None, format!("{}/{id}", framework.id), observed), "");
        Some(self.store.group_of(item))
    }

    fn conclude(
        &mut self,
        framework: &Framework,
        spec: &Control,
        control: &CompiledControl,
        outcome: RuleOutcome,
        by_person: bool,
        raw: &mut Raw,
    ) {
        raw.evidence = raw.leaves.iter().flat_map(|leaf| leaf.groups.iter().map(|(_, group)| *group)).collect();
        raw.evidence.extend(&raw.failing);
        let derived = control.leaves.iter().any(|leaf| matches!(leaf.selector, Selector::Control { .. }));
        raw.basis = Some(if derived { Basis::Derived } else { Basis::Automated });
        if spec.kind == Some(ControlKind::Info) {
            raw.set(Status::NotApplicable, None, "for information; there is nothing to conclude");
            return;
        }
        if spec.kind == Some(ControlKind::Inherited) && control.tree.is_none() {
            raw.set(
                Status::NotAssessed,
                Some(Reason::ScopeUndeclared),
                "somebody else's evidence is needed: name it in a tailoring (`inherit`)",
            );
            return;
        }
        if by_person {
            raw.failing.clear();
            let why = if let Some(name) = control.undeclared.first() {
                raw.reason = Some(Reason::ScopeUndeclared);
                format!("parameter `{name}` is not declared")
            } else if raw.evidence.is_empty() {
                manual_words(spec)
            } else {
                "supporting evidence is attached; a person concludes".to_owned()
            };
            let reason = raw.reason;
            raw.set(Status::Manual, reason, why);
            return;
        }
        if control.tree.is_none() {
            Self::without_rules(spec, raw);
            return;
        }
        match outcome {
            RuleOutcome::Fail => {
                // Failures that a derived rule hands on may be waived where they happened; the rest must be covered here.
                let handed_on: BTreeSet<u32> =
                    raw.leaves.iter().filter(|leaf| leaf.waived).flat_map(|leaf| leaf.groups.iter().map(|(_, group)| *group)).collect();
                let own: BTreeSet<u32> = raw.failing.difference(&handed_on).copied().collect();
                let cover = self.waivers.cover(framework, &spec.id, &raw.failing, &self.store);
                let covered = cover.all
                    || if own.is_empty() {
                        !handed_on.is_empty() && raw.leaves.iter().filter(|leaf| leaf.outcome == RuleOutcome::Fail).all(|leaf| leaf.waived)
                    } else {
                        !handed_on.is_empty() && self.waivers.cover(framework, &spec.id, &own, &self.store).all
                    };
                raw.waivers = cover.by;
                if covered {
                    raw.set(Status::Waived, None, "");
                    raw.basis = Some(Basis::Waiver);
                } else {
                    raw.set(Status::Fail, None, "");
                }
            }
            RuleOutcome::Error => {
                let first = raw.leaves.iter().find(|leaf| leaf.outcome == RuleOutcome::Error);
                let why = first.map(|leaf| leaf.why.clone()).unwrap_or_default();
                raw.set(Status::Error, None, why);
            }
            RuleOutcome::NotAssessed => {
                let open = || raw.leaves.iter().zip(&control.leaves).filter(|(result, _)| result.has(RuleOutcome::NotAssessed));
                let first =
                    open().find(|(result, _)| result.person).or_else(|| open().find(|(_, leaf)| !leaf.optional)).or_else(|| open().next());
                let (reason, why, person) = first.map(|(result, _)| (result.reason, result.why.clone(), result.person)).unwrap_or_default();
                raw.set(if person { Status::Manual } else { Status::NotAssessed }, reason, why);
            }
            RuleOutcome::NotApplicable => {
                let why = raw
                    .leaves
                    .iter()
                    .map(|leaf| leaf.why.as_str())
                    .find(|why| !why.is_empty())
                    .unwrap_or("there is nothing of the sort in what was scanned");
                let why = why.to_owned();
                raw.set(Status::NotApplicable, None, why);
            }
            RuleOutcome::Pass => {
                let assurance = assurance(spec, control, raw);
                if self.policy.strict_claims && assurance < Assurance::Full {
                    raw.set(
                        Status::Manual,
                        None,
                        "nothing contrary was found, but only part of the requirement is visible: attest the rest",
                    );
                } else {
                    raw.set(Status::Pass, None, "");
                    raw.assurance = Some(assurance);
                }
            }
        }
    }

    fn without_rules(spec: &Control, raw: &mut Raw) {
        if let Some(word) = &spec.default_status {
            let hint = format!("default-{}: the specification's status until a person has looked", word.to_lowercase());
            raw.set(Status::Manual, None, hint);
            return;
        }
        let readable = spec.applies_to.is_empty() || spec.applies_to.iter().any(|kind| is_read(*kind));
        if readable {
            raw.set(Status::NotAssessed, Some(Reason::NoRules), "the specification has no rules for it");
        } else {
            let needs: BTreeSet<InputKind> = spec.applies_to.iter().copied().collect();
            raw.set(Status::NotAssessed, Some(Reason::TargetKindMissing), format!("needs {}", one_of(&needs)));
        }
    }

    /// What people said about the control.
    fn attest(&self, framework: &Framework, spec: &Control, raw: &mut Raw) {
        let Some(found) = attested(self.policy, framework, &spec.id) else { return };
        let Attested { reference, says, why, .. } = found;
        raw.attestation = Some(reference);
        let Some(says) = says else {
            if raw.status == Some(Status::Manual) {
                raw.why = why;
            }
            return;
        };
        match (raw.status, says) {
            (Some(Status::Manual), AttestationStatus::Satisfied) => {
                // A value outside its guardrail stays outside, whoever signs it.
                if raw.reason == Some(Reason::ParameterOutsideGuardrail) {
                    return;
                }
                raw.set(Status::Pass, None, "");
                raw.basis = Some(Basis::Attestation);
                raw.assurance = Some(Assurance::Partial);
            }
            (Some(Status::Manual), AttestationStatus::NotApplicable) => {
                raw.set(Status::NotApplicable, None, "attested as not applicable");
                raw.basis = Some(Basis::Attestation);
            }
            (Some(Status::Manual | Status::Pass | Status::NotAssessed), AttestationStatus::NotSatisfied) => {
                raw.set(Status::Fail, None, "attested as not satisfied");
                raw.basis = Some(Basis::Attestation);
                raw.assurance = None;
            }
            _ => {}
        }
    }

    fn not_in_force(&self, spec: &Control) -> Option<String> {
        let today = day_of(self.policy.as_of);
        if let Some(from) = spec.effective_from.as_deref().and_then(parse_day).filter(|from| today < *from) {
            return Some(format!("in force from {from}"));
        }
        let until = spec.effective_until.as_deref().and_then(parse_day);
        let by = spec.superseded_by.as_ref().map(|by| format!("superseded by {by}"));
        match (until, by) {
            (Some(until), by) if today >= until => Some(format!("{} since {until}", by.unwrap_or_else(|| "no longer in force".to_owned()))),
            (None, Some(by)) => Some(by),
            _ => None,
        }
    }

    fn does_not_apply(&self, spec: &Control) -> Option<String> {
        let rule = spec.not_applicable.as_ref()?;
        let covered = !self.kinds_given.is_empty() && self.kinds_given.iter().all(|kind| rule.to.contains(kind));
        covered.then(|| if rule.reason.is_empty() { "does not apply to what was scanned".to_owned() } else { rule.reason.clone() })
    }

    fn leaf(&mut self, framework: &Framework, spec: &Control, leaf: &Leaf, support: bool, zone: Option<usize>) -> LeafResult {
        let mut result = match &leaf.selector {
            Selector::Check { rules, unknown, min_severity } => self.check(rules, unknown, *min_severity, leaf.expect, zone),
            Selector::Facts(at) => self.fact(*at, leaf.expect),
            Selector::Scan { scan, applies_to } => self.scan(scan, applies_to),
            Selector::Control { controls, no_fail, pass_ratio } => self.derived(controls, *no_fail, *pass_ratio),
            Selector::Attestation { control, max_age_days } => self.attestation(control, *max_age_days),
            Selector::Never(gap) => LeafResult::not_assessed(gap.clone()),
            Selector::Person(gap) => LeafResult { person: true, ..LeafResult::not_assessed(gap.clone()) },
            Selector::Broken(why) => LeafResult { why: why.clone(), ..LeafResult::of(RuleOutcome::Error) },
        };
        if let Some(when) = &leaf.when {
            self.only_when(when, &mut result, zone);
        }
        match &leaf.selector {
            Selector::Check { rules, min_severity, .. } => self.check_groups(rules, *min_severity, support, zone, &mut result),
            Selector::Facts(at) => self.fact_evidence(*at, support, &mut result),
            Selector::Scan { .. } if result.outcome == RuleOutcome::Fail => {
                let subjects: Vec<Option<SubjectId>> = if result.subjects.is_empty() {
                    vec![None]
                } else {
                    result
                        .subjects
                        .iter()
                        .filter(|(_, outcome)| **outcome == RuleOutcome::Fail)
                        .map(|(subject, _)| Some(*subject))
                        .collect()
                };
                for subject in subjects {
                    let item = self
                        .store
                        .push(plain(subject, format!("scan/{}", leaf.id), result.why.clone()), &format!("{}/{}", framework.id, spec.id));
                    result.groups.push((subject, self.store.group_of(item)));
                }
            }
            _ => {}
        }
        result
    }

    /// Subjects on which the condition does not hold are left out; where that is not known, neither is the rule's outcome.
    fn only_when(&mut self, when: &Selector, result: &mut LeafResult, zone: Option<usize>) {
        let condition = match when {
            Selector::Facts(at) => self.fact(*at, Expectation::AtLeast(1)),
            Selector::Check { rules, unknown, min_severity } => self.check(rules, unknown, *min_severity, Expectation::AtLeast(1), zone),
            Selector::Scan { scan, applies_to } => self.scan(scan, applies_to),
            Selector::Control { controls, no_fail, pass_ratio } => self.derived(controls, *no_fail, *pass_ratio),
            Selector::Attestation { control, max_age_days } => self.attestation(control, *max_age_days),
            Selector::Never(gap) | Selector::Person(gap) => LeafResult::not_assessed(gap.clone()),
            Selector::Broken(why) => {
                *result = LeafResult { why: why.clone(), ..LeafResult::of(RuleOutcome::Error) };
                return;
            }
        };
        // The condition may be about other subjects (manifests) than the rule (images): then it holds for all or for none.
        let anywhere = if condition.matched > 0 || condition.subjects.values().any(|o| *o == RuleOutcome::Pass) {
            RuleOutcome::Pass
        } else {
            condition.outcome
        };
        let gated = |outcome: RuleOutcome, condition: RuleOutcome| match condition {
            RuleOutcome::Pass => outcome,
            RuleOutcome::Fail | RuleOutcome::NotApplicable => RuleOutcome::NotApplicable,
            RuleOutcome::NotAssessed | RuleOutcome::Error => RuleOutcome::NotAssessed,
        };
        if result.subjects.is_empty() {
            result.outcome = gated(result.outcome, anywhere);
        } else {
            for (subject, outcome) in &mut result.subjects {
                *outcome = gated(*outcome, condition.subjects.get(subject).copied().unwrap_or(anywhere));
            }
            result.outcome = all(result.subjects.values().copied());
        }
        match result.outcome {
            RuleOutcome::NotApplicable => {
                result.reason = None;
                "its condition does not hold".clone_into(&mut result.why);
            }
            // Whether the rule applies at all is what is not known.
            RuleOutcome::NotAssessed if anywhere == RuleOutcome::NotAssessed || result.reason.is_none() => {
                result.person = condition.person;
                result.reason = condition.reason;
                result.why = condition.why;
            }
            _ => {}
        }
        result.reads.extend(condition.reads);
    }

    fn findings_of(&self, zone: Option<usize>) -> &Findings {
        zone.and_then(|zone| self.zones.get(zone)?.as_ref()).map_or(&self.findings, |zone| &zone.findings)
    }

    fn check(&self, rules: &[RuleIx], unknown: &[String], min: Severity, expect: Expectation, zone: Option<usize>) -> LeafResult {
        let findings = self.findings_of(zone);
        let known = |rule: &RuleIx| self.scope.catalogue.rules().get(rule.0 as usize);
        let reads: BTreeSet<InputKind> = rules.iter().filter_map(known).map(|rule| rule.input).collect();
        let unknown_gap = unknown.first().map(|id| Gap::new(Reason::UnknownCheck, format!("there is no check `{id}`")));
        let mut subjects: BTreeMap<SubjectId, Vec<(RuleIx, &KnownRule)>> = BTreeMap::new();
        for rule in rules {
            let Some(meta) = known(rule) else { continue };
            // A check on images also runs on root file systems: its findings say where it ran.
            for subject in self.scope.subjects_with(meta.input).chain(findings.subjects(*rule)) {
                let of = subjects.entry(subject).or_default();
                if !of.iter().any(|(known, _)| known == rule) {
                    of.push((*rule, meta));
                }
            }
        }
        if subjects.is_empty() {
            return match unknown_gap {
                Some(gap) if rules.is_empty() => LeafResult::not_assessed(gap),
                _ => LeafResult::missing(reads),
            };
        }
        // A zone that holds nothing is a wrong selector, or the wrong input.
        if let Some(zone) = zone.and_then(|zone| self.zones.get(zone)?.as_ref())
            && zone.objects == 0
            && reads.contains(&InputKind::KubernetesManifest)
            && self.scope.subjects_with(InputKind::KubernetesManifest).next().is_some()
        {
            let gap = Gap::new(Reason::ScopeUndeclared, format!("no object that was given is in `{}`", zone.param));
            return LeafResult { reads, ..LeafResult::not_assessed(gap) };
        }
        let mut result = LeafResult::of(RuleOutcome::NotApplicable);
        for (subject, rules) in subjects {
            let (mut failed, mut examined) = (0, 0);
            let mut gap = unknown_gap.clone();
            for (rule, meta) in rules {
                if let Some(on) = findings.on(rule, subject) {
                    examined += on.examined;
                    for (severity, _, count) in &on.failed {
                        *(if *severity >= min { &mut failed } else { &mut examined }) += count;
                    }
                    if let Some((reason, why)) = &on.not_assessed {
                        gap.get_or_insert_with(|| Gap::new(*reason, why.clone()));
                    }
                }
                if gap.is_none() {
                    gap = needs_of(meta).find_map(|capability| self.scope.gap(subject, capability)).cloned();
                }
            }
            result.matched += failed;
            result.population += examined + failed;
            let outcome = judge(expect, failed, examined + failed, gap.is_some());
            if outcome == RuleOutcome::NotAssessed
                && result.reason.is_none()
                && let Some(gap) = gap
            {
                result.reason = Some(gap.reason);
                result.why = gap.why;
            }
            result.subjects.insert(subject, outcome);
        }
        result.outcome = all(result.subjects.values().copied());
        let absent: BTreeSet<InputKind> = rules
            .iter()
            .filter(|rule| {
                known(rule).is_some_and(|known| self.scope.subjects_with(known.input).next().is_none())
                    && findings.subjects(**rule).next().is_none()
            })
            .filter_map(known)
            .map(|rule| rule.input)
            .collect();
        if !absent.is_empty() {
            result.cap = Assurance::Partial;
            if result.why.is_empty() {
                result.why = format!("not looked at, because not given: {}", listed(&absent, " and "));
            }
        }
        result.reads = reads;
        result
    }

    fn check_groups(&self, rules: &[RuleIx], min: Severity, support: bool, zone: Option<usize>, result: &mut LeafResult) {
        let findings = self.findings_of(zone);
        for rule in rules {
            let subjects: Vec<SubjectId> = findings.subjects(*rule).collect();
            for subject in subjects {
                let wanted = support || result.subjects.get(&subject) == Some(&RuleOutcome::Fail);
                if let (true, Some(on)) = (wanted, findings.on(*rule, subject)) {
                    result
                        .groups
                        .extend(on.failed.iter().filter(|(severity, ..)| *severity >= min).map(|(_, group, _)| (Some(subject), *group)));
                }
            }
        }
    }

    fn fact(&self, at: usize, expect: Expectation) -> LeafResult {
        let Some(matches) = self.facts.get(at) else { return LeafResult::of(RuleOutcome::Error) };
        if let Some(broken) = &matches.broken {
            return LeafResult { why: broken.clone(), ..LeafResult::of(RuleOutcome::Error) };
        }
        if matches.subjects.is_empty() {
            return LeafResult::missing(matches.reads.clone());
        }
        let mut result = LeafResult { reads: matches.reads.clone(), ..LeafResult::of(RuleOutcome::NotApplicable) };
        for on in matches.subjects.values() {
            result.matched += on.matches.len() as u64;
            result.population += on.population;
        }
        if matches.together {
            let gap = matches.subjects.values().find_map(|on| on.gap.as_ref());
            let outcome = judge(expect, result.matched, result.population, gap.is_some());
            for (subject, on) in &matches.subjects {
                // What is counted over all is blamed on those who contribute to it, or on all when something is missing.
                let innocent = outcome == RuleOutcome::Fail && matches!(expect, Expectation::AtMost(_)) && on.matches.is_empty();
                result.subjects.insert(*subject, if innocent { judge(expect, 0, on.population, on.gap.is_some()) } else { outcome });
            }
        } else {
            for (subject, on) in &matches.subjects {
                result.subjects.insert(*subject, judge(expect, on.matches.len() as u64, on.population, on.gap.is_some()));
            }
        }
        result.outcome = all(result.subjects.values().copied());
        let unsearched: u64 = matches.subjects.values().map(|on| on.unsearched).sum();
        if unsearched > 0 && result.outcome == RuleOutcome::Pass {
            result.cap = Assurance::Partial;
            result.why = match unsearched {
                1 => "1 file is not text and was not searched".to_owned(),
                more => format!("{more} files are not text and were not searched"),
            };
        }
        if result.outcome == RuleOutcome::NotAssessed {
            let open = matches
                .subjects
                .iter()
                .find(|(subject, on)| on.gap.is_some() && result.subjects.get(subject) == Some(&RuleOutcome::NotAssessed));
            let gap = open.or_else(|| matches.subjects.iter().find(|(_, on)| on.gap.is_some())).and_then(|(_, on)| on.gap.clone());
            if let Some(gap) = gap {
                result.reason = Some(gap.reason);
                result.why = gap.why;
            }
        }
        result
    }

    fn fact_evidence(&mut self, at: usize, support: bool, result: &mut LeafResult) {
        let subjects: Vec<(SubjectId, RuleOutcome)> = result.subjects.iter().map(|(subject, outcome)| (*subject, *outcome)).collect();
        for (subject, outcome) in subjects {
            if outcome != RuleOutcome::Fail && !support {
                continue;
            }
            if !self.fact_groups.contains_key(&(at, subject)) {
                let group = self.observe(at, subject);
                self.fact_groups.insert((at, subject), group);
            }
            if let Some(Some(group)) = self.fact_groups.get(&(at, subject)) {
                result.groups.push((Some(subject), *group));
            } else if outcome == RuleOutcome::Fail {
                // Something should be there and is not: the whole subject is the evidence.
                let label = self.facts.get(at).map_or("fact", |matches| matches.label);
                let observed = format!("nothing matches, out of {}", result.population);
                let identity = self.compiled.facts.get(at).and_then(|s| serde_json::to_string(&s.rule).ok()).unwrap_or_default();
                let item = self.store.push(plain(Some(subject), label.to_owned(), observed), &identity);
                result.groups.push((Some(subject), self.store.group_of(item)));
            }
        }
    }

    fn observe(&mut self, at: usize, subject: SubjectId) -> Option<u32> {
        let (selector, matches, inventory) = (self.compiled.facts.get(at)?, self.facts.get(at)?, *self.inventories.get(&subject)?);
        let on = matches.subjects.get(&subject)?;
        let as_of = self.policy.as_of;
        let items: Vec<u32> = on
            .matches
            .iter()
            .map(|fact: &FactRef| {
                // Values of an image fact, objects and absent packages are told apart by their selector, not by their place.
                if matches!(fact.kind, super::facts::FactKind::Image | super::facts::FactKind::Absent | super::facts::FactKind::Object) {
                    let (evidence, identity) = observe(inventory, selector, matches.label, *fact, as_of);
                    self.store.push(evidence, &identity)
                } else {
                    self.store.fact(subject, matches.label, *fact, || observe(inventory, selector, matches.label, *fact, as_of))
                }
            })
            .collect();
        self.store.group(items)
    }

    /// Each assertion of a `scan` selector; the worst counts.
    fn scan(&self, scan: &ScanSelector, applies_to: &[InputKind]) -> LeafResult {
        let number = |text: &Text| text.as_str().trim().parse::<f64>().map_err(|_| format!("`{}` is not a number", text.as_str()));
        let mut result = LeafResult::of(RuleOutcome::NotApplicable);
        let about = [InputKind::Image, InputKind::Rootfs].into_iter().filter(|kind| applies_to.is_empty() || applies_to.contains(kind));
        result.reads = about.collect();
        let mut parts: Vec<(Option<SubjectId>, RuleOutcome, Option<Gap>, String)> = Vec::new();
        let mut part = |subject: Option<SubjectId>, holds: Result<bool, Gap>, words: String| {
            let (outcome, gap) = match holds {
                Ok(true) => (RuleOutcome::Pass, None),
                Ok(false) => (RuleOutcome::Fail, None),
                Err(gap) => (RuleOutcome::NotAssessed, Some(gap)),
            };
            parts.push((subject, outcome, gap, words));
        };
        if scan.db_age_hours_lte.is_some() {
            part(None, Err(Gap::new(Reason::DbMissing, "this version has no vulnerability database")), String::new());
        }
        if let Some(text) = &scan.subjects_gte {
            let count = self.inventories.len();
            match number(text) {
                #[expect(clippy::cast_precision_loss, reason = "a run has few subjects")]
                Ok(least) => part(None, Ok(count as f64 >= least), format!("{count} subjects were scanned")),
                Err(why) => return LeafResult { why, ..LeafResult::of(RuleOutcome::Error) },
            }
        }
        let files: Vec<&Inventory> = self
            .inventories
            .values()
            .copied()
            .filter(|i| self.scope.kinds_of(i.subject.id).any(|kind| result.reads.contains(&kind)))
            .collect();
        for word in &scan.analyzers_ok {
            let Some(capability) = CAPABILITIES.into_iter().find(|capability| capability.to_string() == *word) else {
                return LeafResult { why: format!("there is no analyzer `{word}`"), ..LeafResult::of(RuleOutcome::Error) };
            };
            for inventory in self.inventories.values() {
                let folder = matches!(inventory.subject.kind, SubjectKind::Folder | SubjectKind::File);
                if folder && !self.scope.ran(inventory.subject.id, capability) {
                    continue;
                }
                let subject = inventory.subject.id;
                part(
                    Some(subject),
                    self.scope.gap_or_not_run(subject, capability).map_or(Ok(true), Err),
                    format!("`{word}` ran without loss"),
                );
            }
        }
        let per_subject = scan.sbom.is_some() || scan.unidentified_binaries_lte.is_some() || scan.purl_coverage_gte.is_some();
        if per_subject && files.is_empty() {
            return LeafResult::missing(result.reads);
        }
        for inventory in files.iter().filter(|_| per_subject) {
            let subject = inventory.subject.id;
            let packages = &inventory.facts.packages;
            let gap = self.scope.gap_or_not_run(subject, Capability::Packages);
            let no_database = (!inventory.package_database).then(|| Gap::new(Reason::UnsupportedOs, "no package database was found"));
            result.population += packages.len() as u64;
            if scan.sbom.is_some() {
                let holds = gap.clone().or_else(|| no_database.clone().filter(|_| packages.is_empty())).map_or(Ok(true), Err);
                part(Some(subject), holds, format!("{} components are listed", packages.len()));
            }
            if let Some(text) = &scan.unidentified_binaries_lte {
                let most = match number(text) {
                    Ok(most) => most,
                    Err(why) => return LeafResult { why, ..LeafResult::of(RuleOutcome::Error) },
                };
                let modes = self.scope.gap_or_not_run(subject, Capability::FileModes);
                let count = inventory.unowned.len();
                #[expect(clippy::cast_precision_loss, reason = "counts of files stay far below 2^52")]
                let too_many = count as f64 > most;
                let holds = if too_many { Ok(false) } else { gap.clone().or(modes).or_else(|| no_database.clone()).map_or(Ok(true), Err) };
                part(Some(subject), holds, format!("{count} executables belong to no package"));
            }
            if let Some(text) = &scan.purl_coverage_gte {
                let least = match number(text) {
                    Ok(least) => least,
                    Err(why) => return LeafResult { why, ..LeafResult::of(RuleOutcome::Error) },
                };
                let named = packages.iter().filter(|package| package.purl.starts_with("pkg:")).count();
                #[expect(clippy::cast_precision_loss, reason = "counts of packages stay far below 2^52")]
                let share = if packages.is_empty() { 0.0 } else { named as f64 / packages.len() as f64 };
                let holds = match gap.clone().or_else(|| no_database.clone().filter(|_| packages.is_empty())) {
                    Some(gap) => Err(gap),
                    None => Ok(share >= least),
                };
                part(Some(subject), holds, format!("{named} of {} components have a package URL", packages.len()));
            }
        }
        if parts.is_empty() {
            return LeafResult::missing(result.reads);
        }
        for (subject, outcome, gap, _) in &parts {
            if let Some(subject) = subject {
                let known = result.subjects.entry(*subject).or_insert(RuleOutcome::NotApplicable);
                *known = all([*known, *outcome]);
            }
            if result.reason.is_none() {
                result.reason = gap.as_ref().map(|gap| gap.reason);
            }
        }
        result.outcome = all(parts.iter().map(|(_, outcome, ..)| *outcome));
        // An assertion about the whole run concerns every subject.
        let overall = all(parts.iter().filter(|(subject, ..)| subject.is_none()).map(|(_, outcome, ..)| *outcome));
        for outcome in result.subjects.values_mut() {
            *outcome = all([*outcome, overall]);
        }
        result.population = result.population.max(parts.len() as u64);
        result.matched = parts.iter().filter(|(_, outcome, ..)| *outcome == RuleOutcome::Pass).count() as u64;
        let telling = parts.iter().find(|(_, outcome, ..)| *outcome == result.outcome);
        result.why = match (result.outcome, telling) {
            (RuleOutcome::NotAssessed, Some((_, _, Some(gap), _))) => gap.why.clone(),
            (RuleOutcome::Fail, Some((.., words))) => words.clone(),
            _ => String::new(),
        };
        if result.outcome != RuleOutcome::NotAssessed {
            result.reason = None;
        }
        result
    }

    /// Other controls' results. Manual ones do not hold it back; they lower what a pass may claim.
    fn derived(&self, controls: &[usize], no_fail: Option<Severity>, pass_ratio: Option<f64>) -> LeafResult {
        let mut result = LeafResult { population: controls.len() as u64, ..LeafResult::of(RuleOutcome::NotApplicable) };
        let (mut passes, mut assessed, mut open, mut manual, mut waived) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
        let mut first_open: Option<usize> = None;
        let mut failed = false;
        for at in controls {
            let Some(raw) = self.raw.get(*at) else { continue };
            result.reads.extend(&raw.reads);
            let severity = self.compiled.controls.get(*at).and_then(|c| {
                let framework = self.compiled.frameworks.get(c.framework)?;
                framework.framework.spec.controls.get(c.at).map(Control::severity)
            });
            let counts = no_fail.is_none_or(|min| severity.unwrap_or_default() >= min);
            match raw.status {
                Some(Status::Pass) => {
                    passes += 1;
                    assessed += 1;
                    result.cap = result.cap.min(raw.assurance.unwrap_or(Assurance::Indicative));
                }
                Some(status @ (Status::Fail | Status::Waived)) => {
                    assessed += 1;
                    if counts {
                        result.matched += 1;
                        result.groups.extend(raw.failing.iter().map(|group| (None, *group)));
                        if status == Status::Fail {
                            failed = true;
                        } else {
                            waived += 1;
                        }
                    }
                }
                Some(Status::NotAssessed | Status::Error) | None => {
                    if counts {
                        open += 1;
                        first_open.get_or_insert(*at);
                    }
                }
                Some(Status::Manual) => manual += 1,
                Some(Status::NotApplicable) => {}
            }
        }
        if manual > 0 {
            result.cap = result.cap.min(Assurance::Partial);
        }
        let mut outcomes = Vec::new();
        if no_fail.is_some() || pass_ratio.is_none() {
            outcomes.push(match (failed, waived, open, passes) {
                (true, ..) => RuleOutcome::Fail,
                (false, 1.., ..) => {
                    result.waived = true;
                    RuleOutcome::Fail
                }
                (.., 1.., _) => RuleOutcome::NotAssessed,
                (.., 1..) => RuleOutcome::Pass,
                _ if manual > 0 => RuleOutcome::NotAssessed,
                _ => RuleOutcome::NotApplicable,
            });
        }
        if let Some(least) = pass_ratio {
            // Whatever the open ones turn out to be, the share lies between these two.
            let total = f64::from(assessed + open);
            let (low, high) = (f64::from(passes), f64::from(passes + open));
            outcomes.push(if total == 0.0 {
                if manual > 0 { RuleOutcome::NotAssessed } else { RuleOutcome::NotApplicable }
            } else if low >= least * total {
                RuleOutcome::Pass
            } else if high < least * total {
                result.waived = false;
                RuleOutcome::Fail
            } else {
                RuleOutcome::NotAssessed
            });
        }
        result.outcome = all(outcomes);
        if result.outcome == RuleOutcome::NotAssessed {
            if let Some(at) = first_open {
                let raw = self.raw.get(at);
                result.reason = raw.and_then(|raw| raw.reason);
                let why = raw.map(|raw| raw.why.clone()).filter(|why| !why.is_empty()).map(|why| format!(": {why}")).unwrap_or_default();
                result.why = format!("`{}` was not assessed{why}", self.compiled.name_of(at));
            } else {
                result.person = true;
                "the controls it rests on are for people to answer".clone_into(&mut result.why);
            }
        }
        if result.outcome != RuleOutcome::Fail {
            result.groups.clear();
            result.waived = false;
        }
        result
    }

    fn attestation(&self, control: &str, max_age_days: Option<i64>) -> LeafResult {
        let found = control.split_once('/').and_then(|(name, id)| {
            let framework = self.compiled.frameworks.iter().find(|f| f.framework.answers_to(name))?.framework;
            attested(self.policy, framework, id)
        });
        let person = |why: String| LeafResult { person: true, why, ..LeafResult::of(RuleOutcome::NotAssessed) };
        let Some(found) = found else { return person(format!("needs an attestation of `{control}`")) };
        let age = parse_day(&found.attestation.date).map(|date| crate::date::days_between(date, day_of(self.policy.as_of)));
        match found.says {
            Some(AttestationStatus::Satisfied) if max_age_days.is_none_or(|most| age.is_some_and(|age| age <= most)) => {
                LeafResult { population: 1, matched: 1, cap: Assurance::Partial, ..LeafResult::of(RuleOutcome::Pass) }
            }
            Some(AttestationStatus::NotSatisfied) => {
                LeafResult { population: 1, why: format!("`{control}` is attested as not satisfied"), ..LeafResult::of(RuleOutcome::Fail) }
            }
            Some(AttestationStatus::NotApplicable) => LeafResult::of(RuleOutcome::NotApplicable),
            Some(AttestationStatus::Satisfied) => {
                person(format!("the attestation of `{control}` is older than {} days", max_age_days.unwrap_or_default()))
            }
            None => person(found.why),
        }
    }
}

/// What was found in the zone that a parameter of a framework selects, when one does. Resources that are no Kubernetes objects are in every zone.
fn zoned(
    scope: &Scope<'_>,
    compiled: &Compiled<'_>,
    framework: &CompiledFramework<'_>,
    store: &mut Store,
    made: &mut HashMap<usize, u32>,
) -> Option<Zoned> {
    let params = &framework.framework.spec.params;
    let (param, text) = params
        .iter()
        .filter(|(_, param)| param.kind.as_deref() == Some("selector"))
        .find_map(|(name, _)| Some((name, framework.params.text(name)?)))?;
    let zone = Zone::parse(text)?;
    let mut objects = 0;
    let mut outside: HashSet<(SubjectId, &str, u32, String)> = HashSet::new();
    for inventory in scope.inputs.inventories {
        for file in &inventory.files {
            for document in &file.documents {
                let Document::Kubernetes(object) = document else { continue };
                if zone.holds(object) {
                    objects += 1;
                } else {
                    outside.insert((inventory.subject.id, &file.path, object.lines.start, object.display_name()));
                }
            }
        }
    }
    let ledger = scope.inputs.ledger;
    let kept: Vec<bool> = ledger
        .resources
        .iter()
        .map(|resource| {
            let place = resource.path.as_deref().zip(resource.lines);
            place.is_none_or(|(path, lines)| !outside.contains(&(resource.subject, path, lines.start, resource.name.clone())))
        })
        .collect();
    let keep = |resource: ResourceIx| kept.get(resource.0 as usize).copied().unwrap_or(true);
    Some(Zoned { findings: Findings::collect(ledger, &compiled.wanted, store, made, &keep), param: param.clone(), objects })
}

impl LeafResult {
    /// Whether the rule has this outcome, or one of its subjects does.
    fn has(&self, outcome: RuleOutcome) -> bool {
        self.outcome == outcome || self.subjects.values().any(|on| *on == outcome)
    }
}

impl Raw {
    fn set(&mut self, status: Status, reason: Option<Reason>, why: impl Into<String>) {
        self.status = Some(status);
        self.reason = reason;
        self.why = why.into();
        if matches!(status, Status::Manual | Status::NotAssessed | Status::NotApplicable | Status::Error) {
            self.basis = Some(Basis::None);
        }
    }
}

/// The least of: what the control may claim, and what each rule that it rests on may claim.
fn assurance(spec: &Control, control: &CompiledControl, raw: &Raw) -> Assurance {
    let mut least =
        spec.assurance.unwrap_or(if spec.verifiability == Some(Verifiability::P) { Assurance::Full } else { Assurance::Partial });
    if spec.kind == Some(ControlKind::Partial) {
        least = least.min(Assurance::Partial);
    }
    for (leaf, result) in control.leaves.iter().zip(&raw.leaves) {
        if result.outcome == RuleOutcome::Pass {
            least = least.min(result.cap);
            if let Some(cap) = leaf.assurance {
                least = least.min(cap);
            }
        } else if result.outcome == RuleOutcome::NotAssessed {
            // An optional rule that could not be assessed leaves something open.
            least = least.min(Assurance::Partial);
        }
    }
    least
}

fn manual_words(spec: &Control) -> String {
    if let Some(word) = &spec.default_status
        && !has_rules(spec)
    {
        return format!("default-{}: the specification's status until a person has looked", word.to_lowercase());
    }
    match spec.verifiability {
        Some(Verifiability::X) => "cannot be seen by a scanner of artifacts".to_owned(),
        Some(Verifiability::S) => "no supporting evidence in what was scanned; a person concludes".to_owned(),
        _ => "a person must answer".to_owned(),
    }
}

/// What must have been examined for a rule to pass. A rule about an image says so itself.
fn needs_of(rule: &KnownRule) -> impl Iterator<Item = Capability> {
    let input = match rule.input {
        InputKind::Image | InputKind::Rootfs => rule.needs.is_empty().then_some(Capability::ImageConfig),
        kind => Some(Capability::Documents(kind)),
    };
    rule.needs.iter().copied().chain(input)
}

/// Analyzers that `scan.analyzers_ok` may name.
const CAPABILITIES: [Capability; 14] = [
    Capability::Os,
    Capability::Packages,
    Capability::Vulnerabilities,
    Capability::Users,
    Capability::Secrets,
    Capability::FileModes,
    Capability::Crypto,
    Capability::ServerConfig,
    Capability::Data,
    Capability::ImageConfig,
    Capability::Licenses,
    Capability::Documents(InputKind::Dockerfile),
    Capability::Documents(InputKind::Compose),
    Capability::Documents(InputKind::KubernetesManifest),
];

fn plain(subject: Option<SubjectId>, rule: String, observed: String) -> Evidence {
    Evidence {
        kind: "scan",
        subject,
        rule,
        fingerprint: String::new(),
        severity: Severity::Unknown,
        path: None,
        lines: None,
        layer: None,
        resource: None,
        locator: None,
        observed,
        remediation: None,
        disposition: None,
        controls: Arc::default(),
    }
}

/// `an image`, `a Dockerfile or a Compose file`.
pub(crate) fn one_of(kinds: &BTreeSet<InputKind>) -> String {
    if kinds.is_empty() { "an input that this version does not read".to_owned() } else { listed(kinds, " or ") }
}

fn listed(kinds: &BTreeSet<InputKind>, word: &str) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| named(*kind)).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{}{word}{last}", rest.join(", ")),
        None => String::new(),
    }
}

pub(crate) const fn named(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Image => "an image",
        InputKind::Rootfs => "a root file system",
        InputKind::Sbom => "a software bill of materials",
        InputKind::Dockerfile => "a Dockerfile",
        InputKind::Compose => "a Compose file",
        InputKind::KubernetesManifest => "a Kubernetes manifest",
        InputKind::KubernetesCluster => "a live cluster",
        InputKind::Node => "a node",
        InputKind::Terraform => "Terraform",
        InputKind::CloudFormation => "CloudFormation",
        InputKind::Repo => "a folder",
    }
}
