//! Waivers, attestations, tailoring, parameters, the gate.

mod common;

use common::{World, attestations, control, native, native_with, policy, rule, tailoring, waivers};
use probity_compliance::{ExitKind, FailOn, GateOptions, Policy, SpecError, gate, parse_attestations, parse_tailoring, parse_waivers};
use probity_model::{
    Reason, Severity,
    assessment::{Assurance, Basis, Status},
};

fn failing() -> World {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    world.fails("KSV-0017", folder, "web");
    world.fails("KSV-0017", folder, "db");
    world
}

fn waiver(rest: &str) -> String {
    format!(
        "waivers: [{{id: W-1, justification: known, approved_by: ciso@example.invalid, owner: team, created: 2026-06-01, expires: 2026-09-30, {rest}}}]"
    )
}

#[test]
fn a_waiver_covers_what_it_names_and_nothing_else() {
    let privileged = rule("check: {ids: [KSV-0017]}");
    for (matches, status, covered) in [
        ("match: {controls: ['1']}", Status::Waived, 2),
        ("match: {controls: ['1'], frameworks: [demo]}", Status::Waived, 2),
        ("match: {controls: ['1'], frameworks: [demo@1]}", Status::Waived, 2),
        ("match: {controls: ['1'], frameworks: [other]}", Status::Fail, 0),
        ("match: {controls: ['2']}", Status::Fail, 0),
        ("match: {controls: ['*'], finding: {rule: AVD-KSV-017}}", Status::Waived, 2),
        ("match: {finding: {resource: web}}", Status::Fail, 1),
        ("match: {finding: {path: '*.yaml'}}", Status::Waived, 2),
        ("match: {controls: ['1'], subject: 'deploy*'}", Status::Waived, 2),
        ("match: {controls: ['1'], subject: 'elsewhere*'}", Status::Fail, 0),
    ] {
        let assessment = failing().assess(&[native(&privileged)], &waivers(&waiver(matches)));
        let result = &assessment.frameworks[0].controls[0];
        assert_eq!((result.status, assessment.waivers[0].matched), (status, covered), "{matches}");
        assert_eq!(result.waivers.len(), usize::from(covered > 0), "{matches}");
        assert_eq!(assessment.waivers[0].state, if covered > 0 { "active" } else { "unused" }, "{matches}");
        assert_eq!(result.basis, if status == Status::Waived { Basis::Waiver } else { Basis::Automated }, "{matches}");
    }
}

#[test]
fn waivers_that_are_not_in_force() {
    for (text, state, word) in [
        (
            "{id: W, match: {controls: ['1']}, justification: j, approved_by: a, created: 2026-01-01, expires: 2026-03-01}",
            "expired",
            "expired on",
        ),
        (
            "{id: W, match: {controls: ['1']}, justification: j, approved_by: a, created: 2026-08-23, expires: 2026-09-01}",
            "future",
            "after the day",
        ),
        ("{id: W, match: {controls: ['1']}, justification: j, created: 2026-08-01, expires: 2026-09-01}", "invalid", "approved"),
        ("{id: W, match: {controls: ['1']}, approved_by: a, created: 2026-08-01, expires: 2026-09-01}", "invalid", "justification"),
        ("{id: W, match: {controls: ['1']}, justification: j, approved_by: a, expires: 2026-09-01}", "invalid", "created"),
        (
            "{id: W, match: {controls: ['1']}, justification: j, approved_by: a, created: 2026-01-01, expires: 2026-12-01}",
            "invalid",
            "334 days",
        ),
    ] {
        let assessment = failing().assess(&[native(&rule("check: {ids: [KSV-0017]}"))], &waivers(&format!("waivers: [{text}]")));
        assert_eq!(assessment.frameworks[0].controls[0].status, Status::Fail, "{text}");
        assert_eq!((assessment.waivers[0].state, assessment.waivers[0].matched), (state, 2), "{text}");
        assert!(assessment.waivers[0].why.contains(word), "{}", assessment.waivers[0].why);
    }
}

#[test]
fn the_last_day_counts() {
    let text = "waivers: [{id: W, match: {controls: ['1']}, justification: j, approved_by: a, created: 2026-08-01, expires: 2026-08-22}]";
    let late = Policy { as_of: "2026-08-22T23:59:59Z".parse().unwrap(), ..waivers(text) };
    assert_eq!(failing().one_with(&rule("check: {ids: [KSV-0017]}"), &late).status, Status::Waived);
    let next = Policy { as_of: "2026-08-23T00:00:00Z".parse().unwrap(), ..waivers(text) };
    assert_eq!(failing().one_with(&rule("check: {ids: [KSV-0017]}"), &next).status, Status::Fail);
}

#[test]
fn policy_documents_that_cannot_be_used() {
    for (text, word) in [
        ("waivers: [{id: W, match: {controls: ['1']}, approved_by: a}]", "no `expires`"),
        ("waivers: [{id: W, match: {controls: ['1']}, expires: later}]", "is not a day"),
        ("waivers: [{id: W, match: {frameworks: [x]}, expires: 2026-09-01}]", "cover everything"),
        (
            "waivers: [{id: W, match: {controls: ['1']}, expires: 2026-09-01}, {id: W, match: {controls: ['1']}, expires: 2026-09-01}]",
            "given twice",
        ),
        ("waivers: 5", "cannot parse"),
    ] {
        assert!(parse_waivers(text, "w.yaml").unwrap_err().to_string().contains(word), "{text}");
    }
    for (text, word) in [
        ("attestations: [{control: x, attested_by: a, date: 2026-01-01}]", "framework/control"),
        ("attestations: [{control: x/1, date: 2026-01-01}]", "attested_by"),
        ("attestations: [{control: x/1, attested_by: a, date: soon}]", "not a day"),
        ("attestations: [{control: x/1, attested_by: a, date: 2026-01-01, status: maybe}]", "cannot parse"),
        (
            "attestations: [{control: x/1, attested_by: a, date: 2026-01-01, evidence: [{href: h, sha256: abc}]}]",
            "for `x/1`: `sha256: abc`",
        ),
    ] {
        assert!(parse_attestations(text, "a.yaml").unwrap_err().to_string().contains(word), "{text}");
    }
    for (text, word) in [
        ("tailoring: {id: t}", "extends"),
        ("tailoring: {id: t, extends: demo, exclude: [{ids: ['1']}]}", "reason"),
        ("tailoring: {id: t, extends: demo, exclude: [{ids: ['1'], inherit: {from: aws}}]}", "evidence_ref"),
        (
            "tailoring: {id: t, extends: demo, inherit: [{ids: ['1'], inherit: {from: aws, evidence_ref: 'sha256:00'}}]}",
            "inherit[0].inherit.evidence_ref",
        ),
        ("tailoring: {id: t, extends: demo, inherit: [{ids: ['1'], inherit: {from: aws, evidence_ref: a report}}]}", "`a report` is not"),
    ] {
        assert!(parse_tailoring(text, "t.yaml").unwrap_err().to_string().contains(word), "{text}");
    }
}

const MANUAL: &str = "- {id: \"1\", name: One, type: manual}";

fn attestation(rest: &str) -> Policy {
    attestations(&format!("attestations: [{{control: demo@1/1, statement: done, attested_by: lead@example.invalid, {rest}}}]"))
}

#[test]
fn attestations_answer_what_only_people_can() {
    for (rest, status, state) in [
        ("date: 2026-06-15, frequency_days: 180, status: satisfied", Status::Pass, "valid"),
        ("date: 2026-06-15, status: not_satisfied", Status::Fail, "valid"),
        ("date: 2026-06-15, status: not_applicable", Status::NotApplicable, "valid"),
        ("date: 2026-01-15, frequency_days: 180, status: satisfied", Status::Manual, "stale"),
        ("date: 2026-08-23, status: satisfied", Status::Manual, "future"),
    ] {
        let result = World::new().one_with(MANUAL, &attestation(rest));
        assert_eq!((result.status, result.attestation.as_ref().unwrap().state.as_str()), (status, state), "{rest}");
        assert_eq!(result.basis, if state == "valid" { Basis::Attestation } else { Basis::None }, "{rest}");
    }
}

#[test]
fn attestations_never_turn_a_failure_or_the_unseen_into_a_pass() {
    let satisfied = attestation("date: 2026-06-15, status: satisfied");
    let privileged = rule("check: {ids: [KSV-0017]}");
    assert_eq!(failing().one_with(&privileged, &satisfied).status, Status::Fail);
    assert_eq!(World::new().one_with(&privileged, &satisfied).status, Status::NotAssessed);
}

#[test]
fn strict_claims_leave_partial_passes_to_people() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    world.passes("KSV-0017", folder, "web");
    let partial = rule("check: {ids: [KSV-0017]}");
    let full = "- {id: \"1\", name: One, verifiability: P, assess: {all: [{check: {ids: [KSV-0017]}}]}}";
    assert_eq!(world.one(&partial).assurance, Some(Assurance::Partial));
    assert_eq!(world.one(full).assurance, Some(Assurance::Full));
    let strict = Policy { strict_claims: true, ..policy() };
    assert_eq!(world.one_with(&partial, &strict).status, Status::Manual);
    assert_eq!(world.one_with(full, &strict).status, Status::Pass);
    let attested = Policy { strict_claims: true, ..attestation("date: 2026-06-15, status: satisfied") };
    assert_eq!(world.one_with(&partial, &attested).status, Status::Pass);
}

#[test]
fn tailoring_leaves_out_and_inherits() {
    let controls =
        "- {id: \"1\", name: One, type: manual}\n- {id: \"2\", name: Two, type: inherited}\n- {id: \"3\", name: Three, type: inherited}";
    let text = "tailoring: {id: shop, extends: demo, exclude: [{ids: ['1'], reason: no such thing here}], inherit: [{ids: ['2'], inherit: {from: cloud-2026, evidence_ref: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}}]}";
    let result = failing().assess(&[native(controls)], &tailoring(text)).frameworks.remove(0);
    assert_eq!(control(&result, "1").status, Status::NotApplicable);
    assert!(control(&result, "1").why.contains("no such thing here"));
    let inherited = control(&result, "2");
    assert_eq!((inherited.status, inherited.basis, inherited.assurance), (Status::Pass, Basis::Inherited, Some(Assurance::Indicative)));
    assert_eq!((control(&result, "3").status, control(&result, "3").reason), (Status::NotAssessed, Some(Reason::ScopeUndeclared)));
    assert_eq!(result.coverage.assessed, 0, "inherited passes are not what was examined");
    assert_eq!(result.tailoring.unwrap().id, "shop");
}

#[test]
fn tailoring_of_something_else_is_an_error() {
    let world = failing();
    let inputs = probity_compliance::Inputs { inventories: &world.inventories, ledger: &world.ledger, capabilities: &world.capabilities };
    for text in ["tailoring: {id: t, extends: other}", "tailoring: {id: t, extends: demo, exclude: [{ids: ['99'], reason: r}]}"] {
        let error = probity_compliance::assess(&[native(MANUAL)], &inputs, &tailoring(text)).unwrap_err();
        assert!(matches!(error, SpecError::Invalid { .. }), "{text}");
    }
}

const PORTS: &str =
    "params:\n  allowed_ports: {type: list, default: []}\n  days: {type: int, default: 30, min: 1, max: 90}\n  scope: {default: null}";
const PORT_RULES: &str = "- {id: \"1\", name: Ports, assess: {all: [{image: {fact: config.ExposedPorts, op: not_in, value: [\"${allowed_ports}\"]}}]}}\n- {id: \"2\", name: Ends, assess: {all: [{os: {eol_within_days: \"${days}\"}}]}}\n- {id: \"3\", name: Scope, needs_params: [scope], assess: {all: [{check: {ids: [KSV-0017]}}]}}";

#[test]
fn parameters_come_from_the_spec_the_tailoring_and_the_command_line() {
    let mut world = World::new();
    let image = world.image("shop");
    world.image_config(image).exposed_ports = vec!["443/tcp".into(), "8080/tcp".into()];
    let framework = native_with(PORTS, PORT_RULES);
    let with = |params: &[(&str, &str)], tailored: Option<&str>| {
        let mut policy = tailored.map_or_else(policy, tailoring);
        policy.params = params.iter().map(|(name, value)| ((None, (*name).to_owned()), (*value).to_owned())).collect();
        world.assess(std::slice::from_ref(&framework), &policy).frameworks.remove(0)
    };
    let undeclared = with(&[], None);
    assert_eq!((control(&undeclared, "1").status, control(&undeclared, "1").reason), (Status::Manual, Some(Reason::ScopeUndeclared)));
    assert_eq!((control(&undeclared, "3").status, control(&undeclared, "3").reason), (Status::Manual, Some(Reason::ScopeUndeclared)));
    assert_eq!(control(&undeclared, "2").status, Status::Pass);
    assert_eq!(control(&with(&[("allowed_ports", "443, 8080")], None), "1").status, Status::Pass);
    let one = with(&[("allowed_ports", "443")], None);
    assert_eq!((control(&one, "1").status, control(&one, "1").rules[0].matched), (Status::Fail, 1));
    assert_eq!(one.params["allowed_ports"].value, "[443]");
    assert_eq!(one.params["allowed_ports"].source, "command line");
    let tailored = with(&[], Some("tailoring: {id: t, extends: demo, params: {allowed_ports: [443, 8080], days: 60}}"));
    assert_eq!((control(&tailored, "1").status, tailored.params["days"].source.as_str()), (Status::Pass, "tailoring"));
}

#[test]
fn a_loosened_parameter_cannot_pass() {
    let mut world = World::new();
    world.image("shop");
    let framework = native_with(PORTS, PORT_RULES);
    for value in ["91", "0"] {
        let mut policy = policy();
        policy.params.insert((Some("demo".into()), "days".into()), value.into());
        let result = world.assess(std::slice::from_ref(&framework), &policy).frameworks.remove(0);
        let control = control(&result, "2");
        assert_eq!((control.status, control.reason), (Status::Manual, Some(Reason::ParameterOutsideGuardrail)), "{value}");
    }
}

#[test]
fn a_mistyped_parameter_is_an_error() {
    let world = World::new();
    let inputs = probity_compliance::Inputs { inventories: &world.inventories, ledger: &world.ledger, capabilities: &world.capabilities };
    for scope in [None, Some("demo".to_owned()), Some("nothing".to_owned())] {
        let mut policy = policy();
        policy.params.insert((scope.clone(), "dayz".into()), "1".into());
        let error = probity_compliance::assess(&[native_with(PORTS, PORT_RULES)], &inputs, &policy).unwrap_err();
        assert!(matches!(error, SpecError::UnknownParameter { .. }) && error.hint().unwrap().contains("days"), "{scope:?}");
    }
}

#[test]
fn the_gate() {
    let fails = |severity: &str| {
        failing().assess(
            &[native(&format!("- {{id: \"1\", name: One, severity: {severity}, assess: {{all: [{{check: {{ids: [KSV-0017]}}}}]}}}}"))],
            &policy(),
        )
    };
    let code = |assessment: &probity_model::assessment::Assessment, on: &[&str]| {
        let fail_on = on.iter().map(|word| word.parse().unwrap()).collect();
        gate(assessment, &GateOptions { fail_on, ..GateOptions::default() }).code
    };
    assert_eq!(code(&fails("HIGH"), &[]), 1);
    assert_eq!(code(&fails("MEDIUM"), &[]), 0);
    assert_eq!(code(&fails("MEDIUM"), &["severity=LOW"]), 1);
    assert_eq!(code(&fails("HIGH"), &["severity=CRITICAL"]), 0);
    assert_eq!(code(&fails("LOW"), &["control=demo/1"]), 1);
    assert_eq!(code(&fails("HIGH"), &["control=demo/9"]), 2);
    let nothing = World::new().assess(&[native(&rule("check: {ids: [KSV-0017]}"))], &policy());
    assert_eq!(code(&nothing, &[]), 0);
    assert_eq!(code(&nothing, &["not-assessed"]), 1);
    assert_eq!(code(&nothing, &["control=demo/1"]), 3);
    assert_eq!(gate(&nothing, &GateOptions { min_coverage: Some(0.5), ..GateOptions::default() }).kind, ExitKind::Incomplete);
    let stale = World::new().assess(&[native(MANUAL)], &attestation("date: 2026-01-15, frequency_days: 30, status: satisfied"));
    assert_eq!((code(&stale, &[]), code(&stale, &["expired"])), (0, 4));
    assert!("severity=AWFUL".parse::<FailOn>().is_err() && "control=x".parse::<FailOn>().is_err() && "nonsense".parse::<FailOn>().is_err());
    assert_eq!("HIGH".parse::<FailOn>(), Ok(FailOn::Severity(Severity::High)));
}

#[test]
fn exit_codes_have_an_order() {
    use ExitKind::{Expired, GateFailed, Incomplete, Internal, Invalid, Ok};
    let order = [Internal, Invalid, GateFailed, Incomplete, Expired, Ok];
    for (at, worse) in order.iter().enumerate() {
        for better in &order[at..] {
            assert_eq!(ExitKind::worst([*better, *worse]), *worse);
        }
    }
    assert_eq!(order.map(ExitKind::code), [5, 2, 1, 3, 4, 0]);
}

#[test]
fn an_unreadable_document_makes_the_run_incomplete() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.diagnostic(folder, Reason::AnalyzerFailed, probity_model::Capability::Documents(probity_model::InputKind::KubernetesManifest));
    let assessment = world.assess(&[native(&rule("check: {ids: [KSV-0017]}"))], &policy());
    assert_eq!(assessment.frameworks[0].controls[0].reason, Some(Reason::AnalyzerFailed));
    assert_eq!(gate(&assessment, &GateOptions::default()).kind, ExitKind::Incomplete);
}
