//! Operators over texts, and dotted paths into documents.

use crate::spec::{Condition, Op};
use probity_model::{Node, node::Value};

/// More nodes than this for one path and one object are not looked at; real objects have a few hundred.
const MAX_NODES: usize = 10_000;

/// An operator with its operand, ready for many texts.
#[derive(Debug)]
pub(crate) struct Test {
    op: Op,
    values: Vec<String>,
    pattern: Option<regex::Regex>,
}

impl Test {
    /// # Errors
    /// A sentence when the operand does not suit the operator.
    pub(crate) fn new(op: Op, values: &[String]) -> Result<Self, String> {
        let one = || values.first().map(String::as_str).unwrap_or_default();
        let needs_value = !matches!(op, Op::Exists | Op::Missing);
        if needs_value && values.is_empty() && !matches!(op, Op::In | Op::NotIn) {
            return Err(format!("operator `{op:?}` needs a `value`").to_lowercase());
        }
        let pattern = match op {
            Op::Matches | Op::NotMatches => {
                let built = regex::RegexBuilder::new(one()).size_limit(1 << 20).build();
                Some(built.map_err(|_| format!("`{}` is not a regular expression that can be used", one()))?)
            }
            Op::Gt | Op::Gte | Op::Lt | Op::Lte if number(one()).is_none() => return Err(format!("`{}` is not a number", one())),
            _ => None,
        };
        Ok(Self { op, values: values.to_vec(), pattern })
    }

    pub(crate) const fn op(&self) -> Op {
        self.op
    }

    /// Whether one text fits.
    pub(crate) fn text(&self, text: &str) -> bool {
        let equal = || self.values.iter().any(|value| value == text);
        let contains = || self.values.iter().any(|value| text.contains(value.as_str()));
        let matches = || self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
        let compare = |fits: fn(f64, f64) -> bool| {
            let bound = self.values.first().and_then(|value| number(value));
            number(text).zip(bound).is_some_and(|(a, b)| fits(a, b))
        };
        match self.op {
            Op::Eq | Op::In => equal(),
            Op::Ne | Op::NotIn => !equal(),
            Op::Contains => contains(),
            Op::NotContains => !contains(),
            Op::Matches => matches(),
            Op::NotMatches => !matches(),
            Op::Exists => !text.is_empty(),
            Op::Missing => text.is_empty(),
            Op::Gt => compare(|a, b| a > b),
            Op::Gte => compare(|a, b| a >= b),
            Op::Lt => compare(|a, b| a < b),
            Op::Lte => compare(|a, b| a <= b),
        }
    }

    /// Whether the nodes that a path leads to fit. Negative operators ask that no node fits the positive one; a path that leads
    /// nowhere fits those.
    fn nodes(&self, nodes: &[&Node]) -> bool {
        let positive = |op: Op| Self { op, values: self.values.clone(), pattern: self.pattern.clone() };
        match self.op {
            Op::Exists => nodes.iter().any(|node| !node.is_null()),
            Op::Missing => nodes.iter().all(|node| node.is_null()),
            Op::Ne => !positive(Op::Eq).nodes(nodes),
            Op::NotIn => !positive(Op::In).nodes(nodes),
            Op::NotContains => !positive(Op::Contains).nodes(nodes),
            Op::NotMatches => !positive(Op::Matches).nodes(nodes),
            Op::Contains => nodes.iter().any(|node| match &node.value {
                Value::Seq(items) => items.iter().any(|item| item.text().is_some_and(|text| self.values.iter().any(|value| value == text))),
                Value::Map(entries) => entries.iter().any(|entry| self.values.iter().any(|value| **value == *entry.key)),
                Value::Scalar(_) => node.text().is_some_and(|text| self.text(text)),
            }),
            _ => nodes.iter().any(|node| node.text().is_some_and(|text| self.text(text))),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A condition of a `resource` selector, ready for many objects.
#[derive(Debug)]
pub(crate) struct FieldTest {
    path: Vec<Step>,
    test: Test,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
    EveryItem,
}

impl FieldTest {
    pub(crate) fn new(condition: &Condition) -> Result<Self, String> {
        Ok(Self { path: parse(&condition.field)?, test: Test::new(condition.op, &condition.value.0)? })
    }

    pub(crate) fn fits(&self, root: &Node) -> bool {
        let mut nodes = vec![root];
        for step in &self.path {
            let mut next: Vec<&Node> = Vec::new();
            for node in nodes {
                match step {
                    Step::Key(key) => next.extend(node.get(key)),
                    Step::Item(at) => next.extend(node.items().get(*at)),
                    Step::EveryItem => {
                        next.extend(node.items());
                        next.extend(node.entries().iter().map(|entry| &entry.value));
                    }
                }
                if next.len() >= MAX_NODES {
                    next.truncate(MAX_NODES);
                    break;
                }
            }
            nodes = next;
        }
        self.test.nodes(&nodes)
    }
}

/// `spec.rules[*].verbs`, `metadata.labels[app.kubernetes.io/name]`.
fn parse(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (inside, tail) = after.split_once(']').ok_or_else(|| format!("field `{path}`: `[` without `]`"))?;
            steps.push(match inside {
                "*" => Step::EveryItem,
                digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                    Step::Item(digits.parse().map_err(|_| format!("field `{path}`: `{digits}` is too large"))?)
                }
                key => Step::Key(key.to_owned()),
            });
            rest = tail.strip_prefix('.').unwrap_or(tail);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if key.is_empty() {
            return Err(format!("field `{path}` has an empty part"));
        }
        steps.push(Step::Key(key.to_owned()));
        rest = tail.strip_prefix('.').unwrap_or(tail);
    }
    if steps.is_empty() {
        return Err("a condition needs a `field`".to_owned());
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::{
        Lines,
        node::{Entry, Scalar, ScalarKind},
    };

    fn text(text: &str) -> Node {
        Node { value: Value::Scalar(Scalar { text: text.into(), kind: ScalarKind::Str }), lines: Lines::one(1), tag: None }
    }
    fn map(entries: Vec<(&str, Node)>) -> Node {
        let entries = entries.into_iter().map(|(key, value)| Entry { key: key.into(), line: 1, value }).collect();
        Node { value: Value::Map(entries), lines: Lines::one(1), tag: None }
    }
    fn seq(items: Vec<Node>) -> Node {
        Node { value: Value::Seq(items), lines: Lines::one(1), tag: None }
    }

    #[test]
    fn conditions_over_an_object() {
        let rule = |verbs: &[&str]| map(vec![("verbs", seq(verbs.iter().map(|v| text(v)).collect()))]);
        let object = map(vec![
            ("metadata", map(vec![("labels", map(vec![("app.kubernetes.io/name", text("shop"))]))])),
            ("rules", seq(vec![rule(&["get"]), rule(&["list", "*"])])),
        ]);
        for (field, op, value, fits) in [
            ("rules[*].verbs", Op::Contains, "*", true),
            ("rules[*].verbs", Op::Contains, "delete", false),
            ("rules[*].verbs", Op::NotContains, "delete", true),
            ("rules[*].verbs[*]", Op::Eq, "list", true),
            ("rules[0].verbs[*]", Op::Eq, "list", false),
            ("metadata.labels[app.kubernetes.io/name]", Op::Eq, "shop", true),
            ("metadata.labels[app.kubernetes.io/name]", Op::Ne, "shop", false),
            ("metadata.annotations.x", Op::Ne, "shop", true),
            ("metadata.annotations.x", Op::Missing, "", true),
            ("metadata.labels", Op::Exists, "", true),
            ("metadata.labels", Op::Contains, "app.kubernetes.io/name", true),
            ("metadata.labels[app.kubernetes.io/name]", Op::Matches, "^sh", true),
            ("metadata.labels[app.kubernetes.io/name]", Op::NotMatches, "^sh", false),
        ] {
            let condition = Condition { field: field.to_owned(), op, value: crate::spec::Words(vec![value.to_owned()]) };
            assert_eq!(FieldTest::new(&condition).unwrap().fits(&object), fits, "{field} {op:?} {value}");
        }
    }

    #[test]
    fn faulty_conditions_are_named() {
        for (field, op, value) in
            [("a..b", Op::Eq, "1"), ("", Op::Eq, "1"), ("a[", Op::Eq, "1"), ("a", Op::Matches, "("), ("a", Op::Gt, "x")]
        {
            let condition = Condition { field: field.to_owned(), op, value: crate::spec::Words(vec![value.to_owned()]) };
            assert!(FieldTest::new(&condition).is_err(), "{field} {op:?}");
        }
    }
}
