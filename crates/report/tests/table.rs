//! The report for people, at several widths: nothing is wider than the terminal, nothing that matters is left out, and nothing that an artifact
//! says steers the terminal.

#![expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests stop at the first surprise, and build what they pass")]

use probity_model::{
    Capability, Diagnostic, Facts, Inventory, Lines, Reason, Report, Severity, SubjectId, SubjectKind,
    assessment::{
        Advice, Assessment, Assurance, Basis, ControlKind, ControlResult, Coverage, Evidence, FrameworkResult, RemediationGroup,
        RuleOutcome, RuleResult, Status, SubjectOutcome, Verifiability, WaiverResult,
    },
    finding::Ledger,
    report::{Run, Tool, View},
    subject::{InputKind, Subject},
};
use std::{collections::BTreeMap, sync::Arc};
use unicode_width::UnicodeWidthStr;

const HOSTILE: &str = "evil\u{1b}[31m\u{1b}]0;owned\u{7}\u{202e}gnp\r\n漢字";

fn control(id: &str, severity: Severity, status: Status, title: &str) -> ControlResult {
    let rule = RuleResult {
        id: "r".into(),
        outcome: if status == Status::Fail { RuleOutcome::Fail } else { RuleOutcome::Pass },
        reason: None,
        why: String::new(),
        optional: false,
        matched: u64::from(status == Status::Fail),
        population: 3,
        evidence: if status == Status::Fail { vec![0] } else { Vec::new() },
    };
    ControlResult {
        id: id.into(),
        title: title.into(),
        description: String::new(),
        group: None,
        severity,
        kind: ControlKind::Automated,
        verifiability: Verifiability::P,
        official_assessment: None,
        status,
        reason: (status == Status::NotAssessed).then_some(Reason::AnalyzerFailed),
        why: if status == Status::NotAssessed { "a file is broken".into() } else { String::new() },
        basis: Basis::Automated,
        assurance: (status == Status::Pass).then_some(Assurance::Partial),
        rules: vec![rule],
        subjects: SubjectOutcome::default(),
        waivers: Vec::new(),
        attestation: None,
        maps_to: Vec::new(),
        note: None,
        remediation: None,
        remediation_group: None,
    }
}

fn framework(prefix: &str, title: &str) -> FrameworkResult {
    let id = |number: u32| format!("{prefix}{number}");
    let controls = vec![
        control(&id(1), Severity::Critical, Status::Fail, "Containers do not run with every privilege that the kernel has to give away"),
        control(&id(2), Severity::High, Status::Pass, "Short"),
        control(&id(3), Severity::Medium, Status::Waived, HOSTILE),
        control(&id(4), Severity::Low, Status::NotAssessed, "Nobody looked"),
        control(&id(5), Severity::High, Status::Manual, "People answer this"),
        control(&id(6), Severity::Unknown, Status::NotApplicable, "Not here"),
        control(&id(7), Severity::High, Status::Error, "The assessment failed"),
    ];
    FrameworkResult {
        id: "own".into(),
        version: "1.0".into(),
        title: title.into(),
        digest: "sha256:0".into(),
        source: "embedded".into(),
        profile: None,
        tailoring: None,
        notice: None,
        params: BTreeMap::new(),
        coverage: Coverage { controls: 7, assessable_here: 5, assessed: 3, by_reason: BTreeMap::from([("analyzer-failed".to_owned(), 1)]) },
        advice: vec![Advice {
            input: InputKind::Image,
            controls: 12,
            how: "give an image: `probity compliance --framework own registry.example/a/very/long/name:1.2.3`".into(),
        }],
        controls,
    }
}

fn report() -> Report {
    let subject = Subject {
        id: SubjectId(0),
        kind: SubjectKind::Folder,
        name: format!("deploy/{HOSTILE}/{}", "long/".repeat(20)),
        source: "folder".into(),
        digest: None,
        config_digest: None,
        platform: None,
        references: Vec::new(),
        layers: Vec::new(),
        image: None,
    };
    let inventory = Inventory {
        subject,
        os: None,
        end_of_life: false,
        facts: Facts::default(),
        unowned: Vec::new(),
        package_database: false,
        deleted: Vec::new(),
        file_count: 3,
        layer_count: 1,
        files: Vec::new(),
    };
    let evidence = Evidence {
        kind: "misconfiguration",
        subject: Some(SubjectId(0)),
        rule: "KSV-0000".into(),
        fingerprint: "sha256:0".into(),
        severity: Severity::Critical,
        path: Some(Arc::from("deploy/evil\u{1b}[2J.yaml")),
        lines: Some(Lines { start: 12, end: 14 }),
        layer: None,
        resource: None,
        locator: None,
        observed: format!("container `{HOSTILE}` is privileged {}", "word ".repeat(30)),
        remediation: None,
        disposition: None,
        controls: Arc::from([]),
    };
    let waiver = WaiverResult {
        id: "W-1".into(),
        state: "active",
        why: HOSTILE.into(),
        matched: 1,
        expires: "2026-12-31".into(),
        owner: None,
        approved_by: None,
        justification: String::new(),
        source: "waivers".into(),
    };
    let broken = Diagnostic::warning(Reason::AnalyzerFailed, format!("{HOSTILE} {}", "x".repeat(200)))
        .at("deploy/broken.yaml")
        .on(Lines { start: 4, end: 4 }, Some(9))
        .hint("a hint that goes on for longer than any of the widths that are tried here, and on, and on, and on, and on, and on, and on")
        .affecting([Capability::Everything]);
    Report {
        tool: Tool { name: "probity", version: "0" },
        run: Run::default(),
        as_of: "2026-06-01T00:00:00Z".into(),
        inventories: vec![inventory],
        ledger: Ledger { diagnostics: vec![broken], ..Ledger::default() },
        capabilities: Vec::new(),
        databases: Vec::new(),
        assessment: Some(Assessment {
            frameworks: vec![
                framework("", "A Benchmark with a Name that is Longer than Most, and Longer than Some Terminals are Wide (own titles) "),
                framework("restricted.a-very-long-identifier-of-a-control-", "Standards"),
            ],
            evidence: vec![evidence],
            remediation_groups: vec![RemediationGroup {
                change:
                    "Set `securityContext.privileged` to false, or remove it, and add only the capabilities that the process really needs."
                        .into(),
                controls: vec!["own/1".into()],
                evidence: 1,
            }],
            waivers: vec![waiver],
            waiver_file: None,
            attestation_file: None,
            disclaimers: vec!["Nothing is said about what lies outside what was scanned, and this sentence is longer than a line.".into()],
            notes: Vec::new(),
        }),
    }
}

fn table(report: &Report, view: View) -> String {
    let mut out = Vec::new();
    probity_report::by_id("table").unwrap().write(report, &view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const WIDTHS: [Option<usize>; 6] = [Some(40), Some(60), Some(80), Some(120), Some(200), None];

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut scan = report();
    scan.assessment = None;
    for report in [report(), scan] {
        for width in WIDTHS.into_iter().flatten() {
            for all in [false, true] {
                let text = table(&report, View { width: Some(width), all, ..View::default() });
                for line in text.lines() {
                    assert!(line.width() <= width, "{} columns instead of {width}: {line}", line.width());
                }
            }
        }
    }
}

#[test]
fn nothing_that_matters_is_left_out_at_any_width() {
    for width in WIDTHS {
        let text = table(&report(), View { width, ..View::default() });
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "FAIL 1 (1C)",
            "PASS 1 (1 partial)",
            "WAIVED 1",
            "NOT ASSESSED 1",
            "ERROR 1",
            "coverage 3/7",
            "Not examined (1)",
            "deploy/broken.yaml:4:9",
            "W-1",
            "analyzer-failed",
        ] {
            assert!(words.contains(part), "{width:?}: `{part}` is not in\n{text}");
        }
        assert_eq!(
            text.matches("FAIL  ").count() + text.matches("FAIL\n").count(),
            2,
            "{width:?}: each framework's failing control\n{text}"
        );
        assert!(text.contains("Short"), "{width:?}\n{text}");
    }
}

#[test]
fn nothing_steers_the_terminal() {
    for width in WIDTHS {
        for color in [false, true] {
            let text = table(&report(), View { width, color, all: true, ..View::default() });
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once('\u{1b}') {
                let (code, after) = after.split_once('m').unwrap();
                assert!(color && code.starts_with('[') && code[1..].bytes().all(|b| b.is_ascii_digit() || b == b';'), "{code:?}");
                rest = after;
            }
            assert!(!text.contains(|c: char| (c.is_control() && c != '\n' && c != '\u{1b}') || c == '\u{202e}'), "{text:?}");
        }
    }
}

#[test]
fn colour_adds_only_colour() {
    for width in WIDTHS {
        let plain = table(&report(), View { width, ..View::default() });
        let mut colored = table(&report(), View { width, color: true, ..View::default() });
        while let Some((before, after)) = colored.split_once('\u{1b}') {
            colored = format!("{before}{}", after.split_once('m').unwrap().1);
        }
        let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        assert_eq!(trimmed(&colored), trimmed(&plain), "{width:?}");
    }
}

#[test]
fn a_filter_hides_rows_and_changes_no_count() {
    let all = table(&report(), View::default());
    let critical = table(&report(), View { min_severity: Severity::Critical, ..View::default() });
    assert!(all.contains("Short") && !critical.contains("Short"));
    let headline = |text: &str| text.lines().find(|line| line.contains("coverage")).unwrap().to_owned();
    assert_eq!(headline(&all), headline(&critical));
}

#[test]
fn with_all_every_control_is_listed() {
    let text = table(&report(), View { all: true, ..View::default() });
    for title in ["Nobody looked", "People answer this", "Not here", "The assessment failed"] {
        assert_eq!(text.matches(title).count(), 2, "{title}\n{text}");
    }
    assert!(!table(&report(), View::default()).contains("People answer this"));
}
