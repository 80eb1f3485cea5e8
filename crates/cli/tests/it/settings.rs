//! `probity.yaml`, `PROBITY_*` and the command line: which one wins, and that nothing misspelt is ignored.

use crate::lab::{Lab, Ran};

const FAILS: &str = "framework: [pss-restricted]\nas-of: 2026-06-01\n";

fn run(config: &str, environment: &[(&str, &str)], arguments: &str) -> Ran {
    let lab = Lab::new();
    if !config.is_empty() {
        lab.put("probity.yaml", config);
    }
    lab.run_with(arguments, environment, b"")
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let file = format!("{FAILS}exit-code: 11\n");
    for (environment, arguments, code) in [
        (&[][..], "compliance bad.yaml", 11),
        (&[("PROBITY_EXIT_CODE", "12")], "compliance bad.yaml", 12),
        (&[("PROBITY_EXIT_CODE", "12")], "compliance bad.yaml --exit-code 13", 13),
        (&[("PROBITY_FRAMEWORK", "pss-baseline")], "compliance bad.yaml --exit-code 0", 0),
    ] {
        run(&file, environment, arguments).exits(code);
    }
    let lists = run(&file, &[("PROBITY_FRAMEWORK", "pss-baseline")], "compliance bad.yaml --format json").exits(11);
    let report: serde_json::Value = serde_json::from_str(&lists.out).unwrap();
    assert_eq!(report["frameworks"][0]["id"], "pss-baseline", "a list is replaced, not joined");
    assert_eq!(report["frameworks"].as_array().unwrap().len(), 1);
}

#[test]
fn targets_may_be_in_the_file_and_are_replaced_whole() {
    let file = format!("{FAILS}targets: [bad.yaml]\n");
    run(&file, &[], "compliance").exits(1);
    run(&file, &[], "compliance good.yaml").exits(0);
    run(&file, &[], "compliance --k8s good.yaml").exits(0);
    run(&file, &[("PROBITY_K8S", "good.yaml")], "compliance").exits(0);
}

#[test]
fn another_file_can_be_named() {
    let lab = Lab::new();
    lab.put("probity.yaml", "nonsense: true\n");
    lab.put("ci/settings.yaml", format!("{FAILS}targets: [bad.yaml]\nexit-code: 5\n"));
    lab.run("compliance --config ci/settings.yaml").exits(5);
    lab.run_with("compliance", &[("PROBITY_CONFIG", "ci/settings.yaml")], b"").exits(5);
}

#[test]
fn what_is_misspelt_is_an_error() {
    run("framewrok: [pss-restricted]\n", &[], "compliance good.yaml").exits(2).says("framewrok");
    run("framework: pss-restricted: x\n", &[], "compliance good.yaml").exits(2).says("probity.yaml");
    run("exit-code: many\n", &[], "compliance -f pss-restricted good.yaml").exits(2).says("probity.yaml");
    run("", &[("PROBITY_SEVERITTY", "HIGH")], "compliance -f pss-restricted good.yaml")
        .exits(2)
        .says("unknown environment variable `PROBITY_SEVERITTY`; did you mean `PROBITY_SEVERITY`?");
    run("", &[("PROBITY_EXIT_CODE", "many")], "compliance -f pss-restricted good.yaml").exits(2).says("many");
    // A variable that a pipeline left empty must not open a gate.
    run("", &[("PROBITY_FRAMEWORK", "")], "compliance good.yaml").exits(2).says("no framework");
    run("", &[("PROBITY_FAIL_ON", "")], "compliance -f pss-restricted bad.yaml").exits(2).says("unknown condition");
    run("", &[("PROBITY_EXIT_CODE", "")], "compliance -f pss-restricted bad.yaml").exits(2);
    run("", &[("PROBITY_QUIET", "perhaps")], "version").exits(2).says("perhaps");
}

#[test]
fn every_setting_has_a_variable() {
    let quiet = [("PROBITY_FRAMEWORK", "pss-restricted"), ("PROBITY_AS_OF", "2026-06-01"), ("PROBITY_QUIET", "true")];
    assert_eq!(run("", &quiet, "compliance bad.yaml").exits(1).err, "");
    let json = run(
        "",
        &[
            ("PROBITY_FRAMEWORK", "pss-restricted,pss-baseline"),
            ("PROBITY_FORMAT", "json"),
            ("PROBITY_FAIL_ON", "severity=CRITICAL,not-assessed"),
        ],
        "compliance good.yaml",
    );
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["frameworks"].as_array().unwrap().len(), 2);
}
