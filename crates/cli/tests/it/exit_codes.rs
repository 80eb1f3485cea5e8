//! Exit codes are an interface: scripts decide by them.

use crate::lab::{AS_OF, Lab, mediocre};

const COMPLIANCE: &str = "compliance -f pss-restricted --as-of 2026-06-01";

#[track_caller]
fn exits(arguments: &str, code: i32, says: &str) {
    Lab::new().run(arguments).exits(code).says(says);
}

#[test]
fn a_satisfied_gate_is_0_and_a_failed_one_is_1() {
    let lab = Lab::new();
    lab.put("mediocre.yaml", mediocre());
    for (arguments, code) in [
        ("good.yaml", 0),
        ("good.yaml --fail-on severity=LOW", 0),
        ("bad.yaml", 1),
        ("bad.yaml --fail-on severity=CRITICAL", 1),
        ("bad.yaml --exit-code 0", 0),
        ("bad.yaml --exit-code 7", 7),
        ("good.yaml --exit-code 7", 0),
        ("good.yaml bad.yaml", 1),
        ("mediocre.yaml", 0),
        ("mediocre.yaml --fail-on severity=MEDIUM", 1),
        ("mediocre.yaml --fail-on MEDIUM", 1),
        ("mediocre.yaml --fail-on control=pss-restricted/baseline.host-ports", 1),
        ("bad.yaml --fail-on control=pss-restricted/baseline.host-ports", 0),
        ("bad.yaml --fail-on control=pss-restricted/baseline.host-ports,control=pss-restricted/baseline.privileged", 1),
    ] {
        let ran = lab.run(&format!("{COMPLIANCE} {arguments}"));
        assert_eq!(ran.code, code, "{arguments}\n{}{}", ran.err, ran.out);
    }
}

#[test]
fn what_decided_is_said_on_standard_error() {
    exits(&format!("{COMPLIANCE} bad.yaml"), 1, "gate: pss-restricted/baseline.privileged (CRITICAL) fails");
    let quiet = Lab::new().run(&format!("{COMPLIANCE} bad.yaml --quiet")).exits(1);
    assert_eq!(quiet.err, "");
}

#[test]
fn a_plain_scan_gates_only_when_asked() {
    for (arguments, code) in [
        ("scan bad.yaml", 0),
        ("scan bad.yaml --exit-code 9", 9),
        ("scan bad.yaml --exit-code 9 --fail-on severity=HIGH", 9),
        ("scan bad.yaml --exit-code 9 --fail-on severity=CRITICAL", 0),
        ("scan bad.yaml --exit-code 0", 0),
        ("scan bad.yaml missing.yaml", 3),
        ("scan missing.yaml", 2),
    ] {
        let ran = Lab::new().run(&format!("{arguments} {AS_OF}"));
        assert_eq!(ran.code, code, "{arguments}\n{}", ran.err);
    }
}

#[test]
fn wrong_arguments_are_2() {
    exits("compliance --nonsense", 2, "--nonsense");
    exits("complaince", 2, "compliance");
    exits("compliance good.yaml", 2, "no framework");
    exits("compliance -f pss-restricted", 2, "nothing to scan");
    exits("compliance -f pss-restrcted good.yaml", 2, "pss-restricted");
    exits("compliance -f pss-restricted@9 good.yaml", 2, "pss-restricted@9");
    exits("compliance -f @nowhere.yaml good.yaml", 2, "nowhere.yaml");
    exits("compliance -f pss-restricted missing.yaml", 2, "no such file or folder");
    exits("compliance -f pss-restricted missing/", 2, "no such file or folder");
    for (options, says) in [
        ("--threads 0", "--threads"),
        ("--as-of yesterday", "--as-of"),
        ("--min-coverage 1.5", "--min-coverage"),
        ("--min-coverage NaN", "--min-coverage"),
        ("--fail-on nonsense", "nonsense"),
        ("--fail-on control=pss-restricted/nope", "names no control"),
        ("--severity URGENT", "URGENT"),
        ("--kubernetes-version new", "--kubernetes-version"),
        ("--registry-mirror docker.io", "--registry-mirror"),
        ("--params nonsense", "--params"),
        ("--skip-files [", "["),
        ("--waivers missing.yaml", "missing.yaml"),
        ("--config missing.yaml", "missing.yaml"),
        ("--exit-code 256", "256"),
        ("- -", "only once"),
    ] {
        let ran = Lab::new().run(&format!("{COMPLIANCE} good.yaml {options}"));
        assert_eq!(ran.code, 2, "{options}\n{}{}", ran.err, ran.out);
        assert!(ran.err.contains(says), "{options}\n{}", ran.err);
    }
}

#[test]
fn contradictory_outputs_are_2_and_write_nothing() {
    for (options, says) in [
        ("-o r.json -o r.json", "twice"),
        ("-o report.unknown", "report.unknown"),
        ("-o report", "report"),
        ("--format nonsense", "nonsense"),
        ("-o good.yaml/r.json", "good.yaml"),
    ] {
        let lab = Lab::new();
        let ran = lab.run(&format!("{COMPLIANCE} good.yaml {options}"));
        assert_eq!(ran.code, 2, "{options}\n{}{}", ran.err, ran.out);
        assert!(ran.err.contains(says), "{options}\n{}", ran.err);
        let left: Vec<String> = std::fs::read_dir(lab.path(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !["good.yaml", "bad.yaml"].contains(&name.as_str()))
            .collect();
        assert!(left.is_empty(), "{options}: {left:?}");
    }
}

#[test]
fn policy_files_that_are_wrong_are_2() {
    for (option, text, says) in [
        ("--waivers", "waivers:\n  - id: W-1\n    match: {controls: [baseline.privileged]}\n", "expires"),
        ("--waivers", "waivers: {\n", "policy.yaml"),
        ("--waivers", "waivers:\n  - {id: W-1, match: {}, expires: 2026-07-01}\n", "everything"),
        ("--attestations", "attestations:\n  - {control: nonsense, date: 2026-01-01, attested_by: Ada}\n", "framework/control"),
        ("--tailoring", "tailoring: {id: t}\n", "extends"),
        ("-f", "nonsense: true\n", "policy.yaml"),
    ] {
        let lab = Lab::new();
        lab.put("policy.yaml", text);
        let file = if option == "-f" { "@policy.yaml" } else { "policy.yaml" };
        let ran = lab.run(&format!("{COMPLIANCE} good.yaml {option} {file}"));
        assert_eq!(ran.code, 2, "{option} {text}\n{}{}", ran.err, ran.out);
        assert!(ran.err.contains(says), "{option} {text}\n{}", ran.err);
    }
}

#[test]
fn an_incomplete_answer_is_3() {
    let lab = Lab::new();
    let ran = lab.run(&format!("{COMPLIANCE} good.yaml missing.yaml")).exits(3);
    assert!(ran.out.contains("cannot read `missing.yaml`"), "{}", ran.out);
    assert!(!ran.out.contains("PASS ("), "nothing passes while a target is unknown:\n{}", ran.out);
    // A failure is a failure, whatever else is missing.
    lab.run(&format!("{COMPLIANCE} bad.yaml missing.yaml")).exits(1);
    lab.run(&format!("{COMPLIANCE} good.yaml missing.yaml --exit-code 0")).exits(0);
    lab.run("compliance -f cis-kubernetes --as-of 2026-06-01 good.yaml --min-coverage 1 --fail-on severity=CRITICAL")
        .exits(3)
        .says("controls were assessed, less than 100 %");
}

#[test]
fn an_expired_waiver_is_4_when_asked() {
    let lab = Lab::new();
    lab.put("mediocre.yaml", mediocre());
    let waiver = |expires: &str| {
        format!(
            "waivers:\n  - id: W-1\n    match: {{frameworks: [pss-restricted], controls: [baseline.host-ports]}}\n    \
             justification: the load balancer of this site needs a fixed port\n    approved_by: ada@shop.example\n    \
             owner: web\n    created: {}\n    expires: {expires}\n",
            if expires < "2026-06-01" { "2026-01-01" } else { "2026-05-01" }
        )
    };
    lab.put("expired.yaml", waiver("2026-05-31"));
    lab.put("valid.yaml", waiver("2026-06-30"));
    lab.put("today.yaml", waiver("2026-06-01"));
    for (arguments, code) in [
        ("--waivers expired.yaml", 0),
        ("--waivers expired.yaml --fail-on expired", 4),
        ("--waivers expired.yaml --fail-on expired --exit-code 7", 4),
        ("--waivers expired.yaml --fail-on expired --exit-code 0", 0),
        ("--waivers expired.yaml --fail-on expired,severity=MEDIUM", 1),
        ("--waivers valid.yaml --fail-on expired,severity=MEDIUM", 0),
        ("--waivers today.yaml --fail-on expired,severity=MEDIUM", 0),
        ("--waivers expired.yaml --as-of 2026-05-30 --fail-on expired,severity=MEDIUM", 0),
    ] {
        let ran = lab.run(
            &format!("compliance -f pss-restricted mediocre.yaml --as-of 2026-06-01 {arguments}")
                .replace(if arguments.contains("--as-of") { "--as-of 2026-06-01" } else { "\u{0}" }, ""),
        );
        assert_eq!(ran.code, code, "{arguments}\n{}{}", ran.err, ran.out);
    }
}

#[test]
fn a_severity_filter_never_changes_a_verdict() {
    let lab = Lab::new();
    let plain = lab.run(&format!("{COMPLIANCE} bad.yaml"));
    let headline = |out: &str| out.lines().find(|line| line.contains("coverage ")).unwrap().to_owned();
    let json = lab.json(&format!("{COMPLIANCE} bad.yaml"));
    for level in ["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL", "HIGH,CRITICAL", "low"] {
        let ran = lab.run(&format!("{COMPLIANCE} bad.yaml --severity {level}"));
        assert_eq!(ran.code, plain.code, "{level}");
        assert_eq!(headline(&ran.out), headline(&plain.out), "{level}");
        assert_eq!(lab.json(&format!("{COMPLIANCE} bad.yaml --severity {level}"))["body_digest"], json["body_digest"], "{level}");
    }
    let critical = lab.run(&format!("{COMPLIANCE} bad.yaml --severity CRITICAL")).out;
    assert!(critical.contains("baseline.privileged ") && !critical.contains("\nrestricted.non-root "), "{critical}");
    let scan = |more: &str| lab.run(&format!("scan bad.yaml --as-of 2026-06-01 --exit-code 9 {more}"));
    assert_eq!(scan("").code, 9);
    // Without a framework there is no verdict: the exit code follows what is shown, as users of these flags expect.
    assert_eq!(scan("--severity CRITICAL").code, 0);
    assert_eq!(scan("--severity CRITICAL --fail-on severity=LOW").code, 9);
}

#[test]
fn help_and_version_are_0() {
    for arguments in ["--help", "--version", "version", "compliance --help", "scan --help", "completions bash", "schema"] {
        let ran = Lab::new().run(arguments).exits(0);
        assert!(!ran.out.is_empty() && ran.err.is_empty(), "{arguments}: {}", ran.err);
    }
}
