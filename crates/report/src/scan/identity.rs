//! Identifiers that consumers of the scan report compare between runs: package UIDs and fingerprints.
//!
//! A UID is a structural hash (FNV-1, 64 bits) over the package as the report's format defines it, in the order of its fields; a fingerprint is
//! the SHA-256 of `artifact:target:package:vulnerability`.

use super::model::Package;
use sha2::{Digest, Sha256};

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(OFFSET, |hash, byte| hash.wrapping_mul(PRIME) ^ u64::from(*byte))
}

fn text(value: &str) -> u64 {
    fnv(value.as_bytes())
}

fn number(value: i64) -> u64 {
    fnv(&value.to_le_bytes())
}

fn ordered(a: u64, b: u64) -> u64 {
    let mut bytes = [0; 16];
    let (low, high) = bytes.split_at_mut(8);
    low.copy_from_slice(&a.to_le_bytes());
    high.copy_from_slice(&b.to_le_bytes());
    fnv(&bytes)
}

fn finish(hash: u64) -> u64 {
    fnv(&hash.to_le_bytes())
}

fn list(items: impl Iterator<Item = u64>) -> u64 {
    items.fold(0, ordered)
}

/// A structure's hash while its fields are added; fields that are zero are left out.
struct Structure(u64);

impl Structure {
    fn new(name: &str) -> Self {
        Self(text(name))
    }

    fn put(&mut self, name: &str, hash: u64) {
        self.0 = finish(self.0 ^ ordered(text(name), hash));
    }

    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.put(name, text(value));
        }
    }

    fn number(&mut self, name: &str, value: i64) {
        if value != 0 {
            self.put(name, number(value));
        }
    }

    fn texts<T: AsRef<str>>(&mut self, name: &str, values: &[T]) {
        if !values.is_empty() {
            self.put(name, list(values.iter().map(|value| text(value.as_ref()))));
        }
    }

    fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.put(name, fnv(&[1]));
        }
    }
}

/// The UID of a package in the file `path` (empty for packages of the operating system).
pub(crate) fn uid(path: &str, package: &Package<'_>) -> String {
    let mut s = Structure::new("Package");
    s.text("ID", &package.id);
    s.text("Name", package.name);
    s.text("Version", &package.version);
    s.text("Release", &package.release);
    s.number("Epoch", package.epoch);
    s.text("Arch", package.arch);
    s.flag("Dev", package.dev);
    s.text("SrcName", package.src_name);
    s.text("SrcVersion", &package.src_version);
    s.text("SrcRelease", &package.src_release);
    s.number("SrcEpoch", package.src_epoch);
    s.texts("Licenses", package.licenses);
    s.text("Maintainer", package.maintainer);
    s.text("Modularitylabel", package.modularity_label);
    s.flag("Indirect", package.indirect);
    s.number("Relationship", package.relationship_number);
    s.texts("DependsOn", &package.depends_on);
    s.text("FilePath", package.file_path);
    s.text("Digest", package.digest);
    if !package.locations.is_empty() {
        let location = |lines: &super::model::Location| {
            let mut s = Structure::new("Location");
            s.number("StartLine", i64::from(lines.start_line));
            s.number("EndLine", i64::from(lines.end_line));
            s.0
        };
        s.put("Locations", list(package.locations.iter().map(location)));
    }
    s.texts("InstalledFiles", &package.installed_files);
    s.text("AnalyzedBy", package.analyzed_by);
    let entries = ordered(text("filePath"), text(path)) ^ ordered(text("pkg"), s.0);
    format!("{:x}", finish(entries))
}

/// The suffix that tells packages of several `pom.xml` of one tree apart.
pub(crate) fn pom_suffix(coordinates: &str, path: &str) -> String {
    let entries = ordered(text("gav"), text(coordinates)) ^ ordered(text("path"), text(path));
    let mut hash = format!("{:x}", finish(entries));
    hash.truncate(8);
    hash
}

/// `sha256:…` of `artifact:target:package:vulnerability`.
pub(crate) fn fingerprint(artifact: &str, target: &str, package: &str, vulnerability: &str) -> String {
    sha256(&format!("{artifact}:{target}:{package}:{vulnerability}"))
}

/// `sha256:…` of a text.
pub(crate) fn sha256(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(71);
    out.push_str("sha256:");
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
