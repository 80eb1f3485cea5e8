//! Builds the images that `check.md` files of image checks describe, scans each through the whole pipeline, and compares the outcome of that
//! check with what the example says.
//!
//! An example is YAML: `config` in Docker's spelling, `history` (text of `created_by`), `files` of the first layer, more `layers` with `files`
//! and `remove`. A file is its content, or `{text, elf, mode}`.

use probity_checks::{Example, Expectation, Native, all, examples};
use probity_engine::{Progress, Request, scan};
use probity_model::{
    InputKind, Node, RuleMeta,
    check::{Check, CheckSettings},
    finding::Outcome,
    report::{Run, Tool},
};
use probity_testkit::image::{ImageBuilder, Layer, docker_save};
use serde_json::{Map, Value, json};
use std::{path::Path, sync::Arc};

/// The moment that examples with dates are judged at: 2026-01-01.
const AS_OF: i64 = 1_767_225_600;

fn json_of(node: &Node) -> Value {
    match &node.value {
        probity_model::node::Value::Seq(items) => items.iter().map(json_of).collect(),
        probity_model::node::Value::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.to_string(), json_of(&entry.value))).collect::<Map<_, _>>())
        }
        probity_model::node::Value::Scalar(_) => match node.as_bool() {
            Some(value) => json!(value),
            None => node.text().map_or(Value::Null, |text| json!(text)),
        },
    }
}

fn layer(description: &Node) -> Layer {
    let mut layer = Layer::new();
    for entry in description.get("files").map(Node::entries).unwrap_or_default() {
        let text = entry.value.text().or_else(|| entry.value.text_of("text")).unwrap_or_default();
        // What an executable for Linux begins with.
        let content =
            if entry.value.bool_of("elf") == Some(true) { b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec() } else { text.into() };
        layer = layer.file(&entry.key, content);
        if let Some(mode) = entry.value.text_of("mode") {
            layer = layer.mode(u32::from_str_radix(mode, 8).expect("a mode is octal"));
        }
    }
    for path in description.items_of("remove") {
        layer = layer.whiteout(path.text().expect("a path is text"));
    }
    layer
}

fn image(text: &str) -> ImageBuilder {
    let documents = probity_configs::parse_yaml(text, &probity_configs::Limits::default()).expect("an example is YAML");
    let description = documents.first().expect("an example is a document");
    let mut builder = ImageBuilder::new().tag("example:1");
    for field in description.get("config").map(Node::entries).unwrap_or_default() {
        builder = builder.config(&field.key, json_of(&field.value));
    }
    // A step without a text is one that nobody knows how it was made.
    let first = layer(description);
    if !first.entries.is_empty() || description.get("layers").is_none() {
        builder = builder.layer("", first);
    }
    for more in description.items_of("layers") {
        builder = builder.layer("", layer(more));
    }
    for step in description.items_of("history") {
        builder = builder.instruction(step.text().expect("a step is text"));
    }
    builder
}

/// What the check says of the example's image: a word, and messages of violations.
fn outcome(meta: &RuleMeta, example: &Example<'_>, path: &Path) -> (&'static str, Vec<String>) {
    std::fs::write(path, docker_save(&[image(example.text)]).tar()).expect("the folder can be written to");
    let request = Request {
        targets: vec![path.to_str().expect("the path is text").to_owned()],
        options: probity_targets::Options::default(),
        configs: probity_configs::Limits::default(),
        settings: CheckSettings { as_of: AS_OF, ..CheckSettings::default() },
        frameworks: Vec::new(),
        policy: probity_compliance::Policy::new("2026-01-01T00:00:00Z".parse().expect("a constant")),
        as_of: "2026-01-01T00:00:00Z".to_owned(),
        tool: Tool { name: "test", version: "0" },
        run: Run::default(),
        progress: Arc::new(Progress::default()),
        judge: true,
        secrets: None,
        evidence: probity_engine::EvidencePolicy::BySubject,
        knowledge: None,
        cache: None,
        suppressions: probity_engine::Suppressions::default(),
    };
    let report = scan(&request).expect("the archive is readable");
    let mut word = "skips";
    let mut messages = Vec::new();
    for finding in &report.ledger.findings {
        if report.ledger.rule(finding.rule).is_none_or(|rule| rule.id != meta.id) {
            continue;
        }
        match &finding.outcome {
            Outcome::Pass { .. } => word = "passes",
            Outcome::NotApplicable { .. } => {}
            Outcome::NotAssessed { why, .. } => {
                word = "unassessed";
                messages.push(why.to_string());
            }
            Outcome::Fail(violation) => {
                word = "fails";
                assert!(
                    !violation.message.is_empty() && !violation.message.ends_with('.'),
                    "a message has no full stop: {}",
                    violation.message
                );
                assert!(violation.path.is_some() || !violation.locator.is_empty(), "{}: a violation says where", violation.message);
                messages.push(violation.message.clone());
            }
        }
    }
    (word, messages)
}

#[test]
fn examples_of_image_checks_come_out_as_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    let mut wrong = Vec::new();
    let mut tried = 0;
    for check in all().filter(|check: &&'static Native| check.meta().input == InputKind::Image) {
        for example in examples(check.doc()) {
            tried += 1;
            let expected = match &example.expect {
                Expectation::Fails(_) => "fails",
                Expectation::Passes => "passes",
                Expectation::Skips => "skips",
                Expectation::Unassessed => "unassessed",
            };
            let (word, messages) = outcome(check.meta(), &example, &path);
            if word != expected {
                wrong.push(format!("{} check.md:{}: expected {expected}, got {word} {messages:?}", check.meta().slug, example.line));
            }
        }
    }
    assert!(tried > 40, "only {tried} examples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
