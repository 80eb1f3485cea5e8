//! Answers that say what is the case: what is counted once, what is refused, and what is not said twice.

use crate::lab::{BAD, GOOD, Lab};

const COMPLIANCE: &str = "compliance -f pss-restricted --as-of 2026-06-01";

/// Runs and wants an exit code and words on standard error.
#[track_caller]
fn refused(lab: &Lab, arguments: &str, says: &str) {
    let ran = lab.run(arguments);
    assert_eq!(ran.code, 2, "{arguments}\n{}{}", ran.err, ran.out);
    assert!(ran.err.contains(says), "{arguments}: wanted {says}\n{}", ran.err);
}

#[test]
fn a_target_that_is_named_twice_is_judged_once() {
    let lab = Lab::new();
    let once = lab.json(&format!("{COMPLIANCE} bad.yaml"));
    let twice = lab.json(&format!("{COMPLIANCE} bad.yaml ./bad.yaml --k8s bad.yaml"));
    assert_eq!(twice["body_digest"], once["body_digest"]);
}

#[test]
fn options_that_would_be_ignored_are_refused() {
    let lab = Lab::new();
    lab.put("certs.pem", "no certificate\n");
    for (options, says) in [
        ("--image shop", "`--image shop` chooses among images, and no target is one"),
        ("--platform linux/arm64", "`--platform linux/arm64` chooses among images"),
        ("--ca-cert certs.pem", "certs.pem"),
        ("--ca-cert missing.pem", "missing.pem"),
        ("--kubernetes-version 2.1", "--kubernetes-version"),
    ] {
        refused(&lab, &format!("{COMPLIANCE} good.yaml {options}"), says);
    }
    let newer = lab.run(&format!("{COMPLIANCE} good.yaml --kubernetes-version 1.99"));
    assert!(newer.err.contains("warning: this build knows Kubernetes up to 1."), "{}", newer.err);
}

#[test]
fn a_parameter_of_a_wrong_type_is_refused() {
    let lab = Lab::new();
    let pci = "compliance -f pci-dss --as-of 2026-06-01 good.yaml";
    refused(&lab, &format!("{pci} --params critical_days=abc"), "parameter `critical_days` takes a whole number, and `abc` is none");
    refused(&lab, &format!("{pci} --params pci-dss/purl_coverage=all"), "parameter `purl_coverage` takes a number, and `all` is none");
    lab.put("t.yaml", "tailoring: {id: t, extends: pci-dss, params: {critical_days: soon}}\n");
    refused(&lab, &format!("{pci} --tailoring t.yaml"), "parameter `critical_days` takes a whole number");
    // Outside the guardrail is no mistake: a person decides.
    assert_ne!(lab.run(&format!("{pci} --params critical_days=99")).code, 2);
}

#[test]
fn settings_files_take_one_item_for_a_list_and_are_no_folders() {
    let lab = Lab::new();
    lab.put("probity.yaml", "framework: pss-restricted\ntargets: good.yaml\nas-of: 2026-06-01\n");
    lab.run("compliance").exits(0);
    let lab = Lab::new();
    lab.put("probity.yaml/x", "");
    refused(&lab, &format!("{COMPLIANCE} good.yaml"), "`probity.yaml` is a folder");
}

#[test]
fn messages_are_said_once() {
    let lab = Lab::new();
    lab.put(
        "spec.yaml",
        "spec:\n  id: demo\n  title: Demo\n  version: \"1\"\n  nonsense: 1\n  controls:\n    - {id: \"1\", name: One, severity: HIGH, checks: [{id: KSV-0017}]}\n",
    );
    let linted = lab.run("framework lint spec.yaml").exits(0);
    assert_eq!(linted.out.matches("W-UNKNOWN-KEY").count(), 1, "{}", linted.out);
    let missing = lab.run(&format!("{COMPLIANCE} good.yaml -f @nope.yaml")).exits(2);
    assert_eq!(missing.err.matches("nope.yaml").count(), 1, "{}", missing.err);
}

#[test]
fn one_cause_is_one_gate_line() {
    let lab = Lab::new();
    let ran = lab.run("compliance -f pss-restricted,pss-baseline --as-of 2026-06-01 good.yaml missing.yaml").exits(3);
    let lines = ran.err.lines().filter(|line| line.starts_with("gate: ")).count();
    assert_eq!(lines, 1, "{}", ran.err);
    assert!(ran.err.contains(" more could not be assessed: cannot read `missing.yaml`"), "{}", ran.err);
    // What was lost is not the wrong kind of input.
    assert!(!ran.out.contains("what was given cannot answer"), "{}", ran.out);
    let other = lab.run("compliance -f cis-docker --as-of 2026-06-01 good.yaml");
    assert!(other.out.contains("what was given cannot answer"), "{}", other.out);
}

#[test]
fn accepted_findings_are_neither_the_reason_nor_the_work() {
    let lab = Lab::new();
    let accepted = BAD.replace("        privileged: true", "        privileged: true # probity:ignore KSV-0017");
    let other = BAD.replace("name: bad", "name: other");
    lab.put("both.yaml", format!("{accepted}---\n{other}"));
    let table = lab.run(&format!("{COMPLIANCE} both.yaml")).out;
    let row = table.lines().find(|line| line.starts_with("baseline.privileged ")).unwrap();
    // The accepted one stands on line 11; the other one below the separator.
    assert!(!row.contains("both.yaml:11 ") && row.contains("both.yaml:"), "{row}");
    assert!(table.contains("without end"), "{table}");

    lab.put("accepted.yaml", accepted);
    let table = lab.run(&format!("{COMPLIANCE} accepted.yaml")).out;
    let changes = table.split("What to change first").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
    assert!(!changes.contains("privileged: true"), "{changes}");
}

#[test]
fn stale_ignores_are_shown_without_asking() {
    let lab = Lab::new();
    lab.put("stale.yaml", GOOD.replace("      resources:", "      # probity:ignore KSV-0017 until=2026-01-01\n      resources:"));
    let table = lab.run(&format!("{COMPLIANCE} stale.yaml")).out;
    assert!(table.contains("Ignores without effect") && table.contains("stale.yaml:"), "{table}");
}

#[test]
fn a_severity_filters_what_to_change_too() {
    let lab = Lab::new();
    let all = lab.run(&format!("{COMPLIANCE} bad.yaml")).out;
    let critical = lab.run(&format!("{COMPLIANCE} bad.yaml --severity CRITICAL")).out;
    let changes =
        |table: &str| table.split("What to change first").nth(1).unwrap_or_default().split("\n\n").next().unwrap().lines().count();
    assert!(changes(&critical) < changes(&all), "{critical}");
}

#[test]
fn explanations_are_in_words() {
    let text = Lab::new().run("framework explain pci-dss 3.5.1").exits(0).out;
    assert!(text.contains("pattern `pan`") && !text.contains('{'), "{text}");
}

#[test]
fn a_root_file_system_is_asked_for_its_image() {
    let lab = Lab::new();
    lab.put("root/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    let json = lab.json("compliance -f cis-docker --as-of 2026-06-01 root");
    let control = json["frameworks"][0]["controls"].as_array().unwrap().iter().find(|control| control["id"] == "4.6").unwrap();
    assert_eq!((&control["status"], &control["reason"]), (&"NOT_ASSESSED".into(), &"target-kind-missing".into()), "{control}");
    assert!(control["why"].as_str().unwrap().contains("needs an image"), "{control}");
}

#[test]
fn a_framework_file_can_test_itself() {
    let lab = Lab::new();
    let spec = |expected: &str| {
        format!(
            "spec:\n  id: demo\n  title: Demo\n  version: \"1\"\n  schema: 1\n  controls:\n    - {{id: \"1\", name: One, severity: HIGH, assess: {{all: [{{check: {{ids: [KSV-0017]}}}}]}}}}\n  \
             tests:\n    - {{name: open, given: bad.yaml, as_of: 2026-06-01, expect: {{\"1\": FAIL}}}}\n    - {{given: [good.yaml], expect: {{\"1\": {expected}}}}}\n"
        )
    };
    lab.put("spec/framework.yaml", spec("PASS"));
    lab.put("spec/good.yaml", GOOD);
    lab.put("spec/bad.yaml", BAD);
    let good = lab.run("framework test spec/framework.yaml").exits(0);
    assert!(good.out.contains("2 as expected, 0 not"), "{}", good.out);
    lab.put("spec/framework.yaml", spec("not-assessed"));
    let other = lab.run("framework test spec/framework.yaml").exits(1);
    assert!(other.out.contains("test 2: 1 is PASS and not not-assessed"), "{}", other.out);
    lab.put("spec/framework.yaml", spec("MAYBE"));
    refused(&lab, "framework test spec/framework.yaml", "`MAYBE` is no status");
    lab.run("framework lint spec/framework.yaml").exits(2);
    refused(&lab, "framework test pss-baseline", "has no `tests`");
}

#[test]
fn known_mistakes_of_older_files_are_corrected_when_asked() {
    let lab = Lab::new();
    lab.put(
        "nsa.yaml",
        "spec:\n  id: k8s-nsa-1.0\n  title: NSA\n  version: \"1.0\"\n  controls:\n    - {id: \"1.3\", name: Processes, severity: HIGH, checks: [{id: KSV-0008}]}\n",
    );
    lab.put("pid.yaml", GOOD.replace("spec:\n", "spec:\n  hostPID: true\n"));
    let status = |more: &str| {
        let json = lab.json(&format!("compliance -f @nsa.yaml --as-of 2026-06-01 pid.yaml {more}"));
        (json["frameworks"][0]["controls"][0]["status"].as_str().unwrap().to_owned(), json.to_string())
    };
    assert_eq!(status("").0, "PASS");
    let (corrected, text) = status("--fix-known-specs");
    assert_eq!(corrected, "FAIL");
    assert!(text.contains("corrected: 1.3: `KSV-0008` became `KSV-0010`"), "{text}");
}

#[test]
fn a_crosswalk_adds_relations() {
    let lab = Lab::new();
    lab.put(
        "walk.yaml",
        "crosswalk:\n  id: own\n  source: house-rules\n  target: pss-restricted\n  mappings:\n    - {source: [H1], target: [baseline.privileged], rel: subset-of}\n",
    );
    let json = lab.json(&format!("{COMPLIANCE} good.yaml --crosswalk walk.yaml"));
    let control =
        json["frameworks"][0]["controls"].as_array().unwrap().iter().find(|control| control["id"] == "baseline.privileged").unwrap();
    let relation = control["maps_to"].as_array().unwrap().iter().find(|to| to["framework"] == "house-rules").unwrap();
    assert_eq!((&relation["id"], &relation["rel"]), (&"H1".into(), &"superset-of".into()), "{control}");
    for (from, to, says) in [
        ("baseline.privileged", "nowhere", "has no control `nowhere`"),
        ("subset-of", "part-of", "`crosswalk.mappings[0].rel: part-of` is none of"),
        ("pss-restricted", "other", "neither `house-rules` nor `other`"),
    ] {
        lab.put("wrong.yaml", lab.read("walk.yaml").replace(from, to));
        refused(&lab, &format!("{COMPLIANCE} good.yaml --crosswalk wrong.yaml"), says);
    }
}

#[test]
fn a_file_is_known_by_what_it_says() {
    let lab = Lab::new();
    lab.put("bad.txt", BAD);
    for target in ["bad.txt", "--k8s bad.txt"] {
        let named = lab.json(&format!("{COMPLIANCE} {target}"));
        assert_eq!(named["frameworks"][0]["summary"], lab.json(&format!("{COMPLIANCE} bad.yaml"))["frameworks"][0]["summary"], "{target}");
    }
    let flow = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostPID: true, containers: [{name: a, image: a}]}}\n";
    let piped = lab.run_with(&format!("{COMPLIANCE} -"), &[], flow.as_bytes());
    assert_eq!(piped.code, 1, "{}{}", piped.err, piped.out);
    assert!(piped.out.contains("stdin.yaml:1"), "{}", piped.out);
}
