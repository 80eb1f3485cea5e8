//! Archives that the `zip` crate wrote, and broken ones.

use super::*;
use ::zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};
use std::io::{Cursor, Write as _};

fn build(files: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, method) in files {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(*method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Names and contents, a line an entry; what goes wrong instead of it.
fn list_with(bytes: &[u8], budget: &ZipBudget) -> String {
    let archive = match Archive::open(bytes) {
        Ok(archive) => archive,
        Err(error) => return error.to_string(),
    };
    let mut out = Vec::new();
    for entry in archive.entries(budget) {
        match entry {
            Err(error) => out.push(error.to_string()),
            Ok(entry) => match archive.read(&entry, budget) {
                Ok(content) => out.push(format!("{}={}", entry.name, String::from_utf8_lossy(&content))),
                Err(error) => out.push(format!("{}: {error}", entry.name)),
            },
        }
    }
    out.join("; ")
}

fn list(bytes: &[u8]) -> String {
    list_with(bytes, &ZipBudget::default())
}

const STORED: CompressionMethod = CompressionMethod::Stored;
const DEFLATED: CompressionMethod = CompressionMethod::Deflated;

#[test]
fn stored_and_deflated_entries_are_read_in_order() {
    let long = "long ".repeat(100);
    let bytes = build(&[("a.txt", b"one", STORED), ("b/c.txt", long.as_bytes(), DEFLATED), ("empty", b"", DEFLATED)]);
    assert_eq!(list(&bytes), format!("a.txt=one; b/c.txt={long}; empty="));
    let archive = Archive::open(&bytes).unwrap();
    let budget = ZipBudget::default();
    let first = archive.entries(&budget).next().unwrap().unwrap();
    assert!(matches!(archive.read(&first, &budget), Ok(Cow::Borrowed(b"one"))));
    assert!(first.mode.is_some() && !first.is_folder());
    assert_eq!(list(&build(&[])), "");
}

#[test]
fn what_stands_before_and_after_is_passed_over() {
    let bytes = build(&[("a", b"one", STORED)]);
    let program = [&b"#!/bin/sh\nexec java -jar \"$0\"\n"[..], &bytes].concat();
    assert_eq!(list(&program), "a=one");
    assert_eq!(Archive::open(&program).unwrap().prefix_bytes(), 30);
    assert_eq!(list(&[&program[..], &[0; 500]].concat()), "a=one");
    // A tool that corrected the offsets for the prefix.
    let mut corrected = program.clone();
    let end = corrected.len() - END_BYTES;
    let directory = u32_at(&corrected, end + 16).unwrap() + 30;
    corrected[end + 16..end + 20].copy_from_slice(&directory.to_le_bytes());
    let entry = directory as usize;
    corrected[entry + 42..entry + 46].copy_from_slice(&30_u32.to_le_bytes());
    assert_eq!(list(&corrected), "a=one");
}

#[test]
fn zip64_sizes_and_counts_are_read() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("large", SimpleFileOptions::default().compression_method(STORED).large_file(true)).unwrap();
    writer.write_all(b"not really").unwrap();
    for number in 0..70_000 {
        writer.start_file(format!("{number}"), SimpleFileOptions::default().compression_method(STORED)).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    for bytes in [bytes.clone(), [&b"prefix"[..], &bytes].concat()] {
        let budget = ZipBudget::default();
        let archive = Archive::open(&bytes).unwrap();
        let entries: Vec<_> = archive.entries(&budget).map(Result::unwrap).collect();
        assert_eq!((entries.len(), archive.claimed_entries()), (70_001, 70_001));
        assert_eq!(*archive.read(&entries[0], &budget).unwrap(), *b"not really");
    }
}

#[test]
fn names_that_leave_the_archive_are_refused() {
    let path = |name: &str| {
        let entry = Entry { name: name.into(), size: 0, compressed: 0, mode: None, method: 0, flags: 0, crc: 0, header: 0 };
        entry.path().map_err(|error| error.to_string())
    };
    assert_eq!(path("a/./b//c").as_deref(), Ok("a/b/c"));
    assert_eq!(path("/etc/passwd").as_deref(), Ok("etc/passwd"));
    assert_eq!(path(r"lib\net8.0\a.dll").as_deref(), Ok("lib/net8.0/a.dll"));
    assert_eq!(path(r"a/b\c").as_deref(), Ok(r"a/b\c"));
    for bad in ["../x", "a/../../x", r"..\x", "", "./", "a\0b"] {
        assert!(path(bad).is_err(), "{bad:?}");
    }
    assert!(path(&"x".repeat(5000)).unwrap_err().len() < 200);
}

#[test]
fn limits_stop_reading_and_say_so() {
    let zeros = vec![0_u8; 20 << 20];
    let bomb = build(&[("zeros", &zeros, DEFLATED), ("b", b"x", STORED)]);
    assert_eq!(list(&bomb), "zeros: every compressed byte expands to more than 250; b=x");
    let bytes = build(&[("a", b"12345", STORED), ("b", b"12345", DEFLATED), ("c", b"1", STORED)]);
    let limit = |limits: ZipLimits| list_with(&bytes, &ZipBudget::new(limits));
    assert_eq!(limit(ZipLimits { entries: 1, ..ZipLimits::default() }), "a=12345; the archives have more than 1 entries");
    assert_eq!(limit(ZipLimits { bytes: 6, ..ZipLimits::default() }), "a=12345; b: the archives have more than 6 uncompressed bytes; c=1");
    assert_eq!(
        limit(ZipLimits { entry_bytes: 4, ..ZipLimits::default() }),
        "a: the entry has more than 4 uncompressed bytes; b: the entry has more than 4 uncompressed bytes; c=1"
    );
    let budget = ZipBudget::new(ZipLimits { depth: 2, ..ZipLimits::default() });
    let deep = budget.descend(|| budget.descend(|| ())).unwrap().unwrap_err();
    assert!(deep.is_limit(), "{deep}");
    assert!(budget.descend(|| ()).is_ok(), "the way back up is free");
}

#[test]
fn an_entry_that_is_not_what_the_directory_says_is_damaged() {
    let bytes = build(&[("name-a", b"12345", STORED), ("name-b", b"12345", DEFLATED)]);
    let with = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        list(&changed)
    };
    let directory = u32_at(&bytes, bytes.len() - END_BYTES + 16).unwrap() as usize;
    assert!(with(directory + 16, 0xee).starts_with("name-a: damaged zip archive: an entry has not the checksum"));
    assert!(with(directory + 24, 4).starts_with("name-a: damaged zip archive: an entry has not the size"));
    assert!(with(directory + 10, 97).starts_with("name-a: unknown compression method 97"));
    assert!(with(directory + 8, 1).starts_with("name-a: the entry is encrypted"));
    assert!(with(directory + 42, 9).starts_with("name-a: damaged zip archive: an entry's header"));
    assert!(with(directory + 44, 9).starts_with("name-a: damaged zip archive: an entry's data"));
    assert!(with(bytes.len() - END_BYTES + 10, 5).ends_with("not as many entries as the end record says"));
    assert_eq!(list(b"PK\x03\x04 and then nothing"), "not a zip archive, or its end is missing");
    assert!(list(&bytes[..bytes.len() - 1]).starts_with("not a zip"));
}

/// Every byte of a small archive changed, and every truncation: an answer, never a panic, and never more than the budget.
#[test]
fn any_bytes_give_an_answer() {
    let bytes = build(&[("a", b"12345", STORED), ("b/c", &[7; 400], DEFLATED)]);
    let mut changed = bytes.clone();
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let old = std::mem::replace(&mut changed[at], value);
            list(&changed);
            changed[at] = old;
        }
        list(&bytes[..at]);
        list(&bytes[at..]);
    }
    list(&vec![b'P'; 70_000]);
    list(&b"PK\x05\x06".repeat(20_000));
}

#[test]
fn zlib_streams_are_inflated_up_to_a_cap() {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&[b'x'; 1000]).unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(inflate_zlib(&bytes, 1000).unwrap(), [b'x'; 1000]);
    assert!(inflate_zlib(&bytes, 999).unwrap_err().is_limit());
    assert!(inflate_zlib(b"nothing", 999).is_err());
}
