//! What is written where.

use crate::lab::{BAD, Lab, body};
use serde_json::Value;

const COMPLIANCE: &str = "compliance -f pss-restricted --as-of 2026-06-01 bad.yaml --exit-code 0";

#[test]
fn several_outputs_in_one_run_each_in_the_format_of_its_extension() {
    let lab = Lab::new();
    let ran = lab.run(&format!("{COMPLIANCE} -o a.json -o reports.TXT -o b.json")).exits(0);
    let (a, b): (Value, Value) = (serde_json::from_str(&lab.read("a.json")).unwrap(), serde_json::from_str(&lab.read("b.json")).unwrap());
    assert_eq!(a, b);
    assert!(lab.read("reports.TXT").contains("baseline.privileged"));
    assert!(ran.out.contains("baseline.privileged"), "people still see what came of it");
}

#[test]
fn a_format_names_that_of_files_without_an_extension() {
    let lab = Lab::new();
    let ran = lab.run(&format!("{COMPLIANCE} --format json -o report")).exits(0);
    assert!(serde_json::from_str::<Value>(&lab.read("report")).is_ok());
    assert_eq!(ran.out, "");
}

#[test]
fn a_pipeline_that_writes_files_is_silent() {
    let lab = Lab::new();
    for options in ["--format json -o r.json", "--quiet -o r.json"] {
        let ran = lab.run(&format!("{COMPLIANCE} {options}")).exits(0);
        assert_eq!(ran.out, "", "{options}");
    }
    assert_eq!(lab.run(&format!("{COMPLIANCE} --quiet -o r.json")).err, "");
    let only = lab.run(&format!("{COMPLIANCE} --quiet --format json"));
    assert!(serde_json::from_str::<Value>(&only.out).is_ok(), "--quiet alone does not swallow the report");
}

#[test]
fn a_file_is_replaced_whole_and_nothing_else_is_left() {
    let lab = Lab::new();
    lab.put("r.json", "old".repeat(1 << 20));
    lab.run(&format!("{COMPLIANCE} -o r.json")).exits(0);
    assert!(serde_json::from_str::<Value>(&lab.read("r.json")).is_ok());
    let names: Vec<String> =
        std::fs::read_dir(lab.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn colours_are_for_terminals_or_those_who_ask() {
    let lab = Lab::new();
    assert!(!lab.run(COMPLIANCE).out.contains('\u{1b}'));
    assert!(!lab.run(&format!("{COMPLIANCE} --color never")).out.contains('\u{1b}'));
    let colored = lab.run(&format!("{COMPLIANCE} --color always -o plain.txt"));
    assert!(colored.out.contains("\u{1b}["));
    assert!(!lab.read("plain.txt").contains('\u{1b}'), "files are plain");
    let ran = lab.run_with(COMPLIANCE, &[("PROBITY_COLOR", "always"), ("NO_COLOR", "1")], b"");
    assert!(ran.out.contains("\u{1b}["), "who asks for colour by name gets it");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let lab = Lab::new();
    let plain = lab.run(COMPLIANCE).out;
    let mut colored = lab.run(&format!("{COMPLIANCE} --color always")).out;
    while let Some((before, after)) = colored.split_once('\u{1b}') {
        let (_, rest) = after.split_once('m').unwrap();
        colored = format!("{before}{rest}");
    }
    assert_eq!(colored, plain);
}

#[test]
fn standard_input_equals_the_file() {
    let lab = Lab::new();
    let file = lab.run("compliance -f pss-restricted --as-of 2026-06-01 bad.yaml --format json").exits(1);
    let piped = lab.run_with("compliance -f pss-restricted --as-of 2026-06-01 - --format json", &[], BAD.as_bytes()).exits(1);
    let statuses = |text: &str| -> Vec<(String, String)> {
        let report: Value = serde_json::from_str(text).unwrap();
        crate::lab::controls(&report)
            .iter()
            .map(|control| (control["id"].as_str().unwrap().to_owned(), control["status"].as_str().unwrap().to_owned()))
            .collect()
    };
    assert_eq!(statuses(&file.out), statuses(&piped.out));
}

#[test]
fn hostile_names_do_not_reach_the_terminal_raw() {
    let lab = Lab::new();
    let name = r"\e[31mevil\e]0;owned\a\u202egnp";
    lab.put("evil.yaml", BAD.replace("name: bad", &format!("name: \"{name}\"")).replace("name: app", &format!("name: \"{name}\"")));
    for arguments in ["compliance -f pss-restricted --all", "scan --all"] {
        let ran = lab.run(&format!("{arguments} --as-of 2026-06-01 evil.yaml bad.yaml"));
        let risky = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!ran.out.contains(risky) && !ran.err.contains(risky), "{:?}", ran.out);
        assert!(ran.out.contains("\\u{1b}[31mevil"), "shown, but as text: {}", ran.out);
    }
    // The name of a file is somebody else's as well.
    lab.put("a\u{1b}[31mb.yaml", BAD);
    let ran = lab.run("scan . --all --as-of 2026-06-01");
    assert!(!ran.out.contains('\u{1b}') && ran.out.contains("a\\u{1b}[31mb.yaml"), "{}", ran.out);
    // JSON escapes them and keeps them.
    let report = lab.json("scan --as-of 2026-06-01 evil.yaml");
    assert!(report["findings"].as_array().unwrap().iter().any(|finding| finding["resource"].as_str().unwrap().contains('\u{1b}')));
}

#[test]
fn one_run_over_several_frameworks_equals_one_run_for_each() {
    let lab = Lab::new();
    let both = lab.json("compliance -f pss-restricted,pss-baseline,cis-kubernetes --as-of 2026-06-01 bad.yaml");
    for (index, id) in ["pss-restricted", "pss-baseline", "cis-kubernetes"].into_iter().enumerate() {
        let one = lab.json(&format!("compliance -f {id} --as-of 2026-06-01 bad.yaml"));
        let statuses = |framework: &Value| -> Vec<(Value, Value)> {
            framework["controls"].as_array().unwrap().iter().map(|control| (control["id"].clone(), control["status"].clone())).collect()
        };
        assert_eq!(statuses(&both["frameworks"][index]), statuses(&one["frameworks"][0]), "{id}");
    }
    assert_eq!(body(both.clone())["tool"]["name"], "probity");
}

#[test]
fn a_gate_stays_closed_when_the_reader_leaves() {
    let lab = Lab::new();
    for format in ["table", "json"] {
        let arguments = format!("compliance -f pss-restricted --as-of 2026-06-01 bad.yaml --all --format {format}");
        assert_eq!(lab.code_without_reader(&arguments), 1, "{format}");
    }
    assert_eq!(lab.code_without_reader("framework show pci-dss"), 0);
}
