//! Documents in the style of the tools that make most of them, and attestations. All of them are made up.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers outside of test functions are test code too")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use probity_sbom::*;

fn bom(text: &str) -> Bom {
    read(text.as_bytes(), &Limits::default()).unwrap_or_else(|err| panic!("{err}\n{text}")).bom
}

fn get<'b>(bom: &'b Bom, name: &str) -> &'b Component {
    bom.components.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no `{name}` in {:#?}", bom.components))
}

fn edges(bom: &Bom) -> Vec<(&str, &str)> {
    bom.edges().collect()
}

const TRIVY_CYCLONEDX: &str = r#"{
  "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
  "serialNumber": "urn:uuid:00000000-0000-4000-8000-000000000002", "version": 1,
  "metadata": {
    "timestamp": "2024-01-01T00:00:00+00:00",
    "tools": [{"vendor": "aquasecurity", "name": "trivy", "version": "dev"}],
    "component": {"bom-ref": "root", "type": "container", "name": "example.com/app:1",
      "properties": [{"name": "aquasecurity:trivy:SchemaVersion", "value": "2"}]}
  },
  "components": [
    {"bom-ref": "os", "type": "operating-system", "name": "debian", "version": "12"},
    {"bom-ref": "pkg:deb/debian/bash@5.2-1?distro=debian-12", "type": "library", "name": "bash", "version": "5.2-1",
     "licenses": [{"license": {"name": "GPLv3+"}}], "purl": "pkg:deb/debian/bash@5.2-1?distro=debian-12",
     "properties": [{"name": "aquasecurity:trivy:SrcName", "value": "bash"}]}
  ],
  "dependencies": [{"ref": "root", "dependsOn": ["os"]}, {"ref": "os", "dependsOn": ["pkg:deb/debian/bash@5.2-1?distro=debian-12"]}],
  "vulnerabilities": []
}"#;

#[test]
fn trivy_cyclonedx() {
    let bom = bom(TRIVY_CYCLONEDX);
    assert_eq!(bom.root.as_deref(), Some("root"));
    assert_eq!((bom.tools[0].name.as_str(), bom.tools[0].vendor.as_deref()), ("trivy", Some("aquasecurity")));
    let bash = get(&bom, "bash");
    assert_eq!(bash.property("aquasecurity:trivy:SrcName"), Some("bash"));
    assert_eq!(bash.licenses[0].value, LicenseValue::Name("GPLv3+".to_owned()));
    assert_eq!(edges(&bom), [("root", "os"), ("os", bash.reference.as_str())]);
}

#[test]
fn trivy_spdx_annotations_are_properties() {
    let bom = bom(
        r#"{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "app", "documentNamespace": "https://example.com/x",
        "creationInfo": {"creators": ["Organization: aquasecurity", "Tool: trivy-0.60.0"], "created": "2024-01-01T00:00:00Z"},
        "packages": [
          {"name": "app", "SPDXID": "SPDXRef-ContainerImage-1", "downloadLocation": "NONE", "primaryPackagePurpose": "CONTAINER",
           "annotations": [{"annotator": "Tool: trivy-0.60.0", "annotationDate": "2024-01-01T00:00:00Z", "annotationType": "OTHER", "comment": "SchemaVersion: 2"}]},
          {"name": "bash", "SPDXID": "SPDXRef-Package-1", "versionInfo": "5.2-1", "supplier": "NOASSERTION", "downloadLocation": "NONE",
           "sourceInfo": "built package from: bash 5.2-1", "licenseDeclared": "LicenseRef-0123abcd AND MIT", "attributionTexts": ["PkgID: bash@5.2-1", "free text"],
           "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:deb/debian/bash@5.2-1"}]}],
        "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-0123abcd", "extractedText": "This component is licensed under \"X\"", "name": "NOASSERTION"}],
        "relationships": [
          {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-ContainerImage-1", "relationshipType": "DESCRIBES"},
          {"spdxElementId": "SPDXRef-ContainerImage-1", "relatedSpdxElement": "SPDXRef-Package-1", "relationshipType": "CONTAINS"}]}"#,
    );
    assert_eq!(get(&bom, "app").property("aquasecurity:trivy:SchemaVersion"), Some("2"));
    let bash = get(&bom, "bash");
    assert_eq!(bash.property("aquasecurity:trivy:PkgID"), Some("bash@5.2-1"));
    assert_eq!(bash.property("spdx:attributionText"), Some("free text"));
    assert_eq!(bash.purl.as_deref(), Some("pkg:deb/debian/bash@5.2-1"));
    assert_eq!(bom.extracted_licenses.len(), 1);
    assert_eq!(edges(&bom), [("SPDXRef-ContainerImage-1", "SPDXRef-Package-1")]);
    assert_eq!((bom.tools[0].name.as_str(), bom.tools[0].version.as_deref()), ("trivy", Some("0.60.0")));
}

#[test]
fn syft_style_spdx() {
    let bom = bom(
        r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "dataLicense": "CC0-1.0", "name": "dir", "documentNamespace": "https://example.com/syft",
        "creationInfo": {"licenseListVersion": "3.25", "creators": ["Organization: Anchore, Inc", "Tool: syft-1.38.0"], "created": "2024-01-01T00:00:00Z"},
        "packages": [{"name": "left", "SPDXID": "SPDXRef-Package-npm-left", "versionInfo": "1.0.0", "supplier": "Person: Nobody (n@example.com)", "originator": "Person: Nobody",
          "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT", "copyrightText": "NOASSERTION",
          "externalRefs": [
            {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:left:left:1.0.0:*:*:*:*:*:*:*"},
            {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:x:left:1.0.0:*:*:*:*:*:*:*"},
            {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/left@1.0.0"}]}],
        "files": [{"fileName": "/package-lock.json", "SPDXID": "SPDXRef-File-1", "checksums": [{"algorithm": "SHA1", "checksumValue": "0000000000000000000000000000000000000000"}],
          "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION"}],
        "relationships": [
          {"spdxElementId": "SPDXRef-Package-npm-left", "relatedSpdxElement": "SPDXRef-File-1", "relationshipType": "OTHER", "comment": "evident-by: indicates the package's existence is evident by the given file"},
          {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-Package-npm-left", "relationshipType": "DESCRIBES"}]}"#,
    );
    let left = get(&bom, "left");
    assert_eq!((left.cpes.len(), left.purl.as_deref()), (2, Some("pkg:npm/left@1.0.0")));
    assert_eq!(left.supplier.as_ref().map(|it| (it.name.as_str(), it.email.as_deref())), Some(("Nobody", Some("n@example.com"))));
    assert_eq!(left.licenses[0].value, LicenseValue::Id("MIT".to_owned()));
    assert_eq!(bom.relations[0].kind, RelationKind::Other("OTHER".to_owned()));
    assert_eq!(get(&bom, "/package-lock.json").kind, ComponentKind::File);
}

#[test]
fn cdxgen_style_cyclonedx() {
    let bom = bom(r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {
          "tools": {"components": [{"group": "@cyclonedx", "name": "cdxgen", "version": "11.0.0", "publisher": "OWASP Foundation", "type": "application"}]},
          "authors": [{"name": "OWASP Foundation"}], "lifecycles": [{"phase": "build"}], "component": {"name": "app", "type": "application", "bom-ref": "pkg:npm/app@latest",
            "components": [{"name": "web", "type": "application", "bom-ref": "pkg:npm/web@latest"}]}},
        "components": [{"group": "@scope", "name": "lib", "version": "1.0.0", "scope": "required", "type": "library", "bom-ref": "pkg:npm/@scope/lib@1.0.0", "purl": "pkg:npm/%40scope/lib@1.0.0",
          "author": "Someone", "licenses": [{"expression": "(MIT OR Apache-2.0)"}], "hashes": [{"alg": "SHA-512", "content": "AB"}],
          "evidence": {"identity": [{"field": "purl", "confidence": 1}], "occurrences": [{"location": "package-lock.json"}]}}],
        "dependencies": [{"ref": "pkg:npm/app@latest", "dependsOn": ["pkg:npm/@scope/lib@1.0.0"], "provides": []}],
        "annotations": [{"text": "x"}]}"#);
    let lib = get(&bom, "lib");
    assert_eq!(
        (lib.group.as_deref(), lib.scope, lib.occurrences.as_slice()),
        (Some("@scope"), Some(Scope::Required), &["package-lock.json".to_owned()][..])
    );
    assert_eq!(lib.licenses[0].value, LicenseValue::Expression("(MIT OR Apache-2.0)".to_owned()));
    assert_eq!(get(&bom, "web").parent.as_deref(), Some("pkg:npm/app@latest"));
    assert_eq!(bom.tools[0].vendor.as_deref(), Some("OWASP Foundation"));
}

#[test]
fn microsoft_style_spdx_2_2() {
    let bom = bom(
        r#"{"files": [{"fileName": "./bin/app.dll", "SPDXID": "SPDXRef-File--bin-app.dll-0", "checksums": [{"algorithm": "SHA1", "checksumValue": "0000000000000000000000000000000000000000"}],
          "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION"}],
        "packages": [{"name": "Example.Package", "SPDXID": "SPDXRef-Package-1", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "NOASSERTION",
          "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", "versionInfo": "1.0.0", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:nuget/Example.Package@1.0.0"}], "supplier": "NOASSERTION"},
          {"name": "root", "SPDXID": "SPDXRef-RootPackage", "downloadLocation": "NOASSERTION", "hasFiles": ["SPDXRef-File--bin-app.dll-0"], "packageVerificationCode": {"packageVerificationCodeValue": "00"}, "supplier": "Organization: Example"}],
        "externalDocumentRefs": [], "relationships": [{"relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-Package-1", "spdxElementId": "SPDXRef-RootPackage"}],
        "spdxVersion": "SPDX-2.2", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "app 1", "documentNamespace": "https://example.com/1",
        "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: Microsoft.SBOMTool-2.2.9"]}, "documentDescribes": ["SPDXRef-RootPackage"]}"#,
    );
    assert_eq!(bom.format, Some(Format::SpdxJson(SpdxVersion::V2_2)));
    assert_eq!(bom.root.as_deref(), Some("SPDXRef-RootPackage"));
    assert_eq!(edges(&bom), [("SPDXRef-RootPackage", "SPDXRef-File--bin-app.dll-0"), ("SPDXRef-RootPackage", "SPDXRef-Package-1")]);
}

#[test]
fn github_style_export() {
    let bom = bom(
        r#"{"sbom": {"SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: GitHub.com-Dependency-Graph"]},
        "name": "com.github.example/app", "dataLicense": "CC0-1.0", "documentDescribes": ["SPDXRef-com.github.example-app"], "documentNamespace": "https://example.com/gh",
        "packages": [{"SPDXID": "SPDXRef-com.github.example-app", "name": "com.github.example/app", "versionInfo": "", "downloadLocation": "git+https://example.com/app", "filesAnalyzed": false},
          {"SPDXID": "SPDXRef-npm-a-1", "name": "npm:a", "versionInfo": "^1.0", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "MIT"}],
        "relationships": [{"relationshipType": "DEPENDS_ON", "spdxElementId": "SPDXRef-com.github.example-app", "relatedSpdxElement": "SPDXRef-npm-a-1"}]}}"#,
    );
    assert_eq!(get(&bom, "npm:a").licenses[0].acknowledgement, Some(Acknowledgement::Concluded));
    assert_eq!(bom.tools[0].name, "GitHub.com-Dependency-Graph");
    assert_eq!(edges(&bom).len(), 1);
}

#[test]
fn cyclonedx_1_0_xml() {
    let bom = bom(
        "<?xml version=\"1.0\"?>\n<c:bom xmlns:c=\"http://cyclonedx.org/schema/bom/1.0\" version=\"1\"><c:components>\n<c:component type=\"library\">\n\
         <c:name> left &amp; right </c:name><c:version>1</c:version><c:hashes><c:hash alg=\"MD5\">00000000000000000000000000000000</c:hash></c:hashes>\
         <c:licenses><c:license><c:id>MIT</c:id></c:license></c:licenses><c:purl>pkg:npm/left@1</c:purl><c:modified>false</c:modified>\
         </c:component></c:components></c:bom>",
    );
    let left = get(&bom, "left & right");
    assert_eq!(left.reference, "pkg:npm/left@1");
    assert_eq!((left.hashes.len(), left.licenses.len()), (1, 1));
    assert_eq!(bom.format, Some(Format::CycloneDxXml(CycloneDxVersion::V1_0)));
}

#[test]
fn tag_value_files_belong_to_the_package_before_them() {
    let bom = bom(
        "SPDXVersion: SPDX-2.3\r\nDataLicense: CC0-1.0\r\nSPDXID: SPDXRef-DOCUMENT\r\nDocumentName: d\r\nDocumentNamespace: https://example.com/d\r\nCreator: Tool: t-1\r\nCreated: 2024-01-01T00:00:00Z\r\n\
         ##### Package\r\nPackageName: p\r\nSPDXID: SPDXRef-p\r\nPackageDownloadLocation: NOASSERTION\r\nPackageCopyrightText: <text>line 1\r\nline 2</text>\r\nPrimaryPackagePurpose: OPERATING-SYSTEM\r\n\
         ExternalRef: PACKAGE-MANAGER purl pkg:generic/p@1\r\nFileName: ./f\r\nSPDXID: SPDXRef-f\r\nFileChecksum: SHA1: 0000000000000000000000000000000000000000\r\n\
         Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\r\nUnknownTag: x\r\n",
    );
    let package = get(&bom, "p");
    assert_eq!((package.kind, package.copyright.as_deref()), (ComponentKind::OperatingSystem, Some("line 1\nline 2")));
    assert_eq!(edges(&bom), [("SPDXRef-p", "SPDXRef-f")]);
}

fn statement(predicate_type: &str, predicate: &str) -> String {
    format!(
        r#"{{"_type": "https://in-toto.io/Statement/v1", "predicateType": "{predicate_type}", "subject": [{{"name": "app", "digest": {{"sha256": "00ff"}}}}], "predicate": {predicate}}}"#
    )
}

fn envelope(statement: &str) -> String {
    format!(
        r#"{{"payloadType": "application/vnd.in-toto+json", "payload": "{}", "signatures": [{{"sig": "AA=="}}]}}"#,
        STANDARD.encode(statement)
    )
}

#[test]
fn attested_documents() {
    let cyclonedx = statement("https://cyclonedx.org/bom", TRIVY_CYCLONEDX);
    let wrapped = statement(
        "cosign.sigstore.dev/attestation/v1",
        &format!(r#"{{"Data": {}, "Timestamp": "x"}}"#, serde_json::to_string(TRIVY_CYCLONEDX).unwrap()),
    );
    let provenance = envelope(&statement("https://slsa.dev/provenance/v1", "{}"));
    let bundle = format!(
        r#"{{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {{}}, "dsseEnvelope": {}}}"#,
        envelope(&cyclonedx)
    );
    let lines = format!("{}\n{}\n", provenance, envelope(&cyclonedx));
    for (text, kind, signatures) in [
        (cyclonedx.clone(), AttestationKind::InToto, 0),
        (envelope(&cyclonedx), AttestationKind::Dsse, 1),
        (envelope(&wrapped), AttestationKind::Dsse, 1),
        (lines, AttestationKind::Dsse, 1),
        (bundle, AttestationKind::SigstoreBundle, 1),
    ] {
        let read = read(text.as_bytes(), &Limits::default()).unwrap_or_else(|err| panic!("{err}\n{text}"));
        let attestation = read.attested.unwrap();
        assert_eq!((attestation.kind, attestation.signatures, attestation.verified), (kind, signatures, false));
        assert_eq!(attestation.subjects[0].digests, [("sha256".to_owned(), "00ff".to_owned())]);
        assert_eq!(read.bom.components.len(), 3);
    }
    let error = read(provenance.as_bytes(), &Limits::default()).unwrap_err().to_string();
    assert_eq!(error, "an attestation of predicate type `https://slsa.dev/provenance/v1` is not supported");
}

#[test]
fn what_is_not_carried_over_is_said() {
    let text = r#"{"bomFormat": "CycloneDX", "specVersion": "1.9", "services": [{"name": "s"}], "components": [
        {"type": "library", "name": "a", "pedigree": {"notes": "n"}}, {"type": "library", "name": "b", "pedigree": {"notes": "n"}, "version": 1},
        {"type": "gizmo", "name": "c", "licenses": [{"license": {"id": "Not-Listed"}}]}, 7]}"#;
    let read = read(text.as_bytes(), &Limits::default()).unwrap();
    let warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "/specVersion: the document states version `1.9` and was read as CycloneDX 1.7",
            "`services` of the document is not carried over",
            "/components/0: `pedigree` of a component is not carried over (2 times)",
            "/components/1: `version` is a number, not text",
            "/components/2: the component type `gizmo` is unknown",
            "/components/2/licenses/0/license: `Not-Listed` is not on the SPDX licence list: read as a name",
            "/components/3: a component that is not an object was not read",
        ]
    );
}
