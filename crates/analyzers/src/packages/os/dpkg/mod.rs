//! dpkg: `var/lib/dpkg/status`, `status.d/*` of distroless images, lists of owned files, and machine-readable copyright files.
//!
//! <https://man7.org/linux/man-pages/man1/dpkg-query.1.html>, <https://www.debian.org/doc/debian-policy/ch-controlfields.html>,
//! <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>
//!
//! A stanza counts when its files are on the disk: states `installed`, `triggers-pending`, `triggers-awaited`, `half-configured` and `unpacked`.
//! The files in `status.d` have no `Status` line and always count. `Source` is absent when it equals the package; a version in parentheses is
//! there only when it differs.

use crate::{
    packages::os::DPKG,
    text::{file_name, lines},
    unit::{FirstError, LARGE, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Manifest,
};
use std::collections::BTreeMap;

const COPYRIGHT_FILE: &str = "dpkg/copyright";

pub(crate) const STATUS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dpkg",
        version: 1,
        claims: &[Pattern::Path("var/lib/dpkg/status"), Pattern::Below("var/lib/dpkg/status.d", "")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(status),
};

pub(crate) const FILES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dpkg-files",
        version: 1,
        claims: &[Pattern::Below("var/lib/dpkg/info", ".list"), Pattern::Below("var/lib/dpkg/info", ".md5sums")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(files),
};

pub(crate) const COPYRIGHT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dpkg-copyright",
        version: 1,
        claims: &[Pattern::Below("usr/share/doc", "/copyright")],
        provides: &[Capability::Licenses],
        max_bytes: SMALL,
    },
    run: Run::Lenient(copyright),
};

fn status(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let distroless = file.path.starts_with("var/lib/dpkg/status.d/");
    if distroless && file_name(file.path).ends_with(".md5sums") {
        return files(file, out);
    }
    let mut errors = FirstError::default();
    let mut stanza = Stanza::default();
    let mut last = 0;
    for (number, line) in lines(file.bytes) {
        last = number;
        if line.trim().is_empty() {
            std::mem::take(&mut stanza).finish(file.path, distroless, number, out, &mut errors);
        } else if line.starts_with([' ', '\t']) {
            if stanza.start.is_none() {
                errors.add(number, || "a continuation line belongs to no field".to_owned());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            stanza.field(number, name, value.trim());
        } else {
            stanza.start.get_or_insert(number);
            errors.add(number, || "neither a field nor a continuation line".to_owned());
        }
    }
    stanza.finish(file.path, distroless, last, out, &mut errors);
    errors.into_result()
}

#[derive(Default)]
struct Stanza {
    start: Option<u32>,
    package: String,
    status: Option<String>,
    version: String,
    arch: Option<String>,
    source: Option<String>,
    maintainer: Option<String>,
}

impl Stanza {
    fn field(&mut self, number: u32, name: &str, value: &str) {
        self.start.get_or_insert(number);
        let some = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match name.to_ascii_lowercase().as_str() {
            "package" => value.clone_into(&mut self.package),
            "version" => value.clone_into(&mut self.version),
            "status" => self.status = Some(value.to_owned()),
            "architecture" => self.arch = some(),
            "source" => self.source = some(),
            "maintainer" => self.maintainer = some(),
            _ => {}
        }
    }

    fn finish(self, path: &str, distroless: bool, end: u32, out: &mut Facts, errors: &mut FirstError) {
        let Some(start) = self.start else { return };
        match &self.status {
            Some(status) => {
                let state = status.split_whitespace().nth(2).unwrap_or_default();
                if !matches!(state, "installed" | "triggers-pending" | "triggers-awaited" | "half-configured" | "unpacked") {
                    if !matches!(state, "config-files" | "not-installed" | "half-installed") {
                        errors.add(start, || format!("unknown status `{status}`"));
                    }
                    return;
                }
            }
            None if distroless => {}
            None => {
                errors.add(start, || "a stanza without `Status`".to_owned());
                return;
            }
        }
        if self.package.is_empty() || self.version.is_empty() {
            let missing = if self.package.is_empty() { "Package" } else { "Version" };
            errors.add(start, || format!("a stanza without `{missing}`"));
            return;
        }
        let (source_name, source_version) = match self.source.as_deref().map(|source| source.split_once('(').unwrap_or((source, ""))) {
            None => (None, None),
            Some((name, version)) => {
                let version = version.trim_end().trim_end_matches(')').trim();
                let version = if version.is_empty() { self.version.as_str() } else { version };
                (Some(name.trim().to_owned()), Some(version.to_owned()))
            }
        };
        out.packages.push(Package {
            name: self.package,
            version: self.version,
            arch: self.arch,
            source_name,
            source_version,
            maintainer: self.maintainer,
            at: Place { lines: Some(Lines::new(start, end)), ..Place::file(path) },
            ..Package::of(&DPKG)
        });
    }
}

/// `.list`: a path a line, folders included. `.md5sums`: a digest, two spaces, a path without the leading slash.
fn files(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let sums = file.path.ends_with(".md5sums");
    let mut errors = FirstError::default();
    for (number, line) in lines(file.bytes) {
        let path = if sums {
            match line.trim_end().split_once([' ', '\t']) {
                Some((_, path)) => path.trim_start(),
                None if line.trim().is_empty() => continue,
                None => {
                    errors.add(number, || "neither a digest nor a path".to_owned());
                    continue;
                }
            }
        } else {
            line.trim_end()
        };
        let path = path.strip_prefix("./").unwrap_or(path).trim_start_matches('/');
        if !path.is_empty() && path != "." {
            out.owned_files.push(path.into());
        }
    }
    errors.into_result()
}

/// At most so many licence names of one file: the fields of a hostile file repeat.
const MAX_LICENSES: usize = 100;

/// The `License:` fields of a machine-readable copyright file. A file in free text has none, and is passed over.
fn copyright(file: &File<'_>, out: &mut Facts) {
    let Some((package, "copyright")) = file.path.strip_prefix("usr/share/doc/").and_then(|rest| rest.split_once('/')) else {
        return;
    };
    let mut licenses = Vec::<String>::new();
    for (number, line) in lines(file.bytes) {
        if number == 1 && !line.starts_with("Format") {
            return;
        }
        let field = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("License"));
        if let Some((_, license)) = field
            && let license = license.trim()
            && !license.is_empty()
            && licenses.len() < MAX_LICENSES
            && !licenses.iter().any(|known| known == license)
        {
            licenses.push(crate::text::snippet(license, 200));
        }
    }
    if !licenses.is_empty() {
        licenses.sort_unstable();
        // The folder may carry the architecture: `libc6:amd64`.
        let package = package.split(':').next().unwrap_or(package);
        out.manifests.push(Manifest {
            kind: COPYRIGHT_FILE,
            name: Some(package.to_owned()),
            licenses,
            at: Place::file(file.path),
            ..Manifest::default()
        });
    }
}

/// Gives the licences of copyright files to their packages.
pub(crate) fn assemble(facts: &mut Facts) {
    let mut licenses: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for manifest in facts.manifests.iter().filter(|manifest| manifest.kind == COPYRIGHT_FILE) {
        licenses.entry(manifest.name.as_deref().unwrap_or_default()).or_default().extend(&manifest.licenses);
    }
    for package in facts.packages.iter_mut().filter(|package| *package.ecosystem == DPKG) {
        if let Some(found) = licenses.get(package.name.as_str()) {
            package.licenses.extend(found.iter().map(|license| (*license).clone()));
            package.licenses.sort_unstable();
            package.licenses.dedup();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &str = "Package: openssl
Status: install ok installed
Maintainer: Some Team <team@example.org>
Architecture: amd64
Version: 3.0.11-1~deb12u2
Description: toolkit
 with: a colon
 .
 and more

Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.11-1)
Version: 3.0.11-1+b1

Package: gone
Status: deinstall ok config-files
Version: 1

Package: waiting
Status: install ok triggers-pending
Source: src
Version: 2:1.0
";

    #[test]
    fn only_what_is_installed() {
        check(
            &STATUS,
            "var/lib/dpkg/status",
            SAMPLE.as_bytes(),
            "deb openssl 3.0.11-1~deb12u2 amd64 @1
             deb libssl3 3.0.11-1+b1 amd64 from openssl@3.0.11-1 @11
             deb waiting 2:1.0 - from src@2:1.0 @21",
        );
        check(&STATUS, "var/lib/dpkg/status", b"", "");
    }

    #[test]
    fn what_comes_before_and_after_an_error_is_kept() {
        check(
            &STATUS,
            "var/lib/dpkg/status",
            b"Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: install ok installed\n\n\x00\xff\n\nPackage: c\nStatus: install ok installed\nVersion: 3\n",
            "deb a 1 - @1
             deb c 3 - @10
             error line 5: a stanza without `Version` (and 2 more)",
        );
    }

    #[test]
    fn distroless_has_no_status_line() {
        check(
            &STATUS,
            "var/lib/dpkg/status.d/tzdata",
            b"Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\n",
            "deb tzdata 2024a-0+deb12u1 all @1",
        );
        check(&STATUS, "var/lib/dpkg/status.d/base.md5sums", b"0123456789abcdef0123456789abcdef  ./etc/passwd\n", "owns etc/passwd");
    }

    #[test]
    fn owned_files() {
        check(&FILES, "var/lib/dpkg/info/bash.list", b"/.\n/bin\n/bin/bash\n", "owns bin\nowns bin/bash");
        check(&FILES, "var/lib/dpkg/info/bash.md5sums", b"aa  bin/bash\n", "owns bin/bash");
        check(&FILES, "var/lib/dpkg/info/bash.md5sums", b"aa\n", "error line 1: neither a digest nor a path");
    }

    #[test]
    fn licences_of_machine_readable_files_only() {
        let text = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n text\n\nFiles: x\nLicense: MIT\n\nLicense: MIT\n text\n";
        check(&COPYRIGHT, "usr/share/doc/bash/copyright", text, "manifest dpkg/copyright bash - [GPL-2+, MIT]");
        let status = b"Package: bash\nStatus: install ok installed\nVersion: 5\n";
        check_together(&[("usr/share/doc/bash/copyright", text), ("var/lib/dpkg/status", status)], "deb bash 5 - [GPL-2+, MIT] @1");
        check(&COPYRIGHT, "usr/share/doc/bash/copyright", b"This is GPL.\nLicense: x\n", "");
    }

    #[test]
    fn never_panics() {
        robust(&STATUS, "var/lib/dpkg/status", SAMPLE.as_bytes());
        robust(&FILES, "var/lib/dpkg/info/a.md5sums", b"aa  bin/bash\n");
        robust(&COPYRIGHT, "usr/share/doc/bash/copyright", b"Format: x\nLicense: MIT\n");
    }
}
