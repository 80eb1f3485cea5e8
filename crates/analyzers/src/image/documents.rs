//! Compose services, Kubernetes containers and Secrets, Dockerfiles.
//!
//! The text of such a file is searched for secrets like any other; here comes what its structure adds: a Kubernetes variable has its name and
//! its value on two lines, and the values of a Secret are base64. A Secret also holds what is none: addresses, switches, placeholders.

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
            if is_placeholder(value.trim()) {
                continue;
            }
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
        "type",
        "name",
        "project",
    ];
    let template = ["${", "{{", "<", "$("].iter().any(|mark| value.contains(mark))
        || value.starts_with('$')
        || value.starts_with("vault:")
        || value.starts_with("ref+");
    let named_public = public.iter().any(|name| key.eq_ignore_ascii_case(name)) && NameKind::of(key).is_none();
    !value.trim().is_empty() && !template && !named_public && !value.contains("BEGIN CERTIFICATE") && !is_plain(key, value.trim())
}

/// Says that a value is still to be filled in.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let flat: String = lower.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
    let starts = ["replace_", "replace-", "insert_", "insert-", "your_", "your-", "<"].iter().any(|start| lower.starts_with(start));
    (starts && (!lower.starts_with('<') || lower.ends_with('>')))
        || matches!(flat.as_str(), "changeme" | "replaceme" | "replacethis" | "changethis" | "placeholder" | "todo" | "fixme" | "redacted")
        || (value.len() >= 3 && value.bytes().all(|byte| matches!(byte, b'x' | b'X' | b'*' | b'.')))
}

/// Whether a value is evidently a setting: a switch, a small number, a word of configuration, the address of a server. Behind the name of a
/// password only switches are, because people choose bad passwords.
fn is_plain(key: &str, value: &str) -> bool {
    const SWITCHES: &[&str] = &["true", "false", "yes", "no", "on", "off", "null", "none", "enabled", "disabled"];
    const WORDS: &[&str] = &[
        "git",
        "helm",
        "oci",
        "main",
        "master",
        "default",
        "production",
        "staging",
        "development",
        "info",
        "debug",
        "warn",
        "error",
        "http",
        "https",
        "tcp",
        "udp",
        "ssh",
        "basic",
        "require",
        "disable",
        "verify-full",
        "verify-ca",
        "prefer",
    ];
    let lower = value.to_ascii_lowercase();
    if SWITCHES.contains(&lower.as_str()) {
        return true;
    }
    if NameKind::of(key) == Some(NameKind::Password) {
        return false;
    }
    let small = value.len() < 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    small || WORDS.contains(&lower.as_str()) || is_address(value)
}

/// A host name, or a URL that gives nothing away: no user, no query and no part of its path that could be a token.
fn is_address(value: &str) -> bool {
    let (url, rest) = match value.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, value),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let labels = || host.split('.');
    let named = !host.is_empty()
        && host.len() <= 253
        && labels().all(|label| {
            !label.is_empty()
                && label.len() <= 40
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
    // Without a scheme a name needs a domain of letters, or to be a number of four parts.
    let domain = labels().count() > 1 && labels().next_back().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_lowercase()));
    let number = labels().count() == 4 && labels().all(|label| label.parse::<u8>().is_ok());
    let token = |part: &str| part.len() >= 20 && part.bytes().any(|byte| byte.is_ascii_digit());
    named
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && (url || ((domain || number) && path.is_empty()))
        && !path.contains(['@', '?', '#', '='])
        && !path.split('/').any(token)
}
