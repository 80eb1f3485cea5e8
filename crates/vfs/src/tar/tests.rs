//! Archives written byte by byte, so that every dialect and every kind of damage is under control.

use super::*;
use std::fmt::Write as _;

/// A ustar header with a right checksum, changed by `edit` before that is computed.
fn header(path: &str, flag: u8, size: u64, edit: impl FnOnce(&mut [u8; BLOCK])) -> Vec<u8> {
    let mut block = [0; BLOCK];
    block[..path.len()].copy_from_slice(path.as_bytes());
    block[100..108].copy_from_slice(b"0004755\0");
    block[108..116].copy_from_slice(b"0001750\0");
    block[116..124].copy_from_slice(b"0000144\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    edit(&mut block);
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block.to_vec()
}

fn plain(path: &str, flag: u8, content: &[u8]) -> Vec<u8> {
    [header(path, flag, content.len() as u64, |_| {}), filled(content)].concat()
}

fn filled(content: &[u8]) -> Vec<u8> {
    let mut out = content.to_vec();
    out.resize(content.len().next_multiple_of(BLOCK), 0);
    out
}

fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        body.extend_from_slice(format!("{length} {key}=").as_bytes());
        body.extend_from_slice(value);
        body.push(b'\n');
    }
    plain("PaxHeaders/x", b'x', &body)
}

fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

/// Lists an archive, with content; the last line is how it ended.
fn list(archive: &[u8]) -> String {
    let mut tar = Tar::new(archive, 1 << 20);
    let mut out = String::new();
    loop {
        match tar.next_entry() {
            Ok(Some(TarEntry { header, mut content })) => {
                let mut bytes = Vec::new();
                let read = content.read_to_end(&mut bytes);
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).replace('\0', ".");
                let state = read.map_or_else(|e| format!(" !{e}"), |_| String::new());
                let link = if header.link.is_empty() { String::new() } else { format!(" -> {}", header.link) };
                writeln!(out, "{:?} {}{link} {}{state} {text}", header.kind, header.path, header.size).unwrap();
            }
            Ok(None) => {
                writeln!(out, "{}", if tar.has_end_marker() { "end" } else { "no end marker" }).unwrap();
                return out;
            }
            Err(error) => {
                writeln!(out, "{error}").unwrap();
                assert!(matches!(tar.next_entry(), Ok(None)), "nothing after an error");
                return out;
            }
        }
    }
}

fn check(parts: &[Vec<u8>], expected: &str) {
    let archive = parts.concat();
    assert_eq!(list(&archive).trim_end(), expected.trim());
}

#[test]
fn plain_entries() {
    check(
        &[
            plain("./a/", b'5', b""),
            plain("./a/b", b'0', b"hello"),
            plain("v7", 0, b"x"),
            plain("v7dir/", 0, b""),
            header("link", b'2', 0, |b| b[157..163].copy_from_slice(b"../a/b")),
            header("hard", b'1', 0, |b| b[157..162].copy_from_slice(b"./a/b")),
            plain("dev", b'3', b""),
            plain("strange", b'Q', b"is a file"),
            end(),
        ],
        "Folder a 0 \nFile a/b 5 hello\nFile v7 1 x\nFolder v7dir 0 \nSymlink link -> ../a/b 0 \nHardLink hard -> a/b 0 \nSpecial dev 0 \nFile strange 9 is a file\nend",
    );
}

#[test]
fn metadata() {
    let caps = b"\x01\x00\x00\x02\x00\x20\x00\x00";
    let archive = [pax(&[("SCHILY.xattr.security.capability", caps), ("uid", b"4000000000")]), plain("ping", b'0', b"elf"), end()].concat();
    let mut tar = Tar::new(archive.as_slice(), 10);
    let entry = tar.next_entry().unwrap().unwrap();
    assert_eq!((entry.header.mode, entry.header.uid, entry.header.gid), (0o4755, 4_000_000_000, 0o144));
    assert_eq!(entry.header.capability.as_deref(), Some(&caps[..]));
    assert_eq!(entry.header.offset, 3 * BLOCK as u64);
}

#[test]
fn long_names_and_links() {
    let long = "d/".repeat(100) + "file";
    let gnu = |flag, text: &str| plain("././@LongLink", flag, &[text.as_bytes(), b"\0"].concat());
    let expected = format!("File {long} 1 1\nSymlink s -> {long} 0 \nFile {long} 1 2\nFile pre/fix/name 1 3\nend");
    check(
        &[
            gnu(b'L', &long),
            plain("short", b'0', b"1"),
            gnu(b'K', &long),
            plain("s", b'2', b""),
            pax(&[("path", long.as_bytes())]),
            plain("short", b'0', b"2"),
            [header("name", b'0', 1, |b| b[345..352].copy_from_slice(b"pre/fix")), filled(b"3")].concat(),
            end(),
        ],
        &expected,
    );
}

#[test]
fn numbers_in_base_256() {
    assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 1, 0]), Some(256));
    assert_eq!(number(&[0xff; 12]), Some(-1));
    assert_eq!(number(&[0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None, "more than 63 bits");
    assert_eq!(number(b"  17 \0"), Some(15));
    assert_eq!(number(b"\0\0\0\0"), Some(0));
    assert_eq!(number(b"18\0"), None);
    assert_eq!(number(b"777777777777"), Some(0o777777777777));
    assert_eq!(number(b""), None);
    let size = |bytes: [u8; 12]| header("f", b'0', 0, |b| b[124..136].copy_from_slice(&bytes));
    check(&[[size([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]), filled(b"abc")].concat(), end()], "File f 3 abc\nend");
    check(&[size([0xff; 12])], "the archive is damaged at byte 512: a size is negative");
}

#[test]
fn a_file_that_claims_8_eib_is_truncated_and_takes_no_memory() {
    let size = [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    check(
        &[header("huge", b'0', 0, |b| b[124..136].copy_from_slice(&size)), end()],
        "File huge 9223372036854775807 !the archive ends in the middle of the file ........................................\nthe archive ends in the middle of an entry, after 1536 bytes",
    );
    let mut tar = Tar::new(&b""[..], 1);
    assert!(tar.next_entry().unwrap().is_none());
}

#[test]
fn sizes_of_entries_without_content_are_not_believed() {
    check(
        &[header("l", b'2', 512, |b| b[157] = b'x'), header("d/", b'5', 512, |_| {}), plain("f", b'0', b"1"), end()],
        "Symlink l -> x 0 \nFolder d 0 \nFile f 1 1\nend",
    );
}

#[test]
fn a_pax_size_wins_over_the_header() {
    let inner = plain("hidden", b'0', b"");
    check(
        &[pax(&[("size", b"512")]), header("outer", b'0', 0, |_| {}), inner, end()],
        "File outer 512 hidden..................................\nend",
    );
}

#[test]
fn global_headers_change_nothing() {
    let mut global = pax(&[("path", b"elsewhere")]);
    global.splice(..BLOCK, header("g", b'g', 18, |_| {}));
    check(&[global, plain("f", b'0', b"1"), end()], "File f 1 1\nend");
}

#[test]
fn ends() {
    check(&[plain("f", b'0', b"1")], "File f 1 1\nno end marker");
    check(&[plain("f", b'0', b"1"), vec![0; BLOCK]], "File f 1 1\nno end marker");
    check(&[plain("f", b'0', b"1"), end(), plain("g", b'0', b"1")], "File f 1 1\nend");
    check(
        &[plain("f", b'0', b"1"), vec![0; BLOCK], plain("g", b'0', b"1")],
        "File f 1 1\nthe archive is damaged at byte 2048: there is data after an empty block",
    );
    let unfilled = [header("f", b'0', 3, |_| {}), b"abc".to_vec()].concat();
    check(&[unfilled], "File f 3 abc\nno end marker");
    check(&[], "no end marker");
}

#[test]
fn truncation_at_every_byte_is_noticed_and_harmless() {
    let archive = [pax(&[("path", b"long/name")]), plain("x", b'0', b"some content"), plain("y", b'0', b"2"), end()].concat();
    let whole = list(&archive);
    for length in 0..archive.len() {
        let got = list(&archive[..length]);
        assert_ne!(got, whole, "cut to {length} of {}", archive.len());
    }
}

#[test]
fn random_damage_never_panics() {
    let archive = [
        pax(&[("path", b"n"), ("GNU.sparse.map", b"0,1,4,1"), ("GNU.sparse.size", b"9")]),
        plain("x", b'0', b"ab"),
        old_sparse(&[(2, 2)], 8, b"ab"),
        plain("y", b'0', b"2"),
        end(),
    ]
    .concat();
    let mut state = 1_u32;
    for _ in 0..20_000 {
        let mut copy = archive.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = state as usize % copy.len();
            copy[at] = state.to_be_bytes()[1];
            // With the checksum mended, damage reaches what is behind it.
            let start = at / BLOCK * BLOCK;
            let block: &mut [u8; BLOCK] = (&mut copy[start..start + BLOCK]).try_into().unwrap();
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        list(&copy);
    }
}

#[test]
fn damage_is_said() {
    check(&[vec![b'x'; BLOCK]], "the archive is damaged at byte 512: the checksum of a header is wrong");
    check(&[pax(&[("path", b"a\0b")]), plain("f", b'0', b""), end()], "the archive is damaged at byte 524: a name contains a NUL byte");
    check(&[header("h", b'x', 2 << 20, |_| {})], "the archive is damaged at byte 512: an extension header is larger than 1 MiB");
    check(&[pax(&[("path", b"a")]), end()], "the archive ends in the middle of an entry, after 2048 bytes");
}

/// A 12-byte number, in base 256 where octal text has no room.
fn wide(number: u64) -> [u8; 12] {
    let mut out = [0; 12];
    if number < 1 << 33 {
        out.copy_from_slice(format!("{number:011o}\0").as_bytes());
    } else {
        out[0] = 0x80;
        out[4..].copy_from_slice(&number.to_be_bytes());
    }
    out
}

fn old_sparse(parts: &[(u64, u64)], size: u64, content: &[u8]) -> Vec<u8> {
    let (first, rest) = parts.split_at(parts.len().min(4));
    let write = |block: &mut [u8], parts: &[(u64, u64)]| {
        for (at, (offset, length)) in parts.iter().enumerate() {
            block[at * 24..][..12].copy_from_slice(&wide(*offset));
            block[at * 24 + 12..][..12].copy_from_slice(&wide(*length));
        }
    };
    let mut out = header("sparse", b'S', content.len() as u64, |b| {
        b[257..265].copy_from_slice(b"ustar  \0");
        write(&mut b[386..482], first);
        b[482] = u8::from(!rest.is_empty());
        b[483..495].copy_from_slice(&wide(size));
    });
    for (at, chunk) in rest.chunks(21).enumerate() {
        let mut block = [0; BLOCK];
        write(&mut block, chunk);
        block[504] = u8::from((at + 1) * 21 < rest.len());
        out.extend_from_slice(&block);
    }
    out.extend(filled(content));
    out
}

type Record = (&'static str, &'static [u8]);

#[test]
fn sparse_files_of_every_format() {
    check(&[old_sparse(&[(2, 2), (6, 1)], 8, b"abc"), plain("f", b'0', b"1"), end()], "File sparse 8 ..ab..c.\nFile f 1 1\nend");
    let many: Vec<(u64, u64)> = (0..30).map(|n| (2 * n, 1)).collect();
    check(&[old_sparse(&many, 60, &[b'x'; 30]), end()], &format!("File sparse 60 {}\nend", "x.".repeat(20)));
    let (name, size): (Record, Record) = (("GNU.sparse.name", b"real"), ("GNU.sparse.size", b"6"));
    check(&[pax(&[name, size, ("GNU.sparse.map", b"1,2,5,1")]), plain("x", b'0', b"abc"), end()], "File real 6 .ab..c\nend");
    let pairs: [Record; 4] =
        [("GNU.sparse.offset", b"1"), ("GNU.sparse.numbytes", b"2"), ("GNU.sparse.offset", b"5"), ("GNU.sparse.numbytes", b"1")];
    check(&[pax(&[&[name, size], &pairs[..]].concat()), plain("x", b'0', b"abc"), end()], "File real 6 .ab..c\nend");
    let real: Record = ("GNU.sparse.realsize", b"6");
    let content = [filled(b"2\n1\n2\n5\n1\n"), b"abc".to_vec()].concat();
    check(
        &[pax(&[name, real, ("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0")]), plain("x", b'0', &content), end()],
        "File real 6 .ab..c\nend",
    );
}

#[test]
fn a_sparse_map_must_fit_its_file() {
    for (parts, size, content) in
        [(vec![(4, 2), (0, 2)], 8, 4), (vec![(0, 2)], 1, 2), (vec![(0, 2)], 8, 3), (vec![(1, 1 << 62), (1 << 62, 1 << 62)], 8, 1)]
    {
        let text = list(&old_sparse(&parts, size, &vec![b'x'; content]));
        assert!(text.contains("damaged") && text.contains("sparse"), "{text}");
    }
}

#[test]
fn holes_count_towards_the_file_limit() {
    let text = list(&[old_sparse(&[(1 << 40, 1)], 1 << 41, b"x"), plain("f", b'0', b"1"), end()].concat());
    assert!(text.contains("the file has more than 1048576 bytes") && text.ends_with("File f 1 1\nend\n"), "{text}");
}

#[test]
fn archives_of_the_tar_crate_are_read() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    let long = "x/".repeat(80);
    builder.append_data(&mut header, format!("{long}f"), &b"abc"[..]).unwrap();
    check(&[builder.into_inner().unwrap()], &format!("File {long}f 3 abc\nend"));
}
