//! What was not examined is said, and nothing that needed it passes.

use crate::lab::{AS_OF, BAD, GOOD, Lab, controls, status};
use serde_json::Value;

#[test]
fn a_broken_file_takes_the_passes_with_it() {
    let lab = Lab::new();
    lab.put("deploy/good.yaml", GOOD);
    let whole = lab.json(&format!("compliance -f pss-restricted {AS_OF} deploy"));
    assert!(controls(&whole).iter().any(|control| control["status"] == "PASS"));

    lab.put("deploy/broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: [broken\nspec: {}\n");
    let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} deploy"));
    let diagnostic = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|diagnostic| diagnostic["path"] == "broken.yaml")
        .unwrap_or_else(|| panic!("{}", report["diagnostics"]));
    assert_eq!(diagnostic["reason"], "analyzer-failed");
    assert!(diagnostic["lines"]["start"].as_u64().is_some_and(|line| (4..=5).contains(&line)), "{diagnostic}");
    assert!(diagnostic["column"].as_u64().is_some(), "{diagnostic}");
    for control in controls(&report) {
        assert_ne!(control["status"], "PASS", "{control}");
        if control["status"] == "NOT_ASSESSED" {
            assert_eq!(control["reason"], "analyzer-failed", "{control}");
        }
    }
    assert!(controls(&report).iter().any(|control| control["status"] == "NOT_ASSESSED"));
    let ran = lab.run(&format!("compliance -f pss-restricted {AS_OF} deploy")).exits(3);
    assert!(ran.out.contains("broken.yaml:"), "{}", ran.out);
}

#[test]
fn a_broken_file_hides_no_failure() {
    let lab = Lab::new();
    lab.put("deploy/bad.yaml", BAD);
    lab.put("deploy/broken.yaml", "apiVersion: v1\nkind: [Pod\n");
    let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} deploy"));
    assert_eq!(status(&report, "baseline.privileged"), "FAIL");
}

#[test]
fn a_file_that_was_left_out_is_said() {
    let lab = Lab::new();
    lab.put("deploy/good.yaml", GOOD);
    lab.put("deploy/bad.yaml", BAD);
    let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} deploy --skip-files bad.yaml"));
    let text = report["diagnostics"].to_string();
    assert!(text.contains("bad.yaml") && text.contains("analyzer-disabled"), "{text}");
}

fn ignored(comment: &str) -> String {
    BAD.replace("      securityContext:\n", &format!("      # {comment}\n      securityContext:\n"))
}

/// The id of a check that `bad.yaml` fails at its security context.
fn privileged_check(lab: &Lab) -> String {
    let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} bad.yaml"));
    let control = controls(&report).iter().find(|control| control["id"] == "baseline.privileged").unwrap().clone();
    let evidence = control["rules"][0]["evidence"][0].as_str().unwrap().to_owned();
    report["evidence"].as_array().unwrap().iter().find(|item| item["id"] == *evidence).unwrap()["rule"].as_str().unwrap().to_owned()
}

#[test]
fn an_inline_ignore_waives_and_stays_in_the_report() {
    let lab = Lab::new();
    let check = privileged_check(&lab);
    lab.put("ignored.yaml", ignored(&format!("probity:ignore {check} until=2026-12-31 reason=\"a node agent\"")));
    let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} ignored.yaml"));
    assert_eq!(status(&report, "baseline.privileged"), "WAIVED");
    let accepted: Vec<&Value> = report["evidence"].as_array().unwrap().iter().filter(|item| item["accepted"].is_object()).collect();
    assert_eq!(accepted.len(), 1, "{}", report["evidence"]);
    assert_eq!(accepted[0]["accepted"]["source"], "inline");
    assert_eq!(accepted[0]["accepted"]["reason"], "a node agent");
    assert_eq!(accepted[0]["accepted"]["until"], "2026-12-31");
    let scan = lab.json(&format!("scan {AS_OF} ignored.yaml"));
    assert!(scan["findings"].as_array().unwrap().iter().any(|finding| finding["accepted"].is_object()));

    // The day after, it counts again, and that is said.
    let later = lab.json("compliance -f pss-restricted --as-of 2027-01-01 ignored.yaml");
    assert_eq!(status(&later, "baseline.privileged"), "FAIL");
    assert!(later["diagnostics"].to_string().contains("expired"), "{}", later["diagnostics"]);
}

#[test]
fn an_ignore_that_matches_nothing_is_reported() {
    let lab = Lab::new();
    lab.put("ignored.yaml", ignored("probity:ignore PRB-NONSENSE reason=\"gone\""));
    let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} ignored.yaml"));
    assert_eq!(status(&report, "baseline.privileged"), "FAIL");
    let note = report["diagnostics"].as_array().unwrap().iter().find(|d| d["message"].as_str().unwrap().contains("PRB-NONSENSE"));
    let note = note.unwrap_or_else(|| panic!("{}", report["diagnostics"]));
    assert_eq!(note["lines"]["start"], 10, "{note}");
}

#[test]
fn an_ignore_with_a_mistake_accepts_nothing() {
    let lab = Lab::new();
    let check = privileged_check(&lab);
    for comment in ["probity:ignore", "probity:ignore *", "probity:ignroe X"] {
        lab.put("ignored.yaml", ignored(comment));
        let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} ignored.yaml"));
        let expected = if comment.ends_with('*') { "WAIVED" } else { "FAIL" };
        assert_eq!(status(&report, "baseline.privileged"), expected, "{comment}");
    }
    lab.put("ignored.yaml", ignored(&format!("probity:ignore {check} until=2026-02-31")));
    let report = lab.json(&format!("compliance -f pss-restricted {AS_OF} ignored.yaml"));
    assert_eq!(status(&report, "baseline.privileged"), "FAIL", "no such day");
}

#[test]
fn inputs_of_any_kind_end_without_a_panic() {
    let lab = Lab::new();
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let bomb = (0..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| format!("{text}a{}: &a{} [*a{n}, *a{n}, *a{n}]\n", n + 1, n + 1));
    for (name, content) in [
        ("empty.yaml", Vec::new()),
        ("nul.yaml", vec![0; 4096]),
        ("high.yaml", vec![0xff; 4096]),
        ("deep.yaml", deep.clone().into_bytes()),
        ("deep.json", deep.into_bytes()),
        ("bomb.yaml", format!("apiVersion: v1\nkind: Pod\n{bomb}").into_bytes()),
        ("bom.yaml", [b"\xef\xbb\xbf", BAD.as_bytes()].concat()),
        ("utf16.yaml", BAD.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("Dockerfile", b"FROM\\\n\\\n\x00".to_vec()),
        ("docker-compose.yml", b"services: {a: {extends: {service: a}}}".to_vec()),
        ("x.tar", b"not a tar".to_vec()),
        ("x.tar.gz", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
    ] {
        lab.put(name, &content);
        let ran = lab.run(&format!("scan {AS_OF} {name}"));
        assert!([0, 2, 3].contains(&ran.code), "{name}: {} {}", ran.code, ran.err);
        assert!(!ran.err.contains("panicked") && !ran.out.contains("internal error"), "{name}: {} {}", ran.err, ran.out);
        // What is no input at all answers no control.
        if name != "bom.yaml" {
            let ran = lab.run(&format!("compliance -f pss-restricted {AS_OF} {name}"));
            assert!(!ran.out.contains("PASS ("), "{name}:\n{}", ran.out);
        }
    }
}
