//! Hostile and broken documents give an error or a bounded result, never a panic.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers outside of test functions are test code too")]

mod common;

use common::{full, written};
use probity_sbom::*;
use proptest::prelude::*;

fn error(bytes: &[u8], limits: &Limits) -> String {
    read(bytes, limits).unwrap_err().to_string()
}

const CYCLONEDX: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":["#;

#[test]
fn nesting_is_bounded() {
    let deep = format!("{CYCLONEDX}{}", r#"{"name":"x","components":["#.repeat(100_000));
    assert!(error(deep.as_bytes(), &Limits::default()).contains("recursion limit"));
    let lists = format!(r#"{{"bomFormat":"CycloneDX","components":{}"#, "[".repeat(1_000_000));
    assert!(error(lists.as_bytes(), &Limits::default()).contains("recursion limit"));
    let xml = format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">{}", "<components><component>".repeat(100_000));
    assert!(error(xml.as_bytes(), &Limits::default()).contains("nested deeper"));
}

#[test]
fn sizes_are_bounded() {
    let many = format!("{CYCLONEDX}{}{{\"name\":\"x\"}}]}}", r#"{"name":"x"},"#.repeat(20_000));
    let limits = Limits { components: 10_000, ..Limits::default() };
    assert_eq!(error(many.as_bytes(), &limits), "the document has more than 10000 components");
    let limits = Limits { values: 10_000, ..Limits::default() };
    assert_eq!(error(many.as_bytes(), &limits), "the document has more than 10000 values");
    let limits = Limits { bytes: 1_000, ..Limits::default() };
    assert_eq!(error(many.as_bytes(), &limits), "the document has more than 1000 bytes");
    let tags = format!("SPDXVersion: SPDX-2.3\n{}", "PackageName: x\n".repeat(20_000));
    assert_eq!(error(tags.as_bytes(), &Limits { components: 10_000, ..Limits::default() }), "the document has more than 10000 components");
    let graph = format!(r#"{CYCLONEDX}],"dependencies":[{{"ref":"a","dependsOn":[{}"b"]}}]}}"#, r#""b","#.repeat(20_000));
    assert_eq!(error(graph.as_bytes(), &Limits { relations: 10_000, ..Limits::default() }), "the document has more than 10000 relations");
    assert!(read(many.as_bytes(), &Limits::default()).unwrap().bom.components.len() == 20_001);
}

#[test]
fn entities_and_document_types_are_refused() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE bom [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><x>&b;</x></bom>";
    assert_eq!(error(bomb.as_bytes(), &Limits::default()), "line 1, column 22: document type declarations are refused");
}

#[test]
fn shared_references_are_told_apart() {
    let text = format!(
        r#"{CYCLONEDX}{{"bom-ref":"a","name":"x"}},{{"bom-ref":"a","name":"y"}},{{"name":"z"}}],"dependencies":[{{"ref":"a","dependsOn":["a"]}}]}}"#
    );
    let bom = read(text.as_bytes(), &Limits::default()).unwrap().bom;
    let mut references: Vec<_> = bom.components.iter().map(|it| it.reference.clone()).collect();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), 3);
}

#[test]
fn encodings() {
    let text = String::from_utf8(written(&full(), Format::CycloneDxJson(CycloneDxVersion::V1_6))).unwrap();
    let plain = read(text.as_bytes(), &Limits::default()).unwrap();
    for big in [false, true] {
        let wide: Vec<u8> =
            format!("\u{feff}{text}").encode_utf16().flat_map(|it| if big { it.to_be_bytes() } else { it.to_le_bytes() }).collect();
        assert_eq!(read(&wide, &Limits::default()).unwrap(), plain);
    }
    assert_eq!(read(format!("\u{feff}{text}").as_bytes(), &Limits::default()).unwrap(), plain);
    assert_eq!(error(b"{\"bomFormat\":\"CycloneDX\",\"x\":\"\xff\"}", &Limits::default()), "the text is not valid UTF-8 at byte 30");
}

#[test]
fn errors_name_the_place() {
    for (text, expected) in [
        ("", "not a software bill of materials"),
        ("{\"bomFormat\":\"CycloneDX\",\n\"components\":[}", "line 2, column 15"),
        ("{\"bomFormat\":\"CycloneDX\"} x", "line 1, column 27: text after the end of the document"),
        ("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">\n<a></b></bom>", "line 2, column"),
        ("SPDXVersion: SPDX-2.3\nno tag here\n", "line 2, column 1: `no tag here` is not of the form `Tag: value`"),
        ("SPDXVersion: SPDX-2.3\nDocumentComment: <text>open\n", "line 2, column 1: `<text>` is never closed"),
        (r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}"#, "/@graph: the document has no graph of elements"),
        (r#"{"payloadType":"application/vnd.in-toto+json","payload":"!!"}"#, "/payload: the payload is not base64"),
        ("<rdf:RDF xmlns:spdx=\"http://spdx.org/rdf/terms#\"/>", "SPDX RDF/XML is not supported"),
    ] {
        let message = error(text.as_bytes(), &Limits::default());
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn licence_sets_that_share_members_are_bounded() {
    let set = |index: usize| {
        let member = format!(r#""https://example.com/s{}""#, index + 1);
        format!(
            r#"{{"type":"expandedlicensing_ConjunctiveLicenseSet","spdxId":"https://example.com/s{index}","expandedlicensing_member":[{}]}}"#,
            [member.as_str(); 50].join(",")
        )
    };
    let sets: Vec<String> = (0..20).map(set).collect();
    let text = format!(
        r#"{{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{},{{"type":"software_Package","spdxId":"https://example.com/p","name":"p"}},{{"type":"Relationship","spdxId":"https://example.com/r","from":"https://example.com/p","relationshipType":"hasDeclaredLicense","to":["https://example.com/s0"]}}]}}"#,
        sets.join(",")
    );
    assert!(read(text.as_bytes(), &Limits::default()).unwrap().bom.components[0].licenses.is_empty());
}

/// Reads and, where that worked, writes everything again.
fn survives(bytes: &[u8]) {
    let _ = detect(bytes);
    if let Ok(read) = read(bytes, &Limits { components: 1_000, ..Limits::default() }) {
        for format in Format::WRITABLE {
            let _ = written(&read.bom, *format);
        }
    }
}

#[test]
fn truncated_documents() {
    for format in Format::WRITABLE {
        let bytes = written(&full(), *format);
        for end in (0..bytes.len()).step_by(97) {
            survives(&bytes[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn changed_documents(format in 0..Format::WRITABLE.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = written(&full(), Format::WRITABLE[format]);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        survives(&bytes);
    }

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }
}
