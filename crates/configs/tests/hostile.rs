//! Input that was made to hurt, or broke on the way: no panic, no endless work, and what was cut is said.

mod common;

use common::render;
use probity_configs::{Limits, Parsed, claims, link, parse, parse_json, parse_yaml};
use probity_model::{Reason, document::SourceFile};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const FIXTURES: [(&str, &str); 5] = [
    (
        "pod.yaml",
        "# probity:ignore KSV-1 until=2027-01-01\napiVersion: v1\nkind: Pod\na: &x {b: [1, 'two', \"th\\u0072ee\"]}\nc:\n  <<: *x\n  d: |-\n    text\n  e: >+\n    folded\n\n  f: !Sub \"${x}\"\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: é}\n",
    ),
    (
        "pod.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"\\ud83d\\ude00é\", \"n\": -1.5e3}, null, true]} // x\n",
    ),
    (
        "compose.yaml",
        "services:\n  a: &a\n    image: \"x:${T:-1}\"\n    extends: {service: b}\n    environment: [A=1, B]\n  b:\n    <<: *a\n    ports: [\"80:80\"]\n    command: $$X ${Y:?z}\ninclude: [x.yaml, {path: [y.yaml, z.yaml]}]\n",
    ),
    (
        "Dockerfile",
        "# escape=`\nARG A=1\nFROM --platform=$P a:${A:-x} AS b\n# trivy:ignore:DS-1:exp:2027-01-01\nENV X=\"y $A\" Z='é'\nRUN <<-EOF cat `\n  x\n\tbody\n\tEOF\nCOPY --from=b [\"a\", \"b\"] /\nHEALTHCHECK --interval=1s CMD x\nONBUILD ARG ${A%1}\n",
    ),
    ("chart/templates/x.yaml", "apiVersion: v1\nkind: Pod\nname: {{ .Values.x }}\n"),
];

fn parse_and_link(path: &str, bytes: &[u8]) -> Parsed {
    let mut parsed = parse(path, bytes, &Limits::default());
    if let Some(file) = parsed.file.take() {
        let mut files: Vec<SourceFile> = vec![file];
        link(&mut files, &mut parsed.diagnostics);
        parsed.file = files.pop();
    }
    render(&parsed);
    parsed
}

#[test]
fn truncated_anywhere() {
    for (path, text) in FIXTURES {
        for end in 0..text.len() {
            parse_and_link(path, &text.as_bytes()[..end]);
            parse_and_link(path, &text.as_bytes()[end..]);
        }
    }
}

#[test]
fn one_byte_changed() {
    for (path, text) in FIXTURES {
        for at in 0..text.len() {
            for byte in [0, b'\n', b' ', b'"', b'{', b']', b':', b'-', b'$', b'#', b'\\', b'&', b'*', 0xFF] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                parse_and_link(path, &bytes);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for (path, _) in FIXTURES {
            parse_and_link(path, &bytes);
        }
    }

    #[test]
    fn random_syntax(text in "([a-c\\-?:,\\[\\]{}&*!|>'\"%@` \n\t#$<\\\\é]|apiVersion: v1\n|kind: P\n|services:\n|FROM a\n|<<EOF|---\n|<<: |probity:ignore |\\$\\{A:-|extends: ){0,60}") {
        for (path, _) in FIXTURES {
            parse_and_link(path, text.as_bytes());
        }
    }

    /// What JSON says, YAML says too.
    #[test]
    fn json_is_yaml(text in "(\\[|\\]|\\{|\\}|,|:|\"a\"|\"\\\\n\"|1|-2|true|null| ){0,12}") {
        if let Ok(values) = parse_json(&text, &Limits::default())
            && let [value] = values.as_slice()
            && !text.contains(",]") && !text.contains(",}") && !text.contains(", ")
            && let Ok(documents) = parse_yaml(&text, &Limits::default())
            && let [document] = documents.as_slice()
        {
            let (mut json, mut yaml) = (String::new(), String::new());
            common::node(value, 0, &mut json);
            common::node(document, 0, &mut yaml);
            prop_assert_eq!(json, yaml);
        }
    }
}

/// Parses in a time that only quadratic work would exceed, even in a slow build; returns the reasons given.
#[track_caller]
fn quick(path: &str, text: &str) -> Vec<Reason> {
    let start = Instant::now();
    let parsed = parse_and_link(path, text.as_bytes());
    assert!(start.elapsed() < Duration::from_secs(10), "{path} took {:?}", start.elapsed());
    parsed.diagnostics.iter().map(|diagnostic| diagnostic.reason).collect()
}

fn repeat(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

#[test]
fn deep_nesting() {
    let head = "apiVersion: v1\nkind: X\nspec: ";
    for open in ["[", "{a: ", "- ", "? ", "!a [", "&a ["] {
        let text = format!("{head}\n  {}", open.repeat(100_000));
        assert!(!quick("x.yaml", &text).is_empty(), "{open}");
    }
    let stairs = repeat(2_000, |depth| format!("{}a:\n", " ".repeat(depth)));
    assert_eq!(quick("x.yaml", &format!("apiVersion: v1\nkind: X\n{stairs}")), [Reason::SubjectTruncated]);
    for open in ["[", "{\"a\":"] {
        let text = format!("{{\"apiVersion\": \"v1\", \"kind\": \"X\", \"spec\": {}", open.repeat(100_000));
        assert_eq!(quick("x.json", &text), [Reason::SubjectTruncated], "{open}");
    }
    let text = format!("{{\"apiVersion\": \"v1\", \"kind\": \"X\", \"spec\": {}1{}}}", "[".repeat(150), "]".repeat(150));
    assert_eq!(quick("x.json", &text), []);
}

#[test]
fn alias_bombs() {
    let mut laughs = "apiVersion: v1\nkind: X\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    let mut long = format!("apiVersion: v1\nkind: X\na0: &a0 {}\n", "x".repeat(100_000));
    for level in 1..12 {
        let list = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        long.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    assert_eq!(quick("x.yaml", &laughs), [Reason::SubjectTruncated]);
    assert_eq!(quick("x.yaml", &long), [Reason::SubjectTruncated]);
    let mut merges = "apiVersion: v1\nkind: X\na0: &a0 {k0: 1}\n".to_owned();
    for level in 1..5_000 {
        merges.push_str(&format!("a{level}: &a{level} {{<<: *a{}, k{level}: 1}}\n", level - 1));
    }
    assert_eq!(quick("x.yaml", &merges), [Reason::SubjectTruncated]);
    // Aliases that stack up depth.
    let mut deep = "apiVersion: v1\nkind: X\na0: &a0 [1]\n".to_owned();
    for level in 1..1_000 {
        deep.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(quick("x.yaml", &deep), [Reason::SubjectTruncated]);
}

#[test]
fn sizes() {
    let limits = Limits { max_bytes: 100, max_nodes: 50, ..Limits::default() };
    let long = format!("apiVersion: v1\nkind: X\na: {}\n", "x".repeat(100));
    let reasons = |path: &str, text: &str| -> Vec<(Reason, usize)> {
        parse(path, text.as_bytes(), &limits).diagnostics.iter().map(|d| (d.reason, d.affects.len())).collect()
    };
    assert_eq!(reasons("x.yaml", &long), [(Reason::SubjectTruncated, 1)]);
    assert_eq!(reasons("x.json", &"1".repeat(101)), []);
    // What it is may be said at the very end.
    let late = format!("{{\"a\": \"{}\", \"kind\": \"X\", \"apiVersion\": \"v1\"}}", "x".repeat(100_000));
    assert_eq!(reasons("x.json", &late), [(Reason::SubjectTruncated, 1)]);
    assert_eq!(reasons("x.yaml", &late), [(Reason::SubjectTruncated, 1)]);
    assert_eq!(reasons("x.yaml", &"1".repeat(101)), [(Reason::SubjectTruncated, 0)]);
    assert_eq!(reasons("Dockerfile", &"#".repeat(101)), [(Reason::SubjectTruncated, 1)]);
    assert_eq!(reasons("x.yaml", &format!("apiVersion: v1\nkind: X\na: [{}]", "1,".repeat(34))), []);
    assert_eq!(reasons("x.yaml", &format!("{{apiVersion: v1,kind: X,a: [{}]}}", "1,".repeat(32))), []);
    let limits = Limits { max_nodes: 5, ..Limits::default() };
    assert_eq!(parse("x.yaml", b"apiVersion: v1\nkind: X\na: [1, 2, 3, 4]", &limits).diagnostics[0].reason, Reason::SubjectTruncated);
    assert_eq!(parse("Dockerfile", "FROM a\n".repeat(9).as_bytes(), &limits).diagnostics[0].reason, Reason::SubjectTruncated);
}

#[test]
fn long_inputs_take_linear_time() {
    let many = 10_000;
    // One long line of JSON with an error at its end.
    quick("x.json", &format!("{{\"apiVersion\": \"v1\", \"kind\": \"X\", \"a\": [{} x", "1,".repeat(many * 5)));
    quick("x.json", &"xapiVersion".repeat(many * 5));
    let keys = repeat(many, |index| format!("k{index}: 1\n"));
    quick("x.yaml", &format!("apiVersion: v1\nkind: X\n{keys}"));
    quick("x.yaml", &format!("apiVersion: v1\nkind: X\nspec: {{{}}}", "a: 1, ".repeat(many)));
    quick("x.yaml", &"# probity:ignore A\n- b\n".repeat(many));
    quick("x.yaml", &"---\napiVersion: v1\nkind: X\n".repeat(many));
    quick("x.yaml", &format!("apiVersion: v1\nkind: X\na: {}\n", "\"".repeat(many * 5)));
    quick("x.yaml", &format!("apiVersion: v1\nkind: X\na: {}\n", "[?".repeat(many)));
    quick("x.yaml", &format!("apiVersion: v1\nkind: X\n{}", "{{ ".repeat(many * 5)));
    quick("Dockerfile", &format!("FROM a\n{}", "RUN x \\\n# c\n".repeat(many)));
    quick("Dockerfile", &format!("FROM a\n{}", "ENV A=$A$A$A\n".repeat(many)));
    quick("Dockerfile", &format!("FROM a AS s\n{}", "ENV A=b\nFROM s AS s\n".repeat(many)));
    quick("Dockerfile", &format!("FROM a\nENV A={}\n{}", "a".repeat(60_000), "USER ${A%%*a*a*a*a*b}\n".repeat(50)));
    quick("Dockerfile", &format!("FROM a\nRUN {}\n", "<<A ".repeat(many)));
    quick("Dockerfile", &"x\n".repeat(many * 5));
    let chain = repeat(many, |index| format!("  s{index}: {{image: a, extends: s{}}}\n", index + 1));
    quick("compose.yaml", &format!("services:\n{chain}"));
    let big = repeat(2_000, |index| format!("      E{index}: x\n"));
    let wide = repeat(2_000, |index| format!("  s{index}: {{extends: base}}\n"));
    assert!(
        quick("compose.yaml", &format!("services:\n  base:\n    image: a\n    environment:\n{big}{wide}"))
            .contains(&Reason::SubjectTruncated)
    );
    quick("compose.yaml", &format!("services:\n  a: {{image: \"{}\"}}\n", "${A:-".repeat(many * 5)));
    quick("compose.yaml", &format!("services:\n  a: {{image: \"{}\"}}\n", "${A:-x}".repeat(many * 5)));
}

#[test]
fn names() {
    let claimed = [
        "a.yaml",
        "A/B.YML",
        "x.json",
        "Dockerfile",
        "dockerfile",
        "a/Dockerfile.prod",
        "prod.Dockerfile",
        "x.dockerfile",
        "Containerfile",
        "Containerfile.dev",
        "Dockerfile-alpine",
        "docker-compose.yml",
    ];
    let not_claimed = [
        "a.txt",
        "yaml",
        "Dockerfile.dockerignore",
        "Dockerfile.md",
        "Dockerfiles/readme",
        "mydockerfile",
        "x.json5",
        "",
        "/",
        ".",
        "dockerfile.go",
    ];
    for path in claimed {
        assert!(claims(path), "{path}");
    }
    for path in not_claimed {
        assert!(!claims(path), "{path}");
    }
}
