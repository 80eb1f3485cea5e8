//! Which further input would let how many more controls be assessed.

use crate::{
    assess::input_words,
    ids::{CheckId, RuleCatalogue, check_id},
    load::{Framework, has_rules, is_read},
    spec::{Control, Rule},
};
use probity_model::{
    InputKind,
    assessment::{Advice, ControlKind, Verifiability},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a scan of given inputs could say about a framework, before anything is scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// `pci-dss@4.0.1`.
    pub framework: String,
    pub controls: usize,
    /// Controls with rules for at least one of the inputs.
    pub assessable: usize,
    /// Controls that only people can answer.
    pub manual: usize,
    /// Further inputs, best first.
    pub advice: Vec<Advice>,
}

/// The outlook of each framework for inputs of these kinds.
pub fn advise(frameworks: &[Framework], given: &BTreeSet<InputKind>, rules: &RuleCatalogue) -> Vec<Outlook> {
    frameworks
        .iter()
        .map(|framework| {
            let (mut assessable, mut manual) = (0, 0);
            let mut missing = Vec::new();
            for control in &framework.spec.controls {
                let person = control.kind == Some(ControlKind::Manual)
                    || matches!(control.verifiability, Some(Verifiability::S | Verifiability::M | Verifiability::X));
                if person {
                    manual += 1;
                    continue;
                }
                let reads = inputs_of(control, rules);
                if has_rules(control) && reads.iter().any(|kind| given.contains(kind)) {
                    assessable += 1;
                } else if has_rules(control) {
                    missing.push(reads);
                }
            }
            let advice = advice_for(missing.iter(), |kind| !given.contains(&kind))
                .into_iter()
                .map(|(input, controls)| Advice { input, controls, how: how_to_add(input).to_owned() })
                .collect();
            Outlook { framework: framework.full_name(), controls: framework.spec.controls.len(), assessable, manual, advice }
        })
        .collect()
}

/// Inputs that the rules of a control read; its `applies_to` when the rules do not say.
pub(crate) fn inputs_of(control: &Control, rules: &RuleCatalogue) -> BTreeSet<InputKind> {
    let mut inputs = BTreeSet::new();
    let mut add_checks = |ids: &mut dyn Iterator<Item = &str>| {
        for id in ids {
            match check_id(id) {
                CheckId::Check(id) => inputs.extend(rules.find(id).map(|rule| rule.input)),
                CheckId::Secrets(_) => inputs.extend([InputKind::Image, InputKind::Rootfs, InputKind::Repo]),
                CheckId::Vulnerabilities(_) | CheckId::Vulnerability(_) => {}
            }
        }
    };
    if control.assess.is_some() {
        let mut facts = BTreeSet::new();
        control.walk_rules(&mut |rule: &Rule| {
            if let Some(check) = &rule.check {
                add_checks(&mut check.ids.iter().map(String::as_str));
                for tag in check.tags.iter().chain(&check.service) {
                    facts.extend(rules.tagged(tag).filter_map(|at| rules.rules().get(at)).map(|rule| rule.input));
                }
            } else if rule.vuln.is_none() {
                facts.extend(input_words(rule, &control.applies_to));
            }
        });
        inputs.extend(facts);
    } else {
        add_checks(&mut control.checks.iter().map(|check| check.id.as_str()));
    }
    if inputs.is_empty() {
        inputs.extend(&control.applies_to);
    }
    inputs
}

/// For each input that this version reads: how many of the sets name it. Most first.
pub(crate) fn advice_for<'a>(
    missing: impl Iterator<Item = &'a BTreeSet<InputKind>>,
    wanted: impl Fn(InputKind) -> bool,
) -> Vec<(InputKind, usize)> {
    let mut counts: BTreeMap<InputKind, usize> = BTreeMap::new();
    for kinds in missing {
        for kind in kinds.iter().filter(|kind| is_read(**kind) && wanted(**kind)) {
            *counts.entry(*kind).or_insert(0) += 1;
        }
    }
    let mut sorted: Vec<(InputKind, usize)> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    sorted
}

/// What to type.
pub(crate) const fn how_to_add(input: InputKind) -> &'static str {
    match input {
        InputKind::Image => "add an image: an archive (`shop.tar`) or a reference (`registry.example/shop:1.2`)",
        InputKind::Rootfs => "add the folder of a root file system",
        InputKind::Dockerfile => "add the Dockerfile, or the folder that holds it",
        InputKind::Compose => "add the Compose file, or the folder that holds it",
        InputKind::KubernetesManifest => "add the folder of the Kubernetes manifests (`./deploy`)",
        InputKind::Repo => "add the source folder",
        InputKind::Sbom | InputKind::KubernetesCluster | InputKind::Node | InputKind::Terraform | InputKind::CloudFormation => {
            "not read by this version"
        }
    }
}
