//! What a file that was not searched may hold.
//!
//! A picture that is not searched hides nothing that a scanner of text would have found. A compressed dump of a database does: it is text once
//! somebody opens it. Between the two lie programs, compiled code and documents. Names decide first, because they say what something was made
//! for; the first bytes decide where a name says nothing (`backup.bin`).
//!
//! Missing: formats that are neither listed by name nor known by their first bytes count as opaque.

use super::skip::is_system_text;
use crate::text::{extension, file_name};
use probity_model::facts::UnsearchedKind;

/// Endings of databases, dumps, backups and tables of records.
const STORES: &[(&str, &str)] = &[
    ("accdb", "a database"),
    ("avro", "a file of records"),
    ("bak", "a backup"),
    ("bkp", "a backup"),
    ("bson", "a dump of a database"),
    ("db", "a database"),
    ("db3", "a database"),
    ("dbf", "a database"),
    ("dmp", "a dump"),
    ("dump", "a dump"),
    ("feather", "a file of records"),
    ("frm", "a database"),
    ("ibd", "a database"),
    ("kdb", "a password database"),
    ("kdbx", "a password database"),
    ("ldf", "a database"),
    ("ldif", "a dump of a directory"),
    ("mdb", "a database"),
    ("mdf", "a database"),
    ("myd", "a database"),
    ("ods", "a spreadsheet"),
    ("orc", "a file of records"),
    ("parquet", "a file of records"),
    ("pcap", "recorded traffic"),
    ("pcapng", "recorded traffic"),
    ("pgdump", "a dump of a database"),
    ("pst", "a mailbox"),
    ("rdb", "a dump of a database"),
    ("sql", "a dump of a database"),
    ("sqlite", "an SQLite database"),
    ("sqlite3", "an SQLite database"),
    ("sqlitedb", "an SQLite database"),
    ("xls", "a spreadsheet"),
    ("xlsx", "a spreadsheet"),
];

/// Endings of archives that people make of their own files.
const ARCHIVES: &[&str] = &["7z", "ar", "cpio", "iso", "rar", "tar", "tbz", "tbz2", "tgz", "txz", "tzst", "zip", "qcow2", "vmdk", "img"];

/// Endings of one compressed file; what it is stands before them.
const COMPRESSED: &[&str] = &["br", "bz2", "gz", "lz4", "lzma", "lzo", "xz", "z", "zst"];

/// What is compressed for delivery or by an operating system: code of web pages, manuals, kernel modules, console fonts and key maps.
const DELIVERED: &[&str] = &[
    "css", "eot", "fw", "html", "htm", "ico", "info", "js", "ko", "ktx", "map", "md", "mjs", "pcf", "png", "ps", "psf", "psfu", "svg",
    "ttf", "wasm", "woff", "woff2", "xhtml",
];

/// Pictures, sound, fonts, translations: formats in which nobody keeps a password.
const HARMLESS: &[&str] = &[
    "afm", "avi", "avif", "bmp", "eot", "flac", "gif", "gmo", "hyb", "hyp", "icns", "ico", "jpeg", "jpg", "mkv", "mo", "mov", "mp3", "mp4",
    "ogg", "otf", "pfa", "pfb", "png", "po", "pot", "ppm", "psd", "svg", "tif", "tiff", "ttc", "ttf", "wav", "webm", "webp", "woff",
    "woff2", "xpm", // Compiled from sources that lie beside them.
    "pyc", "pyo", "elc",
];

/// State of package managers and of the system, which describes public software.
const SYSTEM: &[&str] = &[
    "etc/pki",
    "lib/firmware",
    "lib/modules",
    "usr/lib/firmware",
    "usr/lib/modules",
    "usr/lib/rpm",
    "usr/lib/sysimage",
    "usr/lib/udev",
    "var/cache/apk",
    "var/cache/apt",
    "var/cache/debconf",
    "var/cache/dnf",
    "var/cache/fontconfig",
    "var/cache/ldconfig",
    "var/cache/libdnf5",
    "var/cache/man",
    "var/cache/yum",
    "var/lib/apt",
    "var/lib/dnf",
    "var/lib/dpkg",
    "var/lib/mlocate",
    "var/lib/pacman",
    "var/lib/plocate",
    "var/lib/rpm",
    "var/lib/selinux",
    "var/lib/yum",
];

/// Folders of published libraries: what lies in them came from a registry.
const LIBRARIES: &[&str] = &["node_modules", "site-packages", "dist-packages", "gems", "vendor"];

/// What the first bytes say.
fn by_head(head: &[u8]) -> Option<(UnsearchedKind, &'static str)> {
    use UnsearchedKind::{Opaque, Store};
    const KNOWN: &[(&[u8], UnsearchedKind, &str)] = &[
        (b"SQLite format 3\0", Store, "an SQLite database"),
        (b"PGDMP", Store, "a dump of a database"),
        (b"REDIS0", Store, "a dump of a database"),
        (b"PAR1", Store, "a file of records"),
        (b"Obj\x01", Store, "a file of records"),
        (b"ORC", Store, "a file of records"),
        (b"\0\x01\0\0Standard Jet DB", Store, "a database"),
        (b"\0\x01\0\0Standard ACE DB", Store, "a database"),
        (b"\x03\xd9\xa2\x9a", Store, "a password database"),
        (b"!BDN", Store, "a mailbox"),
        (b"TAPE", Store, "a backup"),
        (b"PK\x03\x04", Store, "an archive"),
        (b"7z\xbc\xaf\x27\x1c", Store, "an archive"),
        (b"Rar!\x1a\x07", Store, "an archive"),
        (b"\x1f\x8b", Store, "a compressed file"),
        (b"BZh", Store, "a compressed file"),
        (b"\xfd7zXZ\0", Store, "a compressed file"),
        (b"\x28\xb5\x2f\xfd", Store, "a compressed file"),
        (b"\x04\x22\x4d\x18", Store, "a compressed file"),
        (b"\x7fELF", Opaque, "a program"),
        (b"MZ", Opaque, "a program"),
        (b"\xca\xfe\xba\xbe", Opaque, "compiled code"),
        (b"\0asm", Opaque, "compiled code"),
    ];
    let tar = head.get(257..262) == Some(b"ustar");
    KNOWN.iter().find(|(magic, ..)| head.starts_with(magic)).map(|(_, kind, what)| (*kind, *what)).or(tar.then_some((Store, "an archive")))
}

/// What a file that was not searched may hold; `None` when it is nothing that somebody would put there. `head` is its first bytes, or nothing
/// when they were not read.
pub fn unsearched(path: &str, head: &[u8]) -> Option<(UnsearchedKind, &'static str)> {
    if is_system_text(path) || SYSTEM.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))) {
        return None;
    }
    let ending = extension(path);
    let ending = ending.as_str();
    if HARMLESS.contains(&ending) {
        return None;
    }
    let found = by_name(path, ending).or_else(|| by_head(head)).unwrap_or((UnsearchedKind::Opaque, "not text"));
    let library = path.split('/').any(|part| LIBRARIES.contains(&part));
    Some(if library { (UnsearchedKind::Opaque, found.1) } else { found })
}

fn by_name(path: &str, ending: &str) -> Option<(UnsearchedKind, &'static str)> {
    use UnsearchedKind::{Opaque, Store};
    if COMPRESSED.contains(&ending) {
        let name = file_name(path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let inner = extension(stem);
        let manual = matches!(inner.as_bytes(), [b'0'..=b'9', ..] if path.contains("/man"));
        if DELIVERED.contains(&inner.as_str()) || manual {
            return Some((Opaque, "a compressed file"));
        }
        return Some((Store, if inner == "tar" { "an archive" } else { "a compressed file" }));
    }
    if ARCHIVES.contains(&ending) {
        return Some((Store, "an archive"));
    }
    // Packages of code, and documents that people read.
    let opaque: &[(&[&str], &'static str)] = &[
        (&["apk", "crate", "deb", "ear", "egg", "gem", "jar", "nupkg", "rpm", "war", "whl"], "a package"),
        (&["a", "class", "dll", "dylib", "exe", "ko", "lib", "node", "o", "obj", "rlib", "rmeta", "so", "wasm"], "compiled code"),
        (&["doc", "docx", "odt", "pdf", "ppt", "pptx"], "a document"),
    ];
    if let Some((_, what)) = opaque.iter().find(|(endings, _)| endings.contains(&ending)) {
        return Some((Opaque, what));
    }
    // `libcrypto.so.3` is no dump, whatever follows.
    if file_name(path).contains(".so.") {
        return Some((Opaque, "compiled code"));
    }
    STORES.iter().find(|(known, _)| *known == ending).map(|(_, what)| (Store, *what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use UnsearchedKind::{Opaque, Store};

    #[test]
    fn what_an_unsearched_file_may_hold() {
        for (path, head, kind) in [
            ("srv/backup/shop.sql.gz", &b""[..], Some(Store)),
            ("srv/shop.dump", b"PGDMP", Some(Store)),
            ("srv/shop.SQLite", b"", Some(Store)),
            ("data/orders.parquet", b"", Some(Store)),
            ("data/orders.csv.zst", b"", Some(Store)),
            ("app/old.tar.gz", b"", Some(Store)),
            ("app/old.zip", b"", Some(Store)),
            ("app/data", b"SQLite format 3\0", Some(Store)),
            ("app/blob.dat", b"\x1f\x8b\x08", Some(Store)),
            ("app/blob.dat", b"\0\0\0", Some(Opaque)),
            ("app/server", b"\x7fELF", Some(Opaque)),
            ("app/lib.jar", b"", Some(Opaque)),
            ("app/libshop.so.1", b"", Some(Opaque)),
            ("app/static/app.js.gz", b"", Some(Opaque)),
            ("usr/local/lib/python3.12/site-packages/x/data.csv.gz", b"", Some(Opaque)),
            ("app/logo.png", b"", None),
            ("app/__pycache__/x.cpython-312.pyc", b"", None),
            ("usr/share/man/man1/ls.1.gz", b"", None),
            ("var/lib/rpm/rpmdb.sqlite", b"", None),
            ("usr/share/zoneinfo/UTC", b"TZif", None),
            ("app/package-lock.json", b"", None),
        ] {
            assert_eq!(unsearched(path, head).map(|(kind, _)| kind), kind, "{path}");
        }
    }
}
