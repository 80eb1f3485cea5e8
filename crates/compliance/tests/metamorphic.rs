//! What must hold whatever is scanned: knowing less never makes a pass, failing more never helps, frameworks do not disturb each other,
//! and the same input gives the same result.

mod common;

use common::{IMAGE_CAPABILITIES, World, counts, native, policy, rule, shipped, waivers};
use probity_model::{
    Capability, InputKind, Reason, Severity, SubjectId,
    assessment::{FrameworkResult, Status},
};
use std::{collections::BTreeMap, time::Instant};

/// A run with some of everything, different for every seed.
fn world(seed: u64) -> World {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut world = World::new();
    for n in 0..next(3) {
        let image = world.image(&format!("image-{n}"));
        if next(2) == 0 {
            world.file(image, "usr/bin/su", 0o4755);
        }
        if next(2) == 0 {
            world.secret(image, "app/.env", Severity::High, "f");
        }
        if next(2) == 0 {
            world.package(image, "openssh-server", "1");
        }
        if next(2) == 0 {
            world.image_config(image).user = String::new();
        }
    }
    for n in 0..next(3) {
        let folder = world.folder(&format!("folder-{n}"));
        world.manifest(folder, "web.yaml", "Pod", "web");
        world.dockerfile(folder, "Dockerfile");
        for check in ["KSV-0008", "KSV-0009", "KSV-0010", "KSV-0012", "KSV-0017", "KSV-0030", "DS-0002", "DS-0031"] {
            match next(4) {
                0 => world.fails(check, folder, "web"),
                1 | 2 => world.passes(check, folder, "web"),
                _ => {}
            }
        }
    }
    world
}

/// Results of all controls that ship, by name.
fn statuses(world: &World) -> BTreeMap<String, Status> {
    let results = world.assess(&shipped(), &policy()).frameworks;
    results.iter().flat_map(|f| f.controls.iter().map(move |c| (format!("{}@{}/{}", f.id, f.version, c.id), c.status))).collect()
}

fn compare(before: &World, after: &World, allowed: impl Fn(Status, Status) -> bool, what: &str) {
    let (before, after) = (statuses(before), statuses(after));
    assert_eq!(before.len(), after.len());
    for (name, was) in &before {
        let is = after.get(name).copied().unwrap_or(Status::Error);
        assert!(was == &is || allowed(*was, is), "{what}: {name} went from {was:?} to {is:?}");
    }
}

#[test]
fn an_analyzer_less_only_moves_towards_not_assessed() {
    for seed in 0..12 {
        let full = world(seed);
        for capability in IMAGE_CAPABILITIES {
            // A failure may lose its evidence only with the fact itself, and the facts stay.
            compare(&full, &full.without(capability), |_, is| is == Status::NotAssessed, &format!("seed {seed} without {capability}"));
        }
        for subject in 0..full.inventories.len() {
            for capability in [Capability::Everything, Capability::Documents(InputKind::KubernetesManifest), Capability::Secrets] {
                let mut cut = full.clone();
                cut.diagnostic(SubjectId(u32::try_from(subject).unwrap()), Reason::SubjectTruncated, capability);
                compare(&full, &cut, |_, is| is == Status::NotAssessed, &format!("seed {seed} cut {capability}"));
            }
        }
    }
}

#[test]
fn a_kind_of_input_less_never_makes_a_pass_of_what_was_unknown() {
    for seed in 0..12 {
        let full = world(seed);
        let mut less = full.clone();
        for inventory in &mut less.inventories {
            inventory.files.clear();
        }
        less.ledger.findings.clear();
        let kept = |was: Status, is: Status| {
            is == Status::NotAssessed || (is == Status::NotApplicable && was != Status::Pass) || was == Status::Fail
        };
        let (before, after) = (statuses(&full), statuses(&less));
        for (name, was) in &before {
            let is = after[name];
            assert!(*was == is || kept(*was, is), "seed {seed}: {name} went from {was:?} to {is:?}");
            assert!(is != Status::Pass || matches!(was, Status::Pass | Status::Fail), "seed {seed}: {name} passes with less known");
        }
    }
}

#[test]
fn a_failing_resource_more_only_moves_towards_fail() {
    for seed in 0..12 {
        let before = world(seed);
        for check in ["KSV-0009", "KSV-0012", "KSV-0017", "DS-0002"] {
            let Some(folder) = before.inventories.iter().find(|i| !i.files.is_empty()).map(|i| i.subject.id) else { continue };
            let mut after = before.clone();
            after.fails(check, folder, "one-more");
            compare(
                &before,
                &after,
                |was, is| is == Status::Fail || (was == Status::NotAssessed && is == Status::NotAssessed),
                &format!("seed {seed} {check}"),
            );
        }
    }
}

#[test]
fn other_frameworks_change_nothing() {
    for seed in 0..6 {
        let world = world(seed);
        let all = shipped();
        let together = world.assess(&all, &policy());
        for (framework, with_others) in all.iter().zip(&together.frameworks) {
            let alone = world.assess(std::slice::from_ref(framework), &policy());
            assert_eq!(shown(&alone.frameworks[0]), shown(with_others), "seed {seed} {}", framework.full_name());
        }
    }
}

/// A result without the numbers of its evidence, which depend on what else is there.
fn shown(framework: &FrameworkResult) -> String {
    let mut copy = framework.clone();
    for control in &mut copy.controls {
        control.remediation_group = None;
        for rule in &mut control.rules {
            rule.evidence.clear();
        }
    }
    format!("{copy:?}")
}

#[test]
fn statuses_add_up_to_the_catalogue() {
    for seed in 0..12 {
        for framework in &world(seed).assess(&shipped(), &policy()).frameworks {
            assert_eq!(counts(framework).iter().sum::<usize>(), framework.controls.len());
            let reasons: usize = framework.coverage.by_reason.values().sum();
            assert_eq!(framework.coverage.assessed + reasons, framework.controls.len(), "{}: {:?}", framework.id, framework.coverage);
        }
    }
}

#[test]
fn every_pass_looked_at_something() {
    for seed in 0..12 {
        let assessment = world(seed).assess(&shipped(), &policy());
        for framework in &assessment.frameworks {
            for control in framework.controls.iter().filter(|control| control.status == Status::Pass) {
                assert!(control.assurance.is_some(), "{}/{}", framework.id, control.id);
                assert!(control.rules.iter().any(|rule| rule.population > 0), "{}/{}", framework.id, control.id);
            }
            for control in framework.controls.iter().filter(|control| control.status == Status::Fail) {
                assert!(
                    control.rules.iter().any(|rule| !rule.evidence.is_empty()),
                    "{}/{} fails without evidence",
                    framework.id,
                    control.id
                );
            }
        }
        let numbers = assessment.frameworks.iter().flat_map(|f| &f.controls).flat_map(|c| &c.rules).flat_map(|r| &r.evidence);
        assert!(numbers.copied().all(|n| (n as usize) < assessment.evidence.len()));
        assert!(assessment.evidence.iter().all(|e| !e.controls.is_empty() && e.controls.is_sorted()));
    }
}

#[test]
fn the_same_input_gives_the_same_result() {
    for seed in 0..4 {
        let policy = waivers(
            "waivers: [{id: W, match: {controls: ['*'], finding: {rule: 'KSV*'}}, justification: j, approved_by: a, created: 2026-08-01, expires: 2026-09-01}]",
        );
        let results: Vec<String> = (0..3).map(|_| format!("{:?}", world(seed).assess(&shipped(), &policy))).collect();
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}");
    }
}

#[test]
fn a_list_of_evidence_is_cut_and_the_count_is_not() {
    let mut world = World::new();
    let image = world.image("shop");
    for n in 0..1_500 {
        world.file(image, &format!("bin/{n}"), 0o4755);
    }
    let assessment = world.assess(&[native(&rule("file: {setuid: true}"))], &policy());
    let result = &assessment.frameworks[0].controls[0].rules[0];
    assert_eq!((result.matched, result.evidence.len(), assessment.evidence.len()), (1_500, 1_000, 1_500));
}

/// `cargo test --release -p probity-compliance --test metamorphic -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn ten_frameworks_cost_what_one_costs() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    let checks = ["KSV-0008", "KSV-0009", "KSV-0010", "KSV-0012", "KSV-0017"];
    let resource = world.ledger.resources.len();
    for n in 0..10_000 {
        world.ledger.resources.push(probity_model::finding::Resource {
            subject: folder,
            input: InputKind::KubernetesManifest,
            name: format!("shop/Deployment/web-{n}"),
            path: Some(format!("deploy/web-{n:05}.yaml").into()),
            lines: Some(probity_model::Lines::new(1, 40)),
        });
    }
    for check in checks {
        let rule = world.rule(check);
        for n in 0..10_000 {
            let violation = probity_model::finding::Violation::new(
                format!("container `web` of `web-{n}` is wrong"),
                "spec.template.spec.containers[0].securityContext.privileged",
                probity_model::Lines::one(12),
            );
            let outcome = probity_model::finding::Outcome::Fail(Box::new(violation));
            let resource = probity_model::finding::ResourceIx(u32::try_from(resource + n).unwrap());
            world.ledger.findings.push(probity_model::finding::Finding { rule, resource, outcome });
        }
    }
    let one = vec![probity_compliance::load("pss-restricted", &|_| Err(String::new())).unwrap()];
    let mut ten = shipped();
    for n in 0..2 {
        let mut more = one[0].clone();
        more.id = format!("more-{n}");
        more.digest = format!("sha256:{n}");
        more.source = "more".into();
        ten.push(more);
    }
    let time = |frameworks: &[probity_compliance::Framework]| {
        let mut best = f64::MAX;
        for _ in 0..9 {
            let start = Instant::now();
            let assessment = world.assess(frameworks, &policy());
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
            assert!(assessment.evidence.len() >= 50_000);
        }
        best
    };
    let (one, ten) = (time(&one), time(&ten));
    println!("50,000 findings: one framework {one:.1} ms, ten frameworks {ten:.1} ms, {:+.1} %", (ten / one - 1.0) * 100.0);
    let start = Instant::now();
    let pci = probity_compliance::load("pci-dss", &|_| Err(String::new())).unwrap();
    println!("pci-dss parsed in {:.2} ms ({} controls)", start.elapsed().as_secs_f64() * 1e3, pci.spec.controls.len());
}
