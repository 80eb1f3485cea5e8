//! What is written is read back as it was, up to the losses listed here.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers outside of test functions are test code too")]

mod common;

use common::{full, nasty, with_vulnerabilities, written};
use probity_sbom::{
    Acknowledgement, Bom, ComponentKind, CycloneDxVersion, ExtractedLicense, Format, License, LicenseValue, Limits, RelationKind,
    SpdxVersion, read,
};

fn again(bom: &Bom, format: Format) -> Bom {
    let bytes = written(bom, format);
    let read = read(&bytes, &Limits::default()).unwrap_or_else(|err| panic!("{format}: {err}\n{}", String::from_utf8_lossy(&bytes)));
    assert!(read.warnings.is_empty(), "{format}: {:#?}", read.warnings);
    assert_eq!(read.bom.format, Some(format));
    Bom { format: None, ..read.bom }
}

fn same(expected: &Bom, actual: &Bom, format: Format) {
    let (expected, actual) = (format!("{expected:#?}"), format!("{actual:#?}"));
    let different = expected.lines().zip(actual.lines()).enumerate().find(|(_, (one, other))| one != other);
    assert!(expected == actual, "{format}, at {different:.400?}");
}

#[test]
fn cyclonedx() {
    for version in [CycloneDxVersion::V1_6, CycloneDxVersion::V1_7] {
        for format in [Format::CycloneDxJson(version), Format::CycloneDxXml(version)] {
            same(&in_cyclonedx_order(with_vulnerabilities()), &again(&with_vulnerabilities(), format), format);
        }
    }
}

/// Nested components follow the one they are nested in.
fn in_cyclonedx_order(mut bom: Bom) -> Bom {
    bom.components.sort_by_key(|component| component.reference != "SPDXRef-root");
    bom
}

#[test]
fn cyclonedx_1_4_and_1_5_lose_what_they_lack() {
    for version in [CycloneDxVersion::V1_4, CycloneDxVersion::V1_5] {
        for format in [Format::CycloneDxJson(version), Format::CycloneDxXml(version)] {
            let mut expected = in_cyclonedx_order(with_vulnerabilities());
            for component in &mut expected.components {
                for license in &mut component.licenses {
                    license.acknowledgement = None;
                }
                if version < CycloneDxVersion::V1_5 {
                    component.occurrences.clear();
                    if component.kind == ComponentKind::Platform {
                        component.kind = ComponentKind::Application;
                    }
                }
            }
            if version < CycloneDxVersion::V1_5 {
                expected.lifecycles.clear();
            }
            same(&expected, &again(&with_vulnerabilities(), format), format);
        }
    }
}

#[test]
fn spdx() {
    for format in [
        Format::SpdxJson(SpdxVersion::V2_2),
        Format::SpdxJson(SpdxVersion::V2_3),
        Format::SpdxTagValue(SpdxVersion::V2_2),
        Format::SpdxTagValue(SpdxVersion::V2_3),
        Format::Spdx3Json,
    ] {
        let mut bom = full();
        // Files are listed after packages, and the order of properties is that of the fields.
        for component in &mut bom.components {
            component.properties.sort_by_key(|(name, _)| match name.as_str() {
                "spdx:sourceInfo" => 0,
                "spdx:comment" => 1,
                "spdx:attributionText" => 2,
                _ => 3,
            });
        }
        same(&bom, &again(&bom, format), format);
    }
}

#[test]
fn nesting_becomes_containment_in_spdx() {
    let mut bom = full();
    bom.components[2].parent = Some("SPDXRef-os".to_owned());
    let read = again(&bom, Format::SpdxJson(SpdxVersion::V2_3));
    assert!(read.relations.iter().any(|it| it.kind == RelationKind::Contains && it.from == "SPDXRef-os" && it.to == ["SPDXRef-bash"]));
    let mut edges: Vec<_> = read.edges().collect();
    edges.sort_unstable();
    let mut before: Vec<_> = bom.edges().collect();
    before.sort_unstable();
    assert_eq!(edges, before);
}

#[test]
fn cyclonedx_through_spdx_keeps_components() {
    for format in [Format::SpdxJson(SpdxVersion::V2_3), Format::SpdxTagValue(SpdxVersion::V2_3), Format::Spdx3Json] {
        let mut bom = full();
        for component in &mut bom.components {
            component.reference = component.reference.replace("SPDXRef-", "urn-");
        }
        bom.root = Some("urn-root".to_owned());
        bom.relations.clear();
        let read = again(&bom, format);
        let key = |it: &probity_sbom::Component| {
            (it.group.clone(), it.name.clone(), it.version.clone(), it.purl.clone(), it.kind, it.licenses.clone(), it.scope)
        };
        assert_eq!(read.components.iter().map(key).collect::<Vec<_>>(), bom.components.iter().map(key).collect::<Vec<_>>(), "{format}");
        assert_eq!(read.serial, bom.serial, "{format}");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    for format in Format::WRITABLE {
        assert_eq!(written(&nasty(), *format), written(&nasty(), *format));
    }
}

#[test]
fn nasty_documents_are_read_back() {
    for format in Format::WRITABLE {
        let bytes = written(&nasty(), *format);
        let first = read(&bytes, &Limits::default()).unwrap_or_else(|err| panic!("{format}: {err}")).bom;
        assert_eq!(first.components.len(), nasty().components.len(), "{format}");
        // A second trip changes nothing any more.
        let second = read(&written(&first, *format), &Limits::default()).unwrap().bom;
        let third = read(&written(&second, *format), &Limits::default()).unwrap().bom;
        same(&second, &third, *format);
    }
}

#[test]
fn concluded_licences_stay_concluded() {
    for format in [Format::SpdxJson(SpdxVersion::V2_3), Format::Spdx3Json, Format::CycloneDxJson(CycloneDxVersion::V1_7)] {
        let mut bom = full();
        bom.components[2].licenses[0].acknowledgement = Some(Acknowledgement::Concluded);
        assert_eq!(
            again(&bom, format).components.iter().find(|it| it.name == "bash").unwrap().licenses,
            bom.components[2].licenses,
            "{format}"
        );
    }
}

#[test]
fn definitions_of_licences_become_names_in_cyclonedx() {
    let mut bom = full();
    bom.components[2].licenses = vec![License::from_text("LicenseRef-acme")];
    bom.extracted_licenses =
        vec![ExtractedLicense { id: "LicenseRef-acme".to_owned(), name: Some("Acme Licence".to_owned()), text: "Do as told.".to_owned() }];
    let read = again(&bom, Format::CycloneDxJson(CycloneDxVersion::V1_6));
    let license = &read.components.iter().find(|it| it.name == "bash").unwrap().licenses[0];
    assert_eq!((&license.value, license.text.as_deref()), (&LicenseValue::Name("Acme Licence".to_owned()), Some("Do as told.")));
    assert_eq!(again(&bom, Format::SpdxJson(SpdxVersion::V2_3)).extracted_licenses, bom.extracted_licenses);
}
