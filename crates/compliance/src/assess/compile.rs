//! From specification to trees of rules: names resolved, parameters filled in, equal selectors shared.

use super::scope::{Gap, Scope};
use crate::{
    error::SpecError,
    graph,
    ids::{CheckId, check_id},
    load::{Framework, find_embedded},
    params::{ParamGap, Params},
    policy::Policy,
    spec::{Assess, CheckSelector, Control, ControlSelector, Expect, Rule, ScanSelector, SecretSelector, Text, VulnSelector},
};
use probity_model::{InputKind, Reason, Severity, assessment::Assurance, finding::RuleIx};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

/// Everything that the chosen frameworks ask, in one structure.
pub(crate) struct Compiled<'a> {
    pub(crate) frameworks: Vec<CompiledFramework<'a>>,
    /// Controls of all frameworks, one after the other.
    pub(crate) controls: Vec<CompiledControl>,
    /// Distinct fact selectors.
    pub(crate) facts: Vec<FactSelector>,
    /// By [`RuleIx`]: whether any rule asks for the check.
    pub(crate) wanted: Vec<bool>,
    /// Positions in `controls`, such that what is needed comes first.
    pub(crate) order: Vec<usize>,
}

pub(crate) struct CompiledFramework<'a> {
    pub(crate) framework: &'a Framework,
    pub(crate) params: Rc<Params>,
    /// Where its controls start in [`Compiled::controls`].
    pub(crate) first: usize,
}

pub(crate) struct CompiledControl {
    pub(crate) framework: usize,
    /// Position in the framework's specification.
    pub(crate) at: usize,
    pub(crate) tree: Option<Node>,
    pub(crate) leaves: Vec<Leaf>,
    /// Parameters that must be declared and are not.
    pub(crate) undeclared: Vec<String>,
}

/// How rules combine; leaves are positions in [`CompiledControl::leaves`].
#[derive(Debug)]
pub(crate) enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Leaf(usize),
}

pub(crate) struct Leaf {
    pub(crate) id: String,
    pub(crate) selector: Selector,
    pub(crate) expect: Expectation,
    pub(crate) when: Option<Selector>,
    pub(crate) optional: bool,
    pub(crate) assurance: Option<Assurance>,
    pub(crate) remediation: Option<String>,
}

pub(crate) enum Selector {
    Check {
        rules: Vec<RuleIx>,
        unknown: Vec<String>,
        min_severity: Severity,
    },
    /// Position in [`Compiled::facts`].
    Facts(usize),
    Scan {
        scan: Box<ScanSelector>,
        applies_to: Vec<InputKind>,
    },
    Control {
        controls: Vec<usize>,
        no_fail: Option<Severity>,
        pass_ratio: Option<f64>,
    },
    Attestation {
        control: String,
        max_age_days: Option<i64>,
    },
    /// Cannot be answered whatever is scanned.
    Never(Gap),
    /// A parameter is missing or outside its guardrail: a person must decide.
    Person(Gap),
    /// The rule is not valid.
    Broken(String),
}

/// A selector over facts or documents, and the inputs that its control is about (empty: all).
pub(crate) struct FactSelector {
    pub(crate) rule: Rule,
    pub(crate) applies_to: Vec<InputKind>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Expectation {
    AtMost(u64),
    AtLeast(u64),
    Ratio(f64),
}

impl<'a> Compiled<'a> {
    pub(crate) fn new(bases: &'a [Cow<'a, Framework>], scope: &Scope<'_>, policy: &Policy) -> Result<Self, SpecError> {
        let mut compiled = Self {
            frameworks: Vec::new(),
            controls: Vec::new(),
            facts: Vec::new(),
            wanted: vec![false; scope.inputs.ledger.rules.len()],
            order: Vec::new(),
        };
        let mut first = 0;
        for base in bases {
            compiled.frameworks.push(CompiledFramework { framework: base, params: Rc::new(Params::resolve(base, policy)?), first });
            first += base.spec.controls.len();
        }
        let mut shared = HashMap::new();
        for at in 0..compiled.frameworks.len() {
            compiled.compile_framework(at, scope, &mut shared);
        }
        let needs: Vec<BTreeSet<usize>> = compiled.controls.iter().map(needs).collect();
        compiled.order = graph::order(&needs).ok_or_else(|| {
            let path = graph::circle(&needs).unwrap_or_default();
            SpecError::Cycle { path: path.into_iter().map(|at| compiled.name_of(at)).collect() }
        })?;
        Ok(compiled)
    }

    /// `pci-dss/6.3.3`; with the version when another version of the framework takes part.
    pub(crate) fn name_of(&self, control: usize) -> String {
        let Some((framework, id)) = self.parts_of(control) else { return String::new() };
        let alone = self.frameworks.iter().filter(|other| other.framework.id == framework.id).count() == 1;
        if alone { format!("{}/{id}", framework.id) } else { format!("{}/{id}", framework.full_name()) }
    }

    fn parts_of(&self, control: usize) -> Option<(&'a Framework, &'a str)> {
        let compiled = self.controls.get(control)?;
        let framework = self.frameworks.get(compiled.framework)?.framework;
        Some((framework, framework.spec.controls.get(compiled.at)?.id.as_str()))
    }

    fn compile_framework(&mut self, at: usize, scope: &Scope<'_>, shared: &mut HashMap<(String, Vec<InputKind>), usize>) {
        let Some((framework, params)) = self.frameworks.get(at).map(|f| (f.framework, Rc::clone(&f.params))) else { return };
        for (position, control) in framework.spec.controls.iter().enumerate() {
            let mut leaves = Vec::new();
            let mut compiler = Compiler { compiled: self, scope, shared, framework, control, params: &params, leaves: &mut leaves };
            let tree = compiler.control();
            let undeclared = control.needs_params.iter().filter(|name| !params.declared(name)).cloned().collect();
            self.controls.push(CompiledControl { framework: at, at: position, tree, leaves, undeclared });
        }
    }

    /// Controls that a `control:` selector means; `None` when the framework is not known.
    fn targets(&self, from: &Framework, selector: &ControlSelector) -> Option<Vec<usize>> {
        let mut loaded = self.frameworks.iter();
        let other = match &selector.framework {
            None => loaded.find(|f| f.framework.digest == from.digest && f.framework.id == from.id)?,
            // What ships with the program wins over a file that has the same name; a bare name means the newest version.
            Some(name) => match find_embedded(name) {
                Some(embedded) => loaded.find(|f| embedded.is(f.framework))?,
                None => loaded.find(|f| f.framework.answers_to(name))?,
            },
        };
        let profile = match &selector.profile {
            Some(id) => Some(other.framework.spec.profiles.iter().find(|profile| profile.id == *id)?),
            None => None,
        };
        let controls = other.framework.spec.controls.iter().enumerate();
        Some(controls.filter(|(_, control)| selector.takes(control, profile)).map(|(at, _)| other.first + at).collect())
    }
}

fn needs(control: &CompiledControl) -> BTreeSet<usize> {
    let mut needs = BTreeSet::new();
    for leaf in &control.leaves {
        if let Selector::Control { controls, .. } = &leaf.selector {
            needs.extend(controls);
        }
    }
    needs
}

struct Compiler<'c, 'a, 's> {
    compiled: &'c mut Compiled<'a>,
    scope: &'c Scope<'s>,
    shared: &'c mut HashMap<(String, Vec<InputKind>), usize>,
    framework: &'a Framework,
    control: &'a Control,
    params: &'c Params,
    leaves: &'c mut Vec<Leaf>,
}

impl Compiler<'_, '_, '_> {
    fn control(&mut self) -> Option<Node> {
        if let Some(assess) = &self.control.assess {
            return self.assess(assess);
        }
        self.legacy_checks()
    }

    fn assess(&mut self, assess: &Assess) -> Option<Node> {
        if !assess.all.is_empty() {
            return Some(Node::All(self.rules(&assess.all)));
        }
        if !assess.any.is_empty() {
            return Some(Node::Any(self.rules(&assess.any)));
        }
        assess.not.as_ref().map(|rule| Node::Not(Box::new(self.rule(rule))))
    }

    fn rules(&mut self, rules: &[Rule]) -> Vec<Node> {
        rules.iter().map(|rule| self.rule(rule)).collect()
    }

    /// Depth is bounded by the YAML reader.
    fn rule(&mut self, rule: &Rule) -> Node {
        if !rule.all.is_empty() {
            return Node::All(self.rules(&rule.all));
        }
        if !rule.any.is_empty() {
            return Node::Any(self.rules(&rule.any));
        }
        if let Some(inner) = &rule.not {
            return Node::Not(Box::new(self.rule(inner)));
        }
        let selector = self.selector(rule);
        let when = rule.when.as_ref().map(|when| self.selector(when));
        let (selector, expect) = match self.expectation(rule) {
            Ok(expect) => (selector, expect),
            Err(broken) => (broken, Expectation::AtMost(0)),
        };
        let id = rule.id.clone().unwrap_or_else(|| self.free_id(rule.selector_names().first().copied().unwrap_or("rule")));
        self.leaf(Leaf {
            id,
            selector,
            expect,
            when,
            optional: rule.optional,
            assurance: rule.assurance,
            remediation: rule.remediation.clone(),
        })
    }

    fn leaf(&mut self, leaf: Leaf) -> Node {
        self.leaves.push(leaf);
        Node::Leaf(self.leaves.len() - 1)
    }

    fn free_id(&self, base: &str) -> String {
        let taken = |id: &str| self.leaves.iter().any(|leaf| leaf.id == id);
        if !taken(base) {
            return base.to_owned();
        }
        (2..=self.leaves.len() + 2).map(|n| format!("{base}-{n}")).find(|id| !taken(id)).unwrap_or_default()
    }

    /// The older format: any failing finding of any id is a failure.
    fn legacy_checks(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        let mut plain = Vec::new();
        for check in &self.control.checks {
            let (rule, id) = match check_id(&check.id) {
                CheckId::Check(id) => {
                    plain.push(id.to_owned());
                    continue;
                }
                CheckId::Secrets(severity) => (
                    Rule {
                        secret: Some(SecretSelector { severity: Some(severity.to_string()), ..Default::default() }),
                        ..Default::default()
                    },
                    check.id.to_ascii_uppercase(),
                ),
                CheckId::Vulnerabilities(severity) => (
                    Rule { vuln: Some(VulnSelector { severity: Some(severity.to_string()), ..Default::default() }), ..Default::default() },
                    check.id.to_ascii_uppercase(),
                ),
                CheckId::Vulnerability(id) => (
                    Rule { vuln: Some(VulnSelector { ids: vec![id.to_owned()], ..Default::default() }), ..Default::default() },
                    check.id.clone(),
                ),
            };
            let rule = Rule { id: Some(self.free_id(&id)), ..rule };
            nodes.push(self.rule(&rule));
        }
        if !plain.is_empty() {
            let rule = Rule {
                id: Some(self.free_id("checks")),
                check: Some(CheckSelector { ids: plain, ..Default::default() }),
                ..Default::default()
            };
            nodes.insert(0, self.rule(&rule));
        }
        (!nodes.is_empty()).then_some(Node::All(nodes))
    }

    fn expectation(&self, rule: &Rule) -> Result<Expectation, Selector> {
        let count = |text: &Text| match self.params.fill(text.as_str()) {
            Ok(text) => text.trim().parse::<u64>().map_err(|_| Selector::Broken(format!("`expect`: `{text}` is not a count"))),
            Err(gap) => Err(person(gap)),
        };
        Ok(match rule.expect.as_ref() {
            None | Some(Expect::None) => Expectation::AtMost(0),
            Some(Expect::Any) => Expectation::AtLeast(1),
            Some(Expect::CountLte(text)) => Expectation::AtMost(count(text)?),
            Some(Expect::CountGte(text)) => Expectation::AtLeast(count(text)?),
            Some(Expect::RatioGte(text)) => {
                let text = self.params.fill(text.as_str()).map_err(person)?;
                let ratio = text.trim().parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
                Expectation::Ratio(ratio.ok_or_else(|| Selector::Broken(format!("`expect`: `{text}` is not a share between 0 and 1")))?)
            }
        })
    }

    fn selector(&mut self, rule: &Rule) -> Selector {
        if let Some(check) = &rule.check {
            return self.check(check);
        }
        // Everything else may use parameters and may be asked for by several controls: one canonical text serves both.
        let mut text = rule.selector_text();
        let mut filled = None;
        if text.contains("${") {
            match self.params.fill_rule(&rule.bare()) {
                Ok(rule) => {
                    text = rule.selector_text();
                    filled = Some(rule);
                }
                Err(gap) => return person(gap),
            }
        }
        let rule = filled.as_ref().unwrap_or(rule);
        if let Some(scan) = &rule.scan {
            return Selector::Scan { scan: Box::new(scan.clone()), applies_to: self.control.applies_to.clone() };
        }
        if let Some(control) = &rule.control {
            return self.other_controls(control);
        }
        if let Some(attestation) = &rule.attestation {
            let control = attestation.id.clone().unwrap_or_else(|| format!("{}/{}", self.framework.full_name(), self.control.id));
            let age = attestation.max_age_days.as_ref().map(|age| age.as_str().trim().parse::<i64>().map_err(|_| age));
            return match age.transpose() {
                Ok(max_age_days) => Selector::Attestation { control, max_age_days },
                Err(age) => Selector::Broken(format!("`max_age_days`: `{}` is not a number of days", age.as_str())),
            };
        }
        let key = (text, self.control.applies_to.clone());
        let next = self.compiled.facts.len();
        let at = *self.shared.entry(key).or_insert(next);
        if at == next {
            self.compiled.facts.push(FactSelector { rule: rule.bare(), applies_to: self.control.applies_to.clone() });
        }
        Selector::Facts(at)
    }

    fn check(&mut self, check: &CheckSelector) -> Selector {
        let mut rules = BTreeSet::new();
        let mut unknown = Vec::new();
        for id in &check.ids {
            match self.scope.catalogue.position(id) {
                Some(at) => {
                    rules.insert(at);
                }
                None => unknown.push(id.clone()),
            }
        }
        for tag in check.tags.iter().chain(&check.service) {
            let before = rules.len();
            rules.extend(self.scope.catalogue.tagged(tag));
            if rules.len() == before && self.scope.catalogue.tagged(tag).next().is_none() {
                unknown.push(tag.clone());
            }
        }
        for at in &rules {
            if let Some(wanted) = self.compiled.wanted.get_mut(*at) {
                *wanted = true;
            }
        }
        let min_severity = check.min_severity.as_deref().and_then(|word| word.parse().ok()).unwrap_or(Severity::Unknown);
        let rules = rules.into_iter().filter_map(|at| u32::try_from(at).ok()).map(RuleIx).collect();
        Selector::Check { rules, unknown, min_severity }
    }

    fn other_controls(&self, selector: &ControlSelector) -> Selector {
        let name = selector.framework.clone().unwrap_or_else(|| self.framework.full_name());
        let Some(controls) = self.compiled.targets(self.framework, selector) else {
            let profile = selector.profile.as_ref().map(|profile| format!(" with a profile `{profile}`")).unwrap_or_default();
            return Selector::Never(Gap::new(Reason::UnknownCheck, format!("there is no framework `{name}`{profile}")));
        };
        if controls.is_empty() {
            return Selector::Never(Gap::new(Reason::UnknownCheck, format!("`{name}` has no such control: {}", selector.ids.join(", "))));
        }
        let ratio =
            selector.pass_ratio_gte.as_ref().map(|text| text.as_str().trim().parse::<f64>().ok().filter(|r| (0.0..=1.0).contains(r)));
        if ratio == Some(None) {
            return Selector::Broken("`pass_ratio_gte` is not a share between 0 and 1".to_owned());
        }
        let no_fail = selector.no_fail_min_severity.as_deref().and_then(|word| word.parse().ok());
        Selector::Control { controls, no_fail, pass_ratio: ratio.flatten() }
    }
}

fn person(gap: ParamGap) -> Selector {
    match gap {
        ParamGap::Undeclared(name) => Selector::Person(Gap::new(Reason::ScopeUndeclared, format!("parameter `{name}` is not declared"))),
        ParamGap::Outside(why) => Selector::Person(Gap::new(Reason::ParameterOutsideGuardrail, why)),
        ParamGap::Unusable(why) => Selector::Broken(why),
    }
}
