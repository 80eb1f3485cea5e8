//! Variables in Compose files.
//!
//! <https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>
//!
//! Values of variables are not known here; neither the environment nor `.env` is read. What has a default takes it, the rest stays as
//! `${NAME}`. A value that was interpolated is read anew: `privileged: ${PRIVILEGED:-true}` is a boolean, quoted or not, as Compose
//! converts by the field. For the same reason `"true"`, `yes` and `1` are booleans in fields that hold one.

use crate::scalar::{self, Dialect};
use probity_model::{
    Node,
    node::{ScalarKind, Value},
};

/// Nesting of `${A:-${B:-…}}`.
const MAX_DEPTH: usize = 16;

/// Fields that hold a boolean, wherever they stand.
const BOOLEANS: [&str; 13] = [
    "privileged",
    "read_only",
    "init",
    "tty",
    "stdin_open",
    "oom_kill_disable",
    "disable",
    "external",
    "internal",
    "attachable",
    "enable_ipv6",
    "nocopy",
    "create_host_path",
];

/// The words that Compose takes for a boolean; the text stays.
fn to_boolean(node: &mut Node) {
    let Value::Scalar(scalar) = &mut node.value else { return };
    let mut interpolated = String::new();
    let rest = interpolate(&scalar.text, 0, &mut interpolated);
    interpolated.push_str(rest);
    match interpolated.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "y" | "yes" | "on" => scalar.kind = ScalarKind::Bool(true),
        "false" | "f" | "0" | "n" | "no" | "off" => scalar.kind = ScalarKind::Bool(false),
        _ => return,
    }
    scalar.text = interpolated.into();
}

/// Interpolates all values, never keys.
pub(super) fn tree(root: &mut Node) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        match &mut node.value {
            Value::Map(entries) => open.extend(entries.iter_mut().map(|entry| {
                if BOOLEANS.contains(&&*entry.key) {
                    to_boolean(&mut entry.value);
                }
                &mut entry.value
            })),
            Value::Seq(items) => open.extend(items.iter_mut()),
            Value::Scalar(scalar) => {
                if scalar.text.contains('$') {
                    let mut out = String::new();
                    let rest = interpolate(&scalar.text, 0, &mut out);
                    out.push_str(rest);
                    if *out != *scalar.text {
                        scalar.kind = match scalar::resolve(&out, Dialect::Core) {
                            // An empty default is an empty string, not nothing.
                            ScalarKind::Null => ScalarKind::Str,
                            kind => kind,
                        };
                        scalar.text = out.into();
                    }
                }
            }
        }
    }
}

/// Appends to `out` and returns what is left: inside braces (`depth` > 0), the text from the closing brace.
fn interpolate<'t>(text: &'t str, depth: usize, out: &mut String) -> &'t str {
    let mut rest = text;
    loop {
        let stop = rest.find(|c| c == '$' || (c == '}' && depth > 0)).unwrap_or(rest.len());
        let (plain, from) = rest.split_at_checked(stop).unwrap_or((rest, ""));
        out.push_str(plain);
        let Some(after) = from.strip_prefix('$') else { return from };
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inner) = after.strip_prefix('{') {
            rest = braces(from, inner, depth, out);
        } else {
            out.push('$');
            rest = after;
        }
    }
}

/// `${…}`: `from` is at `$`, `inner` behind the brace. Returns what follows.
fn braces<'t>(from: &'t str, inner: &'t str, depth: usize, out: &mut String) -> &'t str {
    let length = inner.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let (name, after) = inner.split_at_checked(length).unwrap_or(("", inner));
    let operator = [":-", "-", ":?", "?", ":+", "+"].into_iter().find(|operator| after.starts_with(operator));
    let written = |end: &str| from.get(..from.len() - end.len()).unwrap_or(from);
    if name.is_empty() || depth >= MAX_DEPTH {
        out.push_str("${");
        return inner;
    }
    let Some(operator) = operator else {
        let Some(end) = after.strip_prefix('}') else {
            out.push_str("${");
            return inner;
        };
        out.push_str(written(end));
        return end;
    };
    let mut word = String::new();
    let end = interpolate(after.get(operator.len()..).unwrap_or_default(), depth + 1, &mut word);
    let Some(end) = end.strip_prefix('}') else {
        out.push_str(from);
        return "";
    };
    match operator {
        ":-" | "-" => out.push_str(&word),
        ":?" | "?" => {
            out.push_str("${");
            out.push_str(name);
            out.push('}');
        }
        _ => out.push_str(written(end)),
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut out = String::new();
        let rest = interpolate(text, 0, &mut out);
        out.push_str(rest);
        assert_eq!(out, expected, "{text}");
    }

    #[test]
    fn forms() {
        check("plain", "plain");
        check("$VAR and ${VAR}", "$VAR and ${VAR}");
        check("a$$b $${VAR}", "a$b ${VAR}");
        check("${VAR:-d}${VAR-e}${VAR:-}", "de");
        check("${A:-${B:-${C}}}/x", "${C}/x");
        check("${VAR:?must be set}", "${VAR}");
        check("${VAR:+alt}", "${VAR:+alt}");
        check("registry:${PORT:-5000}/img:${TAG:-1.0}", "registry:5000/img:1.0");
        check("${VAR", "${VAR");
        check("${VAR:-d", "${VAR:-d");
        check("${}", "${}");
        check("}$", "}$");
        check("${VAR:-a}b}", "ab}");
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}x{}", "${A:-".repeat(10_000), "}".repeat(10_000));
        let mut out = String::new();
        let _ = interpolate(&deep, 0, &mut out);
        assert!(out.len() <= deep.len());
    }
}
