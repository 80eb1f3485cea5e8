//! Commands that explain: frameworks and checks.

use crate::lab::Lab;

fn run(arguments: &str) -> String {
    let ran = Lab::new().run(arguments).exits(0);
    assert!(ran.err.is_empty(), "{arguments}: {}", ran.err);
    ran.out
}

/// `id@version` of everything that `framework list` lists.
fn frameworks() -> Vec<String> {
    run("framework list")
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.contains('@'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_framework_is_listed_shown_and_explained() {
    let names = frameworks();
    for id in ["cis-docker", "cis-kubernetes", "nist-800-190", "nsa-k8s", "pci-dss", "pss-baseline", "pss-restricted"] {
        assert!(names.iter().any(|name| name.starts_with(&format!("{id}@"))), "{id}: {names:?}");
    }
    for name in names {
        let shown = run(&format!("framework show {name}"));
        let controls: Vec<&str> = shown.split_once("\n\n").unwrap().1.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert!(!controls.is_empty(), "{name}: {shown}");
        for control in [controls[0], controls[controls.len() / 2], controls[controls.len() - 1]] {
            let explained = run(&format!("framework explain {name} {control}"));
            assert!(explained.contains(&format!("/{control}  ")), "{name} {control}: {explained}");
            assert!(explained.contains("verifiability"), "{name} {control}: {explained}");
        }
    }
}

#[test]
fn what_is_not_there_is_2_with_the_nearest_name() {
    let lab = Lab::new();
    lab.run("framework show pci-ds").exits(2).says("pci-dss");
    lab.run("framework explain pss-restricted baseline.privilegd").exits(2).says("did you mean `baseline.privileged`?");
    lab.run("framework lint @missing.yaml").exits(2).says("missing.yaml");
    lab.run("check show KSV-9999").exits(2).says("there is no check");
}

#[test]
fn every_shipped_framework_lints_without_errors() {
    let text = run("framework lint");
    let summary = text.lines().last().unwrap();
    assert!(summary.starts_with(&format!("{} linted: 0 errors", frameworks().len())), "{text}");
}

#[test]
fn a_framework_of_ones_own_is_linted() {
    let lab = Lab::new();
    lab.put(
        "own.yaml",
        "framework:\n  id: own\n  title: Our rules\n  version: '1'\n  controls:\n    - id: A-1\n      name: nothing runs privileged\n      severity: HIGH\n      checks:\n        - id: NO-SUCH-CHECK\n",
    );
    let ran = lab.run("framework lint @own.yaml");
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(format!("{}{}", ran.out, ran.err).contains("own"), "{}{}", ran.out, ran.err);
}

#[test]
fn every_listed_check_can_be_shown() {
    let list = run("check list");
    let ids: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(ids.len() > 50, "{list}");
    // A run for each would take long: the first, the last, and some between.
    for id in ids.iter().step_by(40).chain(ids.last()) {
        let shown = run(&format!("check show {id}"));
        assert!(shown.starts_with(id) && shown.contains("what to change:") && shown.contains("```"), "{shown}");
    }
}

#[test]
fn advice_says_which_input_answers_how_many_controls() {
    let text = run("compliance advise -f pci-dss");
    assert!(text.starts_with("pci-dss") && text.contains("controls"), "{text}");
    let rows = text.lines().skip(1).filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit())).count();
    assert!(rows >= 2, "{text}");
}
