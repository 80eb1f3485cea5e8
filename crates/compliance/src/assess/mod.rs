//! From facts and findings to control results, for all frameworks in one pass.
//!
//! The steps: see what was given ([`scope`]); compile every control to a tree of rules ([`compile`]); visit each finding once, through an
//! index from check to rules, and keep counts and evidence per check, subject and severity ([`findings`]); match facts, each distinct
//! selector once ([`facts`]); evaluate the trees in the order that derived controls need ([`evaluate`]); apply waivers and attestations
//! ([`waive`]); write results, evidence and groups of remediation ([`results`]).
//!
//! The rules that never bend are in `rollup`: what was not examined is not a pass, an unknown check is not a pass, and a population of
//! nothing is not a pass.
//!
//! `Ledger::rules` must hold the whole catalogue of checks, also those that had no input: a check that is not in it counts as unknown.

mod compile;
mod evaluate;
mod evidence;
mod facts;
mod findings;
mod observe;
mod paths;
mod results;
mod rollup;
mod scope;
mod waive;

use crate::{
    error::SpecError,
    load::{Framework, find_embedded, load_embedded},
    policy::Policy,
};
use compile::Compiled;
use evaluate::Evaluation;
use probity_model::{InputKind, Inventory, assessment::Assessment, finding::Ledger, report::CapabilityRun};
use scope::Scope;
use std::{borrow::Cow, collections::BTreeSet};

/// What is assessed.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    pub inventories: &'a [Inventory],
    pub ledger: &'a Ledger,
    pub capabilities: &'a [CapabilityRun],
}

/// Assesses all frameworks at once. A framework that is given twice (same version, same profile) is assessed once.
///
/// # Errors
/// When controls depend on each other in a circle, or a parameter is set that no framework has.
pub fn assess(frameworks: &[Framework], inputs: &Inputs<'_>, policy: &Policy) -> Result<Assessment, SpecError> {
    let bases = bases(frameworks);
    check_params(&bases, policy)?;
    let scope = Scope::new(inputs);
    let compiled = Compiled::new(&bases, &scope, policy)?;
    let mut evaluation = Evaluation::new(&scope, &compiled, policy);
    evaluation.run();
    Ok(results::write(frameworks, evaluation))
}

/// The frameworks to evaluate: those that were asked for, without their profiles, and those that derived controls read.
fn bases(frameworks: &[Framework]) -> Vec<Cow<'_, Framework>> {
    let mut bases: Vec<Cow<'_, Framework>> = Vec::new();
    for framework in frameworks {
        if !bases.iter().any(|base| base.digest == framework.digest && base.id == framework.id) {
            bases.push(Cow::Borrowed(framework));
        }
    }
    let mut next = 0;
    while let Some(base) = bases.get(next) {
        next += 1;
        let mut names = Vec::new();
        for control in &base.spec.controls {
            control.walk_rules(&mut |rule| names.extend(rule.control.iter().filter_map(|selector| selector.framework.clone())));
        }
        names.sort_unstable();
        names.dedup();
        for name in names {
            // What ships with the program wins, so that a result does not depend on which other files were given.
            if let Some(embedded) = find_embedded(&name)
                && !bases.iter().any(|base| embedded.is(base))
                && let Ok(framework) = load_embedded(embedded)
            {
                bases.push(Cow::Owned(framework));
            }
        }
    }
    bases
}

/// Values given on the command line or in a tailoring must be of the parameter's type.
fn check_types(base: &Framework, policy: &Policy) -> Result<(), SpecError> {
    let given = policy.params.iter().filter(|((scope, _), _)| scope.as_ref().is_none_or(|scope| base.answers_to(scope)));
    let given = given.map(|((_, name), value)| (name, vec![value.as_str()]));
    let tailored = policy.tailoring.iter().filter(|tailoring| base.answers_to(&tailoring.body.extends));
    let tailored =
        tailored.flat_map(|t| &t.body.params).map(|(name, value)| (name, value.0.0.iter().map(String::as_str).collect::<Vec<_>>()));
    for (name, words) in tailored.chain(given) {
        let Some(param) = base.spec.params.get(name) else { continue };
        for word in words {
            if let Some(kind) = crate::params::wrong_type(param.kind.as_deref(), word) {
                return Err(SpecError::ParameterType { name: name.clone(), kind, value: word.to_owned() });
            }
        }
    }
    Ok(())
}

/// A mistyped parameter must not be silent.
fn check_params(bases: &[Cow<'_, Framework>], policy: &Policy) -> Result<(), SpecError> {
    for base in bases {
        check_types(base, policy)?;
    }
    for (scope, name) in policy.params.keys() {
        let mut matching = bases.iter().filter(|base| scope.as_ref().is_none_or(|scope| base.answers_to(scope)));
        if !matching.any(|base| base.spec.params.contains_key(name)) {
            let mut known: Vec<String> = bases.iter().flat_map(|base| base.spec.params.keys().cloned()).collect();
            known.sort_unstable();
            known.dedup();
            return Err(SpecError::UnknownParameter { framework: scope.clone(), name: name.clone(), known });
        }
    }
    for crosswalk in &policy.crosswalks {
        let body = &crosswalk.body;
        let sides = [(&body.source, true), (&body.target, false)];
        let known = sides.map(|(name, source)| (bases.iter().find(|base| base.answers_to(name)), source));
        let mut problems = Vec::new();
        if known.iter().all(|(base, _)| base.is_none()) {
            problems.push(format!("neither `{}` nor `{}` is one of the chosen frameworks", body.source, body.target));
        }
        for (base, source) in known {
            let Some(base) = base else { continue };
            let ids = body.mappings.iter().flat_map(|mapping| if source { mapping.source.iter() } else { mapping.target.iter() });
            let unknown = ids.filter(|id| base.spec.controls.iter().all(|control| control.id != **id));
            problems.extend(unknown.map(|id| format!("`{}` has no control `{id}`", base.full_name())));
        }
        if !problems.is_empty() {
            return Err(SpecError::Invalid { path: crosswalk.source.clone(), problems });
        }
    }
    for tailoring in &policy.tailoring {
        if !bases.iter().any(|base| base.answers_to(&tailoring.body.extends)) {
            let problems = vec![format!("`extends: {}` is none of the chosen frameworks", tailoring.body.extends)];
            return Err(SpecError::Invalid { path: tailoring.source.clone(), problems });
        }
        for base in bases.iter().filter(|base| base.answers_to(&tailoring.body.extends)) {
            let named = tailoring.body.exclude.iter().chain(&tailoring.body.inherit).flat_map(|entry| &entry.ids);
            let problems: Vec<String> = named
                .filter(|id| !base.spec.controls.iter().any(|control| crate::ids::glob(id, &control.id)))
                .map(|id| format!("`{}` has no control `{id}`", base.full_name()))
                .collect();
            if !problems.is_empty() {
                return Err(SpecError::Invalid { path: tailoring.source.clone(), problems });
            }
        }
    }
    Ok(())
}

/// Inputs that a rule over facts reads.
pub(crate) fn input_words(rule: &crate::spec::Rule, applies_to: &[InputKind]) -> BTreeSet<InputKind> {
    if rule.selector_names().is_empty() || rule.control.is_some() || rule.attestation.is_some() {
        return BTreeSet::new();
    }
    facts::Matcher::reads(&compile::FactSelector { rule: rule.bare(), applies_to: applies_to.to_vec() })
}

/// `an image`, `a Kubernetes manifest`.
pub(crate) const fn named_input(kind: InputKind) -> &'static str {
    evaluate::named(kind)
}
