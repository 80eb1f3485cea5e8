//! Defects that other tools are known to have, each with a test that shows we do not have it.

mod common;

use common::{World, control, native, native_with, policy, rule, shipped, spec, waivers};
use probity_compliance::{ExitKind, GateOptions, RuleCatalogue, gate, lint, load};
use probity_model::{
    Capability, Reason, Severity,
    assessment::Status,
    facts::OsRelease,
    finding::{Disposition, Outcome, Violation},
    image::Healthcheck,
};

fn older(controls: &str) -> probity_compliance::Framework {
    spec(&format!("spec: {{id: k8s-nsa-1.0, title: t, version: '1.0', type: nsa, controls: {controls}}}"))
}

fn manifests() -> (World, probity_model::SubjectId) {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    (world, folder)
}

/// D1: a check id that does not exist made a control pass for ever.
#[test]
fn d1_a_check_that_does_not_exist_never_passes() {
    let (mut world, folder) = manifests();
    world.passes("KSV-0017", folder, "web");
    for controls in ["[{id: '1.6', name: n, checks: [{id: KSV-0029}]}]", "[{id: '1.6', name: n, checks: [{id: KSV-0029}, {id: KSV-0017}]}]"]
    {
        let result = world.assess(&[older(controls)], &policy()).frameworks.remove(0).controls.remove(0);
        assert_eq!((result.status, result.reason), (Status::NotAssessed, Some(Reason::UnknownCheck)), "{controls}");
    }
    let rules = RuleCatalogue::new(&world.ledger.rules);
    assert!(lint(&older("[{id: '1.6', name: n, checks: [{id: KSV-0029}]}]"), &rules).iter().any(|l| l.label() == "E-UNKNOWN-CHECK"));
    // What is known to fail still fails.
    world.fails("KSV-0017", folder, "web");
    let result = world.assess(&[older("[{id: '1.6', name: n, checks: [{id: KSV-0029}, {id: KSV-0017}]}]")], &policy());
    assert_eq!(result.frameworks[0].controls[0].status, Status::Fail);
}

/// D2: mappings were swapped; ours are right, and theirs are pointed out.
#[test]
fn d2_swapped_mappings_are_pointed_out_and_ours_are_right() {
    let theirs = older("[{id: '1.3', name: n, checks: [{id: KSV-0008}]}, {id: '1.5', name: m, checks: [{id: KSV-0009}]}]");
    let rules = RuleCatalogue::new(&World::new().ledger.rules);
    let labels: Vec<_> = lint(&theirs, &rules).iter().map(|l| (l.label(), l.control.clone().unwrap_or_default())).collect();
    assert!(labels.contains(&("W-KNOWN-DEFECT".into(), "1.3".into())), "{labels:?}");
    assert!(!labels.iter().any(|(_, id)| id == "1.5"), "a mapping that is right is not pointed out: {labels:?}");
    assert!(World::new().assess(&[theirs], &policy()).notes.iter().any(|note| note.contains("W-KNOWN-DEFECT")));
    let ours = load("nsa-k8s@1.2", &|_| Err(String::new())).unwrap();
    for (failing, fails) in [("KSV-0010", "N2.6"), ("KSV-0008", "N2.7"), ("KSV-0009", "N2.8")] {
        let (mut world, folder) = manifests();
        for check in ["KSV-0008", "KSV-0009", "KSV-0010"] {
            if check == failing { world.fails(check, folder, "web") } else { world.passes(check, folder, "web") }
        }
        let result = world.assess(std::slice::from_ref(&ours), &policy()).frameworks.remove(0);
        let failed: Vec<&str> = ["N2.6", "N2.7", "N2.8"].into_iter().filter(|id| control(&result, id).status == Status::Fail).collect();
        assert_eq!(failed, [fails], "{failing}");
    }
}

/// D3: only one of three host namespaces was looked at.
#[test]
fn d3_each_host_namespace_fails_the_baseline() {
    for name in ["pss-baseline", "pss-restricted"] {
        let framework = load(name, &|_| Err(String::new())).unwrap();
        for failing in ["KSV-0008", "KSV-0009", "KSV-0010"] {
            let (mut world, folder) = manifests();
            for check in ["KSV-0008", "KSV-0009", "KSV-0010"] {
                if check == failing { world.fails(check, folder, "web") } else { world.passes(check, folder, "web") }
            }
            let result = world.assess(std::slice::from_ref(&framework), &policy()).frameworks.remove(0);
            assert_eq!(control(&result, "baseline.host-namespaces").status, Status::Fail, "{name} {failing}");
        }
    }
}

/// D4, D5 and D12: controls were left out without a word, or when no resource was found.
#[test]
fn d4_d5_d12_no_control_is_left_out() {
    let empty = World::new();
    for framework in shipped() {
        let expected = framework.spec.controls.len();
        let result = empty.assess(std::slice::from_ref(&framework), &policy()).frameworks.remove(0);
        assert_eq!(result.controls.len(), expected, "{}", framework.full_name());
        assert!(
            result.controls.iter().all(|c| c.status != Status::Pass),
            "{}: nothing was given, and something passes",
            framework.full_name()
        );
    }
    let cis = load("cis-kubernetes@1.23", &|_| Err(String::new())).unwrap();
    for id in ["1.2.23", "1.2.31", "1.2.32", "1.3.2", "2.7", "5.1.4", "5.1.5", "5.1.7", "5.2.1"] {
        assert!(cis.control(id).is_some(), "{id}");
    }
    let short = spec("spec: {id: nsa-k8s, version: '1.2', schema: 1, controls: [{id: N1.1, name: a, type: manual}]}");
    assert_eq!(lint(&short, &RuleCatalogue::default()).iter().filter(|l| l.label() == "E-MISSING-FROM-CATALOG").count(), 47);
}

/// D6: passing results were counted as failures.
#[test]
fn d6_recorded_passes_are_passes() {
    let (mut world, folder) = manifests();
    for name in ["a", "b", "c"] {
        world.passes("KSV-0017", folder, name);
    }
    let result = world.one(&rule("check: {ids: [KSV-0017]}"));
    assert_eq!((result.status, result.rules[0].matched, result.rules[0].population), (Status::Pass, 0, 3));
    assert!(result.rules[0].evidence.is_empty());
}

/// D7: display filters and ignore files turned failures into passes without a trace.
#[test]
fn d7_suppressions_are_waived_and_shown() {
    let (mut world, folder) = manifests();
    let ignored = Violation {
        message: "low".into(),
        severity: Some(Severity::Low),
        disposition: Some(Disposition {
            source: "trivyignore",
            at: ".trivyignore:3".into(),
            reason: Some("accepted".into()),
            ..Disposition::default()
        }),
        ..Violation::default()
    };
    world.outcome("KSV-0030", folder, "web", Outcome::Fail(Box::new(ignored)));
    let assessment = world.assess(&[native(&rule("check: {ids: [KSV-0030]}"))], &policy());
    let control = &assessment.frameworks[0].controls[0];
    assert_eq!((control.status, control.waivers.as_slice()), (Status::Waived, ["trivyignore .trivyignore:3".to_owned()].as_slice()));
    assert_eq!(assessment.waivers.len(), 1);
    assert_eq!(
        (assessment.waivers[0].source.as_str(), assessment.waivers[0].state, assessment.waivers[0].matched),
        ("trivyignore", "active", 1)
    );
    assert!(assessment.evidence[0].disposition.is_some());
    // A failure of low severity is a failure: there is nothing in the engine that filters by severity unless the rule says so.
    world.fails("KSV-0030", folder, "other");
    assert_eq!(world.status(&rule("check: {ids: [KSV-0030]}")), Status::Fail);
}

/// D8: no rules and no word `Manual` in the name was a pass.
#[test]
fn d8_no_rules_is_not_a_pass() {
    let (world, _) = manifests();
    let result = world
        .assess(&[older("[{id: '5.1.1', name: Scan images (Automated), checks: []}]")], &policy())
        .frameworks
        .remove(0)
        .controls
        .remove(0);
    assert_eq!((result.status, result.reason), (Status::NotAssessed, Some(Reason::NoRules)));
}

/// D9: the exit code said nothing about failures.
#[test]
fn d9_failures_reach_the_exit_code() {
    let (mut world, folder) = manifests();
    world.fails("KSV-0017", folder, "web");
    let assessment = world.assess(&[native(&rule("check: {ids: [KSV-0017]}"))], &policy());
    let result = gate(&assessment, &GateOptions::default());
    assert_eq!((result.kind, result.code), (ExitKind::GateFailed, 1));
    assert_eq!(gate(&assessment, &GateOptions { exit_code: Some(7), ..GateOptions::default() }).code, 7);
    assert_eq!(gate(&assessment, &GateOptions { exit_code: Some(0), ..GateOptions::default() }).code, 0);
}

/// D10: patches passed without a database or a known system; user and health check were read from a rebuilt Dockerfile.
#[test]
fn d10_patches_need_a_database_and_user_is_read_from_the_image() {
    let mut world = World::new();
    let image = world.image("shop");
    let patched = world.one(&rule("vuln: {min_severity: LOW}"));
    assert_eq!((patched.status, patched.reason), (Status::NotAssessed, Some(Reason::DbMissing)));
    world.inventory(image).os = None;
    let unknown = world.one(&rule("os: {eol: true}"));
    assert_eq!((unknown.status, unknown.reason), (Status::NotAssessed, Some(Reason::UnsupportedOs)));
    world.inventory(image).os = Some(OsRelease {
        family: "madeup".into(),
        version: "1".into(),
        pretty_name: None,
        rank: 1,
        at: probity_model::Place::file("etc/os-release"),
    });
    assert_eq!(world.one(&rule("os: {eol: true}")).reason, Some(Reason::UnsupportedOs));

    // No history, no Dockerfile: the image's own configuration decides.
    let user = rule("image: {fact: config.User, op: in, value: [\"\", \"0\", root, \"0:0\"]}");
    for (value, status) in [("app", Status::Pass), ("", Status::Fail), ("0", Status::Fail), ("root", Status::Fail), ("1000", Status::Pass)]
    {
        world.image_config(image).user = value.to_owned();
        assert_eq!(world.status(&user), status, "{value:?}");
    }
    let health = rule("image: {fact: config.Healthcheck, op: missing}");
    assert_eq!(world.status(&health), Status::Fail);
    world.image_config(image).healthcheck = Some(Healthcheck { test: vec!["NONE".into()] });
    assert_eq!(world.status(&health), Status::Fail);
    world.image_config(image).healthcheck = Some(Healthcheck { test: vec!["CMD".into(), "true".into()] });
    assert_eq!(world.status(&health), Status::Pass);
    world.diagnostic(image, Reason::AnalyzerFailed, Capability::ImageConfig);
    assert_eq!(world.status(&health), Status::NotAssessed);
}

/// D11 and D14: numbers that the publisher does not have.
#[test]
fn d11_d14_invented_numbers_are_refused() {
    for (id, version, number) in [("pci-dss", "4.0.1", "1.2.5.1"), ("nist-800-190", "2017", "4.4.6"), ("cis-docker", "1.6.0", "4.13")] {
        let invented =
            spec(&format!("spec: {{id: {id}, version: '{version}', schema: 1, controls: [{{id: '{number}', name: a, type: manual}}]}}"));
        let lints = lint(&invented, &RuleCatalogue::default());
        assert!(lints.iter().any(|l| l.label() == "E-NOT-IN-CATALOG" && l.control.as_deref() == Some(number)), "{id} {number}");
    }
    let nist = load("nist-800-190", &|_| Err(String::new())).unwrap();
    assert!(nist.control("4.4.2").unwrap().name.to_lowercase().contains("network"), "4.4.2 is about unbounded network access");
}

/// D13: lists advertised frameworks that were not there, and a handful of controls was shown as a percentage.
#[test]
fn d13_what_is_listed_is_there_and_shares_have_a_denominator() {
    for info in probity_compliance::framework_names() {
        let framework = load(&format!("{}@{}", info.id, info.version), &|_| Err(String::new())).unwrap();
        assert_eq!(framework.spec.controls.len(), info.controls);
    }
    let (mut world, folder) = manifests();
    world.passes("KSV-0017", folder, "web");
    let result = world
        .assess(
            &[native_with("", "- {id: '1', name: a, assess: {all: [{check: {ids: [KSV-0017]}}]}}\n- {id: '2', name: b, type: manual}")],
            &policy(),
        )
        .frameworks
        .remove(0);
    assert_eq!((result.coverage.controls, result.coverage.assessable_here, result.coverage.assessed), (2, 1, 1));
    assert_eq!(result.coverage.by_reason.get("organizational"), Some(&1));
}

/// An ignore file or waiver never makes a pass, and an expired one makes the failure return.
#[test]
fn waived_is_never_a_pass() {
    let (mut world, folder) = manifests();
    world.fails("KSV-0017", folder, "web");
    let text = |expires: &str| {
        format!(
            "waivers: [{{id: W-1, match: {{controls: ['1']}}, justification: known, approved_by: a@example.invalid, created: 2026-06-01, expires: {expires}}}]"
        )
    };
    assert_eq!(world.one_with(&rule("check: {ids: [KSV-0017]}"), &waivers(&text("2026-09-30"))).status, Status::Waived);
    assert_eq!(world.one_with(&rule("check: {ids: [KSV-0017]}"), &waivers(&text("2026-08-21"))).status, Status::Fail);
}
