//! Parameters: `${name}` in rules, who set a value, and the guardrails that keep a loosened value from passing.

use crate::{
    error::SpecError,
    load::Framework,
    policy::Policy,
    spec::{Rule, Text},
};
use probity_model::assessment::ParamValue;
use std::collections::BTreeMap;

/// The values of one framework's parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    values: BTreeMap<String, Resolved>,
}

#[derive(Debug, Clone)]
struct Resolved {
    words: Vec<String>,
    list: bool,
    numeric: bool,
    source: &'static str,
    outside: Option<String>,
}

/// Why a rule cannot be used with the parameters as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParamGap {
    /// No value was declared.
    Undeclared(String),
    /// The value is outside the guardrail: a sentence.
    Outside(String),
    /// The rule is not valid with the value filled in.
    Unusable(String),
}

impl Params {
    /// Defaults, then tailoring, then the command line.
    pub(crate) fn resolve(framework: &Framework, policy: &Policy) -> Result<Self, SpecError> {
        let mut values = BTreeMap::new();
        for (name, param) in &framework.spec.params {
            let words = param.default.as_ref().map(|value| value.0.0.clone()).unwrap_or_default();
            let numeric = matches!(param.kind.as_deref(), Some("int" | "float")) || param.min.is_some() || param.max.is_some();
            let list = param.kind.as_deref() == Some("list") || words.len() > 1;
            values.insert(name.clone(), Resolved { words, list, numeric, source: "default", outside: None });
        }
        let unknown = |name: &str| SpecError::UnknownParameter {
            framework: Some(framework.full_name()),
            name: name.to_owned(),
            known: framework.spec.params.keys().cloned().collect(),
        };
        for tailoring in policy.tailoring.iter().filter(|t| framework.answers_to(&t.body.extends)) {
            for (name, value) in &tailoring.body.params {
                let resolved = values.get_mut(name).ok_or_else(|| unknown(name))?;
                resolved.words.clone_from(&value.0.0);
                resolved.source = "tailoring";
            }
        }
        for ((scope, name), value) in &policy.params {
            if scope.as_ref().is_some_and(|scope| !framework.answers_to(scope)) {
                continue;
            }
            match values.get_mut(name) {
                Some(resolved) => {
                    resolved.words = if resolved.list {
                        value.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
                    } else {
                        vec![value.clone()]
                    };
                    resolved.source = "command line";
                }
                None if scope.is_some() => return Err(unknown(name)),
                None => {}
            }
        }
        for (name, param) in &framework.spec.params {
            let Some(resolved) = values.get_mut(name) else { continue };
            resolved.outside = outside(
                name,
                &resolved.words,
                param.min.as_ref().map(Text::as_str),
                param.max.as_ref().map(Text::as_str),
                resolved.numeric,
            );
        }
        Ok(Self { values })
    }

    /// Whether a value other than null or an empty list was set.
    pub(crate) fn declared(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|resolved| resolved.words.iter().any(|word| !word.trim().is_empty()))
    }

    /// The text of a value that was set.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.words.first().map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn report(&self) -> BTreeMap<String, ParamValue> {
        self.values.iter().map(|(name, r)| (name.clone(), ParamValue { value: r.json(), source: r.source.to_owned() })).collect()
    }

    /// The text with `${name}` replaced; a list is joined with commas.
    pub(crate) fn fill(&self, text: &str) -> Result<String, ParamGap> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else { break };
            out.push_str(before);
            out.push_str(&self.words(name)?.join(","));
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn words(&self, name: &str) -> Result<&[String], ParamGap> {
        let Some(resolved) = self.values.get(name) else {
            return Err(ParamGap::Unusable(format!("parameter `{name}` does not exist")));
        };
        if let Some(why) = &resolved.outside {
            return Err(ParamGap::Outside(why.clone()));
        }
        if !self.declared(name) {
            return Err(ParamGap::Undeclared(name.to_owned()));
        }
        Ok(&resolved.words)
    }

    /// The rule with every `${name}` replaced. In a list, an item that is one parameter becomes all of its values.
    pub(crate) fn fill_rule(&self, rule: &Rule) -> Result<Rule, ParamGap> {
        let unusable = |error: serde_json::Error| ParamGap::Unusable(error.to_string());
        let mut value = serde_json::to_value(rule).map_err(unusable)?;
        self.fill_value(&mut value)?;
        serde_json::from_value(value).map_err(unusable)
    }

    /// Depth is that of a rule, which the YAML reader bounds.
    fn fill_value(&self, value: &mut serde_json::Value) -> Result<(), ParamGap> {
        match value {
            serde_json::Value::String(text) if text.contains("${") => *text = self.fill(text)?,
            serde_json::Value::Array(items) => {
                let mut filled = Vec::with_capacity(items.len());
                for mut item in std::mem::take(items) {
                    let whole =
                        item.as_str().and_then(|text| text.strip_prefix("${")?.strip_suffix('}')).filter(|name| !name.contains('$'));
                    if let Some(name) = whole {
                        filled.extend(self.words(name)?.iter().map(|word| serde_json::Value::from(word.as_str())));
                    } else {
                        self.fill_value(&mut item)?;
                        filled.push(item);
                    }
                }
                *items = filled;
            }
            serde_json::Value::Object(entries) => {
                for (_, item) in entries.iter_mut() {
                    self.fill_value(item)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Resolved {
    fn json(&self) -> String {
        let scalar = |word: &String| match word.parse::<i64>() {
            Ok(number) => serde_json::Value::from(number),
            Err(_) => match word.parse::<f64>() {
                Ok(number) if self.numeric && number.is_finite() => serde_json::Value::from(number),
                _ => serde_json::Value::from(word.as_str()),
            },
        };
        match self.words.as_slice() {
            words if self.list => serde_json::Value::Array(words.iter().map(scalar).collect()).to_string(),
            [] => "null".to_owned(),
            [word] => scalar(word).to_string(),
            words => serde_json::Value::Array(words.iter().map(scalar).collect()).to_string(),
        }
    }
}

/// What a parameter of this type takes, when the text is no such thing.
pub(crate) fn wrong_type(kind: Option<&str>, text: &str) -> Option<&'static str> {
    let text = text.trim();
    match kind {
        Some("int") if text.parse::<i64>().is_err() => Some("a whole number"),
        Some("float") if !text.parse::<f64>().is_ok_and(f64::is_finite) => Some("a number"),
        Some("selector") if crate::zone::Zone::parse(text).is_none() => {
            Some("requirements on namespaces and labels, as in `namespace in (payments, vault), app=shop`")
        }
        Some("bool") if !matches!(text, "true" | "false") => Some("`true` or `false`"),
        _ => None,
    }
}

/// Why a value is outside its guardrail, in one sentence.
pub(crate) fn outside(name: &str, words: &[String], min: Option<&str>, max: Option<&str>, numeric: bool) -> Option<String> {
    for word in words {
        let Ok(number) = word.trim().parse::<f64>() else {
            if numeric {
                return Some(format!("parameter `{name}` is `{word}`, which is not a number"));
            }
            continue;
        };
        if let Some(min) = min.filter(|min| min.trim().parse::<f64>().is_ok_and(|min| number < min)) {
            return Some(format!("parameter `{name}` is {word}, below the least value {min} that the requirement allows"));
        }
        if let Some(max) = max.filter(|max| max.trim().parse::<f64>().is_ok_and(|max| number > max)) {
            return Some(format!("parameter `{name}` is {word}, above the greatest value {max} that the requirement allows"));
        }
    }
    None
}

/// Names of the parameters that a text uses.
pub(crate) fn used_params(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}
