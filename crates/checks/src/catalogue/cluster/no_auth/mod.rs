//! `PB-K8S-0130`: workloads that accept everybody or a password that everybody knows.
//!
//! Values that come from Secrets and ConfigMaps are looked up among the manifests; one that is not there is not known.

use crate::{
    catalogue::{
        cluster::namespaces,
        no_auth::{self, Says},
        tally::Tally,
    },
    native::check,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use probity_model::{
    check::{CheckSettings, ManifestSet, Verdict},
    diagnostic::Reason,
    finding::Violation,
    kubernetes::{Container, Resource},
    node::{Entry, Node},
    place::Lines,
};
use std::{borrow::Cow, collections::HashMap};

check!(Manifests, run);

/// Objects that hold values for variables: by kind, namespace, name.
type Sources<'a> = HashMap<(&'a str, &'a str, &'a str), &'a Resource>;

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let mut sources: Sources<'_> = HashMap::new();
    for object in set.objects.iter().filter(|object| object.group().is_empty()) {
        if matches!(object.kind.as_str(), "Secret" | "ConfigMap") {
            sources.insert((&object.kind, namespaces::of(object), &object.name), object);
        }
    }
    let mut tally = Tally::default();
    for (index, object) in set.objects.iter().copied().enumerate() {
        let Some(pod) = object.pod() else { continue };
        for container in pod.containers() {
            Judge { index, namespace: namespaces::of(object), container, sources: &sources, tally: &mut tally }.container();
        }
    }
    tally.verdict_or("the manifests have no workloads")
}

struct Judge<'j, 'a> {
    index: usize,
    namespace: &'a str,
    container: Container<'a>,
    sources: &'j Sources<'a>,
    tally: &'j mut Tally,
}

impl<'a> Judge<'_, 'a> {
    fn container(&mut self) {
        self.tally.saw();
        let node = self.container.node;
        for (at, variable) in node.items_of("env").iter().enumerate() {
            self.variable(variable, &format!("env[{at}]"));
        }
        for (at, source) in node.items_of("envFrom").iter().enumerate() {
            self.all_of(source, &format!("envFrom[{at}]"));
        }
        for key in ["command", "args"] {
            let Some(entry) = node.entry(key) else { continue };
            if let Some(option) = no_auth::option(&entry.value) {
                self.fail(&format!("is started with `{option}`"), key, entry.lines());
            }
        }
    }

    fn variable(&mut self, variable: &'a Node, field: &str) {
        let Some(name) = variable.text_of("name").filter(|name| no_auth::matters(name)) else { return };
        if let Some(value) = variable.text_of("value") {
            return self.value(name, value, field, variable.lines);
        }
        let from = |key: &str| variable.at(&["valueFrom", key]);
        let (kind, reference) = match (from("secretKeyRef"), from("configMapKeyRef")) {
            (Some(reference), _) => ("Secret", reference),
            (None, Some(reference)) => ("ConfigMap", reference),
            // Fields of the pod are no passwords.
            (None, None) => return,
        };
        let key = reference.text_of("key").unwrap_or_default();
        match self.source(kind, reference) {
            Some(source) => {
                if let Some((value, _)) = values(source).into_iter().find(|(_, entry)| *entry.key == *key) {
                    self.value(name, &value, field, variable.lines);
                }
            }
            None => self.unknown(name, kind, reference),
        }
    }

    /// Every key of a Secret or ConfigMap as a variable.
    fn all_of(&mut self, from: &'a Node, field: &str) {
        let prefix = from.text_of("prefix").unwrap_or_default();
        for (kind, key) in [("Secret", "secretRef"), ("ConfigMap", "configMapRef")] {
            let Some(reference) = from.get(key) else { continue };
            match self.source(kind, reference) {
                Some(source) => {
                    for (value, entry) in values(source) {
                        let name = format!("{prefix}{}", entry.key);
                        if no_auth::matters(&name) {
                            self.value(&name, &value, field, from.lines);
                        }
                    }
                }
                None => self.unknown("variables", kind, reference),
            }
        }
    }

    fn source(&self, kind: &str, reference: &'a Node) -> Option<&'a Resource> {
        self.sources.get(&(kind, self.namespace, reference.text_of("name")?)).copied()
    }

    fn value(&mut self, name: &str, value: &str, field: &str, lines: Lines) {
        match no_auth::says(name, value) {
            Says::Open => self.fail(&format!("asks for no password (`{name}={value}`)"), field, lines),
            Says::Known => self.fail(&format!("has a password that everybody knows in `{name}`"), field, lines),
            Says::Nothing => {}
        }
    }

    fn fail(&mut self, what: &str, field: &str, lines: Lines) {
        let message = format!("container `{}` {what}", self.container.name);
        self.tally.fail(Violation { object: Some(self.index), ..Violation::new(message, self.container.field_path(field), lines) });
    }

    fn unknown(&mut self, name: &str, kind: &str, reference: &Node) {
        let container = self.container.name;
        let source = reference.text_of("name").unwrap_or_default();
        self.tally.unknown_because(Reason::TargetKindMissing, || {
            format!("container `{container}` has `{name}` from {kind} `{source}`, which is not among the manifests")
        });
    }
}

/// The values of a Secret or ConfigMap, as text.
fn values(source: &Resource) -> Vec<(Cow<'_, str>, &Entry)> {
    let texts = |key: &str| source.root.get(key).map(Node::entries).unwrap_or_default();
    let mut values: Vec<(Cow<'_, str>, &Entry)> = Vec::new();
    for entry in texts("stringData") {
        values.extend(entry.value.text().map(|text| (Cow::Borrowed(text), entry)));
    }
    for entry in texts("data") {
        let Some(text) = entry.value.text() else { continue };
        if source.kind == "ConfigMap" {
            values.push((Cow::Borrowed(text), entry));
        } else if let Ok(bytes) = STANDARD.decode(text.trim()) {
            values.push((Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()), entry));
        }
    }
    values
}
