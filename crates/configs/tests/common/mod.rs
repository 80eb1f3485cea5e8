//! Renders what was parsed, compactly and with lines, so that a test is a text and what it should become.

#![allow(clippy::unwrap_used, reason = "writing to a string does not fail")]
#![allow(dead_code, reason = "no test file uses all of it")]

use probity_configs::{Limits, Parsed, parse};
use probity_model::{
    Diagnostic, Lines, Node,
    document::{Document, SourceFile},
    node::{Scalar, ScalarKind, Value},
};
use std::fmt::Write as _;

/// Parses and compares.
#[track_caller]
pub(crate) fn check(path: &str, text: &str, expected: &str) {
    check_bytes(path, text.as_bytes(), expected);
}

#[track_caller]
pub(crate) fn check_bytes(path: &str, bytes: &[u8], expected: &str) {
    let shown = render(&parse(path, bytes, &Limits::default()));
    assert_eq!(shown.trim(), unindent(expected).trim(), "\n--- got\n{shown}---");
}

pub(crate) fn unindent(text: &str) -> String {
    let indent = text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    text.lines().map(|line| line.get(indent..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

pub(crate) fn render(parsed: &Parsed) -> String {
    let mut out = String::new();
    for diagnostic in &parsed.diagnostics {
        render_diagnostic(diagnostic, &mut out);
    }
    if let Some(file) = &parsed.file {
        render_file(file, &mut out);
    }
    out
}

pub(crate) fn render_diagnostic(diagnostic: &Diagnostic, out: &mut String) {
    let affects: Vec<String> = diagnostic.affects.iter().map(ToString::to_string).collect();
    let place = diagnostic.lines.map_or_else(|| "-".to_owned(), range);
    let column = diagnostic.column.map(|column| format!(":{column}")).unwrap_or_default();
    let level = format!("{:?}", diagnostic.level).to_lowercase();
    writeln!(out, "{level} {place}{column} {}: {} [{}]", diagnostic.reason, diagnostic.message, affects.join(",")).unwrap();
}

pub(crate) fn render_file(file: &SourceFile, out: &mut String) {
    for document in &file.documents {
        match document {
            Document::Kubernetes(object) => {
                writeln!(out, "object {} {} {}", object.api_version, object.display_name(), range(object.lines)).unwrap();
                node(&object.root, 1, out);
            }
            Document::Compose(project) => {
                writeln!(out, "project {}", project.name.as_deref().unwrap_or("-")).unwrap();
                for service in &project.services {
                    let extra = format!("{}{}", list(" profiles", &service.profiles), list(" env_files", &service.env_files));
                    writeln!(out, "service {} {}{extra}", service.name, range(service.lines)).unwrap();
                    node(&service.node, 1, out);
                }
            }
            Document::Dockerfile(dockerfile) => {
                if let Some(syntax) = &dockerfile.syntax {
                    writeln!(out, "syntax {syntax}").unwrap();
                }
                for instruction in &dockerfile.global_args {
                    render_instruction(instruction, out);
                }
                for stage in &dockerfile.stages {
                    let name = stage.name.as_deref().map(|name| format!(" as {name}")).unwrap_or_default();
                    let platform = stage.platform.as_deref().map(|platform| format!(" on {platform}")).unwrap_or_default();
                    let parent = stage.parent.map(|parent| format!(" <- {parent}")).unwrap_or_default();
                    writeln!(out, "from {}{name}{platform}{parent} {}", stage.image, range(stage.lines)).unwrap();
                    for instruction in &stage.instructions {
                        render_instruction(instruction, out);
                    }
                }
            }
        }
    }
    for ignore in &file.ignores {
        let until = ignore.until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
        let reason = ignore.reason.as_deref().map(|reason| format!(" because {reason}")).unwrap_or_default();
        writeln!(out, "ignore {} on {} covers {}{until}{reason}", ignore.ids.join(","), ignore.line, range(ignore.scope)).unwrap();
    }
}

fn render_instruction(instruction: &probity_model::dockerfile::Instruction, out: &mut String) {
    let mut line = format!("  {}{}", if instruction.onbuild { "onbuild " } else { "" }, instruction.keyword);
    for flag in &instruction.flags {
        let value = flag.value.as_deref().map(|value| format!("={value}")).unwrap_or_default();
        write!(line, " --{}{value}", flag.name).unwrap();
    }
    if instruction.pairs.is_empty() {
        write!(line, " {}{:?}", if instruction.json { "exec " } else { "" }, instruction.value).unwrap();
    } else {
        for (name, value) in &instruction.pairs {
            write!(line, " {name}={value:?}").unwrap();
        }
    }
    for heredoc in &instruction.heredocs {
        let kind = if heredoc.expand { "" } else { " literal" };
        write!(line, " <<{}{kind} {} {:?}", heredoc.name, range(heredoc.lines), heredoc.content).unwrap();
    }
    writeln!(out, "{line} {}", range(instruction.lines)).unwrap();
}

fn list(label: &str, items: &[String]) -> String {
    if items.is_empty() { String::new() } else { format!("{label}={}", items.join(",")) }
}

pub(crate) fn range(lines: Lines) -> String {
    if lines.start == lines.end { format!("@{}", lines.start) } else { format!("@{}-{}", lines.start, lines.end) }
}

/// `key@line: value @lines`, children indented.
pub(crate) fn node(node: &Node, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match &node.value {
        Value::Scalar(_) => writeln!(out, "{indent}{}", inline(node)).unwrap(),
        Value::Seq(items) => {
            for item in items {
                if matches!(item.value, Value::Scalar(_)) || item.items().is_empty() && item.entries().is_empty() {
                    writeln!(out, "{indent}- {}", inline(item)).unwrap();
                } else {
                    writeln!(out, "{indent}- {}", range(item.lines)).unwrap();
                    self::node(item, depth + 1, out);
                }
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let value = &entry.value;
                if matches!(value.value, Value::Scalar(_)) || value.items().is_empty() && value.entries().is_empty() {
                    writeln!(out, "{indent}{}@{}: {}", entry.key, entry.line, inline(value)).unwrap();
                } else {
                    let tag = value.tag.as_deref().map(|tag| format!(" !{tag}")).unwrap_or_default();
                    writeln!(out, "{indent}{}@{}:{tag} {}", entry.key, entry.line, range(value.lines)).unwrap();
                    self::node(value, depth + 1, out);
                }
            }
        }
    }
}

fn inline(node: &Node) -> String {
    let tag = node.tag.as_deref().map(|tag| format!("!{tag} ")).unwrap_or_default();
    let value = match &node.value {
        Value::Scalar(Scalar { text, kind }) => match kind {
            ScalarKind::Null => "null".to_owned(),
            ScalarKind::Bool(value) => format!("{value}"),
            ScalarKind::Int(value) => format!("{value}"),
            ScalarKind::Float(value) => format!("{value:?}"),
            ScalarKind::Str => format!("{text:?}"),
        },
        Value::Seq(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
    };
    format!("{tag}{value} {}", range(node.lines))
}
