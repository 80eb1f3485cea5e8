//! Specifications in the older format load unmodified; native ones are held to more. All texts here are our own.

mod common;

use common::{World, control, policy, spec};
use probity_compliance::{Code, RuleCatalogue, SpecError, lint, load, parse_spec};
use probity_model::{
    Reason, Severity,
    assessment::{ControlKind, Status},
};

/// Everything odd that specs of the older format do.
const OLDER: &str = r#"
spec:
  id: acme-k8s-0.3
  title: Acme rules
  description: Made up for this test
  version: "0.3"
  platform: k8s
  type: acme
  relatedResources:
    - https://example.invalid/acme
  somethingNew: {ignored: true}
  controls:
    - id: 2.1
      name: Unquoted number
      description: text
      checks:
        - id: AVD-KSV-0017
      severity: HIGH
    - id: 2.10
      name: Unquoted number that a float would shorten
      checks:
        - id: ksv017
      severity: MEDIUM
    - id: '3.1'
      name: Look at the audit policy (Manual)
      checks: null
      severity: LOW
    - id: "3.2"
      name: Nothing and not manual (Automated)
      severity: LOW
      checks:
    - id: 1.4
      name: First of two
      checks: [{id: DS-0002}]
      severity: HIGH
    - id: 1.4
      name: Second of two
      checks: [{id: DS-0031}]
      severity: HIGH
    - id: 4.1
      name: Node commands
      commands: [{id: CMD-0001}]
      defaultStatus: FAIL
      severity: HIGH
    - id: 5.1
      name: Scanner words
      checks: [{id: VULN-MEDIUM}, {id: SECRET-LOW}, {id: CVE-2099-0001}]
      severity: dreadful
"#;

#[test]
fn odd_ids_keep_their_text() {
    let framework = spec(OLDER);
    let ids: Vec<&str> = framework.spec.controls.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["2.1", "2.10", "3.1", "3.2", "1.4", "1.4#2", "4.1", "5.1"]);
    assert_eq!((framework.id.as_str(), framework.version.as_str(), framework.native), ("acme-k8s-0.3", "0.3", false));
}

#[test]
fn oddities_are_warnings() {
    let (_, lints) = parse_spec(OLDER, "acme.yaml").unwrap();
    let found: Vec<(String, Option<&str>)> = lints.iter().map(|l| (l.label(), l.control.as_deref())).collect();
    for expected in [("W-UNKNOWN-KEY", None), ("W-DUP-ID", Some("1.4")), ("W-NO-RULES", Some("3.2")), ("W-UNKNOWN-WORD", Some("5.1"))] {
        assert!(found.contains(&(expected.0.to_owned(), expected.1)), "{expected:?} is missing from {found:?}");
    }
    assert!(lints.iter().any(|l| l.message.contains("spec.somethingNew")), "{lints:?}");
    assert!(lints.iter().all(|l| !l.error));
}

#[test]
fn statuses_of_the_older_format() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    world.fails("KSV-0017", folder, "web");
    let result = world.assess(&[spec(OLDER)], &policy()).frameworks.remove(0);
    for (id, status, reason) in [
        ("2.1", Status::Fail, None),
        ("2.10", Status::Fail, None),
        ("3.1", Status::Manual, None),
        ("3.2", Status::NotAssessed, Some(Reason::NoRules)),
        ("1.4", Status::NotAssessed, Some(Reason::TargetKindMissing)),
        ("1.4#2", Status::NotAssessed, Some(Reason::TargetKindMissing)),
        ("4.1", Status::Manual, None),
        ("5.1", Status::NotAssessed, Some(Reason::TargetKindMissing)),
    ] {
        let control = control(&result, id);
        assert_eq!((control.status, control.reason), (status, reason), "{id}: {}", control.why);
    }
    assert_eq!(control(&result, "3.1").kind, ControlKind::Manual);
    assert!(control(&result, "4.1").why.contains("default-fail"), "{}", control(&result, "4.1").why);
    assert_eq!(control(&result, "5.1").severity, Severity::Unknown);
}

#[test]
fn secret_and_vulnerability_words_work_for_every_severity() {
    for severity in Severity::ALL {
        let framework = spec(&format!(
            "spec: {{id: x, version: '1', controls: [{{id: '1', name: n, severity: HIGH, checks: [{{id: SECRET-{severity}}}]}}]}}"
        ));
        let mut world = World::new();
        let image = world.image("shop");
        let clean = world.assess(std::slice::from_ref(&framework), &policy());
        assert_eq!(clean.frameworks[0].controls[0].status, Status::Pass, "{severity}");
        world.secret(image, "app/.env", severity, "f1");
        assert_eq!(world.assess(&[framework], &policy()).frameworks[0].controls[0].status, Status::Fail, "{severity}");
        let other = spec(&format!(
            "spec: {{id: x, version: '1', controls: [{{id: '1', name: n, severity: HIGH, checks: [{{id: VULN-{severity}}}]}}]}}"
        ));
        let result = world.assess(&[other], &policy()).frameworks.remove(0).controls.remove(0);
        assert_eq!((result.status, result.reason), (Status::NotAssessed, Some(Reason::DbMissing)), "{severity}");
    }
}

#[test]
fn secret_words_mean_exactly_that_severity() {
    let framework = spec("spec: {id: x, version: '1', controls: [{id: '1', name: n, severity: HIGH, checks: [{id: SECRET-HIGH}]}]}");
    let mut world = World::new();
    let image = world.image("shop");
    world.secret(image, "app/.env", Severity::Critical, "f1");
    assert_eq!(world.assess(&[framework], &policy()).frameworks[0].controls[0].status, Status::Pass);
}

#[test]
fn native_specs_are_strict() {
    for (controls, expected) in [
        ("[{id: '1', name: a, type: manual}, {id: '1', name: b, type: manual}]", "given twice"),
        ("[{id: '1', name: a, assess: {all: [{check: {ids: [X]}, secret: {}}]}}]", "exactly one selector"),
        ("[{id: '1', name: a, assess: {all: [{id: r}]}}]", "exactly one selector"),
        ("[{id: '1', name: a, assess: {all: [{secret: {}}], any: [{secret: {}}]}}]", "more than one of"),
        ("[{id: '1', name: a, assess: {all: [{secret: {min_severity: AWFUL}}]}}]", "not a severity"),
        ("[{id: '1', name: a, effective_from: soon}]", "not a day"),
        ("[{id: '1', name: a, needs_params: [p]}]", "does not declare"),
        ("[{name: a}]", "has no `id`"),
        ("[]", "no controls"),
    ] {
        let error = parse_spec(&format!("spec: {{id: x, version: '1', schema: 1, controls: {controls}}}"), "x.yaml").unwrap_err();
        assert!(matches!(error, SpecError::Invalid { .. }) && error.to_string().contains(expected), "{controls}: {error}");
    }
}

#[test]
fn empty_rules_are_an_error_in_native_specs_only() {
    let control = "[{id: '1', name: a}]";
    let (_, native) = parse_spec(&format!("spec: {{id: x, version: '1', schema: 1, controls: {control}}}"), "x.yaml").unwrap();
    assert_eq!(native.iter().map(probity_compliance::Lint::label).collect::<Vec<_>>(), ["E-NO-RULES"]);
    let (_, older) = parse_spec(&format!("spec: {{id: x, version: '1', controls: {control}}}"), "x.yaml").unwrap();
    assert_eq!(older.iter().map(probity_compliance::Lint::label).collect::<Vec<_>>(), ["W-NO-RULES"]);
}

#[test]
fn faulty_texts_name_the_place_and_never_panic() {
    for text in [
        "",
        "spec",
        "spec: []",
        "spec: {id: [1]}",
        "{",
        "spec: {controls: 5}",
        "a: *b",
        "spec: {id: x, controls: [{id: '1', severity: {}}]}",
        "\u{0}",
        "spec: !!binary x",
    ] {
        let error = parse_spec(text, "broken.yaml").unwrap_err();
        assert!(error.to_string().contains("broken.yaml"), "{text:?}: {error}");
    }
    let deep = format!("spec: {{id: x, schema: 1, controls: [{{id: '1', assess: {}", "{not: ".repeat(5_000));
    assert!(parse_spec(&deep, "deep.yaml").is_err());
    let bomb = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\nspec: {id: x}";
    assert!(parse_spec(bomb, "bomb.yaml").is_err());
    assert!(parse_spec(&" ".repeat(9 << 20), "long.yaml").unwrap_err().to_string().contains("limit"));
}

#[test]
fn names_find_frameworks() {
    let none = |_: &str| -> Result<String, String> { Err("no such file".to_owned()) };
    for (name, full) in [
        ("pci-dss", "pci-dss@4.0.1"),
        ("PCI-DSS@4.0.1", "pci-dss@4.0.1"),
        ("pci-dss-4.0.1", "pci-dss@4.0.1"),
        ("cis-kubernetes", "cis-kubernetes@2.0.1"),
        ("cis-kubernetes@1.23", "cis-kubernetes@1.23"),
        ("k8s-cis-1.23", "cis-kubernetes@1.23"),
        ("docker-cis-1.6.0", "cis-docker@1.6.0"),
        ("k8s-nsa-1.0", "nsa-k8s@1.2"),
        ("k8s-pss-baseline-0.1", "pss-baseline@1.34"),
        ("k8s-pss-restricted-0.1", "pss-restricted@1.34"),
        ("nist-800-190", "nist-800-190@2017"),
    ] {
        assert_eq!(load(name, &none).map(|f| f.full_name()).unwrap(), full, "{name}");
    }
    let error = load("pci-ds", &none).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.hint().as_deref()), ("unknown framework `pci-ds`", Some("did you mean `pci-dss`?")));
    assert!(load("pci-dss@3.2.1", &none).unwrap_err().hint().unwrap().contains("pci-dss"));
    assert!(matches!(load("@missing.yaml", &none), Err(SpecError::Read { .. })));
    assert!(matches!(load("pci-dss:nothing", &none), Err(SpecError::UnknownProfile { .. })));
}

#[test]
fn files_and_profiles_are_loaded_by_path() {
    let text = "spec: {id: mine, version: '1', schema: 1, profiles: [{id: small, include: {ids: ['1.*']}}], controls: [{id: '1.1', name: a, type: manual}, {id: '2.1', name: b, type: manual}]}";
    let read = |path: &str| if path == "specs/mine.yaml" { Ok(text.to_owned()) } else { Err(format!("unexpected {path}")) };
    for (name, profile) in [
        ("specs/mine.yaml", None),
        ("@specs/mine.yaml", None),
        ("specs/mine.yaml:small", Some("small")),
        ("@specs/mine.yaml:small", Some("small")),
    ] {
        let framework = load(name, &read).unwrap();
        assert_eq!((framework.source.as_str(), framework.profile.as_deref()), ("specs/mine.yaml", profile), "{name}");
    }
    let framework = load("@specs/mine.yaml:small", &read).unwrap();
    let result = World::new().assess(&[framework], &policy()).frameworks.remove(0);
    assert_eq!(result.controls.len(), 2);
    assert_eq!((result.controls[0].status, result.controls[1].status), (Status::Manual, Status::NotApplicable));
}

#[test]
fn the_digest_ignores_layout_and_sees_content() {
    let a = spec("spec: {id: x, version: '1', controls: [{id: '1', name: a, severity: LOW}]}");
    let b = spec("spec:\n  version: '1'\n  id: x\n  controls:\n  - severity: LOW\n    name: a\n    id: '1'\n");
    let c = spec("spec: {id: x, version: '1', controls: [{id: '1', name: b, severity: LOW}]}");
    assert_eq!(a.digest, b.digest);
    assert_ne!(a.digest, c.digest);
    assert!(a.digest.starts_with("sha256:") && a.digest.len() == 71);
}

#[test]
fn lint_codes() {
    let world = World::new();
    let rules = RuleCatalogue::new(&world.ledger.rules);
    let codes = |text: &str| lint(&spec(text), &rules).iter().map(probity_compliance::Lint::label).collect::<Vec<_>>();
    let native = |rest: &str| format!("spec: {{id: x, version: '1', schema: 1, {rest}}}");
    assert_eq!(codes(&native("controls: [{id: '1', name: a, assess: {all: [{check: {ids: [KSV-9999]}}]}}]")), ["E-UNKNOWN-CHECK"]);
    assert_eq!(codes(&native("controls: [{id: '1', name: a, assess: {all: [{check: {tags: [nothing]}}]}}]")), ["E-UNKNOWN-CHECK"]);
    assert_eq!(
        codes(&native("params: {d: {type: int, default: 40, max: 30}}, controls: [{id: '1', name: a, type: manual}]")),
        ["E-PARAM-RANGE"]
    );
    assert_eq!(codes(&native("controls: [{id: '1', name: a, assess: {all: [{os: {eol_within_days: '${d}'}}]}}]")), ["E-PARAM-RANGE"]);
    assert_eq!(codes(&native("controls: [{id: '1', name: a, type: manual}, {id: '2', name: A, type: manual}]")), ["W-TITLE-COPIED"]);
    assert_eq!(codes(&native("controls: [{id: '1', name: a, type: manual, superseded_by: '9'}]")), ["W-SUPERSEDED", "W-SUPERSEDED"]);
    assert_eq!(
        codes(&native("controls: [{id: '1', name: a, checks: [{id: KSV-0012}], assess: {all: [{check: {ids: [KSV-0012, KSV-0017]}}]}}]")),
        ["W-TRIVY-FALLBACK-WEAKER"]
    );
    assert_eq!(
        codes(&native("controls: [{id: '1', name: a, type: derived, assess: {all: [{control: {framework: nowhere}}]}}]")),
        ["E-UNKNOWN-CONTROL"]
    );
    assert_eq!(
        codes(&native(
            "controls: [{id: '1', name: a, assess: {all: [{control: {ids: ['2']}}]}}, {id: '2', name: b, assess: {all: [{control: {ids: ['1']}}]}}]"
        )),
        ["E-CYCLE"]
    );
    assert_eq!(codes("spec: {id: nist-800-190, version: '2017', schema: 1, controls: [{id: '4.1.1', name: a, type: manual}, {id: '9.9', name: b, type: manual}]}")
        .iter().fold((0, 0), |(missing, extra), code| match code.as_str() {
            "E-MISSING-FROM-CATALOG" => (missing + 1, extra),
            "E-NOT-IN-CATALOG" => (missing, extra + 1),
            other => panic!("{other}"),
        }), (23, 1));
    assert!(lint(&spec(OLDER), &rules).iter().all(|l| l.code != Code::MissingFromCatalog));
}
