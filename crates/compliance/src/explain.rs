//! What a control is, what is checked for it, and what a pass means and does not mean.

use crate::{
    advise::inputs_of,
    assess::named_input,
    ids::{CheckId, RuleCatalogue, check_id},
    load::Framework,
    spec::{Control, Expect, Rule},
};
use probity_model::{
    InputKind, Severity,
    assessment::{Assurance, ControlKind, Mapping, Verifiability},
};
use serde_json::Value;

/// The answer of `framework explain`.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub framework: String,
    pub id: String,
    pub title: String,
    /// The intent, in our own words.
    pub description: String,
    pub severity: Severity,
    pub kind: ControlKind,
    pub verifiability: Verifiability,
    pub official_assessment: Option<String>,
    /// How its rules combine: `all`, `any`, `not`, or empty when there are none.
    pub combines: &'static str,
    pub rules: Vec<ExplainedRule>,
    pub inputs: Vec<InputKind>,
    /// Settings and places that an input we do not read would show.
    pub looks_at: Vec<String>,
    pub pass_means: String,
    pub pass_does_not_mean: String,
    pub note: Option<String>,
    pub remediation: Option<String>,
    pub maps_to: Vec<Mapping>,
    pub references: Vec<String>,
}

/// One rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedRule {
    pub id: String,
    /// `check`, `secret`, `image` …
    pub selector: String,
    /// What it looks at: titles of checks, or the selector as written.
    pub what: Vec<String>,
    /// What is expected of the matches.
    pub expects: String,
    pub optional: bool,
}

/// Explains a control; `None` when the framework has no control of that id.
pub fn explain(framework: &Framework, control_id: &str, rules: &RuleCatalogue) -> Option<Explanation> {
    let control = framework.control(control_id)?;
    let verifiability = control.verifiability.unwrap_or(Verifiability::R);
    let inputs: Vec<InputKind> = inputs_of(control, rules).into_iter().collect();
    let mut explained = Vec::new();
    let combines = match &control.assess {
        Some(assess) => {
            for rule in assess.rules() {
                add_rule(rule, rules, &mut explained);
            }
            if !assess.all.is_empty() {
                "all"
            } else if !assess.any.is_empty() {
                "any"
            } else {
                "not"
            }
        }
        None if control.checks.is_empty() => "",
        None => {
            let what = control.checks.iter().map(|check| describe_check(&check.id, rules)).collect();
            let expects = "no finding".to_owned();
            explained.push(ExplainedRule { id: "checks".to_owned(), selector: "check".to_owned(), what, expects, optional: false });
            "all"
        }
    };
    Some(Explanation {
        framework: framework.full_name(),
        id: control.id.clone(),
        title: control.name.clone(),
        description: control.description.clone(),
        severity: control.severity(),
        kind: control.kind.unwrap_or_default(),
        verifiability,
        official_assessment: control.official_assessment.clone(),
        combines,
        rules: explained,
        pass_means: pass_means(control, verifiability, &inputs),
        pass_does_not_mean: pass_does_not_mean(control, verifiability),
        inputs,
        looks_at: control.looks_at.clone(),
        note: control.note.clone(),
        remediation: control.remediation.clone(),
        maps_to: control
            .maps_to
            .iter()
            .flat_map(|to| {
                to.ids.iter().map(|id| Mapping {
                    framework: to.framework.clone(),
                    id: id.clone(),
                    relation: to.rel.clone().unwrap_or_else(|| "intersects-with".to_owned()),
                })
            })
            .collect(),
        references: control.references.clone(),
    })
}

fn add_rule(rule: &Rule, rules: &RuleCatalogue, out: &mut Vec<ExplainedRule>) {
    for (word, inner) in [("all", rule.all.as_slice()), ("any", rule.any.as_slice())] {
        if !inner.is_empty() {
            let id = rule.id.clone().unwrap_or_else(|| word.to_owned());
            let what = vec![format!("{} rules, of which {}", inner.len(), if word == "all" { "all must hold" } else { "one must hold" })];
            out.push(ExplainedRule { id, selector: word.to_owned(), what, expects: String::new(), optional: rule.optional });
            for rule in inner {
                add_rule(rule, rules, out);
            }
            return;
        }
    }
    if let Some(inner) = &rule.not {
        let id = rule.id.clone().unwrap_or_else(|| "not".to_owned());
        let what = vec!["the next rule must not hold".to_owned()];
        out.push(ExplainedRule { id, selector: "not".to_owned(), what, expects: String::new(), optional: rule.optional });
        add_rule(inner, rules, out);
        return;
    }
    let selector = rule.selector_names().first().copied().unwrap_or("none");
    let mut what = match &rule.check {
        Some(check) => {
            let ids = check.ids.iter().map(|id| describe_check(id, rules));
            ids.chain(check.tags.iter().map(|tag| format!("every check tagged `{tag}`"))).collect()
        }
        None => vec![in_words(rule, selector)],
    };
    if let Some(when) = &rule.when {
        let inner = when.selector_names().first().copied().unwrap_or("none");
        what.push(format!("only where this matches: {inner} {}", in_words(when, inner)));
    }
    let expects = match (&rule.expect, selector) {
        (_, "control") => "the other controls hold".to_owned(),
        (_, "attestation") => "a valid attestation".to_owned(),
        (_, "scan") => "every condition holds".to_owned(),
        (None | Some(Expect::None), _) => "no match".to_owned(),
        (Some(Expect::Any), _) => "at least one match".to_owned(),
        (Some(Expect::CountLte(n)), _) => format!("at most {} matches", n.as_str()),
        (Some(Expect::CountGte(n)), _) => format!("at least {} matches", n.as_str()),
        (Some(Expect::RatioGte(x)), _) => format!("a share of matches of at least {}", x.as_str()),
    };
    out.push(ExplainedRule {
        id: rule.id.clone().unwrap_or_else(|| selector.to_owned()),
        selector: selector.to_owned(),
        what,
        expects,
        optional: rule.optional,
    });
}

/// The selector's keys in words: `pattern pan; exclude test data no`.
fn in_words(rule: &Rule, selector: &str) -> String {
    let value = serde_json::to_value(rule.bare()).unwrap_or_default();
    value.get(selector).map(words).unwrap_or_default()
}

/// Depth is that of a selector.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(entries) => {
            // A condition reads best as a sentence: `spec.type` eq `LoadBalancer`.
            if let Some(field) = entries.get("field").or_else(|| entries.get("fact")) {
                let op = entries.get("op").and_then(Value::as_str).unwrap_or("exists").replace('_', " ");
                let operand = entries.get("value").map(|value| format!(" {}", words(value))).unwrap_or_default();
                return format!("{} {op}{operand}", words(field));
            }
            let parts = entries.iter().map(|(key, value)| format!("{} {}", key_words(key), words(value)));
            parts.collect::<Vec<_>>().join("; ")
        }
    }
}

/// `key_bits_lt` → `key bits less than`.
fn key_words(key: &str) -> String {
    let (stem, comparison) = [("_lte", " at most"), ("_gte", " at least"), ("_lt", " less than"), ("_gt", " more than"), ("_in", " among")]
        .into_iter()
        .find_map(|(ending, words)| Some((key.strip_suffix(ending)?, words)))
        .unwrap_or((key, ""));
    format!("{}{comparison}", stem.replace('_', " "))
}

fn describe_check(id: &str, rules: &RuleCatalogue) -> String {
    match check_id(id) {
        CheckId::Check(id) => match rules.find(id) {
            Some(rule) => format!("{}: {} ({})", rule.id, rule.title, rule.input),
            None => format!("{id}: not a check of this version, so the rule is never a pass"),
        },
        CheckId::Secrets(severity) => format!("secrets of severity {severity}"),
        CheckId::Vulnerabilities(severity) => format!("vulnerabilities of severity {severity} (no database in this version)"),
        CheckId::Vulnerability(id) => format!("vulnerability {id} (no database in this version)"),
    }
}

fn pass_means(control: &Control, verifiability: Verifiability, inputs: &[InputKind]) -> String {
    let names: Vec<&str> = inputs.iter().map(|kind| named_input(*kind)).collect();
    let seen = if names.is_empty() { "what was scanned".to_owned() } else { format!("what was scanned ({})", names.join(", ")) };
    match verifiability {
        Verifiability::P => format!("What the control asks was seen in {seen}, and everything that the rules need was examined."),
        Verifiability::R => format!("Nothing contrary was found in {seen}, and everything that the rules need was examined."),
        Verifiability::S => {
            "The scanner never concludes this control by itself: it attaches evidence, and an attestation answers it.".to_owned()
        }
        Verifiability::M | Verifiability::X if control.kind == Some(ControlKind::Inherited) => {
            "Another party's evidence was named in a tailoring.".to_owned()
        }
        Verifiability::M | Verifiability::X => "A person attested it.".to_owned(),
    }
}

fn pass_does_not_mean(control: &Control, verifiability: Verifiability) -> String {
    let cap = match control.assurance {
        Some(Assurance::Indicative) => " The facts only hint at the answer.",
        _ => "",
    };
    let words = match verifiability {
        Verifiability::P => "It says nothing about artifacts, systems and people outside the scan.",
        Verifiability::R => "The requirement is wider than what a scan shows: processes, people and running systems are not seen.",
        Verifiability::S | Verifiability::M | Verifiability::X => "The statement is the attesting person's; the scanner did not verify it.",
    };
    format!("{words}{cap}")
}
