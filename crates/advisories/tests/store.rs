//! Databases on disk: what is read from them, and what is said when they cannot be used.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use probity_advisories::{
    bolt::{Content, Writer},
    store::{
        AdvisoryStore, Bucket, Layered, MemoryStore, Metadata, RedHatProducts, Store, StoreError, Vulnerability, value, value::bucket,
    },
};
use probity_model::vulnerability::{Database, DatabaseKind, Epss, Kev};
use std::{collections::BTreeMap, fs, io::Cursor, path::Path};

type Map = BTreeMap<Vec<u8>, Content>;

/// `bucket/bucket/key` → value.
fn database(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut root = Map::new();
    for (path, value) in entries {
        let (buckets, key) = path.rsplit_once('/').unwrap();
        let mut map = &mut root;
        for name in buckets.split('/') {
            let Content::Bucket(inner) = map.entry(name.into()).or_insert_with(|| Content::Bucket(Map::new())) else { panic!("{path}") };
            map = inner;
        }
        map.insert(key.into(), Content::Value(value.as_bytes().to_vec()));
    }
    let mut writer = Writer::new(Cursor::new(Vec::new())).unwrap();
    writer.put_all(&root).unwrap();
    writer.finish().unwrap().into_inner()
}

fn small() -> Vec<u8> {
    database(&[
        ("data-source/npm::A", r#"{"ID":"ghsa","Name":"A","URL":"https://example.com/a","Newest":"2026-01-01T00:00:00Z","Advisories":2}"#),
        ("data-source/debian 12", r#"{"ID":"debian","Name":"D","URL":"https://example.com/d"}"#),
        ("data-source/broken", "no JSON"),
        ("npm::A/one/CVE-1", r#"{"VulnerableVersions":["<2"]}"#),
        ("npm::B/one/CVE-2 ", r#"{"VulnerableVersions":["<3"],"Severity":3.0}"#),
        ("npm::B/one/CVE-3", "no JSON"),
        ("npm::B/one/CVE-4", ""),
        ("npmx::C/one/CVE-5", "{}"),
        ("debian 12/one/CVE-1", r#"{"FixedVersion":"2"}"#),
        ("Red Hat CPE/repository/base", "[1,2.0]"),
        ("Red Hat CPE/nvr/image-x86_64", "[3]"),
        ("vulnerability/CVE-1", r#"{"Title":"t","VendorSeverity":{"nvd":2.0}}"#),
        ("vulnerability/CVE-6", "[]"),
        ("probity kev/CVE-1", r#"{"Added":"2021-12-10","Ransomware":true}"#),
        ("probity epss/CVE-1", r#"{"Score":0.5,"Percentile":0.75,"Date":"2026-01-01"}"#),
        ("probity epss/CVE-2", r#"{"Score":0.5,"Percentile":0.75,"Date":"2026-01-01"}"#),
    ])
}

const METADATA: &str =
    r#"{"Version":2,"NextUpdate":"2026-01-02T00:00:00Z","UpdatedAt":"2026-01-01T00:00:00Z","DownloadedAt":"0001-01-01T00:00:00Z"}"#;

fn folder(database: &[u8], metadata: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("db")).unwrap();
    fs::write(folder.path().join("db/trivy.db"), database).unwrap();
    fs::write(folder.path().join("db/metadata.json"), metadata).unwrap();
    folder
}

fn ids(store: &dyn AdvisoryStore, bucket: Bucket<'_>, package: &str) -> Vec<String> {
    let found = store.advisories(bucket, package).unwrap();
    found.advisories.iter().map(|advisory| format!("{} {}", advisory.bucket, advisory.id)).collect()
}

#[test]
fn what_a_database_says_is_found() {
    let folder = folder(&small(), METADATA);
    let store = Store::open(folder.path()).unwrap();
    assert!(Store::open(&folder.path().join("db")).is_ok());
    assert_eq!(ids(&store, Bucket::Ecosystem("npm"), "one"), ["npm::A CVE-1", "npm::B CVE-2"]);
    assert_eq!(ids(&store, Bucket::Named("debian 12"), "one"), ["debian 12 CVE-1"]);
    for (bucket, package) in [(Bucket::Named("debian"), "one"), (Bucket::Ecosystem("np"), "one"), (Bucket::Named("debian 12"), "two")] {
        assert_eq!(ids(&store, bucket, package), [""; 0]);
    }
    let found = store.advisories(Bucket::Ecosystem("npm"), "one").unwrap();
    assert_eq!(found.unreadable, ["`CVE-3` of `one` in `npm::B`: expected ident at line 1 column 2"]);
    assert_eq!(found.advisories[0].source.as_ref().map(|source| source.id.as_str()), Some("ghsa"));
    assert_eq!(found.advisories[1].source, None);
    assert_eq!(
        (store.knows(Bucket::Ecosystem("npm")), store.knows(Bucket::Ecosystem("pip")), store.knows(Bucket::Named("debian 12"))),
        (true, false, true)
    );
    assert_eq!(store.red_hat_products(RedHatProducts::Repository("base")).unwrap(), [1, 2]);
    assert_eq!(store.red_hat_products(RedHatProducts::Image("image-x86_64")).unwrap(), [3]);
    assert_eq!(store.red_hat_products(RedHatProducts::Image("base")).unwrap(), [0; 0]);
    assert_eq!(store.advisory_buckets().collect::<Vec<_>>(), ["debian 12", "npm::A", "npm::B", "npmx::C"]);
    assert_eq!(store.packages("npm::A").map(Result::unwrap).collect::<Vec<_>>(), ["one"]);
    assert_eq!(store.vulnerability_ids().map(Result::unwrap).collect::<Vec<_>>(), ["CVE-1", "CVE-6"]);
}

#[test]
fn details_have_what_is_known_of_exploitation() {
    let store = Store::from_bytes("memory", small().into(), Metadata { schema: 2, ..Metadata::default() }).unwrap();
    let detail = store.vulnerability("CVE-1").unwrap().unwrap().detail;
    assert_eq!((detail.title.as_str(), detail.ratings.len()), ("t", 1));
    assert_eq!(detail.kev, Some(Kev { added: "2021-12-10".into(), due: None, ransomware: true }));
    assert_eq!(detail.epss, Some(Epss { score: 0.5, percentile: 0.75, date: "2026-01-01".into() }));
    assert!(store.vulnerability("CVE-2").unwrap().unwrap().detail.epss.is_some());
    assert!(store.vulnerability("CVE-9").unwrap().is_none());
    let error = store.vulnerability("CVE-6").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the vulnerability database `memory` is damaged: cannot read `CVE-6` in `vulnerability`: it is no JSON object"
    );
}

#[test]
fn a_report_can_say_how_fresh_it_is() {
    let folder = folder(&small(), METADATA);
    let store = Store::open(folder.path()).unwrap();
    let database = store.database();
    assert_eq!((database.kind, database.schema), (DatabaseKind::TrivyDb, 2));
    assert_eq!(database.updated_at.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(database.downloaded_at, None);
    let sources: Vec<_> =
        store.sources().iter().map(|source| (source.name.as_str(), source.newest.as_deref(), source.advisories)).collect();
    assert_eq!(sources, [("debian 12", None, None), ("npm::A", Some("2026-01-01T00:00:00Z"), Some(2))]);
    let metadata = Metadata::read(METADATA.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(metadata.write()).unwrap(), METADATA);
}

#[test]
fn a_database_that_cannot_be_used_says_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let lone = folder(&small(), METADATA);
    fs::remove_file(lone.path().join("db/metadata.json")).unwrap();
    let cut = small();
    let mut torn = small();
    torn[100_usize.min(cut.len())..].fill(0);
    for (folder, expected, hint) in [
        (empty, "there is no vulnerability database in", "db update"),
        (lone, "has no `metadata.json` beside it", "copy `metadata.json`"),
        (folder(&small(), r#"{"Version":3}"#), "has schema 3, and this build reads schema 2", "update probity"),
        (folder(&small(), r#"{"Version":1}"#), "has the outdated schema 1", "replace it"),
        (folder(b"", r#"{"Version":1}"#), "has the outdated schema 1", "replace it"),
        (folder(&small(), "{}"), "it has no `Version`", "replace it"),
        (folder(&small(), "{"), "EOF while parsing", "replace it"),
        (folder(&cut[..cut.len() - 1], METADATA), "the end is missing", "replace it"),
        (folder(&torn, METADATA), "is damaged: at byte ", "replace it"),
        (folder(b"", METADATA), "is damaged: at byte 0: the file is too short", "replace it"),
    ] {
        let error = Store::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.hint().contains(hint), "{expected}: {}", error.hint());
    }
    let odd = folder(&small(), METADATA);
    fs::remove_file(odd.path().join("db/trivy.db")).unwrap();
    fs::create_dir(odd.path().join("db/trivy.db")).unwrap();
    assert!(matches!(Store::open(odd.path()), Err(StoreError::Unreadable(_))));
}

#[test]
fn an_earlier_store_stands_and_later_ones_fill_its_gaps() {
    let store = Store::from_bytes("memory", small().into(), Metadata { schema: 2, ..Metadata::default() }).unwrap();
    let mut starter = MemoryStore::new(Database::default());
    for (package, id, json) in [
        ("one", "CVE-1", r#"{"FixedVersion":"9"}"#),
        ("one", "CVE-7", r#"{"FixedVersion":"9"}"#),
        ("one", "GHSA-1", r#"{"Aliases":["CVE-1"]}"#),
    ] {
        starter.add_advisory("debian 12", package, value::read_advisory(id, json.as_bytes()).unwrap());
    }
    let known = Kev { added: "2020-01-01".into(), ..Kev::default() };
    for id in ["CVE-1", "CVE-2"] {
        let mut vulnerability = Vulnerability::default();
        vulnerability.detail.title = "starter".into();
        vulnerability.detail.kev = Some(known.clone());
        starter.add_vulnerability(id, vulnerability);
    }
    let both = Layered::new(Box::new(store)).with(Box::new(starter));
    assert_eq!(both.database().kind, DatabaseKind::TrivyDb);
    assert_eq!(ids(&both, Bucket::Named("debian 12"), "one"), ["debian 12 CVE-1", "debian 12 CVE-7"]);
    let detail = both.vulnerability("CVE-1").unwrap().unwrap().detail;
    assert_eq!((detail.title.as_str(), detail.kev.unwrap().added.as_str()), ("t", "2021-12-10"));
    assert_eq!(both.vulnerability("CVE-2").unwrap().unwrap().detail.kev, Some(known));
}

#[test]
fn an_update_does_not_disturb_whoever_reads() {
    let folder = folder(&small(), METADATA);
    let path = folder.path().join("db/trivy.db");
    let store = Store::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            let store = &store;
            scope.spawn(move || {
                for _ in 0..50 {
                    assert_eq!(ids(store, Bucket::Ecosystem("npm"), "one").len(), 2);
                    assert!(store.vulnerability("CVE-1").unwrap().is_some());
                }
            });
        }
        let next = database(&[("npm::A/two/CVE-1", "{}")]);
        for _ in 0..5 {
            fs::write(path.with_extension("new"), &next).unwrap();
            fs::rename(path.with_extension("new"), &path).unwrap();
        }
    });
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(ids(&store, Bucket::Ecosystem("npm"), "two"), ["npm::A CVE-1"]);
}

/// A database that trivy-db's own tools made, where there is one.
#[test]
fn a_published_database_is_read() {
    let Some(folder) = std::env::var_os("PROBITY_TEST_DATABASE") else {
        println!("skipped: PROBITY_TEST_DATABASE does not name the folder of a database");
        return;
    };
    let store = Store::open(Path::new(&folder)).unwrap();
    let mut packages = 0;
    for name in store.advisory_buckets().map(str::to_owned).collect::<Vec<_>>() {
        for package in store.packages(&name) {
            let found = store.advisories(Bucket::Named(&name), &package.unwrap()).unwrap();
            assert_eq!(found.unreadable, [""; 0]);
            packages += 1;
        }
    }
    assert!(packages > 0);
    for id in store.vulnerability_ids() {
        assert!(store.vulnerability(&id.unwrap()).unwrap().is_some());
    }
    assert!(!store.knows(Bucket::Named(bucket::KEV)));
}
