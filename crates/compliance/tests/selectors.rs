//! Every selector: something that matches, something that does not, something that could not be looked at; and how rules roll up.

mod common;

use common::{World, control, map, native, native_with, policy, rule, seq, text};
use probity_model::{
    Capability, InputKind, Place, Reason, Severity, SubjectId,
    assessment::{Assurance, Status},
    facts::{
        Certificate, Credential, CredentialKind, DataMatch, Key, KeyKind, OsRelease, Password, PasswordState, ServerSetting, SettingKind,
        TlsVersion, Trace, TraceKind, User,
    },
    finding::{Outcome, Violation},
};

/// A change to a clean image, and selectors that must see it; each selector passes on the clean image or has nothing to look at.
#[test]
fn each_fact_fails_its_selector() {
    type Change = fn(&mut World, SubjectId);
    let cases: [(&str, Change); 34] = [
        ("package: {present: ['pkg:*/openssh-server']}", |w, i| w.package(i, "openssh-server", "1:9.2p1-2")),
        ("package: {present: [telnet*]}", |w, i| w.package(i, "telnetd", "0.17")),
        ("package: {count_gt: 1}", |w, i| w.package(i, "second", "1")),
        ("secret: {min_severity: MEDIUM}", |w, i| w.secret(i, "app/config", Severity::High, "f")),
        ("secret: {categories: [github], in: [layer]}", |w, i| w.secret(i, "app/config", Severity::Low, "f")),
        ("secret: {duplicate_locations_gt: 1}", |w, i| {
            w.secret(i, "app/a", Severity::Low, "same");
            w.secret(i, "app/b", Severity::Low, "same");
        }),
        ("file: {setuid: true}", |w, i| w.file(i, "usr/bin/su", 0o4755)),
        ("file: {set_id: true, paths: ['/usr/*']}", |w, i| w.file(i, "usr/bin/wall", 0o2755)),
        ("file: {world_writable: true}", |w, i| w.file(i, "opt/x", 0o666)),
        ("file: {unowned: true}", |w, i| {
            w.file(i, "opt/tool", 0o755);
            w.inventory(i).unowned.push(probity_model::inventory::UnownedFile(0));
        }),
        ("os: {eol: true}", |w, i| w.inventory(i).os = Some(os("debian", "9"))),
        ("os: {eol_within_days: 100}", |w, i| w.inventory(i).os = Some(os("debian", "11.9"))),
        ("os: {family_in: [centos]}", |w, i| w.inventory(i).os = Some(os("centos", "7"))),
        ("image: {fact: config.User, op: eq, value: root}", |w, i| w.image_config(i).user = "root".into()),
        ("image: {fact: config.ExposedPorts, op: in, value: ['22', '23']}", |w, i| w.image_config(i).exposed_ports = vec!["22/tcp".into()]),
        ("image: {fact: history, op: matches, value: 'curl .*-k'}", |w, i| {
            w.image_config(i).history = vec![probity_model::image::History {
                created_by: Some("RUN curl -k https://example.invalid".into()),
                ..Default::default()
            }];
        }),
        ("image: {fact: created.age_days, op: gt, value: 90}", |w, i| w.image_config(i).created = Some("2026-01-01T00:00:00Z".into())),
        ("image: {fact: config.Env.DEBUG, op: eq, value: '1'}", |w, i| w.image_config(i).env = vec!["DEBUG=1".into()]),
        ("image: {fact: setuid.count, op: gt, value: 0}", |w, i| w.file(i, "usr/bin/su", 0o4755)),
        ("cert: {expired: true}", |w, i| cert(w, i, 1_700_000_000, 2048, "sha256WithRSAEncryption")),
        ("cert: {expires_within_days: 30}", |w, i| cert(w, i, 1_788_000_000, 2048, "sha256WithRSAEncryption")),
        ("cert: {key_bits_lt: 2048, ec_bits_lt: 224}", |w, i| cert(w, i, 2_000_000_000, 1024, "sha256WithRSAEncryption")),
        ("cert: {sig_alg_in: [sha1, md5]}", |w, i| cert(w, i, 2_000_000_000, 2048, "sha1WithRSAEncryption")),
        ("crypto: {tls_min_lt: TLSv1.2}", |w, i| setting(w, i, SettingKind::TlsVersions, Some(TlsVersion::Tls10))),
        ("crypto: {tls_min_lt: '1.2'}", |w, i| setting(w, i, SettingKind::TlsVersions, Some(TlsVersion::Ssl3))),
        ("setting: {kind: no-auth}", |w, i| setting(w, i, SettingKind::NoAuth, None)),
        ("key: {kind: private-key, encrypted: false}", |w, i| key(w, i, KeyKind::PrivateKey)),
        ("key: {kind: [authorized-key, host-key]}", |w, i| key(w, i, KeyKind::AuthorizedKey)),
        ("data: {pattern: pan}", |w, i| data(w, i, false)),
        ("data: {test_data_only: true}", |w, i| data(w, i, true)),
        ("user: {password: [empty, md5]}", |w, i| password(w, i, PasswordState::Empty)),
        ("user: {weak_password: true, login_shell: true}", |w, i| password(w, i, PasswordState::Md5)),
        ("credential: {kind: default}", |w, i| {
            let at = Place::file("etc/x");
            w.inventory(i).facts.credentials.push(Credential {
                service: "postgres",
                what: "postgres/postgres".into(),
                kind: CredentialKind::Default,
                at,
            });
        }),
        ("trace: {kind: [debug-flag, test-artifact]}", |w, i| {
            let at = Place::file("app/.env.test");
            w.inventory(i).facts.traces.push(Trace { kind: TraceKind::TestArtifact, what: "test settings".into(), at });
        }),
    ];
    for (selector, change) in cases {
        let mut world = World::new();
        let image = world.image("shop");
        world.image_config(image).created = Some("2026-08-01T00:00:00Z".into());
        let clean = world.status(&rule(selector));
        assert!(matches!(clean, Status::Pass | Status::NotApplicable), "{selector}: {clean:?} on a clean image");
        change(&mut world, image);
        let found = world.one(&rule(selector));
        assert_eq!(found.status, Status::Fail, "{selector}: {}", found.why);
        let rule_result = &found.rules[0];
        assert!(rule_result.matched > 0 && rule_result.population > 0 && !rule_result.evidence.is_empty(), "{selector}: {rule_result:?}");
        let evidence = &world.assess(&[native(&rule(selector))], &policy()).evidence;
        assert_eq!(&*evidence[0].controls, ["demo/1"], "{selector}");
        assert!(!evidence[0].observed.is_empty() && evidence[0].fingerprint.len() == 71, "{selector}: {:?}", evidence[0]);
    }
}

/// The same selectors know when they could not look.
#[test]
fn an_analyzer_that_did_not_run_is_not_a_pass() {
    for (selector, capability) in [
        ("package: {present: [x]}", Capability::Packages),
        ("secret: {}", Capability::Secrets),
        ("file: {setuid: true}", Capability::FileModes),
        ("os: {eol: true}", Capability::Os),
        ("image: {fact: config.User, op: eq, value: root}", Capability::ImageConfig),
        ("cert: {expired: true}", Capability::Crypto),
        ("key: {kind: private-key}", Capability::Crypto),
        ("crypto: {tls_min_lt: TLSv1.2}", Capability::ServerConfig),
        ("setting: {kind: no-auth}", Capability::ServerConfig),
        ("data: {pattern: pan}", Capability::Data),
        ("user: {weak_password: true}", Capability::Users),
        ("credential: {kind: default}", Capability::ImageConfig),
        ("credential: {kind: default}", Capability::ServerConfig),
        ("trace: {}", Capability::ImageConfig),
        ("trace: {}", Capability::FileModes),
        ("scan: {sbom: true}", Capability::Packages),
        ("scan: {analyzers_ok: [secrets]}", Capability::Secrets),
    ] {
        let mut world = World::new();
        let image = world.image("shop");
        let silent = world.without(capability).one(&rule(selector));
        assert_eq!((silent.status, silent.reason), (Status::NotAssessed, Some(Reason::AnalyzerDisabled)), "{selector}");
        for affected in [capability, Capability::Everything] {
            let mut cut = world.clone();
            cut.diagnostic(image, Reason::SubjectTruncated, affected);
            let result = cut.one(&rule(selector));
            assert_eq!((result.status, result.reason), (Status::NotAssessed, Some(Reason::SubjectTruncated)), "{selector} {affected}");
        }
        world.inventories.clear();
        assert_eq!(world.one(&rule(selector)).status, Status::NotAssessed, "{selector}: nothing was given");
    }
}

#[test]
fn a_match_is_a_failure_even_when_something_was_not_read() {
    let mut world = World::new();
    let image = world.image("shop");
    world.file(image, "usr/bin/su", 0o4755);
    world.diagnostic(image, Reason::SubjectTruncated, Capability::Everything);
    assert_eq!(world.status(&rule("file: {setuid: true}")), Status::Fail);
}

#[test]
fn a_gap_in_what_a_check_needs_is_not_a_pass() {
    let mut clean = World::new();
    let image = clean.image("shop");
    clean.passes("PB-IMG-0001", image, "shop");
    let control = rule("check: {ids: [PB-IMG-0001]}");
    assert_eq!(clean.status(&control), Status::Pass);
    for capability in [Capability::Users, Capability::ImageConfig, Capability::Everything] {
        let mut world = clean.clone();
        world.diagnostic(image, Reason::AnalyzerFailed, capability);
        let result = world.one(&control);
        assert_eq!((result.status, result.reason), (Status::NotAssessed, Some(Reason::AnalyzerFailed)), "{capability}");
        assert!(result.why.contains("something was not read"), "{}", result.why);
        // What was seen stays seen.
        world.fails("PB-IMG-0001", image, "shop");
        assert_eq!(world.status(&control), Status::Fail, "{capability}");
    }
    // The check does not read certificates.
    let mut world = clean.clone();
    world.diagnostic(image, Reason::AnalyzerFailed, Capability::Crypto);
    assert_eq!(world.status(&control), Status::Pass);
}

#[test]
fn a_file_of_another_sort_in_the_same_folder_does_not_count() {
    let mut world = World::new();
    let folder = world.folder("shop");
    world.dockerfile(folder, "Dockerfile");
    world.manifest(folder, "settings.yaml", "ConfigMap", "settings");
    world.inventory(folder).facts.secret_files = 3;
    world.ran(folder, Capability::Secrets);
    world.ran(folder, Capability::Data);
    let mut token = world.clone();
    token.secret(folder, "settings.yaml", Severity::High, "f");
    let mut card = world.clone();
    data(&mut card, folder, false);
    card.inventory(folder).facts.data[0].at = Place::line("settings.yaml", 3);
    for (world, selector) in [(token, "secret: {min_severity: MEDIUM}"), (card, "data: {pattern: [pan]}")] {
        let about = |kinds: &str| {
            let control = format!("- {{id: \"1\", name: One, applies_to: [{kinds}], assess: {{all: [{{id: r, {selector}}}]}}}}");
            world.status(&control)
        };
        assert_eq!(about("image, dockerfile"), Status::Pass, "{selector}");
        assert_eq!(about("image, k8s-manifest"), Status::Fail, "{selector}");
        assert_eq!(about("repo"), Status::Fail, "{selector}");
        assert_eq!(about(""), Status::Fail, "{selector}");
    }
}

#[test]
fn the_unanswerable_says_why() {
    let mut world = World::new();
    world.image("shop");
    for (selector, reason) in [
        ("vuln: {kev: true}", Reason::DbMissing),
        ("scan: {db_age_hours_lte: 72}", Reason::DbMissing),
        ("package: {eol: true}", Reason::DbMissing),
        ("license: {categories: [forbidden]}", Reason::AnalyzerDisabled),
        ("license: {spdx: ['GPL-*']}", Reason::AnalyzerDisabled),
        ("secret: {verified: true}", Reason::AnalyzerDisabled),
        ("image: {fact: signature.verified, op: ne, value: 'true'}", Reason::AnalyzerDisabled),
        ("resource: {cel: 'true'}", Reason::TargetKindMissing),
        ("check: {ids: [KSV-0012]}", Reason::TargetKindMissing),
        ("resource: {kinds: [Pod]}", Reason::TargetKindMissing),
    ] {
        let result = world.one(&rule(selector));
        assert_eq!((result.status, result.reason), (Status::NotAssessed, Some(reason)), "{selector}: {}", result.why);
        assert!(!result.why.is_empty(), "{selector}");
    }
}

#[test]
fn faulty_rules_are_errors() {
    let mut world = World::new();
    world.image("shop");
    for selector in [
        "image: {fact: history, op: matches, value: '('}",
        "image: {fact: no.such.fact}",
        "package: {count_gt: many}",
        "crypto: {tls_min_lt: TLSv9}",
        "scan: {analyzers_ok: [nothing]}",
        "secret: {}, expect: {count_lte: few}",
        "secret: {}, expect: {ratio_gte: '7'}",
    ] {
        let result = world.one(&rule(selector));
        assert_eq!(result.status, Status::Error, "{selector}");
        assert!(!result.why.is_empty(), "{selector}");
    }
}

#[test]
fn expectations() {
    let mut world = World::new();
    let image = world.image("shop");
    for name in ["a", "b", "c"] {
        world.package(image, name, "1");
    }
    for (expect, status) in [
        ("none", Status::Fail),
        ("any", Status::Pass),
        ("{count_lte: 3}", Status::Pass),
        ("{count_lte: 2}", Status::Fail),
        ("{count_gte: 3}", Status::Pass),
        ("{count_gte: 4}", Status::Fail),
        ("{ratio_gte: 0.75}", Status::Pass),
        ("{ratio_gte: 0.76}", Status::Fail),
    ] {
        assert_eq!(world.status(&rule(&format!("package: {{present: ['?', a, b, c]}}, expect: {expect}"))), status, "{expect}");
    }
    let missing = world.assess(&[native(&rule("package: {present: [agent]}, expect: any"))], &policy());
    assert_eq!(missing.frameworks[0].controls[0].status, Status::Fail);
    assert_eq!(missing.evidence.len(), 1, "a failure without a match still has something to show and to waive");
}

#[test]
fn resources() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    let rules = |verb: &str| map(vec![("rules", seq(vec![map(vec![("verbs", seq(vec![text("get"), text(verb)]))])]))]);
    world.object(folder, "role.yaml", "Role", "reader", rules("list"));
    let wild = rule("resource: {kinds: [Role, ClusterRole], where: [{field: 'rules[*].verbs', op: contains, value: '*'}]}");
    assert_eq!(world.status(&wild), Status::Pass);
    world.object(folder, "admin.yaml", "ClusterRole", "admin", rules("*"));
    let result = world.one(&wild);
    assert_eq!((result.status, result.rules[0].matched, result.rules[0].population), (Status::Fail, 1, 2));
    let present = rule("resource: {kinds: [NetworkPolicy]}, expect: any");
    assert_eq!(world.status(&present), Status::Fail);
    world.manifest(folder, "net.yaml", "NetworkPolicy", "deny");
    assert_eq!(world.status(&present), Status::Pass);
    world.diagnostic(folder, Reason::AnalyzerFailed, Capability::Documents(InputKind::KubernetesManifest));
    assert_eq!(world.status(&rule("resource: {kinds: [Ingress]}, expect: any")), Status::NotAssessed);
}

#[test]
fn expressions_over_resources() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    let spec = |name: &str| {
        map(vec![("kind", text("Service")), ("metadata", map(vec![("name", text(name))])), ("spec", map(vec![("type", text(name))]))])
    };
    world.object(folder, "a.yaml", "Service", "ClusterIP", spec("ClusterIP"));
    let open = |expression: &str| rule(&format!("resource: {{kinds: [Service], cel: \"{expression}\"}}"));
    let load_balancer = open("object.spec.type == 'LoadBalancer'");
    assert_eq!(world.status(&load_balancer), Status::Pass);
    // One that fails on an object, or cannot be read, says why and passes nothing.
    for (expression, says) in [("object.spec.ports.size() > 2", "the expression fails: "), ("object.", "the expression cannot be read: ")] {
        let result = world.one(&open(expression));
        assert_eq!((result.status, result.reason), (Status::NotAssessed, Some(Reason::AnalyzerFailed)), "{expression}: {}", result.why);
        assert!(result.why.contains(says) && result.why.contains("ClusterIP"), "{}", result.why);
    }
    world.object(folder, "b.yaml", "Service", "LoadBalancer", spec("LoadBalancer"));
    let assessment = world.assess(&[native(&load_balancer)], &policy());
    assert_eq!(assessment.frameworks[0].controls[0].status, Status::Fail);
    assert!(assessment.evidence[0].observed.starts_with("the expression holds for"), "{}", assessment.evidence[0].observed);
    let faulty = probity_compliance::lint(&native(&open("object.")), &probity_compliance::RuleCatalogue::new(&world.ledger.rules));
    assert!(faulty.iter().any(|lint| lint.error && lint.label() == "E-UNSUPPORTED"), "{faulty:?}");
}

#[test]
fn checks_with_several_inputs() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    world.passes("KSV-0012", folder, "web");
    // The Dockerfile check does not contribute, and the pass says so.
    let both = "- {id: \"1\", name: One, verifiability: P, assess: {all: [{id: r, check: {ids: [KSV-0012, DS-0002]}}]}}";
    let result = world.one(both);
    assert_eq!((result.status, result.assurance), (Status::Pass, Some(Assurance::Partial)));
    assert!(result.rules[0].why.contains("Dockerfile"), "{}", result.rules[0].why);
    world.dockerfile(folder, "Dockerfile");
    world.passes("DS-0002", folder, "Dockerfile");
    assert_eq!(world.one(both).assurance, Some(Assurance::Full));
    world.fails("DS-0002", folder, "Dockerfile");
    assert_eq!(world.one(both).status, Status::Fail);
    // A check that found nothing of its sort does not apply.
    assert_eq!(world.status(&rule("check: {ids: [KSV-0030]}")), Status::NotApplicable);
    world.outcome("KSV-0030", folder, "web", Outcome::NotAssessed { reason: Reason::ScopeUndeclared, why: "which?".into() });
    let open = world.one(&rule("check: {ids: [KSV-0030]}"));
    assert_eq!((open.status, open.reason, open.why.as_str()), (Status::NotAssessed, Some(Reason::ScopeUndeclared), "which?"));
}

#[test]
fn checks_by_tag_and_severity() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    let violation = Violation { message: "m".into(), severity: Some(Severity::Low), ..Violation::default() };
    world.outcome("KSV-0012", folder, "web", Outcome::Fail(Box::new(violation)));
    assert_eq!(world.status(&rule("check: {tags: [pod]}")), Status::Fail);
    assert_eq!(world.status(&rule("check: {tags: [pod], min_severity: HIGH}")), Status::Pass);
    assert_eq!(world.one(&rule("check: {tags: [nothing]}")).reason, Some(Reason::UnknownCheck));
}

#[test]
fn a_condition_gates_a_rule() {
    let mut world = World::new();
    let image = world.image("shop");
    world.file(image, "usr/bin/su", 0o4755);
    let gated = rule("file: {setuid: true}, when: {package: {present: [openssh-server]}}");
    assert_eq!(world.status(&gated), Status::NotApplicable);
    world.package(image, "openssh-server", "1");
    assert_eq!(world.status(&gated), Status::Fail);
    assert_eq!(world.without(Capability::Packages).status(&gated), Status::Fail, "the condition is seen to hold");
    assert_eq!(
        world.without(Capability::Packages).status(&rule("file: {setuid: true}, when: {package: {present: [other]}}")),
        Status::NotAssessed,
        "the condition is not known"
    );
}

#[test]
fn nested_rules_and_optional_ones() {
    let mut world = World::new();
    let image = world.image("shop");
    world.file(image, "usr/bin/su", 0o4755);
    let of = |assess: &str| format!("- {{id: \"1\", name: One, assess: {assess}}}");
    for (assess, status) in [
        ("{any: [{file: {setuid: true}}, {package: {present: [x]}}]}", Status::Pass),
        ("{any: [{file: {setuid: true}}, {vuln: {kev: true}}]}", Status::NotAssessed),
        ("{all: [{package: {present: [x]}}, {vuln: {kev: true}, optional: true}]}", Status::Pass),
        ("{all: [{vuln: {kev: true}, optional: true}]}", Status::NotAssessed),
        ("{not: {package: {present: [x]}}}", Status::Fail),
        ("{not: {file: {setuid: true}}}", Status::Pass),
        ("{all: [{any: [{file: {setuid: true}}, {package: {present: [x]}}]}, {not: {file: {setuid: true}}}]}", Status::Pass),
        ("{all: [{file: {setuid: true}}, {vuln: {kev: true}}]}", Status::Fail),
    ] {
        assert_eq!(world.status(&of(assess)), status, "{assess}");
    }
    let not = world.assess(&[native(&of("{not: {package: {present: [x]}}}"))], &policy());
    assert_eq!(not.evidence.len(), 1, "a failure always has something to show");
}

#[test]
fn subjects_roll_up_to_the_worst() {
    let mut world = World::new();
    let (a, b, c) = (world.image("a"), world.image("b"), world.image("c"));
    let setuid = rule("file: {setuid: true}");
    let result = world.one(&setuid);
    assert_eq!((result.status, result.subjects.pass.len()), (Status::Pass, 3));
    world.diagnostic(b, Reason::SubjectTruncated, Capability::FileModes);
    let result = world.one(&setuid);
    assert_eq!(
        (result.status, result.subjects.pass.as_slice(), result.subjects.not_assessed.as_slice()),
        (Status::NotAssessed, [a, c].as_slice(), [b].as_slice())
    );
    world.file(c, "usr/bin/su", 0o4755);
    let result = world.one(&setuid);
    assert_eq!((result.status, result.subjects.fail.as_slice()), (Status::Fail, [c].as_slice()));
}

#[test]
fn kinds_of_verifiability() {
    let mut world = World::new();
    let image = world.image("shop");
    world.package(image, "curl", "8");
    let of = |head: &str, selector: &str| format!("- {{id: \"1\", name: One, {head}, assess: {{all: [{{id: r, {selector}}}]}}}}");
    let clean = "package: {present: [x]}";
    for (head, status, assurance) in [
        ("verifiability: P", Status::Pass, Some(Assurance::Full)),
        ("verifiability: R", Status::Pass, Some(Assurance::Partial)),
        ("verifiability: R, assurance: full", Status::Pass, Some(Assurance::Full)),
        ("verifiability: P, assurance: indicative", Status::Pass, Some(Assurance::Indicative)),
        ("verifiability: P, type: partial", Status::Pass, Some(Assurance::Partial)),
        ("verifiability: S", Status::Manual, None),
        ("verifiability: M", Status::Manual, None),
        ("verifiability: X", Status::Manual, None),
        ("type: manual", Status::Manual, None),
        ("type: info", Status::NotApplicable, None),
    ] {
        let result = world.one(&of(head, clean));
        assert_eq!((result.status, result.assurance), (status, assurance), "{head}");
    }
    let support = world.assess(&[native(&of("verifiability: S", "package: {present: [curl]}, expect: any"))], &policy());
    assert_eq!(support.frameworks[0].controls[0].status, Status::Manual);
    assert_eq!(support.evidence.len(), 1, "supporting evidence is attached");
}

#[test]
fn dates_and_inputs_decide_what_applies() {
    let mut world = World::new();
    world.image("shop");
    for (head, status, word) in [
        ("effective_from: 2026-08-23", Status::NotApplicable, "in force from"),
        ("effective_from: 2026-08-22", Status::Pass, ""),
        ("effective_until: 2026-08-22", Status::NotApplicable, "no longer"),
        ("effective_until: 2026-08-23", Status::Pass, ""),
        ("effective_until: 2025-03-31, superseded_by: '2'", Status::NotApplicable, "superseded by 2 since 2025-03-31"),
        ("superseded_by: '2'", Status::NotApplicable, "superseded by 2"),
        ("not_applicable: {to: [image, rootfs], reason: no such thing in an image}", Status::NotApplicable, "no such thing"),
        ("not_applicable: {to: [rootfs], reason: r}", Status::Pass, ""),
    ] {
        let result = world.one(&format!("- {{id: \"1\", name: One, {head}, assess: {{all: [{{package: {{present: [x]}}}}]}}}}"));
        assert_eq!(result.status, status, "{head}");
        assert!(result.why.contains(word), "{head}: {}", result.why);
    }
    let cluster = world.one("- {id: \"1\", name: One, applies_to: [node, k8s-cluster]}");
    assert_eq!((cluster.status, cluster.reason), (Status::NotAssessed, Some(Reason::TargetKindMissing)));
}

#[test]
fn controls_that_rest_on_others() {
    use Status::{Fail, NotAssessed, Pass};
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    world.passes("KSV-0012", folder, "web");
    world.passes("KSV-0017", folder, "web");
    let controls = "- {id: \"a.1\", name: A, severity: HIGH, assess: {all: [{check: {ids: [KSV-0012]}}]}}
- {id: \"a.2\", name: B, severity: LOW, assess: {all: [{check: {ids: [KSV-0017]}}]}}
- {id: \"a.3\", name: C, severity: LOW, type: manual}
- {id: \"d\", name: D, type: derived, assess: {all: [{control: {ids: ['a.*'], no_fail_min_severity: HIGH}}]}}
- {id: \"e\", name: E, type: derived, assess: {all: [{control: {ids: ['a.*'], pass_ratio_gte: 0.5}}]}}
- {id: \"f\", name: F, type: derived, assess: {all: [{control: {ids: [d]}}]}}
- {id: \"g\", name: G, type: derived, assess: {all: [{control: {framework: nowhere}}]}}";
    let statuses = |world: &World| {
        let result = world.assess(&[native(controls)], &policy()).frameworks.remove(0);
        ["d", "e", "f", "g"].map(|id| control(&result, id).status)
    };
    assert_eq!(statuses(&world), [Pass, Pass, Pass, NotAssessed]);
    let mut low = world.clone();
    low.fails("KSV-0017", folder, "web");
    assert_eq!(statuses(&low), [Pass, Pass, Pass, NotAssessed], "a low failure is below the threshold, and half of the controls pass");
    let mut high = low.clone();
    high.fails("KSV-0012", folder, "web");
    assert_eq!(statuses(&high), [Fail, Fail, Fail, NotAssessed]);
    let nothing = World::new();
    assert_eq!(statuses(&nothing), [NotAssessed; 4]);
}

#[test]
fn a_framework_that_was_not_asked_for_is_read_for_its_results() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    world.fails("KSV-0017", folder, "web");
    let derived =
        "- {id: \"1\", name: One, type: derived, assess: {all: [{control: {framework: pss-baseline, ids: [baseline.privileged]}}]}}";
    let assessment = world.assess(&[native(derived)], &policy());
    assert_eq!(assessment.frameworks.len(), 1);
    assert_eq!(assessment.frameworks[0].controls[0].status, Status::Fail);
    assert_eq!(&*assessment.evidence[0].controls, ["demo/1"], "only controls of frameworks that were asked for are named");
    assert_eq!(assessment.frameworks[0].controls[0].basis, probity_model::assessment::Basis::Derived);
}

#[test]
fn circles_are_errors() {
    let circle = "- {id: \"1\", name: A, assess: {all: [{control: {ids: ['2']}}]}}\n- {id: \"2\", name: B, assess: {all: [{control: {ids: ['1']}}]}}";
    let world = World::new();
    let inputs = probity_compliance::Inputs { inventories: &world.inventories, ledger: &world.ledger, capabilities: &world.capabilities };
    let error = probity_compliance::assess(&[native(circle)], &inputs, &policy()).unwrap_err();
    assert!(error.to_string().contains("demo/1 → demo/2 → demo/1"), "{error}");
}

#[test]
fn scans_are_facts_too() {
    let mut world = World::new();
    let image = world.image("shop");
    for (selector, status) in [
        ("scan: {sbom: true}", Status::Pass),
        ("scan: {purl_coverage_gte: 0.98, unidentified_binaries_lte: 0}", Status::Pass),
        ("scan: {subjects_gte: 1}", Status::Pass),
        ("scan: {subjects_gte: 2}", Status::Fail),
        ("scan: {analyzers_ok: [packages, secrets, file-modes]}", Status::Pass),
    ] {
        assert_eq!(world.status(&rule(selector)), status, "{selector}");
    }
    world.file(image, "opt/tool", 0o755);
    world.inventory(image).unowned.push(probity_model::inventory::UnownedFile(0));
    assert_eq!(world.status(&rule("scan: {unidentified_binaries_lte: 0}")), Status::Fail);
    world.inventory(image).package_database = false;
    world.inventory(image).facts.packages.clear();
    assert_eq!(world.one(&rule("scan: {sbom: true}")).reason, Some(Reason::UnsupportedOs));
}

#[test]
fn remediation_is_grouped_by_change() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    world.manifest(folder, "web.yaml", "Pod", "web");
    for name in ["a", "b"] {
        world.fails("KSV-0012", folder, name);
    }
    world.fails("KSV-0017", folder, "a");
    let controls = "- {id: \"1\", name: A, assess: {all: [{check: {ids: [KSV-0012]}}]}}\n- {id: \"2\", name: B, assess: {all: [{check: {ids: [KSV-0012, KSV-0017]}}]}}";
    let assessment = world.assess(&[native(controls)], &policy());
    let groups: Vec<_> = assessment.remediation_groups.iter().map(|g| (g.change.as_str(), g.controls.len(), g.evidence)).collect();
    assert_eq!(groups, [("Fix KSV-0012.", 2, 2), ("Fix KSV-0017.", 1, 1)]);
    let result = &assessment.frameworks[0];
    assert_eq!((control(result, "1").remediation_group, control(result, "2").remediation_group), (Some(0), Some(0)));
    assert_eq!(assessment.evidence.len(), 3, "evidence is stored once, however many controls it concerns");
    assert_eq!(&*assessment.evidence[0].controls, ["demo/1", "demo/2"]);
}

fn os(family: &str, version: &str) -> OsRelease {
    OsRelease { family: family.into(), version: version.into(), pretty_name: None, rank: 1, at: Place::file("etc/os-release") }
}

fn cert(world: &mut World, image: SubjectId, not_after: i64, bits: u32, signature: &str) {
    world.inventory(image).facts.certificates.push(Certificate {
        subject: "CN=shop.example.invalid".into(),
        issuer: "CN=Example".into(),
        serial: "01".into(),
        not_before: 1_600_000_000,
        not_after,
        key_algorithm: "rsa".into(),
        key_bits: Some(bits),
        signature_algorithm: signature.into(),
        self_signed: false,
        is_ca: false,
        fingerprint: "00".into(),
        trust_store: false,
        at: Place::file("etc/tls.pem"),
    });
}

fn setting(world: &mut World, image: SubjectId, kind: SettingKind, tls_min: Option<TlsVersion>) {
    world.inventory(image).facts.settings.push(ServerSetting {
        server: "nginx",
        kind,
        text: "a setting".into(),
        tls_min,
        at: Place::line("etc/nginx.conf", 3),
    });
}

fn key(world: &mut World, image: SubjectId, kind: KeyKind) {
    let at = Place::file("etc/key.pem");
    world.inventory(image).facts.keys.push(Key {
        kind,
        algorithm: "rsa".into(),
        bits: Some(2048),
        encrypted: false,
        fingerprint: "00".into(),
        at,
    });
}

fn data(world: &mut World, image: SubjectId, test: bool) {
    world.inventory(image).facts.data.push(DataMatch {
        pattern: "pan",
        masked: "411111******1111".into(),
        test,
        at: Place::line("dump.sql", 7),
    });
}

fn password(world: &mut World, image: SubjectId, state: PasswordState) {
    let facts = &mut world.inventory(image).facts;
    facts.users.push(User {
        name: "ops".into(),
        uid: 1000,
        gid: 1000,
        home: "/home/ops".into(),
        shell: "/bin/sh".into(),
        at: Place::file("etc/passwd"),
    });
    facts.passwords.push(Password { user: "ops".into(), state, at: Place::file("etc/shadow") });
}

#[test]
fn a_zone_leaves_out_what_is_not_in_it() {
    let mut world = World::new();
    let folder = world.folder("deploy");
    for (namespace, name) in [("payments", "till"), ("blog", "site")] {
        let root = map(vec![("kind", text("Deployment")), ("metadata", map(vec![("name", text(name)), ("namespace", text(namespace))]))]);
        world.object(folder, &format!("{namespace}/Deployment/{name}.yaml"), "Deployment", name, root);
        let probity_model::document::Document::Kubernetes(object) = &mut world.inventory(folder).files.last_mut().unwrap().documents[0]
        else {
            panic!("an object")
        };
        object.namespace = Some(namespace.into());
        object.lines = probity_model::Lines::one(1);
    }
    world.passes("KSV-0012", folder, "payments/Deployment/till");
    world.fails("KSV-0012", folder, "blog/Deployment/site");
    let framework = |selector: &str| {
        native_with(
            &format!("params: {{zone: {{type: selector, default: {selector}}}}}"),
            "- {id: \"1\", name: One, needs_params: [zone], assess: {all: [{check: {ids: [KSV-0012]}}]}}",
        )
    };
    for (selector, status) in [
        ("null", Status::Manual),
        ("'namespace in (payments, vault)'", Status::Pass),
        ("'namespace=blog'", Status::Fail),
        ("'namespace!=payments'", Status::Fail),
        ("'namespace=nowhere'", Status::NotAssessed),
    ] {
        let result = world.assess(&[framework(selector)], &policy()).frameworks.remove(0).controls.remove(0);
        assert_eq!(result.status, status, "{selector}: {}", result.why);
    }
    let inputs = probity_compliance::Inputs { inventories: &world.inventories, ledger: &world.ledger, capabilities: &world.capabilities };
    let mut wrong = policy();
    wrong.params.insert((None, "zone".to_owned()), "namespace in payments".to_owned());
    let error = probity_compliance::assess(&[framework("null")], &inputs, &wrong).unwrap_err();
    assert!(error.to_string().contains("takes requirements on namespaces and labels"), "{error}");
}
