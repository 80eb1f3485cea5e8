//! BoltDB files: one that bbolt wrote, ones that we write, damaged ones.
//!
//! `testdata/bbolt-1.5.db` was written by bbolt 1.5.0, cut behind its last page in use: buckets `npm::feed 000` to `npm::feed 029` but for `005`,
//! which was deleted in a second transaction, each with `package` → `CVE-1` → its number; `many` with 200 keys; `large` with a value of 9000
//! bytes; `void` with nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use probity_advisories::bolt::{Bolt, BoltError, Bucket, Content, Item, WriteError, Writer};
use std::{collections::BTreeMap, fs, io::Cursor, sync::Arc};

type Map = BTreeMap<Vec<u8>, Content>;

fn bbolt() -> Vec<u8> {
    include_bytes!("../testdata/bbolt-1.5.db").to_vec()
}

fn open(bytes: &[u8]) -> Result<Bolt, BoltError> {
    Bolt::from_bytes(Arc::from(bytes))
}

fn write(content: &Map) -> Vec<u8> {
    let mut writer = Writer::new(Cursor::new(Vec::new())).unwrap();
    writer.put_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Everything in a bucket, with an end to nesting.
fn read(bolt: &Bolt, bucket: &Bucket, depth: usize) -> Result<Map, BoltError> {
    let mut map = Map::new();
    for item in bolt.items(bucket) {
        let content = match item.as_ref().map(|(key, item)| (key.to_vec(), item)) {
            Ok((key, Item::Value(value))) => (key, Content::Value(value.to_vec())),
            Ok((key, Item::Bucket(inner))) => (key, Content::Bucket(if depth == 0 { Map::new() } else { read(bolt, inner, depth - 1)? })),
            Err(_) => return Err(item.unwrap_err()),
        };
        map.insert(content.0, content.1);
    }
    Ok(map)
}

fn read_all(bytes: &[u8]) -> Result<Map, BoltError> {
    let bolt = open(bytes)?;
    read(&bolt, &bolt.root(), 4)
}

fn value(text: &str) -> Content {
    Content::Value(text.as_bytes().to_vec())
}

fn bucket<const N: usize>(items: [(&str, Content); N]) -> Content {
    Content::Bucket(items.into_iter().map(|(key, content)| (key.as_bytes().to_vec(), content)).collect())
}

fn bbolt_content() -> Map {
    let mut map = Map::new();
    for number in (0..30).filter(|number| *number != 5) {
        map.insert(format!("npm::feed {number:03}").into(), bucket([("package", bucket([("CVE-1", value(&number.to_string()))]))]));
    }
    let many = (0..200_u32).map(|number| (format!("key {number:05}").into(), value(&format!("value {}", number * number)))).collect();
    map.insert("many".into(), Content::Bucket(many));
    map.insert("large".into(), bucket([("a", value("small")), ("b", value(&"0123456789".repeat(900))), ("c", value(""))]));
    map.insert("void".into(), bucket([]));
    map
}

#[test]
fn what_bbolt_wrote_is_read() {
    assert_eq!(read_all(&bbolt()).unwrap(), bbolt_content());
}

#[test]
fn keys_are_found_and_walks_start_where_asked() {
    for bytes in [bbolt(), write(&bbolt_content())] {
        let bolt = open(&bytes).unwrap();
        let many = bolt.bucket(&bolt.root(), b"many").unwrap().unwrap();
        for number in 0..200_u32 {
            let key = format!("key {number:05}");
            let found = bolt.value(&many, key.as_bytes()).unwrap().unwrap();
            assert_eq!(&*found, format!("value {}", number * number).as_bytes());
            let next: Vec<u8> =
                bolt.items_from(&many, format!("{key}a").as_bytes()).next().map(|i| i.unwrap().0.to_vec()).unwrap_or_default();
            let expected = if number == 199 { String::new() } else { format!("key {:05}", number + 1) };
            assert_eq!(String::from_utf8(next).unwrap(), expected);
        }
        for missing in ["", "key", "key 00000a", "z"] {
            assert!(bolt.get(&many, missing.as_bytes()).unwrap().is_none(), "{missing}");
        }
        assert!(bolt.value(&bolt.root(), b"many").unwrap().is_none());
        assert!(bolt.bucket(&many, b"key 00000").unwrap().is_none());
        assert_eq!(bolt.items_from(&bolt.root(), b"npm::").take_while(|i| i.as_ref().unwrap().0.starts_with(b"npm::")).count(), 29);
    }
}

#[test]
fn what_we_write_is_read_again_and_always_the_same() {
    let large = Content::Value((0..300_000_u32).flat_map(u32::to_le_bytes).collect());
    let deep: Map = (0..3000_u32)
        .map(|n| {
            (
                format!("{n:06}{}", "k".repeat(n as usize % 500)).into(),
                bucket([("p", bucket([("v", value(&"x".repeat(n as usize % 2000)))]))]),
            )
        })
        .collect();
    for content in [
        Map::new(),
        bbolt_content(),
        Map::from([(b"big".to_vec(), Content::Bucket(Map::from([(vec![b'k'; 32768], large.clone()), (vec![b'l'; 32768], large)])))]),
        Map::from([(b"deep".to_vec(), Content::Bucket(deep))]),
    ] {
        let bytes = write(&content);
        assert_eq!(bytes, write(&content));
        assert!(read_all(&bytes).unwrap() == content);
    }
}

#[test]
fn what_cannot_be_written_is_said() {
    let writer = || {
        let mut writer = Writer::new(Cursor::new(Vec::new())).unwrap();
        writer.open_bucket(b"b").unwrap();
        writer
    };
    let mut one = writer();
    one.put(b"2", b"").unwrap();
    assert!(matches!(one.put(b"1", b""), Err(WriteError::Order(key)) if key == "1"));
    assert!(matches!(one.put(b"2", b""), Err(WriteError::Order(_))));
    assert!(matches!(one.put(b"", b""), Err(WriteError::Key(_))));
    assert!(matches!(one.put(&vec![b'3'; 32769], b""), Err(WriteError::Key(_))));
    one.close_bucket().unwrap();
    assert!(matches!(one.close_bucket(), Err(WriteError::Nesting)));
    assert!(matches!(one.put(b"c", b""), Err(WriteError::Nesting)));
    let mut two = writer();
    assert!((0..20).any(|_| matches!(two.open_bucket(b"b"), Err(WriteError::Nesting))));
}

#[test]
fn the_newer_valid_state_counts() {
    let good = bbolt();
    for meta in [0, 4096] {
        let mut bytes = good.clone();
        bytes[meta + 16 + 20] ^= 1;
        // Either state alone is a database; the older one still has the bucket that was deleted, or the pages of one.
        assert!(open(&bytes).is_ok());
    }
    let mut bytes = good;
    bytes[16] ^= 1;
    bytes[4096 + 16] ^= 1;
    assert_eq!(open(&bytes).unwrap_err().to_string(), "at byte 0: this is no BoltDB file");
}

#[test]
fn files_without_an_end_are_refused_at_once() {
    let bytes = bbolt();
    for length in (0..bytes.len()).step_by(509) {
        assert!(open(&bytes[..length]).is_err(), "{length}");
    }
    let error = open(&bytes[..bytes.len() - 1]).unwrap_err().to_string();
    assert!(error.ends_with("the end is missing"), "{error}");
}

/// Whatever is changed: an answer or an error that names a place, within a bounded time.
#[test]
fn damage_is_an_error_never_a_panic() {
    let content = Map::from([
        (b"a".to_vec(), bucket([("p", bucket([("v", value("1"))])), ("q", value(&"2".repeat(1500)))])),
        (b"b".to_vec(), Content::Bucket((0..300_u32).map(|n| (format!("{n:05}").into(), value("some text"))).collect())),
    ]);
    let good = write(&content);
    let mut errors = 0;
    for at in 0..good.len() {
        // Headers and elements of every page, and a sample of the rest.
        if at % 4096 > 100 && at % 31 != 0 {
            continue;
        }
        for change in [0xff, 0x01] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            errors += usize::from(read_all(&bytes).is_err());
        }
    }
    assert!(errors > 150, "{errors}");
}

#[test]
fn cycles_end() {
    let many: Map = (0..3000_u32).map(|n| (format!("{n:05}").into(), value("some text"))).collect();
    let good = write(&Map::from([(b"b".to_vec(), Content::Bucket(many))]));
    let branch = good.chunks(4096).position(|page| page[8] == 1).unwrap();
    let children = u16::from_le_bytes([good[branch * 4096 + 10], good[branch * 4096 + 11]]) as usize;
    let child = |at: usize| branch * 4096 + 16 + at * 16 + 8;
    // A branch that is its own child, and one that has the same child everywhere.
    for (first, target) in [(0, branch as u64), (children / 2, branch as u64), (1, 3)] {
        let mut bytes = good.clone();
        for at in first..children {
            bytes[child(at)..child(at) + 8].copy_from_slice(&target.to_le_bytes());
        }
        let error = read_all(&bytes).unwrap_err().to_string();
        assert!(error.starts_with("at byte "), "{error}");
        let bolt = open(&bytes).unwrap();
        let bucket = bolt.bucket(&bolt.root(), b"b").unwrap().unwrap();
        for number in 0..3000 {
            // Some keys are still found; none is searched for without an end.
            let _ = bolt.get(&bucket, format!("{number:05}").as_bytes());
        }
    }
}

#[test]
fn many_threads_read_at_once() {
    let content = Map::from([(
        b"b".to_vec(),
        Content::Bucket((0..5000_u32).map(|n| (format!("{n:05}").into(), value(&format!("{n} {}", "x".repeat(200))))).collect()),
    )]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.db");
    fs::write(&path, write(&content)).unwrap();
    let bolt = Bolt::open(probity_vfs::StoredFile::open(&path).unwrap()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..32_u32 {
            let bolt = &bolt;
            scope.spawn(move || {
                let bucket = bolt.bucket(&bolt.root(), b"b").unwrap().unwrap();
                for step in 0..500 {
                    let number = (thread * 7919 + step * 104_729) % 5000;
                    let found = bolt.value(&bucket, format!("{number:05}").as_bytes()).unwrap().unwrap();
                    assert!(found.starts_with(format!("{number} x").as_bytes()));
                }
            });
        }
    });
}
