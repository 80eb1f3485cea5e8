//! Runs the examples of every `check.md`, and holds the registry to its rules.

use probity_checks::{Example, Expectation, all, examples};
use probity_model::{
    Capability, InputKind, Severity,
    check::{Check, CheckSettings, Input, ManifestSet, Verdict},
    document::Document,
};
use std::{collections::BTreeMap, path::Path};

/// The moment that examples with dates are judged at: 2026-01-01.
const AS_OF: i64 = 1_767_225_600;

/// What a check says about an example: first lines of violations, or a word.
fn judge(check: &dyn Check, example: &Example<'_>) -> Result<String, String> {
    let name = match example.language {
        "dockerfile" => "Dockerfile",
        "compose" => "docker-compose.yml",
        "json" => "example.json",
        _ => "example.yaml",
    };
    let parsed = probity_configs::parse(name, example.text.as_bytes(), &probity_configs::Limits::default());
    if !parsed.diagnostics.is_empty() {
        return Err(format!("the example does not parse cleanly: {:?}", parsed.diagnostics));
    }
    let file = parsed.file.ok_or("the example is not recognised as a document")?;
    let default = CheckSettings::default();
    let settings = CheckSettings {
        as_of: AS_OF,
        trusted_registries: example.trusted.iter().map(|&registry| registry.to_owned()).collect(),
        kubernetes: example.kubernetes.unwrap_or(default.kubernetes),
    };
    let mut set = ManifestSet::default();
    let mut verdicts = Vec::new();
    for document in &file.documents {
        let inputs: Vec<Input<'_>> = match document {
            Document::Dockerfile(file) => vec![Input::Dockerfile(file)],
            Document::Compose(project) => project.services.iter().map(|s| Input::ComposeService(s, project)).collect(),
            Document::Kubernetes(object) => {
                set.objects.push(object);
                vec![Input::Kubernetes(object)]
            }
        };
        for input in inputs.iter().filter(|input| check.wants(input)) {
            verdicts.push(check.evaluate(input, &settings).map_err(|err| err.to_string())?);
        }
    }
    if check.wants(&Input::Manifests(&set)) {
        verdicts.push(check.evaluate(&Input::Manifests(&set), &settings).map_err(|err| err.to_string())?);
    }
    let mut lines = Vec::new();
    let mut word = "skips";
    for verdict in verdicts {
        match verdict {
            Verdict::Pass { .. } if word == "unassessed" => {}
            Verdict::Pass { .. } => word = "passes",
            Verdict::NotApplicable { .. } => {}
            Verdict::NotAssessed { why, .. } => {
                if why.is_empty() || why.ends_with('.') {
                    return Err(format!("a reason is a sentence without a full stop: {why:?}"));
                }
                word = "unassessed";
            }
            Verdict::Fail(violations) => {
                for violation in violations {
                    if violation.message.is_empty() || violation.message.ends_with('.') {
                        return Err(format!("a message is a sentence without a full stop: {:?}", violation.message));
                    }
                    lines.push(violation.lines.map_or(0, |lines| lines.start));
                }
            }
        }
    }
    Ok(if lines.is_empty() { word.to_owned() } else { format!("fails at {lines:?}") })
}

#[test]
fn examples_come_out_as_they_say() {
    let mut wrong = Vec::new();
    for check in all() {
        if matches!(check.meta().input, InputKind::Image) {
            continue; // Image examples need the whole pipeline: the engine's tests run them.
        }
        for example in examples(check.doc()) {
            let expected = match &example.expect {
                Expectation::Passes => "passes".to_owned(),
                Expectation::Skips => "skips".to_owned(),
                Expectation::Unassessed => "unassessed".to_owned(),
                Expectation::Fails(lines) => format!("fails at {lines:?}"),
            };
            let actual = judge(check, &example).unwrap_or_else(|err| err);
            if actual != expected {
                wrong.push(format!("{} check.md:{}: expected {expected}, got {actual}", check.meta().id, example.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_says_who_it_is() {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for check in all() {
        let meta = check.meta();
        let id = meta.id.as_str();
        assert!(!id.is_empty() && !meta.slug.is_empty() && !meta.title.is_empty(), "{id}: id, slug and title are needed");
        assert!(meta.title.chars().count() <= 80 && !meta.title.ends_with('.'), "{id}: a title is short and has no full stop");
        assert!(meta.description.len() > 40, "{id}: the first paragraph says why it matters");
        assert!(meta.remediation.len() > 10, "{id}: a remediation says what to change");
        assert!(meta.severity > Severity::Unknown, "{id}: severity");
        assert!(meta.input != InputKind::Repo, "{id}: input");
        assert_eq!(meta.needs.is_empty(), meta.input != InputKind::Image, "{id}: checks of images, and no others, say what they need");
        assert!(!meta.needs.contains(&Capability::Everything), "{id}: `needs` has a word that is no capability");
        for name in std::iter::once(id).chain(meta.aliases.iter().map(String::as_str)) {
            if let Some(other) = owners.insert(name.to_ascii_uppercase(), id.to_owned()) {
                assert_eq!(other, id, "`{name}` names two checks");
            }
        }
    }
}

#[test]
fn registries_name_every_folder() {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalogue");
    let mut folders = 0;
    for input in catalogue.read_dir().unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for folder in input.path().read_dir().unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
            assert!(folder.path().join("check.md").exists(), "{} has no check.md", folder.path().display());
            folders += 1;
        }
    }
    assert_eq!(folders, all().count(), "folders below catalogue/ and registered checks differ");
}
