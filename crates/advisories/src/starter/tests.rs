//! The tables hold what they say they hold.

use super::*;
use crate::{
    build::{BuildOptions, FeedInput, build},
    store::{AdvisoryStore, Bucket, Store},
};
use probity_versions::Scheme;
use std::{collections::BTreeSet, io::Write, path::PathBuf};

fn scheme(world: &str) -> Scheme {
    match world.split(' ').next().unwrap_or_default() {
        "debian" | "ubuntu" => Scheme::Deb,
        "alpine" => Scheme::Apk,
        "alma" => Scheme::Rpm,
        "npm" => Scheme::Npm,
        "maven" => Scheme::Maven,
        "pip" => Scheme::Pep440,
        "go" => Scheme::Go,
        "cargo" | "actions" => Scheme::Semver,
        "composer" => Scheme::Composer,
        "rubygems" => Scheme::RubyGems,
        "nuget" => Scheme::Nuget,
        "bitnami" => Scheme::Bitnami,
        other => panic!("`{other}` is no ecosystem"),
    }
}

#[test]
fn every_line_is_whole_and_every_bound_is_a_version() {
    let mut ids = BTreeSet::new();
    let mut aliases = BTreeSet::new();
    for entry in entries() {
        let id = entry.id;
        assert!(ids.insert(id), "{id} twice");
        assert!(entry.aliases.iter().all(|alias| *alias != id), "{id}");
        aliases.extend(entry.aliases);
        assert!(entry.severity != Severity::Unknown && !entry.title.is_empty() && entry.title.len() < 120, "{id}");
        assert!(entry.vector.is_empty() || rating(SOURCE, entry.vector).is_some(), "{id}: {}", entry.vector);
        if let Some(kev) = &entry.kev {
            assert!(kev.added.parse::<Date>().is_ok() && kev.due.as_ref().is_some_and(|day| day.parse::<Date>().is_ok()), "{id}");
        }
        assert!(!entry.affected.is_empty(), "{id} has no package");
        let mut packages = BTreeSet::new();
        for affected in &entry.affected {
            let scheme = scheme(affected.world);
            assert!(!affected.package.is_empty() && packages.insert((affected.world, affected.package)), "{id} {}", affected.package);
            if affected.is_distribution() {
                let [fixed] = affected.patched[..] else { panic!("{id} {} has no fixed version", affected.package) };
                scheme.check(fixed).unwrap_or_else(|error| panic!("{id}: {error}"));
                assert!(affected.vulnerable.is_empty() && affected.unaffected.is_empty(), "{id}");
                continue;
            }
            assert!(!affected.vulnerable.is_empty(), "{id} {} has no range", affected.package);
            for range in affected.vulnerable.iter().chain(&affected.patched).chain(&affected.unaffected).filter(|range| **range != "*") {
                scheme.constraint(range).unwrap_or_else(|error| panic!("{id}: {error}"));
            }
            // The first good version is no longer affected, whatever range it ends.
            let affects = |version: &str| {
                affected.vulnerable.iter().any(|range| *range == "*" || scheme.constraint(range).unwrap().matches(version).unwrap())
            };
            for version in affected.patched.iter().filter(|version| version.starts_with(|c: char| c.is_ascii_digit())) {
                assert!(!affects(version), "{id}: {} {version} is patched and vulnerable", affected.package);
            }
        }
    }
    assert!(ids.len() >= 300, "{} vulnerabilities", ids.len());
    assert!(aliases.is_disjoint(&ids), "another name of one entry is an entry of its own");
}

#[test]
fn those_known_to_be_exploited_come_first() {
    let exploited: Vec<bool> = entries().map(|entry| entry.kev.is_some()).collect();
    assert!(exploited.is_sorted_by(|a, b| a >= b) && exploited.iter().filter(|kev| **kev).count() >= 50);
}

#[test]
fn what_everybody_looks_for_is_found() {
    let store = store();
    for (bucket, package, id) in [
        (Bucket::Ecosystem("maven"), "org.apache.logging.log4j:log4j-core", "CVE-2021-44228"),
        (Bucket::Ecosystem("npm"), "minimist", "CVE-2021-44906"),
        (Bucket::Ecosystem("pip"), "pyyaml", "CVE-2020-14343"),
        (Bucket::Ecosystem("go"), "golang.org/x/net", "CVE-2023-39325"),
        (Bucket::Named("debian 12"), "openssh", "CVE-2024-6387"),
        (Bucket::Named("alma 9"), "openssl-libs", "CVE-2022-3602"),
    ] {
        let found = store.advisories(bucket, package).unwrap();
        assert!(found.advisories.iter().any(|advisory| advisory.id == id), "{id} of {package}");
        let vulnerability = store.vulnerability(id).unwrap().unwrap();
        assert!(!vulnerability.detail.title.is_empty());
    }
    let log4shell = store.vulnerability("CVE-2021-44228").unwrap().unwrap().detail;
    assert_eq!(log4shell.kev, Some(Kev { added: "2021-12-10".into(), due: Some("2021-12-24".into()), ransomware: true }));
    assert_eq!(log4shell.ratings[0].cvss3.as_ref().and_then(|cvss| cvss.score), Some(10.0));
    assert_eq!(store.database().kind, DatabaseKind::Starter);
}

#[test]
fn ends_of_support() {
    let day = |text: &str| Some(text.parse::<Date>().unwrap());
    for (family, version, expected) in [
        ("debian", "12.5", day("2028-06-30")),
        ("debian", "7", day("2018-05-31")),
        ("ubuntu", "22.04", day("2027-04-01")),
        ("alpine", "3.19.1", day("2025-11-01")),
        ("alpine", "3.1", day("2016-11-01")),
        ("alpine", "3.99", None),
        ("alma", "9.4", day("2032-05-31")),
        ("redhat", "8.10", day("2029-05-31")),
        ("centos", "7.9.2009", day("2024-06-30")),
        ("amazon", "2023", day("2029-06-30")),
        ("sles", "15.5", day("2024-12-31")),
        ("sles", "15", day("2019-12-31")),
        ("sles", "15.99", None),
        ("wolfi", "20230201", None),
        ("nothing", "1", None),
        ("debian", "", None),
    ] {
        assert_eq!(eol(family, version), expected, "{family} {version}");
    }
    assert_eq!(support("wolfi", "20230201"), Support::Rolling);
    for line in END_OF_LIFE.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        assert!(columns.len() == 3 && (columns[2] == "-" || columns[2].parse::<Date>().is_ok()), "{line}");
    }
}

/// Facts agree with CISA's catalogue where it is at hand: `PROBITY_FEEDS` names a folder with its archive.
#[test]
fn the_catalogue_of_exploited_vulnerabilities_agrees() {
    let feed = std::env::var_os("PROBITY_FEEDS").map(|folder| PathBuf::from(folder).join("cisa-kev.tar.zst")).filter(|path| path.exists());
    let Some(feed) = feed else {
        // Not `eprintln`, which the test harness would swallow.
        let _ = std::io::stderr().write_all(b"SKIPPED: PROBITY_FEEDS names no folder with cisa-kev.tar.zst\n");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    build(&[FeedInput::new(feed)], folder.path().join("db").as_path(), &BuildOptions::default(), &|_| {}).unwrap();
    let catalogue = Store::open(folder.path()).unwrap();
    let newest = catalogue.database().updated_at.clone().unwrap_or_default();
    for entry in entries() {
        let published = catalogue.vulnerability(entry.id).unwrap().and_then(|vulnerability| vulnerability.detail.kev);
        match (&entry.kev, published) {
            (Some(ours), None) => {
                assert!(ours.added.as_str() > newest.get(..10).unwrap_or_default(), "{} is not in the catalogue", entry.id);
            }
            (ours, theirs) => assert_eq!(*ours, theirs, "{}", entry.id),
        }
    }
}
