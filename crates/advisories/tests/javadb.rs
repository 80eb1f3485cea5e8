//! The index of Java archives.
//!
//! `testdata/java-db` was written by SQLite with pages of 1024 bytes, so that its trees have branches: sixty libraries of four versions, three
//! artifacts named `commons`, two named `tie`, one that is no jar and one whose name is continued in other pages. Instead of a digest, an archive
//! has its number in twenty decimal digits.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use probity_advisories::javadb::{JavaDb, JavaDbError};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn sha1(number: usize) -> [u8; 20] {
    format!("{number:020}").into_bytes().try_into().unwrap()
}

#[test]
fn archives_are_found_by_digest() {
    let index = JavaDb::open(&folder()).unwrap();
    for number in 0..240 {
        let library = number / 4;
        let expected = format!("org.example.group{}:library-{library}:1.{}", library % 7, number % 4);
        assert_eq!(index.by_sha1(&sha1(number)).unwrap().unwrap().to_string(), expected);
    }
    assert_eq!(index.by_sha1(&sha1(251)).unwrap().unwrap().to_string(), format!("org.long:{}:1", "x".repeat(1500)));
    for missing in [[0; 20], [0xff; 20], sha1(1000)] {
        assert_eq!(index.by_sha1(&missing).unwrap(), None);
    }
}

#[test]
fn groups_are_found_by_name_and_version() {
    let index = JavaDb::open(&folder()).unwrap();
    let long = "x".repeat(1500);
    for (artifact, version, expected) in [
        ("commons", "1.0", Some("org.commons")),
        ("commons", "2.3", Some("com.commons")),
        ("commons", "9", None),
        ("tie", "1", Some("a.tie")),
        ("site", "1", None),
        ("library-7", "1.3", Some("org.example.group0")),
        (long.as_str(), "1", Some("org.long")),
        ("", "1", None),
        ("library", "1.0", None),
    ] {
        assert_eq!(index.group_of(artifact, version).unwrap().as_deref(), expected, "{artifact} {version}");
    }
    assert!(index.exists("commons", "commons").unwrap());
    assert!(!index.exists("org.example", "commons").unwrap());
}

#[test]
fn an_index_that_cannot_be_used_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("java-db");
    let error = |expected: &str, hint: &str| {
        let error = JavaDb::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.hint().contains(hint), "{}", error.hint());
    };
    error("there is no index", "db update");
    fs::create_dir(&inner).unwrap();
    fs::copy(self::folder().join("java-db/trivy-java.db"), inner.join("trivy-java.db")).unwrap();
    error("no `metadata.json`", "db update");
    fs::write(inner.join("metadata.json"), r#"{"Version":2}"#).unwrap();
    error("schema 2", "update probity");
    fs::write(inner.join("metadata.json"), r#"{"Version":0}"#).unwrap();
    error("schema 0", "replace it");
    fs::write(inner.join("metadata.json"), "{").unwrap();
    error("cannot read", "replace it");
    fs::write(inner.join("metadata.json"), r#"{"Version":1}"#).unwrap();
    assert!(JavaDb::open(&inner).is_ok());
    fs::write(inner.join("trivy-java.db"), "no database").unwrap();
    error("damaged: at byte 0: the file is too short", "replace it");
    assert!(matches!(JavaDb::open(folder.path()), Err(JavaDbError::Damaged { .. })));
}

#[test]
fn many_threads_ask_at_once() {
    let index = JavaDb::open(&folder()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..32 {
            let index = &index;
            scope.spawn(move || {
                for step in 0..100 {
                    let number = (thread * 31 + step * 7) % 240;
                    assert_eq!(index.by_sha1(&sha1(number)).unwrap().unwrap().version, format!("1.{}", number % 4));
                }
            });
        }
    });
}
