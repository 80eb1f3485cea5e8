//! Compose services, Kubernetes containers and Secrets, Dockerfiles.
//!
//! The text of such a file is searched for secrets like any other; here comes what its structure adds: a Kubernetes variable has its name and
//! its value on two lines, and the values of a Secret are base64.

use super::{commands, environment};
use crate::secrets::{Found, Rule, assign::NameKind, assign::Strictness, report, search};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use probity_model::{Facts, Lines, Node, Place, dockerfile::Instruction, document::Document, kubernetes::Resource};

/// Adds the facts that a configuration document holds.
pub fn document_facts(path: &str, document: &Document, out: &mut Facts) {
    match document {
        Document::Dockerfile(file) => {
            for instruction in file.global_args.iter().chain(file.stages.iter().flat_map(|stage| &stage.instructions)) {
                instruction_facts(path, instruction, out);
            }
        }
        Document::Compose(project) => {
            for service in &project.services {
                if let Some(environment) = service.node.get("environment") {
                    compose_environment(path, environment, out);
                }
                for key in ["command", "entrypoint"] {
                    if let Some(node) = service.node.get(key) {
                        let words: Vec<&str> = node.text().into_iter().chain(node.items().iter().filter_map(Node::text)).collect();
                        commands::debug(&words.join(" "), &place(path, node.lines), out);
                    }
                }
            }
        }
        Document::Kubernetes(resource) => kubernetes(path, resource, out),
    }
}

fn place(path: &str, lines: Lines) -> Place {
    Place { lines: Some(lines), ..Place::file(path) }
}

fn instruction_facts(path: &str, instruction: &Instruction, out: &mut Facts) {
    let at = place(path, instruction.lines);
    match instruction.keyword.as_str() {
        "ENV" | "ARG" => {
            for (name, value) in &instruction.pairs {
                if let Some(value) = value {
                    environment::variable(name, value, &at, out);
                }
            }
        }
        "CMD" | "ENTRYPOINT" => commands::debug(&instruction.command(), &at, out),
        _ => {}
    }
}

/// A map, or a list of `NAME=value`.
fn compose_environment(path: &str, node: &Node, out: &mut Facts) {
    for entry in node.entries() {
        if let Some(value) = entry.value.text() {
            environment::variable(&entry.key, value, &place(path, entry.lines()), out);
        }
    }
    for item in node.items() {
        if let Some((name, value)) = item.text().and_then(|text| text.split_once('=')) {
            environment::variable(name, value, &place(path, item.lines), out);
        }
    }
}

fn kubernetes(path: &str, resource: &Resource, out: &mut Facts) {
    for container in resource.pod().into_iter().flat_map(probity_model::kubernetes::Pod::containers) {
        for variable in container.node.items_of("env") {
            if let (Some(name), Some(value)) = (variable.text_of("name"), variable.text_of("value")) {
                let at = place(path, variable.lines);
                environment::variable(name, value, &at, out);
                environment::secret(name, value, &at, out);
            }
        }
        for key in ["command", "args"] {
            let words: Vec<&str> = container.node.items_of(key).iter().filter_map(Node::text).collect();
            if let Some(node) = container.node.get(key) {
                commands::debug(&words.join(" "), &place(path, node.lines), out);
            }
        }
    }
    match resource.kind.as_str() {
        "ConfigMap" => {
            for entry in resource.root.get("data").map(Node::entries).unwrap_or_default() {
                if let Some(value) = entry.value.text() {
                    environment::variable(&entry.key, value, &place(path, entry.lines()), out);
                }
            }
        }
        "Secret" if !resource.api_version.contains('/') => secret(path, resource, out),
        _ => {}
    }
}

/// The values of a Secret that is written down in a manifest. Certificates and empty values are none.
fn secret(path: &str, resource: &Resource, out: &mut Facts) {
    for (field, encoded) in [("data", true), ("stringData", false)] {
        for entry in resource.root.get(field).map(Node::entries).unwrap_or_default() {
            let Some(text) = entry.value.text() else { continue };
            let value = if encoded {
                let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                let Ok(bytes) = STANDARD.decode(digits) else { continue };
                String::from_utf8_lossy(&bytes).into_owned()
            } else {
                text.to_owned()
            };
            let at = place(path, entry.lines());
            environment::variable(&entry.key, &value, &at, out);
            let line = format!("{}: {value}", entry.key);
            let start = entry.key.len() + 2;
            let mut found: Vec<Found> = Vec::new();
            // Plain text of `stringData` is found where the file is searched as text.
            let scanned = if encoded { search(line.as_bytes(), Strictness::Literal, "", &mut found) } else { line.len() };
            if found.is_empty() && is_literal(&entry.key, &value) {
                let rule: &'static Rule = crate::secrets::kubernetes_secret_rule();
                found.push(Found::new(rule, start..line.len()));
            }
            report(line.as_bytes(), scanned, found, out, &mut |_| at.clone());
        }
    }
}

/// Whether a value is written out, and is not a public part of the object.
fn is_literal(key: &str, value: &str) -> bool {
    let public = [
        "ca.crt",
        "tls.crt",
        "username",
        "user",
        "host",
        "hostname",
        "port",
        "database",
        "dbname",
        "namespace",
        "url",
        "endpoint",
        "region",
        "email",
        "server",
    ];
    let template = ["${", "{{", "<", "$("].iter().any(|mark| value.contains(mark))
        || value.starts_with('$')
        || value.starts_with("vault:")
        || value.starts_with("ref+");
    let named_public = public.iter().any(|name| key.eq_ignore_ascii_case(name)) && NameKind::of(key).is_none();
    !value.trim().is_empty() && !template && !named_public && !value.contains("BEGIN CERTIFICATE")
}
