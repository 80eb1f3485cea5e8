//! Databases of dpkg and its relatives, and the files beside them.

use super::*;
use crate::testing::{check, check_together, robust};

const SAMPLE: &str = "Package: openssl
Status: install ok installed
Maintainer: Some Team <team@example.org>
Architecture: amd64
Version: 3.0.11-1~deb12u2
Depends: libssl3 (>= 3), virtual | waiting:any, nothing
Conffiles:
 /etc/ssl/openssl.cnf 0123456789ABCDEF0123456789abcdef
 /etc/ssl/old.cnf 0123456789abcdef0123456789abcdef obsolete
 /etc/ssl/new.cnf newconffile
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
Pre-Depends: openssl

Package: provider
Status: install ok installed
Version: 1
Provides: virtual (= 1), waiting

Package: libssl3
Status: install ok installed
Architecture: i386
Source: openssl (3.0.11-1)
Version: 3.0.11-1+b1
";

#[test]
fn only_what_is_installed_and_what_it_needs() {
    check_together(
        &[("var/lib/dpkg/status", SAMPLE.as_bytes())],
        "deb libssl3 3.0.11-1+b1 amd64 from openssl@3.0.11-1 @16
         deb libssl3 3.0.11-1+b1 i386 from openssl@3.0.11-1 @37 id libssl3:i386@3.0.11-1+b1
         deb openssl 3.0.11-1~deb12u2 amd64 @1 -> libssl3@3.0.11-1+b1, provider@1, waiting@2:1.0
         deb provider 1 - @32
         deb waiting 2:1.0 - from src@2:1.0 @26 -> openssl@3.0.11-1~deb12u2
         owns etc/ssl/new.cnf
         owns etc/ssl/openssl.cnf",
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
fn distroless_has_a_file_for_each_package() {
    check_together(
        &[
            ("var/lib/dpkg/status.d/base", b"Package: base-files\nVersion: 12\nArchitecture: amd64\n"),
            ("var/lib/dpkg/status.d/tzdata", b"Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\nDepends: base-files\n"),
            ("var/lib/dpkg/status.d/base.md5sums", b"0123456789abcdef0123456789abcdef  ./etc/passwd\n"),
        ],
        "deb base-files 12 amd64 @1
         deb tzdata 2024a-0+deb12u1 all @1 -> base-files@12
         owns etc/passwd",
    );
}

#[test]
fn files_have_digests_and_folders_are_no_files() {
    let mut facts = Facts::default();
    let read = |path, bytes: &[u8], facts: &mut Facts| {
        let file = File { path, meta: probity_model::analyzer::FileMeta::default(), bytes };
        if path.ends_with("status") { status(&file, facts).unwrap() } else { files(&file, facts).unwrap() }
    };
    read("var/lib/dpkg/status", SAMPLE.as_bytes(), &mut facts);
    let list = b"/.\n/etc\n/etc/ssl\n/etc/ssl/openssl.cnf\n/etc/ssl/new.cnf\n/usr\n/usr/bin\n/usr/bin/openssl\n/usr/bin/link\n";
    read("var/lib/dpkg/info/openssl.list", list, &mut facts);
    read("var/lib/dpkg/info/openssl.md5sums", b"00000000000000000000000000000001  usr/bin/openssl\n", &mut facts);
    read("var/lib/dpkg/info/libssl3:i386.list", b"/usr/lib/i386/libssl.so.3\n", &mut facts);
    read("var/lib/dpkg/info/gone.list", b"/etc/gone.conf\n", &mut facts);
    crate::settle(&mut facts);
    facts.sort();
    let files: Vec<String> = facts
        .packages
        .iter()
        .flat_map(|package| {
            package.files.iter().map(|file| format!("{} {} {}", package.key(), file.path, file.digest.as_deref().unwrap_or("-")))
        })
        .collect();
    assert_eq!(
        files,
        [
            "libssl3:i386@3.0.11-1+b1 usr/lib/i386/libssl.so.3 -",
            "openssl@3.0.11-1~deb12u2 etc/ssl/openssl.cnf md5:0123456789abcdef0123456789abcdef",
            "openssl@3.0.11-1~deb12u2 etc/ssl/new.cnf -",
            "openssl@3.0.11-1~deb12u2 usr/bin/openssl md5:00000000000000000000000000000001",
            "openssl@3.0.11-1~deb12u2 usr/bin/link -",
        ]
    );
    let owned: Vec<&str> = facts.owned_files.iter().map(|path| &**path).collect();
    assert_eq!(owned[..3], ["etc", "etc/gone.conf", "etc/ssl"]);
    assert_eq!(owned.len(), 10);
}

#[test]
fn owned_files() {
    check_together(&[("var/lib/dpkg/info/bash.list", b"/.\n/bin\n/bin/bash\n")], "owns bin\nowns bin/bash");
    check_together(&[("var/lib/dpkg/info/bash.md5sums", b"aa  bin/bash\n")], "owns bin/bash");
    check(&FILES, "var/lib/dpkg/info/bash.md5sums", b"aa\n", "manifest dpkg/md5sums bash -\nerror line 1: neither a digest nor a path");
}

#[test]
fn archives_have_digests() {
    check_together(
        &[
            ("var/lib/dpkg/status", b"Package: a\nStatus: install ok installed\nVersion: 1\n"),
            ("var/lib/dpkg/available", b"Package: a\nVersion: 1\nSHA256: AB01\nMD5sum: cc\n\nPackage: a\nVersion: 2\nSHA256: ff\n"),
        ],
        "deb a 1 - @1 (sha256:ab01)",
    );
}

#[test]
fn opkg_keeps_the_same_with_descriptions_beside() {
    check_together(
        &[
            (
                "usr/lib/opkg/status",
                b"Package: uci\nVersion: 2023-1\nDepends: libc\nStatus: install user installed\nArchitecture: mips\n\nPackage: libc\nVersion: 1.2.4-4\nStatus: install hold installed\nArchitecture: mips\n",
            ),
            ("usr/lib/opkg/info/uci.control", b"Package: uci\nVersion: 2023-1\nSource: package/system/uci\nLicense: LGPL-2.1\nMaintainer: A\n"),
            ("usr/lib/opkg/info/uci.list", b"/sbin/uci\t0755\n"),
            ("usr/lib/opkg/info/libc.control", b"Package: libc\nVersion: 1.2.4-4\nSource: musl\n"),
        ],
        "generic libc 1.2.4-4 mips from musl@1.2.4-4 @7
         generic uci 2023-1 mips [LGPL-2.1-only] @1 -> libc@1.2.4-4
         owns sbin/uci",
    );
}

#[test]
fn never_panics() {
    robust(&STATUS, "var/lib/dpkg/status", SAMPLE.as_bytes());
    robust(&FILES, "var/lib/dpkg/info/a.md5sums", b"aa  bin/bash\n");
    robust(&AVAILABLE, "var/lib/dpkg/available", b"Package: a\nVersion: 1\nSHA256: ab\n");
    robust(&OPKG_CONTROL, "usr/lib/opkg/info/uci.control", b"Package: uci\nVersion: 1\nSource: a (2)\nLicense: x\n");
}
