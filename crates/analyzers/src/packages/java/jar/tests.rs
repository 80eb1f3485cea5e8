//! Archives made here, nested ones too.

use super::*;
use crate::testing::{check, render, robust};
use ::zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};
use probity_model::analyzer::FileMeta;
use std::io::{Cursor, Write as _};

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let method = if name.ends_with("jar") { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Like `check`, without digests and with places.
#[track_caller]
fn lists(path: &str, bytes: &[u8], expected: &str) {
    let mut facts = Facts::default();
    let file = File { path, meta: FileMeta::default(), bytes };
    let result = archive(&file, &mut facts);
    let mut lines = Vec::new();
    for package in &facts.packages {
        let licenses = if package.licenses.is_empty() { String::new() } else { format!(" [{}]", package.licenses.join(", ")) };
        let marks = [(package.guessed, " guessed"), (package.digest.is_some(), " sha1")].map(|(on, word)| if on { word } else { "" });
        lines.push(format!("{} {} in {}{licenses}{}", package.name, package.version, package.at.path, marks.concat()));
    }
    lines.extend(facts.diagnostics.iter().map(|diagnostic| format!("{:?} {}", diagnostic.reason, diagnostic.message)));
    lines.extend(result.err().map(|error| format!("error {error}")));
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, expected);
}

fn props(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    format!("#Created by a build\n#Mon\r\ngroupId={group}\r\nartifactId = {artifact}\nversion={version}\n").into_bytes()
}

#[test]
fn an_archive_says_who_it_is() {
    let pom = b"<project><parent><version>9</version></parent><licenses><license><name>Apache\n 2</name></license></licenses></project>";
    let bytes = zip(&[
        (
            "META-INF/MANIFEST.MF",
            b"Manifest-Version: 1.0\nImplementation-Title: X\nImplementation-Version: 3\nImplementation-Vendor-Id: v\n",
        ),
        ("META-INF/maven/org.acme/lib/pom.properties", &props("org.acme", "lib", "1.2.3")),
        ("META-INF/maven/org.acme/lib/pom.xml", pom),
    ]);
    lists("m2/lib-1.2.3.jar", &bytes, "org.acme:lib 1.2.3 in m2/lib-1.2.3.jar [Apache 2] sha1");
    lists("renamed.jar", &bytes, "org.acme:lib 1.2.3 in renamed.jar [Apache 2] sha1");
    lists("lib.jar", &bytes, "org.acme:lib 1.2.3 in lib.jar [Apache 2] sha1");
    // Another archive that has the library inside it.
    lists("wrapper-2.0.jar", &bytes, "org.acme:lib 1.2.3 in wrapper-2.0.jar [Apache 2]\nv:wrapper 2.0 in wrapper-2.0.jar guessed sha1");
    check(&ARCHIVE, "e.jar", &zip(&[]), "maven e  - id e (sha1:b04f3ee8f5e43fa3b162981b50bb72fe1acabb33)");
}

#[test]
fn shaded_archives_have_many_packages() {
    let bytes = zip(&[
        ("META-INF/maven/a/one/pom.properties", &props("a", "one", "1")),
        ("META-INF/maven/b/two/pom.properties", &props("b", "two", "2")),
        ("META-INF/maven/b/two-copy/pom.properties", &props("b", "two", "2")),
        ("META-INF/maven/c/three/pom.properties", &props("c", "three", "${project.version}")),
        ("META-INF/maven/d/four/pom.xml", b"<project><version>4</version></project>"),
    ]);
    lists(
        "fat-1.0-SNAPSHOT.jar",
        &bytes,
        "a:one 1 in fat-1.0-SNAPSHOT.jar
         b:two 2 in fat-1.0-SNAPSHOT.jar
         d:four 4 in fat-1.0-SNAPSHOT.jar
         fat 1.0-SNAPSHOT in fat-1.0-SNAPSHOT.jar guessed sha1",
    );
}

#[test]
fn who_it_is_may_have_to_be_guessed() {
    let of = |path: &str, manifest: &str, expected: &str| lists(path, &zip(&[("META-INF/MANIFEST.MF", manifest.as_bytes())]), expected);
    of(
        "lib/log-core-2.14.1.jar",
        "Bundle-SymbolicName: org.acme.log.core\nImplementation-Title: Acme Log Core\nImplementation-Version: 2.14\n",
        "org.acme.log:log-core 2.14.1 in lib/log-core-2.14.1.jar guessed sha1",
    );
    of(
        "core.jar",
        "Bundle-SymbolicName: org.acme.core;singleton:=true\nBundle-Name: %name\nBundle-Version: 1.0.0.2020\n",
        "org.acme:core 1.0.0.2020 in core.jar guessed sha1",
    );
    of("app.jar", "Implementation-Vendor: Acme Inc.\nImplementation-Version: 1.0 build 3\n", "app  in app.jar guessed sha1");
    of("a-b-1.0-2.war", "", "a-b-1.0 2 in a-b-1.0-2.war guessed sha1");
    of(
        "git.hpi",
        "Group-Id: org.jenkins-ci.plugins\nShort-Name: git\nPlugin-Version: 4.0.0 (private-x)\nPlugin-License-Name: MIT License\n",
        "org.jenkins-ci.plugins:git 4.0.0 in git.hpi [MIT License] sha1",
    );
}

#[test]
fn archives_in_archives_have_their_path() {
    let deepest = zip(&[("META-INF/maven/a/deep/pom.properties", &props("a", "deep", "0.1"))]);
    let middle = zip(&[("lib/deep-0.1.jar", &deepest)]);
    let bytes = zip(&[
        ("BOOT-INF/lib/middle-1.jar", &middle),
        ("BOOT-INF/lib/broken-1.jar", b"PK no"),
        ("../escaped-1.jar", &deepest),
        ("META-INF/maven/a/app/pom.properties", &props("a", "app", "1")),
    ]);
    lists(
        "opt/app.jar",
        &[&b"#!/bin/sh\n"[..], &bytes].concat(),
        "a:deep 0.1 in opt/app.jar/BOOT-INF/lib/middle-1.jar/lib/deep-0.1.jar sha1
         middle 1 in opt/app.jar/BOOT-INF/lib/middle-1.jar guessed sha1
         a:app 1 in opt/app.jar sha1
         AnalyzerFailed `BOOT-INF/lib/broken-1.jar` in it: not a zip archive, or its end is missing
         AnalyzerFailed the entry's name `../escaped-1.jar` is no path inside the archive",
    );
}

#[test]
fn endless_nesting_and_bombs_are_cut_and_said() {
    let mut bytes = zip(&[]);
    for _ in 0..8 {
        bytes = zip(&[("x-1.jar", &bytes)]);
    }
    let mut facts = Facts::default();
    archive(&File { path: "a.jar", meta: FileMeta::default(), bytes: &bytes }, &mut facts).unwrap();
    assert_eq!(facts.packages.len(), 6);
    assert!(render(&facts).contains("archives lie more than 6 deep in each other"));
    let zeros = vec![0_u8; 11 << 20];
    lists(
        "b.jar",
        &zip(&[("META-INF/MANIFEST.MF", &zeros)]),
        "b  in b.jar guessed sha1
         SubjectTruncated `META-INF/MANIFEST.MF` in it: the entry has more than 10485760 uncompressed bytes",
    );
    lists("c.jar", b"not an archive", "error not a zip archive, or its end is missing");
}

#[test]
fn any_bytes_are_survived() {
    let inner = zip(&[("META-INF/maven/a/b/pom.properties", &props("a", "b", "1"))]);
    let sample = zip(&[("META-INF/MANIFEST.MF", b"Bundle-Version: 1\n x"), ("lib/b-1.jar", &inner)]);
    robust(&ARCHIVE, "x.jar", &sample);
}

#[test]
fn file_names_tell_artifact_and_version() {
    for (name, expected) in [
        ("spring-core-5.3.4-SNAPSHOT.jar", ("spring-core", Some("5.3.4-SNAPSHOT"))),
        ("log4j-1.2-api-2.14.1.jar", ("log4j-1.2-api", Some("2.14.1"))),
        ("app.jar", ("app", None)),
        ("a-b.jar", ("a-b", None)),
        ("-1.jar", ("-1", None)),
        (".jar", ("", None)),
    ] {
        assert_eq!(split_name(name), expected, "{name}");
    }
}
