//! Same input, same options, same moment: the same report, whatever the machine does.

use crate::lab::{AS_OF, Lab, body};
use probity_testkit::image::{ImageBuilder, Layer, digest, docker_save};
use serde_json::{Map, Value};

/// A folder with many manifests and an image.
fn lab() -> Lab {
    let lab = Lab::new();
    for number in 0..40 {
        let text = if number % 3 == 0 { crate::lab::GOOD } else { crate::lab::BAD };
        lab.put(&format!("deploy/{}/pod-{number}.yaml", number % 5), text.replace("  name: ", &format!("  name: n{number}-")));
    }
    lab.put("deploy/broken.yaml", "apiVersion: v1\nkind: [Pod\n");
    let base = Layer::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        .file("srv/app.env", "DB_PASSWORD=Rose-Garden-4711\n");
    let image = ImageBuilder::new().tag("shop:1").layer("COPY . /", base).layer("RUN rm", Layer::new().whiteout("srv/app.env"));
    lab.put("shop.tar", docker_save(&[image]).tar());
    lab
}

#[test]
fn runs_threads_and_time_zones_make_no_difference() {
    let lab = lab();
    for command in
        [format!("compliance -f pss-restricted,pss-baseline,cis-docker {AS_OF} deploy shop.tar"), format!("scan {AS_OF} deploy shop.tar")]
    {
        let format = if command.starts_with("scan") { "probity-json" } else { "json" };
        let run = |options: &str, environment: &[(&str, &str)]| -> Value {
            let ran = lab.run_with(&format!("{command} --format {format} {options}"), environment, b"");
            body(serde_json::from_str(&ran.out).unwrap_or_else(|err| panic!("{err}: {}", ran.err)))
        };
        let first = run("", &[]);
        for (options, environment) in [
            ("", &[][..]),
            ("--threads 1", &[]),
            ("--threads 2", &[]),
            ("--threads 7", &[]),
            ("--color always --severity HIGH --quiet", &[]),
            ("", &[("TZ", "Asia/Tokyo"), ("LANG", "tr_TR.UTF-8")]),
            ("", &[("TZ", "UTC"), ("COLUMNS", "50")]),
        ] {
            let other = run(options, environment);
            assert_eq!(other["body_digest"], first["body_digest"], "{options} {environment:?}");
            assert_eq!(other, first, "{options} {environment:?}");
        }
    }
}

#[test]
fn the_table_is_the_same_bytes_too() {
    let lab = lab();
    let run = |options: &str| lab.run(&format!("compliance -f pss-restricted {AS_OF} deploy shop.tar --all {options}")).out;
    let first = run("");
    assert_eq!(run("--threads 1"), first);
    assert_eq!(run("--threads 3"), first);
}

#[test]
fn the_digest_of_the_body_can_be_recomputed() {
    let lab = lab();
    for command in ["compliance -f cis-docker", "scan"] {
        let mut report = lab.json(&format!("{command} {AS_OF} deploy shop.tar"));
        let stated = report["body_digest"].as_str().unwrap().to_owned();
        let fields = report.as_object_mut().unwrap();
        fields.shift_remove("run");
        fields.shift_remove("body_digest");
        let text = serde_json::to_string(&sorted(report)).unwrap();
        assert_eq!(stated, digest(text.as_bytes()));
    }
}

/// Objects with their keys in order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> = fields.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(fields))
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[test]
fn another_input_or_moment_is_another_body() {
    let lab = lab();
    let body_digest = |arguments: &str| lab.json(&format!("compliance -f pss-restricted {arguments}"))["body_digest"].clone();
    let first = body_digest("--as-of 2026-06-01 good.yaml");
    assert_ne!(body_digest("--as-of 2026-06-02 good.yaml"), first);
    assert_ne!(body_digest("--as-of 2026-06-01 bad.yaml"), first);
}

#[test]
fn reports_follow_their_schema() {
    let lab = lab();
    let schema: Value = serde_json::from_str(&lab.run("schema").exits(0).out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    lab.put(
        "waivers.yaml",
        "waivers:\n  - {id: W-1, match: {controls: ['baseline.*']}, justification: test, approved_by: ada@shop.example, owner: web, created: 2026-05-01, expires: 2026-07-01}\n",
    );
    for command in [
        "compliance -f pss-restricted,cis-docker,pci-dss --waivers waivers.yaml deploy shop.tar missing.yaml",
        "compliance -f pss-baseline good.yaml",
        "scan deploy shop.tar",
        "scan good.yaml",
    ] {
        let report = lab.json(&format!("{command} {AS_OF}"));
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
        assert!(errors.is_empty(), "{command}: {errors:?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"schema": 1})), "a schema that takes everything says nothing");
}

#[test]
fn the_schema_in_the_documentation_is_the_one_that_is_written() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/report-v1.json");
    let documented: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let written: Value = serde_json::from_str(&Lab::new().run("schema").out).unwrap();
    assert_eq!(documented, written, "run `cargo xtask schema`");
}
