//! Databases in all three formats; how they were made is in `testdata`.

use super::*;
use crate::testing::{check, check_together, robust};

const SQLITE: &[u8] = include_bytes!("testdata/rpmdb.sqlite");
const UTF16: &[u8] = include_bytes!("testdata/utf16.sqlite");
const BERKELEY: &[u8] = include_bytes!("testdata/Packages");
const BIG_ENDIAN: &[u8] = include_bytes!("testdata/Packages-big-endian");
const NDB: &[u8] = include_bytes!("testdata/Packages.db");

const ALPHA: &str = "rpm alpha 1.2.3-4.el9 noarch from alpha@1.2.3-4.el9 [MIT] id alpha@1.2.3-4.el9.noarch -> beta@2.0~rc1-1.noarch (md5:";
const BETA: &str = "rpm beta 2:2.0~rc1-1 noarch from beta@2:2.0~rc1-1 [GPL-2.0-or-later AND MIT] id beta@2.0~rc1-1.noarch (md5:";
const GAMMA: &str =
    "rpm gamma 0.1-1 noarch from gamma@0.1-1 [Apache-2.0] id gamma@0.1-1.noarch -> alpha@1.2.3-4.el9.noarch, beta@2.0~rc1-1.noarch (md5:";
const DELTA: &str = "rpm delta-tools 10-7 noarch from delta-tools@10-7 [BSD] id delta-tools@10-7.noarch (md5:";

fn read(path: &str, bytes: &[u8]) -> (Facts, String) {
    use probity_model::analyzer::{Analyzer as _, FileMeta};
    let mut facts = Facts::default();
    let file = File { path, meta: FileMeta { size: bytes.len() as u64, ..FileMeta::default() }, bytes };
    let error = DATABASE.analyze(&file, &mut facts).err().map_or_else(String::new, |error| error.to_string());
    (facts, error)
}

#[test]
fn all_formats_say_the_same() {
    let cases = [
        ("var/lib/rpm/rpmdb.sqlite", SQLITE),
        ("usr/share/rpm/rpmdb.sqlite", UTF16),
        ("var/lib/rpm/Packages", BERKELEY),
        ("var/lib/rpm/Packages", BIG_ENDIAN),
        ("usr/lib/sysimage/rpm/Packages.db", NDB),
        // Told by its content, not by its name.
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", NDB),
    ];
    for (path, bytes) in cases {
        let (mut facts, error) = read(path, bytes);
        assert_eq!(error, "", "{path}");
        facts.sort();
        let text = crate::testing::render(&facts);
        let lines: Vec<&str> = text.lines().collect();
        for (line, start) in lines.iter().zip([ALPHA, BETA, DELTA, GAMMA]) {
            assert!(line.starts_with(start), "{path}: {line}");
        }
        let beta = &facts.packages[1];
        assert_eq!(beta.maintainer.as_deref(), Some("Example Builders"));
        assert_eq!(beta.modularity.as_deref(), Some("sample:1:2024:abcd"));
        assert_eq!(facts.packages.len(), 4);
    }
}

#[test]
fn files_and_their_digests() {
    let (facts, _) = read("var/lib/rpm/Packages", BERKELEY);
    let alpha = facts.packages.iter().find(|package| package.name == "alpha").unwrap();
    let files: Vec<String> = alpha
        .files
        .iter()
        .map(|file| format!("{} {}", file.path, file.digest.as_deref().unwrap_or("-").get(..14).unwrap_or("-")))
        .collect();
    assert_eq!(
        files,
        [
            "etc/alpha/alpha.conf sha256:98752ee",
            "usr/bin/alpha sha256:a8076d3",
            "usr/share/alpha -",
            "usr/share/alpha/data sha256:a47c07a",
            "usr/share/alpha/link -",
        ]
    );
    let mut facts = facts;
    crate::settle(&mut facts);
    assert!(facts.owned_files.iter().any(|path| &**path == "usr/share/delta-tools/f24"));
}

#[test]
fn what_was_read_before_the_damage_stays() {
    let cases: [(&[u8], usize, &str); 3] =
        [(BERKELEY, 3, "is cut off"), (NDB, 3, "header of package 4 is damaged"), (SQLITE, 0, "behind the end of the file")];
    for (bytes, least, expected) in cases {
        let (facts, error) = read("var/lib/rpm/Packages", &bytes[..bytes.len() - 2048]);
        assert!(error.contains(expected), "{error}");
        assert!(facts.packages.len() >= least, "{} packages: {error}", facts.packages.len());
    }
    check(&DATABASE, "var/lib/rpm/Packages", b"", "error: the database is empty: what is installed is not known");
    check(&DATABASE, "var/lib/rpm/Packages", b"text", "error: is no database of rpm that this build knows");
}

/// A header with these texts; `files` are `(folder, name)`.
fn header(values: &[(u32, &str)], files: &[(u32, &str)], folders: &[&str]) -> Vec<u8> {
    let mut index = Vec::new();
    let mut data = Vec::new();
    let mut entry = |tag: u32, kind: u32, count: usize, bytes: &[u8]| {
        for number in [tag, kind, u32::try_from(data.len()).unwrap(), u32::try_from(count).unwrap()] {
            index.extend(number.to_be_bytes());
        }
        data.extend(bytes);
    };
    for (tag, value) in values {
        entry(*tag, 6, 1, format!("{value}\0").as_bytes());
    }
    let texts = |texts: &[&str]| texts.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect::<Vec<u8>>();
    entry(1117, 8, files.len(), &texts(&files.iter().map(|(_, name)| *name).collect::<Vec<_>>()));
    entry(1118, 8, folders.len(), &texts(folders));
    entry(1116, 4, files.len(), &files.iter().flat_map(|(folder, _)| folder.to_be_bytes()).collect::<Vec<_>>());
    let counts = [u32::try_from(index.len() / 16).unwrap(), u32::try_from(data.len()).unwrap()];
    [counts.map(u32::to_be_bytes).concat(), index, data].concat()
}

/// An `ndb` file of these headers.
fn ndb(headers: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0; PAGE];
    file[..4].copy_from_slice(b"RpmP");
    file[12..16].copy_from_slice(&1_u32.to_le_bytes());
    for slot in file.chunks_mut(16).skip(2) {
        slot[..4].copy_from_slice(b"Slot");
    }
    for (number, header) in (1_u32..).zip(headers) {
        let start = u32::try_from(file.len() / 16).unwrap();
        file.extend(b"BlbS");
        file.extend([number, 0, u32::try_from(header.len()).unwrap()].map(u32::to_le_bytes).concat());
        file.extend(header);
        file.resize(file.len().next_multiple_of(16) + 16, 0);
        let blocks = u32::try_from(file.len() / 16).unwrap() - start;
        let slot = 16 + 16 * usize::try_from(number).unwrap();
        file[slot + 4..slot + 16].copy_from_slice(&[number, start, blocks].map(u32::to_le_bytes).concat());
    }
    file
}

const PAGE: usize = 4096;

#[test]
fn odd_headers() {
    let named = |name| vec![(1000, name), (1001, "1"), (1002, "2")];
    let with = |name, more: &[(u32, &'static str)]| header(&[named(name), more.to_vec()].concat(), &[], &[]);
    check(
        &DATABASE,
        "var/lib/rpm/Packages.db",
        &ndb(&[
            with("gpg-pubkey", &[]),
            with("no-source", &[(1044, "(none)"), (1014, "(none)")]),
            with("odd-source", &[(1044, "src.rpm")]),
            with("dashes", &[(1044, "a-b-c-1.0-3.fc40.nosrc.rpm"), (1022, "aarch64")]),
            header(&[(1000, "no-version")], &[], &[]),
            header(&named("lost"), &[(7, "x")], &["/usr/"]),
            with("again", &[(1000, "again2")]),
        ]),
        "rpm no-source 1-2 - id no-source@1-2
         rpm odd-source 1-2 - id odd-source@1-2
         rpm dashes 1-2 aarch64 from a-b-c@1.0-3.fc40 id dashes@1-2.aarch64
         rpm lost 1-2 - id lost@1-2
         rpm again2 1-2 - id again2@1-2
         error: `no-version` has no version or no release (and 1 more)",
    );
}

#[test]
fn folders_that_repeat_end() {
    let folder = format!("/{}/", "x".repeat(4000));
    let names: Vec<(u32, &str)> = vec![(0, "f"); 200_000];
    let hostile = header(&[(1000, "wide"), (1001, "1"), (1002, "1")], &names, &[&folder]);
    let (facts, error) = read("var/lib/rpm/Packages.db", &ndb(&[hostile]));
    assert_eq!(error, "`wide`: the lists of files are too long; the rest of them is left out");
    assert_eq!(facts.packages.len(), 1);
}

#[test]
fn a_log_with_transactions_is_said() {
    check_together(&[("var/lib/rpm/rpmdb.sqlite-wal", b"")], "");
    let mut log = vec![0; 100];
    log[16..24].copy_from_slice(b"saltsalt");
    check_together(&[("var/lib/rpm/rpmdb.sqlite-wal", &log)], "");
    log[40..48].copy_from_slice(b"saltsalt");
    check_together(
        &[("var/lib/rpm/rpmdb.sqlite-wal", &log)],
        "diagnostic Warning the database of packages has transactions that were not written into it, and packages of these may be missing
         error var/lib/rpm/rpmdb.sqlite-wal: the database of packages has transactions that were not written into it, and packages of these may be missing",
    );
}

#[test]
fn manifests_of_images_without_a_database() {
    check(
        &MANIFEST,
        "var/lib/rpmmanifest/container-manifest-2",
        b"filesystem\t1.1-9.cm2\t1653816591\t1653628924\tExample Corporation\t(none)\t7596\tx86_64\t0\tfilesystem-1.1-9.cm2.src.rpm\n\
          libs\t2.0-1.cm2\t1\t1\tExample Corporation\t3\t7596\tx86_64\t3\ttools-2.0-1.cm2.src.rpm\n\
          gpg-pubkey\t1-2\t1\t1\t(none)\t(none)\t0\t(none)\t0\t(none)\n\
          cut\t1-2\n",
        "rpm filesystem 1.1-9.cm2 x86_64 from filesystem@1.1-9.cm2 @1 id filesystem@1.1-9.cm2.x86_64
         rpm libs 3:2.0-1.cm2 x86_64 from tools@3:2.0-1.cm2 @2 id libs@2.0-1.cm2.x86_64
         error line 4: 2 fields of 10",
    );
}

#[test]
fn never_panics() {
    for sample in [SQLITE, BERKELEY, NDB] {
        robust(&DATABASE, "var/lib/rpm/Packages", sample);
    }
    robust(&DATABASE, "var/lib/rpm/Packages", &ndb(&[header(&[(1000, "a"), (1001, "1"), (1002, "1")], &[(0, "f")], &["/usr/"])]));
    robust(&MANIFEST, "var/lib/rpmmanifest/container-manifest-2", b"a\t1-2\t1\t1\tv\t(none)\t1\tx86_64\t0\ta-1-2.src.rpm\n");
    robust(&LOG, "var/lib/rpm/rpmdb.sqlite-wal", &[1; 60]);
}
