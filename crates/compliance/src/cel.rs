//! CEL expressions over documents: `resource: {kinds: [Deployment], cel: "object.spec.replicas < 2"}`.
//!
//! <https://github.com/google/cel-spec>, with the variable `object`, as Kubernetes' admission policies have it. The `cel` crate parses and
//! evaluates. It has no budget of its own, recurses over the expression and over the object, and may panic, so: expressions are short, not deeply
//! nested and loop within loops at most once; objects are small; everything runs in one thread with a large stack, whose panic is an error.
//!
//! Missing: the libraries that Kubernetes adds (`quantity`, `url`, `regex.find`), `oldObject` and `params`, durations and timestamps. An expression
//! that uses them fails, and says so.

use probity_model::{
    Node,
    node::{ScalarKind, Value as NodeValue},
};
use std::{collections::HashMap, fmt::Write as _, sync::Arc};

/// Bytes of an expression.
const MAX_TEXT: usize = 4096;
/// Brackets within brackets.
const MAX_NESTING: usize = 64;
/// Loops (`exists`, `all`, `map` …) within loops.
const MAX_LOOPS: u32 = 2;
/// Values of an object, and bytes of its texts.
const MAX_VALUES: usize = 20_000;
const MAX_BYTES: usize = 256 << 10;
/// Steps that all objects of a run may take together, estimated before they are taken: the same on every machine.
const MAX_STEPS: u64 = 20_000_000;
/// Measured without optimisation, 64 brackets and 2,000 operators take 20 MiB. Untouched pages cost nothing.
const STACK: usize = 64 << 20;

/// Whether the expression can be read: a sentence when not.
pub(crate) fn check(text: &str) -> Result<(), String> {
    in_thread(|| compile(text).map(|_| ())).and_then(|result| result)
}

/// What the expression says about each object.
pub(crate) fn run(text: &str, objects: &[&Node]) -> Vec<Result<bool, String>> {
    let all = in_thread(|| {
        let (program, loops) = match compile(text) {
            Ok(compiled) => compiled,
            Err(why) => return vec![Err(why); objects.len()],
        };
        let mut steps = 0;
        objects.iter().map(|object| one(&program, loops, object, &mut steps)).collect()
    });
    all.unwrap_or_else(|why| vec![Err(why); objects.len()])
}

fn in_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("cel".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| format!("the expression was not evaluated: {error}"))?;
        thread.join().map_err(|_| "the expression was not evaluated: the evaluator failed".to_owned())
    })
}

fn compile(text: &str) -> Result<(cel::Program, u32), String> {
    let loops = shape(text)?;
    let program = cel::Program::compile(text).map_err(|errors| {
        let first = errors.errors.first().map_or_else(|| "it is not CEL".to_owned(), |error| error.msg.clone());
        format!("the expression cannot be read: {}", one_line(&first))
    })?;
    Ok((program, loops))
}

/// How deep loops are nested, when the expression is small enough to be evaluated.
fn shape(text: &str) -> Result<u32, String> {
    if text.len() > MAX_TEXT {
        return Err(format!("the expression has more than {MAX_TEXT} bytes"));
    }
    let mut open: Vec<bool> = Vec::new();
    let (mut deepest, mut loops) = (0, 0);
    let mut quote = None;
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if let Some(end) = quote {
            if c == '\\' {
                chars.next();
            } else if c == end {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' => quote = Some(c),
            '(' | '[' | '{' => {
                let is_loop = c == '(' && matches!(word.as_str(), "all" | "exists" | "exists_one" | "existsOne" | "filter" | "map");
                loops += u32::from(is_loop);
                deepest = deepest.max(loops);
                open.push(is_loop);
            }
            ')' | ']' | '}' => loops -= u32::from(open.pop().unwrap_or_default()),
            _ => {}
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else if !c.is_whitespace() {
            word.clear();
        }
        if open.len() > MAX_NESTING {
            return Err(format!("the expression has more than {MAX_NESTING} brackets in each other"));
        }
    }
    if deepest > MAX_LOOPS { Err(format!("the expression has more than {MAX_LOOPS} loops in each other")) } else { Ok(deepest) }
}

fn one(program: &cel::Program, loops: u32, object: &Node, steps: &mut u64) -> Result<bool, String> {
    let mut size = Size::default();
    let value = size.value(object).ok_or("the object is too large for an expression")?;
    // A loop visits a list, a loop within it the list again for each of its items.
    *steps =
        steps.saturating_add((size.longest as u64).saturating_add(1).saturating_pow(loops).saturating_mul(size.values as u64 / 64 + 1));
    if *steps > MAX_STEPS {
        return Err("the objects are too many or too large for an expression".to_owned());
    }
    let mut context = cel::Context::default();
    context.add_variable_from_value("object", value);
    match program.execute(&context) {
        Ok(cel::Value::Bool(holds)) => Ok(holds),
        Ok(other) => Err(format!("the expression gives {}, and not true or false", other.type_of())),
        Err(error) => Err(format!("the expression fails: {}", one_line(&error.to_string()))),
    }
}

#[derive(Default)]
struct Size {
    values: usize,
    bytes: usize,
    longest: usize,
}

impl Size {
    /// Depth is that of the document, which its reader bounds.
    fn value(&mut self, node: &Node) -> Option<cel::Value> {
        self.values += 1;
        if self.values > MAX_VALUES || self.bytes > MAX_BYTES {
            return None;
        }
        Some(match &node.value {
            NodeValue::Scalar(scalar) => {
                self.bytes += scalar.text.len();
                match scalar.kind {
                    ScalarKind::Null => cel::Value::Null,
                    ScalarKind::Bool(flag) => cel::Value::Bool(flag),
                    ScalarKind::Int(number) => cel::Value::Int(number),
                    ScalarKind::Float(number) => cel::Value::Float(number),
                    ScalarKind::Str => cel::Value::String(Arc::new(scalar.text.to_string())),
                }
            }
            NodeValue::Seq(items) => {
                self.longest = self.longest.max(items.len());
                cel::Value::List(Arc::new(items.iter().map(|item| self.value(item)).collect::<Option<_>>()?))
            }
            NodeValue::Map(entries) => {
                self.longest = self.longest.max(entries.len());
                let mut map: HashMap<cel::objects::Key, cel::Value> = HashMap::with_capacity(entries.len());
                for entry in entries {
                    self.bytes += entry.key.len();
                    map.insert(cel::objects::Key::String(Arc::new(entry.key.to_string())), self.value(&entry.value)?);
                }
                cel::Value::Map(cel::objects::Map { map: Arc::new(map) })
            }
        })
    }
}

/// Text of the evaluator, cut to what a sentence can hold.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars().take(200) {
        let _ = write!(line, "{}", if c.is_control() { ' ' } else { c });
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::{
        Lines,
        node::{Entry, Scalar},
    };

    fn scalar(text: &str, kind: ScalarKind) -> Node {
        Node { value: NodeValue::Scalar(Scalar { text: text.into(), kind }), lines: Lines::one(1), tag: None }
    }
    fn map(entries: Vec<(&str, Node)>) -> Node {
        let entries = entries.into_iter().map(|(key, value)| Entry { key: key.into(), line: 1, value }).collect();
        Node { value: NodeValue::Map(entries), lines: Lines::one(1), tag: None }
    }
    fn list(items: Vec<Node>) -> Node {
        Node { value: NodeValue::Seq(items), lines: Lines::one(1), tag: None }
    }

    fn deployment() -> Node {
        let container = |name| map(vec![("name", scalar(name, ScalarKind::Str)), ("privileged", scalar("true", ScalarKind::Bool(true)))]);
        map(vec![
            ("replicas", scalar("2", ScalarKind::Int(2))),
            ("ratio", scalar("0.5", ScalarKind::Float(0.5))),
            ("nothing", scalar("null", ScalarKind::Null)),
            ("labels", map(vec![("app.kubernetes.io/name", scalar("shop", ScalarKind::Str))])),
            ("containers", list(vec![container("web"), container("log")])),
        ])
    }

    #[test]
    fn expressions_over_an_object() {
        let object = deployment();
        let run = |text: &str| run(text, &[&object]).remove(0);
        for (text, holds) in [
            ("object.replicas > 1 && object.replicas + 1 == 3", true),
            ("object.ratio < 0.6", true),
            ("object.nothing == null", true),
            ("has(object.missing) && object.missing.x", false),
            ("object.labels['app.kubernetes.io/name'].startsWith('sh')", true),
            ("object.containers.exists(c, c.name == 'log' && c.privileged)", true),
            ("object.containers.all(c, c.name.matches('^w'))", false),
            ("size(object.containers.filter(c, object.containers.exists(d, d.name != c.name))) == 2", true),
            ("'web' in object.containers.map(c, c.name)", true),
        ] {
            assert_eq!(run(text), Ok(holds), "{text}");
        }
        for (text, says) in [
            ("object.missing == 1", "the expression fails: "),
            ("object.replicas", "and not true or false"),
            ("object.replicas + 'a' == 'b'", "the expression fails: "),
            ("1 / 0 == 1", "the expression fails: "),
            ("((", "the expression cannot be read: "),
            ("", "the expression cannot be read: "),
            ("quantity('1') == 1", "the expression fails: "),
        ] {
            let why = run(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    #[test]
    fn hostile_expressions_and_objects_are_refused() {
        let object = deployment();
        let refused = |text: &str| run(text, &[&object]).remove(0).unwrap_err();
        assert!(refused(&format!("{}true", "!".repeat(5000))).contains("bytes"));
        assert!(refused(&format!("{}1{}", "(".repeat(65), ")".repeat(65))).contains("brackets"));
        assert!(refused("[1].map(a, [1].map(b, [1].map(c, c)))").contains("loops"));
        // As long and as deep as is let through.
        for text in [
            format!("1{} > 0", "+1".repeat(2040)),
            format!("{}true", "!".repeat(4090)),
            format!("{}1{} == 1", "(".repeat(64), ")".repeat(64)),
            format!("object{}", ".a".repeat(2000)),
        ] {
            let _ = run(&text, &[&object]);
        }
        let wide = list((0..5000).map(|_| scalar("1", ScalarKind::Int(1))).collect());
        let wide = map(vec![("items", wide)]);
        assert_eq!(run("object.items.all(i, i == 1)", &[&wide]), [Ok(true)]);
        let squared = run("object.items.all(i, object.items.all(j, i == j))", &[&wide]).remove(0).unwrap_err();
        assert!(squared.contains("too large"), "{squared}");
        let long = map(vec![("text", scalar(&"a".repeat(MAX_BYTES + 1), ScalarKind::Str)), ("more", scalar("b", ScalarKind::Str))]);
        assert!(run("object.more == 'b'", &[&long]).remove(0).unwrap_err().contains("too large"));
    }
}
