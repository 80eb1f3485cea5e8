//! The frameworks that ship: complete, well-formed, in words that claim nothing.

mod common;

use common::{World, control, map, policy, seq, shipped, text};
use probity_compliance::{Code, RuleCatalogue, explain, framework_names, lint, load};
use probity_model::assessment::Status;
use std::collections::BTreeSet;

#[test]
fn the_registry_is_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/frameworks");
    let on_disk: BTreeSet<String> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let registered: BTreeSet<String> = framework_names()
        .iter()
        .map(|info| {
            let versioned = format!("{}-{}", info.id, info.version);
            if on_disk.contains(&versioned) { versioned } else { info.id.clone() }
        })
        .collect();
    assert_eq!(on_disk, registered);
}

#[test]
fn every_official_id_is_there_once() {
    for (name, controls) in [
        ("pss-baseline", 12),
        ("pss-restricted", 18),
        ("cis-docker@1.6.0", 117),
        ("cis-kubernetes@2.0.1", 131),
        ("cis-kubernetes@1.23", 125),
        ("nsa-k8s@1.2", 48),
        ("nist-800-190", 24),
        ("pci-dss@4.0.1", 250),
    ] {
        let framework = load(name, &|_| Err(String::new())).unwrap();
        let ids: BTreeSet<&str> = framework.spec.controls.iter().map(|c| c.id.as_str()).collect();
        assert_eq!((framework.spec.controls.len(), ids.len()), (controls, controls), "{name}");
        let result = World::new().assess(&[framework], &policy()).frameworks.remove(0);
        assert_eq!(result.controls.len(), controls, "{name}");
        assert_eq!(result.coverage.controls, controls, "{name}");
    }
}

#[test]
fn names_in_specs_are_names_in_the_registry() {
    for framework in shipped() {
        for alias in &framework.spec.aliases {
            let found = load(alias, &|_| Err(String::new())).unwrap_or_else(|error| panic!("{alias}: {error}"));
            assert_eq!(found.full_name(), framework.full_name(), "{alias}");
        }
    }
}

/// What is embedded is JSON that the build script made of the YAML.
#[test]
fn what_is_embedded_is_what_is_written() {
    for framework in shipped() {
        let folder = [format!("{}-{}", framework.id, framework.version), framework.id.clone()]
            .into_iter()
            .map(|name| format!("{}/frameworks/{name}/framework.yaml", env!("CARGO_MANIFEST_DIR")))
            .find(|path| std::path::Path::new(path).is_file())
            .unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test reads this crate's own data")]
        let text = std::fs::read_to_string(folder).unwrap();
        let (written, lints) = probity_compliance::parse_spec(&text, "framework.yaml").unwrap();
        assert_eq!(written.spec, framework.spec, "{}", framework.full_name());
        assert_eq!(written.digest, framework.digest, "{}", framework.full_name());
        let unknown: Vec<String> = lints.iter().filter(|lint| lint.code == Code::UnknownKey).map(ToString::to_string).collect();
        assert_eq!(unknown, Vec::<String>::new(), "{}", framework.full_name());
    }
}

#[test]
fn specs_are_clean() {
    // Which checks exist is for the crate that joins frameworks and checks to say.
    let rules = RuleCatalogue::default();
    for framework in shipped() {
        let bad: Vec<String> = lint(&framework, &rules)
            .iter()
            .filter(|lint| !matches!(lint.code, Code::UnknownCheck | Code::TitleCopied))
            .filter(|lint| lint.error || lint.code == Code::UnknownKey)
            .map(ToString::to_string)
            .collect();
        assert_eq!(bad, Vec::<String>::new(), "{}", framework.full_name());
    }
}

/// Words that would claim more than a scan can.
const BANNED: [&str; 3] = ["compliant", "certified", "guarantee"];

#[test]
fn no_text_claims_what_a_scan_cannot() {
    let mut world = World::new();
    world.image("shop");
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    world.fails("KSV-0012", folder, "web");
    let frameworks = shipped();
    let rules = RuleCatalogue::new(&world.ledger.rules);
    let mut texts = format!("{:?}", world.assess(&frameworks, &policy()));
    for framework in &frameworks {
        texts.push_str(&format!("{:?}", framework.spec));
        for control in &framework.spec.controls {
            texts.push_str(&format!("{:?}", explain(framework, &control.id, &rules).unwrap()));
        }
    }
    let texts = texts.to_lowercase();
    for word in BANNED {
        // A notice may say what a report is not.
        let place = texts
            .match_indices(word)
            .map(|(at, _)| texts.get(at.saturating_sub(60)..at + 20).unwrap_or(word))
            .find(|around| !around.contains("not "));
        assert_eq!(place, None, "`{word}`");
    }
}

#[test]
fn sources_claim_nothing_either() {
    for name in [
        "advise",
        "explain",
        "gate",
        "lint",
        "load",
        "policy",
        "error",
        "assess/evaluate",
        "assess/observe",
        "assess/results",
        "assess/waive",
    ] {
        let path = format!("{}/src/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        #[expect(clippy::disallowed_methods, reason = "a test reads this crate's own source")]
        let text = std::fs::read_to_string(path).unwrap().to_lowercase();
        for word in BANNED {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_list_says_what_can_be_assessed_from_what() {
    for info in framework_names() {
        assert!(!info.title.is_empty() && info.controls > 0, "{}", info.id);
        assert_eq!(info.by_kind.values().sum::<usize>(), info.controls, "{}", info.id);
    }
}

#[test]
fn image_alone_cannot_answer_a_cluster_benchmark() {
    let mut world = World::new();
    world.image("shop");
    let framework = load("cis-kubernetes", &|_| Err(String::new())).unwrap();
    let result = world.assess(&[framework], &policy()).frameworks.remove(0);
    let passes = result.controls.iter().filter(|c| c.status == probity_model::assessment::Status::Pass).count();
    assert!(passes <= 3, "{passes} controls pass from an image");
    assert!(result.coverage.assessed <= 3);
}

#[test]
fn ports_of_services_and_workloads_need_approval() {
    let pci = shipped().into_iter().find(|framework| framework.id == "pci-dss").unwrap();
    let number = |value: i64| probity_model::Node {
        value: probity_model::node::Value::Scalar(probity_model::node::Scalar {
            text: value.to_string().into(),
            kind: probity_model::node::ScalarKind::Int(value),
        }),
        ..text("")
    };
    let service = |port| map(vec![("spec", map(vec![("ports", seq(vec![map(vec![("port", number(port))])]))]))]);
    let container = |port| map(vec![("name", text("web")), ("ports", seq(vec![map(vec![("containerPort", number(port))])]))]);
    let workload = |port| {
        let pod = map(vec![("spec", map(vec![("containers", seq(vec![map(vec![("name", text("side"))]), container(port)]))]))]);
        map(vec![("spec", map(vec![("template", pod)]))])
    };
    for (kind, root, allowed, status) in [
        ("Service", service(8443), "8443", Status::Pass),
        ("Service", service(8443), "443,8443/tcp", Status::Pass),
        ("Service", service(8443), "443,8443/udp", Status::Fail),
        ("Service", service(443), "8443", Status::Fail),
        ("Deployment", workload(8443), "8443", Status::Pass),
        ("Deployment", workload(22), "8443", Status::Fail),
    ] {
        let mut world = World::new();
        let folder = world.folder("deploy");
        world.object(folder, "a.yaml", kind, "web", root);
        let mut policy = policy();
        policy.params.insert((None, "allowed_ports".to_owned()), allowed.to_owned());
        let result = world.assess(std::slice::from_ref(&pci), &policy).frameworks.remove(0);
        let found = control(&result, "1.2.5");
        assert_eq!(found.status, status, "{kind} with {allowed}: {} {:?}", found.why, found.rules);
    }
}
