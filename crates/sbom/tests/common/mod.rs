//! Documents that several tests use.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "this is test code")]

use probity_sbom::*;

pub fn component(reference: &str, kind: ComponentKind, name: &str) -> Component {
    Component { reference: reference.to_owned(), kind, name: name.to_owned(), ..Component::default() }
}

/// A document with something in every field, obviously made up.
pub fn full() -> Bom {
    let sha1 = Hash { algorithm: HashAlgorithm::Sha1, value: "0".repeat(40) };
    let sha256 = Hash { algorithm: HashAlgorithm::Sha256, value: "ab".repeat(32) };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let root = Component {
        version: Some("1.2.3".to_owned()),
        properties: vec![pair("aquasecurity:trivy:SchemaVersion", "2"), pair("aquasecurity:trivy:Labels:maintainer", "A <a@example.com>")],
        ..component("SPDXRef-root", ComponentKind::Container, "example/image")
    };
    let os = Component {
        version: Some("12".to_owned()),
        properties: vec![pair("aquasecurity:trivy:Class", "os-pkgs"), pair("aquasecurity:trivy:Type", "debian")],
        ..component("SPDXRef-os", ComponentKind::OperatingSystem, "debian")
    };
    let bash = Component {
        version: Some("5.2-1".to_owned()),
        purl: Some("pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12".to_owned()),
        cpes: vec!["cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*".to_owned(), "cpe:/a:gnu:bash:5.2".to_owned()],
        licenses: vec![License { acknowledgement: Some(Acknowledgement::Declared), ..License::from_text("GPL-3.0-or-later") }],
        hashes: vec![sha1.clone(), sha256.clone()],
        supplier: Some(Party { email: Some("x@example.com".to_owned()), ..Party::organization("Example Packagers") }),
        copyright: Some("Copyright 2020 Nobody\nAll rights <reserved> & kept".to_owned()),
        description: Some("A shell".to_owned()),
        external_references: vec![
            ExternalReference { kind: "website".to_owned(), url: "https://example.com/bash".to_owned(), comment: None, hashes: vec![] },
            ExternalReference {
                kind: "distribution".to_owned(),
                url: "https://example.com/bash.tar.gz".to_owned(),
                comment: None,
                hashes: vec![],
            },
            ExternalReference {
                kind: "vcs".to_owned(),
                url: "https://example.com/bash.git".to_owned(),
                comment: Some("main branch".to_owned()),
                hashes: vec![],
            },
        ],
        properties: vec![
            pair("spdx:sourceInfo", "built from: bash 5.2-1"),
            pair("spdx:comment", "a comment"),
            pair("spdx:attributionText", "Thanks to nobody"),
            pair("aquasecurity:trivy:SrcName", "bash"),
            pair("example:key", "value with: colon"),
            pair("example:empty", ""),
        ],
        ..component("SPDXRef-bash", ComponentKind::Library, "bash")
    };
    let npm = Component {
        group: Some("@example".to_owned()),
        version: Some("0.0.1".to_owned()),
        purl: Some("pkg:npm/%40example/core@0.0.1".to_owned()),
        licenses: vec![License { acknowledgement: Some(Acknowledgement::Declared), ..License::from_text("MIT OR Apache-2.0") }],
        publisher: Some("Example Ltd".to_owned()),
        scope: Some(Scope::Optional),
        mime_type: Some("application/octet-stream".to_owned()),
        ..component("SPDXRef-npm", ComponentKind::Library, "core")
    };
    let odd = Component {
        licenses: vec![License {
            acknowledgement: Some(Acknowledgement::Declared),
            text: Some("You may do <anything>.\nReally.".to_owned()),
            ..License::from_text("Example Licence v1")
        }],
        ..component("SPDXRef-odd", ComponentKind::Platform, "odd")
    };
    let file = Component { hashes: vec![sha1, sha256], ..component("SPDXRef-file", ComponentKind::File, "usr/bin/bash") };
    let relation = |from: &str, kind: RelationKind, to: &[&str]| Relation {
        from: format!("SPDXRef-{from}"),
        kind,
        to: to.iter().map(|it| format!("SPDXRef-{it}")).collect(),
        comment: None,
    };
    Bom {
        serial: Some("urn:uuid:00000000-0000-4000-8000-000000000001".to_owned()),
        version: Some(2),
        name: Some("example/image".to_owned()),
        namespace: Some("https://example.com/sbom/1".to_owned()),
        created: Some("2024-02-29T12:00:00Z".to_owned()),
        tools: vec![Tool { name: "example-tool".to_owned(), version: Some("1.0.0-rc.1".to_owned()), ..Tool::default() }],
        authors: vec![Party { email: Some("jo@example.com".to_owned()), ..Party::person("Jo Example") }],
        comment: Some("a document comment".to_owned()),
        properties: vec![pair("example:document", "yes")],
        root: Some("SPDXRef-root".to_owned()),
        components: vec![root, os, bash, npm, odd, file],
        relations: vec![
            relation("root", RelationKind::DependsOn, &["os", "npm"]),
            relation("os", RelationKind::DependsOn, &["bash"]),
            relation("npm", RelationKind::DependsOn, &[]),
        ],
        ..Bom::default()
    }
}

/// What only CycloneDX has.
pub fn with_vulnerabilities() -> Bom {
    let mut bom = full();
    bom.lifecycles = vec!["build".to_owned(), "homemade".to_owned()];
    bom.supplier = Some(Party { urls: vec!["https://example.com".to_owned()], ..Party::organization("Supplier") });
    bom.compositions = vec![Composition {
        aggregate: "incomplete".to_owned(),
        assemblies: vec!["SPDXRef-root".to_owned()],
        dependencies: vec!["SPDXRef-bash".to_owned()],
    }];
    bom.components[3].occurrences = vec!["app/package-lock.json".to_owned()];
    bom.components[2].parent = Some("SPDXRef-os".to_owned());
    bom.vulnerabilities = vec![Vulnerability {
        reference: Some("vuln-1".to_owned()),
        id: "CVE-0000-0001".to_owned(),
        source: Some(Source { name: Some("nobody".to_owned()), url: Some("https://example.com/CVE-0000-0001".to_owned()) }),
        aliases: vec![("GHSA-0000".to_owned(), Source { name: Some("example".to_owned()), url: None })],
        ratings: vec![
            Rating {
                source: Some(Source { name: Some("nvd".to_owned()), url: None }),
                score: Some(9.8),
                severity: Some("critical".to_owned()),
                method: Some("CVSSv31".to_owned()),
                vector: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()),
            },
            Rating { severity: Some("low".to_owned()), ..Rating::default() },
        ],
        cwes: vec![79, 1004],
        description: Some("Made up.\n\n  * list".to_owned()),
        detail: None,
        recommendation: Some("Upgrade".to_owned()),
        advisories: vec![Advisory { title: Some("advisory".to_owned()), url: "https://example.com/a?b=1&c=2".to_owned() }],
        published: Some("2024-01-01T00:00:00Z".to_owned()),
        updated: Some("2024-01-02T00:00:00+01:00".to_owned()),
        affects: vec![Affected {
            reference: "SPDXRef-bash".to_owned(),
            versions: vec![AffectedVersion { version: Some("5.2-1".to_owned()), range: None, status: Some("affected".to_owned()) }],
        }],
        analysis: Some(Analysis {
            state: Some("not_affected".to_owned()),
            justification: Some("code_not_reachable".to_owned()),
            responses: vec!["will_not_fix".to_owned()],
            detail: Some("not called".to_owned()),
        }),
        properties: vec![("example:k".to_owned(), "v".to_owned())],
    }];
    bom
}

/// Everything a hostile or careless program could put into fields.
pub fn nasty() -> Bom {
    let text = "a\u{0}\u{1b}[31m\n</text><text> ]]> & \" ' \u{fffe} \u{202e} 𝕏 --> ".to_owned();
    let mut bom = with_vulnerabilities();
    bom.serial = Some("not a uuid".to_owned());
    bom.namespace = Some("no scheme # at all".to_owned());
    bom.created = Some("yesterday".to_owned());
    bom.name = Some(text.clone());
    bom.comment = Some(text.clone());
    bom.version = Some(0);
    bom.root = Some("nowhere".to_owned());
    bom.tools =
        vec![Tool { name: text.clone(), vendor: Some(text.clone()), group: Some(text.clone()), version: Some("9".repeat(2000)) }; 2];
    bom.authors =
        vec![Party { email: Some("not an address".to_owned()), urls: vec!["x y".to_owned()], ..Party::organization(text.clone()) }; 2];
    bom.lifecycles.push(text.clone());
    bom.compositions.push(Composition { aggregate: text.clone(), assemblies: vec!["nowhere".to_owned(); 2], dependencies: vec![] });
    for license in [
        "GPL-2.0",
        "BSD-3-clause-Sun",
        "MIT-Modern-Variant",
        "atc-game",
        "LicenseRef-a_b",
        "DocumentRef-x:LicenseRef-y",
        "NOASSERTION",
        "NONE",
        "",
        "MIT AND LicenseRef-z",
        "((",
        "GPL-2.0+ WITH Classpath-exception-2.0",
    ] {
        bom.components.push(Component {
            licenses: vec![
                License::from_text(license),
                License { url: Some("not a url %zz".to_owned()), text: Some(text.clone()), ..License::from_text(license) },
                License { acknowledgement: Some(Acknowledgement::Concluded), ..License::from_text("MIT OR ISC") },
            ],
            ..component("twin", ComponentKind::Library, license)
        });
    }
    for kind in ComponentKind::ALL {
        bom.components.push(Component {
            reference: text.clone(),
            kind: *kind,
            parent: Some(text.clone()),
            name: text.clone(),
            group: Some(text.clone()),
            version: Some("1".repeat(3000)),
            purl: Some("pkg:not a purl".to_owned()),
            cpes: vec!["cpe:2.3:a:b".to_owned(), text.clone()],
            hashes: HashAlgorithm::ALL
                .iter()
                .flat_map(|algorithm| {
                    [0, 8, 32, 40, 56, 64, 96, 128].map(|length| Hash { algorithm: *algorithm, value: "f".repeat(length) })
                })
                .chain([Hash { algorithm: HashAlgorithm::Sha1, value: "zz".repeat(20) }])
                .collect(),
            supplier: Some(Party { email: Some("a@b@c".to_owned()), urls: vec!["::".to_owned()], ..Party::person(text.clone()) }),
            originator: Some(Party::person("")),
            authors: vec![Party::person(text.clone()), Party::person("B")],
            publisher: Some(text.clone()),
            copyright: Some(text.clone()),
            description: Some(text.clone()),
            mime_type: Some("not/a mime".to_owned()),
            occurrences: vec![text.clone(), String::new()],
            external_references: [
                "vcs",
                "citation",
                "rfc-9116",
                "spdx:PERSISTENT-ID:swh",
                "spdx:OTHER:a b",
                "made up",
                "website",
                "distribution",
                "advisories",
            ]
            .into_iter()
            .flat_map(|kind| {
                ["https://example.com/a b", "git@example.com:x/y", "", "http://[bad", "ftp://example.com:port/", "NOASSERTION", "1:2"].map(
                    |url| ExternalReference {
                        kind: kind.to_owned(),
                        url: url.to_owned(),
                        comment: Some(text.clone()),
                        hashes: vec![Hash { algorithm: HashAlgorithm::Md5, value: "a".repeat(32) }],
                    },
                )
            })
            .collect(),
            properties: vec![
                (text.clone(), text.clone()),
                (String::new(), String::new()),
                ("spdx:builtDate".to_owned(), "never".to_owned()),
                ("spdx:comment".to_owned(), text.clone()),
                ("spdx:comment".to_owned(), text.clone()),
            ],
            ..Component::default()
        });
    }
    bom.components.push(Component { parent: Some("loop-b".to_owned()), ..component("loop-a", ComponentKind::Library, "a") });
    bom.components.push(Component { parent: Some("loop-a".to_owned()), ..component("loop-b", ComponentKind::Library, "b") });
    bom.components.push(component("", ComponentKind::Unknown, ""));
    bom.components.push(component("urn:cdx:x/1#y", ComponentKind::Unknown, "link"));
    bom.components.push(component("SPDXRef-DOCUMENT", ComponentKind::Unknown, "document"));
    let mut parent = "SPDXRef-root".to_owned();
    for depth in 0..300 {
        let reference = format!("deep-{depth}");
        bom.components.push(Component { parent: Some(parent), ..component(&reference, ComponentKind::File, "deep") });
        parent = reference;
    }
    for kind in [
        RelationKind::Provides,
        RelationKind::Contains,
        RelationKind::Other("DEV_DEPENDENCY_OF".to_owned()),
        RelationKind::Other("SPECIFICATION_FOR".to_owned()),
        RelationKind::Other(text.clone()),
    ] {
        bom.relations.push(Relation {
            from: "SPDXRef-os".to_owned(),
            kind,
            to: vec!["twin".to_owned(), "nowhere".to_owned(), "twin".to_owned(), "SPDXRef-os".to_owned()],
            comment: Some(text.clone()),
        });
    }
    bom.relations.push(Relation { from: "nowhere".to_owned(), kind: RelationKind::DependsOn, to: vec!["twin".to_owned()], comment: None });
    let mut strange = bom.vulnerabilities[0].clone();
    strange.ratings = vec![Rating {
        score: Some(f64::NAN),
        severity: Some("awful".to_owned()),
        method: Some("SSVC".to_owned()),
        vector: Some(text.clone()),
        source: None,
    }];
    strange.cwes = vec![0, 1];
    strange.published = Some("never".to_owned());
    strange.affects = ["twin", "twin", "nowhere", "urn:cdx:00000000-0000-4000-8000-000000000001/1#x"]
        .map(|reference| Affected {
            reference: reference.to_owned(),
            versions: vec![
                AffectedVersion { version: Some("1".to_owned()), range: Some("vers:generic/<1".to_owned()), status: Some(text.clone()) },
                AffectedVersion::default(),
            ],
        })
        .to_vec();
    strange.analysis = Some(Analysis {
        state: Some(text.clone()),
        justification: Some(text.clone()),
        responses: vec![text.clone()],
        detail: Some(text.clone()),
    });
    strange.advisories = vec![Advisory { title: Some(text.clone()), url: "not a url".to_owned() }];
    bom.vulnerabilities.push(strange.clone());
    strange.reference = None;
    bom.vulnerabilities.extend([strange.clone(), strange]);
    bom.vulnerabilities.push(Vulnerability::default());
    bom
}

pub fn written(bom: &Bom, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    write(bom, format, &mut out).unwrap();
    out
}
