//! Everything written as JSON is valid against the official schema of its version.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers outside of test functions are test code too")]

mod common;

use std::collections::BTreeMap;

use common::{full, nasty, with_vulnerabilities, written};
use jsonschema::{Registry, Validator};
use probity_sbom::{Bom, CycloneDxVersion, Format, SpdxVersion};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn validator(schema: &str) -> Validator {
    let schema = json(schema);
    let base = "http://cyclonedx.org/schema";
    let shared = [
        (format!("{base}/spdx.SNAPSHOT.schema.json"), json(include_str!("../testdata/schemas/spdx.SNAPSHOT.schema.json"))),
        (format!("{base}/jsf-0.82.SNAPSHOT.schema.json"), json(include_str!("../testdata/schemas/jsf-0.82.SNAPSHOT.schema.json"))),
        (
            format!("{base}/cryptography-defs.SNAPSHOT.schema.json"),
            json(include_str!("../testdata/schemas/cryptography-defs.SNAPSHOT.schema.json")),
        ),
    ];
    let mut registry = Registry::new();
    for (uri, resource) in shared {
        registry = registry.add(uri, resource).unwrap();
    }
    let registry = registry.prepare().unwrap();
    jsonschema::options().with_registry(&registry).should_validate_formats(true).build(&schema).unwrap()
}

fn check(schema: &str, format: Format) {
    let validator = validator(schema);
    let documents: BTreeMap<&str, Bom> =
        [("empty", Bom::default()), ("full", full()), ("vulnerabilities", with_vulnerabilities()), ("nasty", nasty())]
            .into_iter()
            .collect();
    for (name, bom) in documents {
        let document: Value = serde_json::from_slice(&written(&bom, format)).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{}: {error:.300}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{name} as {format}: {errors:#?}");
        let mut broken = document;
        broken["noSuchField"] = Value::Bool(true);
        assert!(!validator.is_valid(&broken), "the schema for {format} accepts anything");
    }
}

#[test]
fn cyclonedx_1_4() {
    check(include_str!("../testdata/schemas/bom-1.4.SNAPSHOT.schema.json"), Format::CycloneDxJson(CycloneDxVersion::V1_4));
}

#[test]
fn cyclonedx_1_5() {
    check(include_str!("../testdata/schemas/bom-1.5.SNAPSHOT.schema.json"), Format::CycloneDxJson(CycloneDxVersion::V1_5));
}

#[test]
fn cyclonedx_1_6() {
    check(include_str!("../testdata/schemas/bom-1.6.SNAPSHOT.schema.json"), Format::CycloneDxJson(CycloneDxVersion::V1_6));
}

#[test]
fn cyclonedx_1_7() {
    check(include_str!("../testdata/schemas/bom-1.7.SNAPSHOT.schema.json"), Format::CycloneDxJson(CycloneDxVersion::V1_7));
}

#[test]
fn spdx_2_2() {
    check(include_str!("../testdata/schemas/spdx-schema-v2.2.json"), Format::SpdxJson(SpdxVersion::V2_2));
}

#[test]
fn spdx_2_3() {
    check(include_str!("../testdata/schemas/spdx-schema-v2.3.json"), Format::SpdxJson(SpdxVersion::V2_3));
}

#[test]
fn spdx_3_0_1() {
    check(include_str!("../testdata/schemas/spdx-schema-v3.0.1.json"), Format::Spdx3Json);
}
