//! From files to a database that is opened again.

use super::*;
use crate::store::{AdvisoryStore, Bucket, Store};
use std::fs;

const GHSA: &str = r#"{"id":"GHSA-aaaa-bbbb-cccc","modified":"2024-01-02T03:04:05Z","aliases":["CVE-2024-0001"],"summary":"Title","affected":[{"package":{"ecosystem":"PyPI","name":"shop"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.4"}]}]}]}"#;
const PYSEC: &str = r#"{"id":"PYSEC-2024-1","modified":"2024-01-03T00:00:00Z","aliases":["GHSA-aaaa-bbbb-cccc"],"details":"Text.","affected":[{"package":{"ecosystem":"PyPI","name":"Shop"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.4"}]}],"versions":["0.1","not a version"]}]}"#;
const KEV: &str = r#"{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2024-0001","dateAdded":"2024-02-01","dueDate":"2024-02-22"}]}"#;

fn feeds(folder: &Path) -> FeedInput {
    let feeds = folder.join("feeds");
    fs::create_dir_all(feeds.join(".git")).unwrap();
    for (name, text) in [("a.json", GHSA), ("b.json", PYSEC), ("kev.json", KEV), ("README.md", "hello"), (".git/c.json", GHSA)] {
        fs::write(feeds.join(name), text).unwrap();
    }
    FeedInput::new(feeds)
}

#[test]
fn publishers_of_one_vulnerability_meet_under_its_cve() {
    let folder = tempfile::tempdir().unwrap();
    let input = feeds(folder.path());
    let report = build(std::slice::from_ref(&input), &folder.path().join("db"), &BuildOptions::default(), &|_| {}).unwrap();
    let store = Store::open(folder.path()).unwrap();
    let found = store.advisories(Bucket::Ecosystem("pip"), "shop").unwrap().advisories;
    let listed: Vec<_> =
        found.iter().map(|a| (a.bucket.to_string(), a.id.as_str(), a.vendor_ids.join(","), a.vulnerable_versions.join("|"))).collect();
    assert_eq!(
        listed,
        [
            ("pip::GitHub Security Advisory Pip".to_owned(), "CVE-2024-0001", "GHSA-aaaa-bbbb-cccc".to_owned(), "<1.4".to_owned()),
            ("pip::Python Packaging Advisory Database".to_owned(), "CVE-2024-0001", "PYSEC-2024-1".to_owned(), "<1.4".to_owned()),
        ]
    );
    let vulnerability = store.vulnerability("CVE-2024-0001").unwrap().unwrap();
    assert_eq!((vulnerability.detail.title.as_str(), vulnerability.detail.description.as_str()), ("Title", "Text."));
    assert_eq!(vulnerability.aliases, ["GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1"]);
    assert_eq!(vulnerability.detail.kev.map(|kev| kev.added), Some("2024-02-01".to_owned()));
    assert_eq!(report.metadata.updated_at.as_deref(), Some("2024-02-01T00:00:00Z"));
    assert_eq!(report.metadata.next_update.as_deref(), Some("2024-02-02T00:00:00Z"));
    // What was not used is told.
    let bounds: Vec<&str> = report.quarantined.iter().map(|bound| bound.text.as_str()).collect();
    assert_eq!((report.quarantined_total, bounds), (1, vec!["shop: =not a version"]));
    let other = report.sources.iter().find(|source| source.format == "-").unwrap();
    assert_eq!((other.files, other.examples[0].text.as_str()), (1, "README.md"));
    let names: Vec<_> =
        crate::update::why(folder.path(), "PYSEC-2024-1").unwrap().packages.iter().map(|found| found.package.clone()).collect();
    assert_eq!(names, ["shop", "shop"]);
}

#[test]
fn folders_and_archives_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let input = feeds(folder.path());
    let layer = probity_testkit::image::Layer::new()
        .file("x/a.json", GHSA)
        .file("x/b.json", PYSEC)
        .file("x/kev.json", KEV)
        .file("x/.git/c.json", GHSA);
    let mut digests = Vec::new();
    digests.push(build(&[input], &folder.path().join("db"), &BuildOptions::default(), &|_| {}).unwrap().digest);
    for (name, compression) in
        [("f.tar.gz", probity_testkit::image::Compression::Gzip), ("f.tar.zst", probity_testkit::image::Compression::Zstd)]
    {
        let path = folder.path().join(name);
        fs::write(&path, compression.compress(&layer.tar())).unwrap();
        digests.push(build(&[FeedInput::new(path)], &folder.path().join("db"), &BuildOptions::default(), &|_| {}).unwrap().digest);
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

#[test]
fn feeds_without_anything_are_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), "{}").unwrap();
    let run = |path: &str| {
        build(&[FeedInput::new(folder.path().join(path))], &folder.path().join("db"), &BuildOptions::default(), &|_| {})
            .unwrap_err()
            .to_string()
    };
    assert!(run("a.json").contains("1 not-recognised"), "{}", run("a.json"));
    assert!(run("missing").contains("no such file"), "{}", run("missing"));
    assert!(!folder.path().join("db").exists());
}
