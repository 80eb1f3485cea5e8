//! From evaluated controls to the assessment: profiles and tailoring laid over, evidence sorted, failures grouped by change.

use super::{
    evaluate::{Evaluation, Raw},
    evidence::Store,
    waive::Waivers,
};
use crate::{
    advise::{advice_for, how_to_add},
    ids::any_glob,
    load::Framework,
    policy::{Exclusion, Tailoring},
    spec::{Control, MapsTo},
};
use probity_model::{
    InputKind, Reason, SubjectKind,
    assessment::{
        Advice, Assessment, Assurance, Basis, ControlKind, ControlResult, Coverage, DocumentRef, FrameworkResult, Mapping,
        RemediationGroup, RuleResult, Status, SubjectOutcome, Verifiability,
    },
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A rule's list of evidence is cut here; `matched` keeps the true number.
const MAX_EVIDENCE: usize = 1_000;

pub(crate) fn write(frameworks: &[Framework], mut evaluation: Evaluation<'_, '_>) -> Assessment {
    let mut assessment = Assessment::default();
    let mut chosen: Vec<(&Framework, usize)> = Vec::new();
    for framework in frameworks {
        let repeated = chosen
            .iter()
            .any(|(known, _)| known.digest == framework.digest && known.id == framework.id && known.profile == framework.profile);
        let base =
            evaluation.compiled.frameworks.iter().position(|f| f.framework.digest == framework.digest && f.framework.id == framework.id);
        if let (false, Some(base)) = (repeated, base) {
            chosen.push((framework, base));
        }
    }
    for (framework, base) in &chosen {
        let mut result = framework_result(&mut evaluation, framework, *base);
        for control in &mut result.controls {
            for mapping in evaluation.policy.crosswalks.iter().flat_map(|crosswalk| crosswalk.of(framework, &control.id)) {
                if !control.maps_to.contains(&mapping) {
                    control.maps_to.push(mapping);
                }
            }
        }
        assessment.frameworks.push(result);
    }
    let policy = evaluation.policy;
    let given: Vec<_> = evaluation.scope.inputs.inventories.iter().map(|i| i.subject.kind).collect();
    let Evaluation { store, waivers, .. } = evaluation;
    remediation(&mut assessment, &store);
    finish_evidence(&mut assessment, store, waivers);
    assessment.waiver_file =
        policy.waivers.as_ref().map(|file| DocumentRef { id: file.source.clone(), digest: file.digest.clone(), count: file.waivers.len() });
    assessment.attestation_file = policy.attestations.as_ref().map(|file| DocumentRef {
        id: file.source.clone(),
        digest: file.digest.clone(),
        count: file.attestations.len(),
    });
    assessment.disclaimers = disclaimers(&chosen, &given);
    assessment.notes = notes(&chosen, policy);
    assessment
}

fn framework_result(evaluation: &mut Evaluation<'_, '_>, framework: &Framework, base: usize) -> FrameworkResult {
    let policy = evaluation.policy;
    let compiled = evaluation.compiled;
    let first = compiled.frameworks.get(base).map_or(0, |f| f.first);
    let profile = framework.profile.as_ref().and_then(|id| framework.spec.profiles.iter().find(|profile| profile.id == *id));
    let tailoring: Vec<&Tailoring> = policy.tailoring.iter().filter(|t| framework.answers_to(&t.body.extends)).collect();
    let kinds_given = evaluation.scope.kinds_given();
    let mut controls = Vec::with_capacity(framework.spec.controls.len());
    let mut coverage = Coverage { controls: framework.spec.controls.len(), ..Coverage::default() };
    let mut missing: Vec<BTreeSet<InputKind>> = Vec::new();
    for (position, spec) in framework.spec.controls.iter().enumerate() {
        let at = first + position;
        let name = compiled.name_of(at);
        let Some(raw) = evaluation.raw.get(at) else { continue };
        let compiled_control = compiled.controls.get(at);
        let result = if profile.is_some_and(|profile| !profile.takes(spec)) {
            set_aside(spec, Status::NotApplicable, format!("not in profile `{}`", framework.profile.as_deref().unwrap_or_default()))
        } else if let Some((entry, by)) = excluded(&tailoring, &spec.id) {
            tailored(spec, entry, by)
        } else {
            for group in &raw.evidence {
                if let Some(group) = evaluation.store.groups.get_mut(*group as usize)
                    && !group.controls.contains(&name)
                {
                    group.controls.insert(name.clone());
                }
            }
            let answerable = raw.reads.iter().any(|kind| kinds_given.contains(kind));
            let by_person =
                matches!(spec.verifiability, Some(Verifiability::M | Verifiability::X)) || spec.kind == Some(ControlKind::Manual);
            let has_rules = compiled_control.is_some_and(|c| !c.leaves.is_empty());
            coverage.assessable_here += usize::from(answerable && !by_person && has_rules);
            if raw.status == Some(Status::NotAssessed) && raw.reason == Some(Reason::TargetKindMissing) && has_rules {
                missing.push(raw.reads.iter().copied().filter(|kind| !kinds_given.contains(kind)).collect());
            }
            control_result(spec, raw, compiled_control.map(|c| c.leaves.as_slice()).unwrap_or_default(), &evaluation.store)
        };
        count(&mut coverage, &result);
        controls.push(result);
    }
    FrameworkResult {
        id: framework.id.clone(),
        version: framework.version.clone(),
        title: framework.spec.title.clone(),
        digest: framework.digest.clone(),
        source: framework.source.clone(),
        profile: framework.profile.clone(),
        tailoring: tailoring.first().map(|t| DocumentRef {
            id: t.body.id.clone(),
            digest: t.digest.clone(),
            count: t.body.params.len() + t.body.exclude.len() + t.body.inherit.len(),
        }),
        notice: framework.spec.notice.clone(),
        params: compiled.frameworks.get(base).map(|f| f.params.report()).unwrap_or_default(),
        controls,
        coverage,
        advice: advice(&missing),
    }
}

fn advice(missing: &[BTreeSet<InputKind>]) -> Vec<Advice> {
    advice_for(missing.iter(), |_| true)
        .into_iter()
        .map(|(input, controls)| Advice { input, controls, how: how_to_add(input).to_owned() })
        .collect()
}

fn count(coverage: &mut Coverage, result: &ControlResult) {
    let examined = !matches!(result.basis, Basis::Attestation | Basis::Inherited);
    let word = match result.status {
        Status::Pass | Status::Fail | Status::Waived => {
            coverage.assessed += usize::from(examined);
            if examined {
                return;
            }
            "organizational"
        }
        Status::NotApplicable => "not-applicable",
        Status::Error => "error",
        Status::Manual | Status::NotAssessed => result.reason.map_or("organizational", Reason::as_str),
    };
    *coverage.by_reason.entry(word.to_owned()).or_insert(0) += 1;
}

fn excluded<'t>(tailoring: &[&'t Tailoring], id: &str) -> Option<(&'t Exclusion, &'t str)> {
    tailoring.iter().find_map(|t| {
        let entries = t.body.exclude.iter().chain(&t.body.inherit);
        entries.filter(|entry| any_glob(&entry.ids, id)).map(|entry| (entry, t.body.id.as_str())).next()
    })
}

/// Somebody else's evidence is a reference that we did not see: an indicative pass on its own basis. Without it, a control that is left
/// out does not apply.
fn tailored(spec: &Control, entry: &Exclusion, by: &str) -> ControlResult {
    match &entry.inherit {
        Some(inherit) => {
            let reason = if entry.reason.is_empty() { String::new() } else { format!(": {}", entry.reason) };
            let mut result = set_aside(spec, Status::Pass, format!("inherited from {} ({}){reason}", inherit.from, inherit.evidence_ref));
            result.basis = Basis::Inherited;
            result.assurance = Some(Assurance::Indicative);
            result
        }
        None => set_aside(spec, Status::NotApplicable, format!("left out by tailoring `{by}`: {}", entry.reason)),
    }
}

fn set_aside(spec: &Control, status: Status, why: String) -> ControlResult {
    let raw = Raw { status: Some(status), why, basis: Some(Basis::None), ..Raw::default() };
    control_result(spec, &raw, &[], &Store::new(BTreeMap::new(), jiff::civil::Date::default()))
}

fn control_result(spec: &Control, raw: &Raw, leaves: &[super::compile::Leaf], store: &Store) -> ControlResult {
    let rules = leaves.iter().zip(&raw.leaves).map(|(leaf, result)| {
        let mut evidence = Vec::new();
        for (_, group) in &result.groups {
            let items = store.groups.get(*group as usize).map(|group| group.items.as_slice()).unwrap_or_default();
            evidence.extend(items.iter().take(MAX_EVIDENCE - evidence.len().min(MAX_EVIDENCE)));
        }
        RuleResult {
            id: leaf.id.clone(),
            outcome: result.outcome,
            reason: result.reason,
            why: result.why.clone(),
            optional: leaf.optional,
            matched: result.matched,
            population: result.population,
            evidence,
        }
    });
    let own = leaves.iter().zip(&raw.leaves).find(|(_, result)| result.outcome == probity_model::assessment::RuleOutcome::Fail);
    ControlResult {
        id: spec.id.clone(),
        title: spec.name.clone(),
        description: spec.description.clone(),
        group: spec.group.clone(),
        severity: spec.severity(),
        kind: spec.kind.unwrap_or_default(),
        verifiability: spec.verifiability.unwrap_or(Verifiability::R),
        official_assessment: spec.official_assessment.clone(),
        status: raw.status.unwrap_or(Status::Error),
        reason: raw.reason,
        why: raw.why.clone(),
        basis: raw.basis.unwrap_or(Basis::None),
        assurance: raw.assurance,
        rules: rules.collect(),
        subjects: SubjectOutcome {
            pass: raw.subjects.pass.clone(),
            fail: raw.subjects.fail.clone(),
            not_assessed: raw.subjects.not_assessed.clone(),
        },
        waivers: raw.waivers.clone(),
        attestation: raw.attestation.clone(),
        maps_to: spec.maps_to.iter().flat_map(mappings).collect(),
        note: spec.note.clone(),
        remediation: own.and_then(|(leaf, _)| leaf.remediation.clone()).or_else(|| spec.remediation.clone()),
        remediation_group: None,
    }
}

fn mappings(to: &MapsTo) -> impl Iterator<Item = Mapping> {
    let relation = to.rel.clone().unwrap_or_else(|| "intersects-with".to_owned());
    to.ids.iter().map(move |id| Mapping { framework: to.framework.clone(), id: id.clone(), relation: relation.clone() })
}

/// Failing controls by the change that would help them. A control is counted under every change that one of its failures asks for, and
/// points to the one that most of them ask for.
fn remediation(assessment: &mut Assessment, store: &Store) {
    #[derive(Default)]
    struct Change {
        controls: BTreeSet<String>,
        groups: BTreeSet<usize>,
        evidence: usize,
    }
    // Changes asked for by each group of evidence: usually one.
    let mut by_group: HashMap<usize, BTreeMap<&str, usize>> = HashMap::new();
    let failing: BTreeSet<String> = assessment
        .frameworks
        .iter()
        .flat_map(|framework| {
            let failing = framework.controls.iter().filter(|control| control.status == Status::Fail);
            failing.map(|control| (framework.id.as_str(), control.id.as_str()))
        })
        .map(|(framework, id)| format!("{framework}/{id}"))
        .collect();
    let plain = |name: &str| -> String {
        // Names carry a version when two versions of a framework take part.
        match name.split_once('/') {
            Some((framework, id)) => format!("{}/{id}", framework.split('@').next().unwrap_or(framework)),
            None => name.to_owned(),
        }
    };
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    let mut of_control: HashMap<String, BTreeMap<&str, usize>> = HashMap::new();
    for (at, group) in store.groups.iter().enumerate() {
        let concerned: Vec<&String> = group.controls.iter().filter(|name| failing.contains(&plain(name))).collect();
        if concerned.is_empty() {
            continue;
        }
        let asked = by_group.entry(at).or_default();
        let mut last: Option<(&str, usize)> = None;
        for item in &group.items {
            // What somebody accepted need not be changed.
            let evidence = store.items.get(*item as usize).filter(|evidence| !store.is_accepted(evidence));
            let Some(text) = evidence.and_then(|evidence| evidence.remediation.as_deref()) else { continue };
            // Most items of a group repeat the text before.
            match &mut last {
                Some((known, count)) if *known == text => *count += 1,
                _ => {
                    if let Some((known, count)) = last.take() {
                        *asked.entry(known).or_insert(0) += count;
                    }
                    last = Some((text, 1));
                }
            }
        }
        if let Some((known, count)) = last {
            *asked.entry(known).or_insert(0) += count;
        }
        for (text, count) in asked.iter() {
            let change = changes.entry(text).or_default();
            if change.groups.insert(at) {
                change.evidence += count;
            }
            for name in &concerned {
                change.controls.insert((*name).clone());
                *of_control.entry((*name).clone()).or_default().entry(text).or_insert(0) += count;
            }
        }
    }
    let mut sorted: Vec<(&str, Change)> = changes.into_iter().collect();
    sorted.sort_by(|a, b| b.1.controls.len().cmp(&a.1.controls.len()).then(a.0.cmp(b.0)));
    let place: HashMap<&str, usize> = sorted.iter().enumerate().map(|(at, (text, _))| (*text, at)).collect();
    for framework in &mut assessment.frameworks {
        for control in framework.controls.iter_mut().filter(|control| control.status == Status::Fail) {
            let names = [format!("{}/{}", framework.id, control.id), format!("{}@{}/{}", framework.id, framework.version, control.id)];
            let asked = names.iter().find_map(|name| of_control.get(name));
            let most = asked.and_then(|asked| asked.iter().max_by_key(|(text, count)| (**count, std::cmp::Reverse(**text))));
            control.remediation_group = most.and_then(|(text, _)| place.get(text).copied());
            if control.remediation.is_none() {
                control.remediation = most.map(|(text, _)| (*text).to_owned());
            }
        }
    }
    assessment.remediation_groups = sorted
        .into_iter()
        .map(|(text, change)| RemediationGroup {
            change: text.to_owned(),
            controls: change.controls.into_iter().collect(),
            evidence: change.evidence,
        })
        .collect();
}

fn finish_evidence(assessment: &mut Assessment, store: Store, waivers: Waivers<'_>) {
    let in_force: BTreeSet<String> = store
        .items
        .iter()
        .filter(|e| store.is_accepted(e))
        .filter_map(|e| e.disposition.as_ref())
        .map(|d| format!("{} {}", d.source, d.at))
        .collect();
    let (evidence, moved) = store.finish();
    for rule in assessment.frameworks.iter_mut().flat_map(|framework| &mut framework.controls).flat_map(|control| &mut control.rules) {
        let mut numbers: Vec<u32> = rule.evidence.iter().filter_map(|old| moved.get(*old as usize).copied().flatten()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        rule.evidence = numbers;
    }
    assessment.waivers =
        waivers.register(&evidence, |item| item.disposition.as_ref().is_some_and(|d| in_force.contains(&format!("{} {}", d.source, d.at))));
    assessment.evidence = evidence;
}

fn disclaimers(chosen: &[(&Framework, usize)], given: &[SubjectKind]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (framework, _) in chosen {
        if let Some(notice) = &framework.spec.notice {
            let line = format!("{}: {}", framework.full_name(), notice.trim());
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let mut counts: BTreeMap<SubjectKind, usize> = BTreeMap::new();
    for kind in given {
        *counts.entry(*kind).or_insert(0) += 1;
    }
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(kind, n)| {
            let (one, many) = match kind {
                SubjectKind::Image => ("image", "images"),
                SubjectKind::Rootfs => ("root file system", "root file systems"),
                SubjectKind::Folder => ("folder", "folders"),
                SubjectKind::File => ("file", "files"),
                SubjectKind::Sbom => ("bill of materials", "bills of materials"),
            };
            format!("{n} {}", if n == 1 { one } else { many })
        })
        .collect();
    if !parts.is_empty() {
        lines.push(format!("Assessed scope: {}. Nothing is said about what lies outside it.", parts.join(", ")));
    }
    lines
}

fn notes(chosen: &[(&Framework, usize)], policy: &crate::policy::Policy) -> Vec<String> {
    let mut notes = Vec::new();
    for (framework, _) in chosen {
        let mut lints = framework.lints.clone();
        if !framework.native {
            lints.extend(crate::lint::known_defects_of(framework));
        }
        notes.extend(lints.iter().map(|lint| format!("{}: {lint}", framework.full_name())));
    }
    let mut unknown =
        |source: &str, keys: &[String]| notes.extend(keys.iter().map(|key| format!("{source}: unknown key `{key}` is ignored")));
    for tailoring in &policy.tailoring {
        unknown(&tailoring.source, &tailoring.unknown_keys);
    }
    for crosswalk in &policy.crosswalks {
        unknown(&crosswalk.source, &crosswalk.unknown_keys);
    }
    if let Some(file) = &policy.waivers {
        unknown(&file.source, &file.unknown_keys);
    }
    if let Some(file) = &policy.attestations {
        unknown(&file.source, &file.unknown_keys);
        for attestation in &file.attestations {
            let Some((name, id)) = attestation.control.split_once('/') else { continue };
            let mut named = chosen.iter().filter(|(framework, _)| framework.answers_to(name)).peekable();
            if named.peek().is_some() && !named.any(|(framework, _)| framework.spec.controls.iter().any(|control| control.id == id)) {
                notes.push(format!("{}: `{}` is attested, and there is no such control", file.source, attestation.control));
            }
        }
    }
    notes.extend(policy.crosswalks.iter().map(|crosswalk| {
        let body = &crosswalk.body;
        format!(
            "crosswalk `{}` ({}) relates {} and {}: {} entries",
            body.id,
            crosswalk.digest,
            body.source,
            body.target,
            body.mappings.len()
        )
    }));
    notes
}
