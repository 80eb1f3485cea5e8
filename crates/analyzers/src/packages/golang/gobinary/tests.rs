//! Programs with build information, made here byte by byte.

use super::*;
use crate::{
    packages::program::sample::{Part, elf},
    testing::{check, robust},
};

const LIST: &str = "path\texample.com/app/cmd/x
mod\texample.com/app\t(devel)\t
dep\texample.com/a\tv1.2.3\th1:x=
dep\texample.com/b\tv1.0.0\th1:x=
=>\texample.com/fork\tv1.0.1\th1:x=
dep\texample.com/c\tv1.0.0
=>\t./c\t
build\t-ldflags=\"-s -X 'example.com/app/cmd/x.version=2.0.1' -X=main.version=v9.9.9 -extldflags \\\"-static\\\"\"
build\tvcs=git
";

fn marked(list: &str) -> Vec<u8> {
    [&START[..], list.as_bytes(), END].concat()
}

/// The newer format: strings behind the head.
fn inline(go: &str, list: &str) -> Vec<u8> {
    let string = |text: &[u8]| {
        let mut length = text.len();
        let mut out = Vec::new();
        while length >= 0x80 {
            out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        out.push(u8::try_from(length).unwrap());
        out.extend(text);
        out
    };
    let mut out = [MAGIC, &[8, 2], &[0; 16]].concat();
    out.extend(string(go.as_bytes()));
    out.extend(string(&marked(list)));
    out
}

fn program_with(go: &str, list: &str) -> Vec<u8> {
    elf(&[
        Part { name: ".text", address: 0x1000, bytes: b"code" },
        Part { name: ".go.buildinfo", address: 0x2000, bytes: &inline(go, list) },
    ])
}

const EXPECTED: &str = "golang stdlib v1.22.3 - direct
     golang example.com/a v1.2.3 -
     golang example.com/fork v1.0.1 -
     golang ./c  - id ./c
     golang example.com/app 2.0.1 - root id example.com/app@v2.0.1 -> ./c, example.com/a@v1.2.3, example.com/fork@v1.0.1, stdlib@v1.22.3";

#[test]
fn modules_with_replacements_and_a_version_from_the_flags() {
    let bytes = program_with("go1.22.3 X:boringcrypto", LIST);
    check(&PROGRAM, "usr/bin/app", &bytes, EXPECTED);
    // The blob of older linkers has no section of its own.
    let data = [&[0; 32][..], &inline("go1.22.3", LIST)].concat();
    check(&PROGRAM, "app", &elf(&[Part { name: ".data", address: 0x2000, bytes: &data }]), EXPECTED);
}

#[test]
fn the_older_format_points_to_its_strings() {
    let (go, list) = ("go1.16.5", marked(LIST));
    let mut data = [MAGIC, &[8, 0], &0x3020_u64.to_le_bytes(), &0x3030_u64.to_le_bytes()].concat();
    data.extend(0x4000_u64.to_le_bytes());
    data.extend((go.len() as u64).to_le_bytes());
    data.extend(0x4010_u64.to_le_bytes());
    data.extend((list.len() as u64).to_le_bytes());
    let strings = [go.as_bytes(), &[0; 8], &list].concat();
    let bytes =
        elf(&[Part { name: ".go.buildinfo", address: 0x3000, bytes: &data }, Part { name: ".rodata", address: 0x4000, bytes: &strings }]);
    check(&PROGRAM, "app", &bytes, &EXPECTED.replace("v1.22.3", "v1.16.5"));
    robust(&PROGRAM, "app", &bytes);
}

#[test]
fn the_oldest_programs_have_only_the_marked_text() {
    let bytes = elf(&[
        Part { name: ".gopclntab", address: 0x1000, bytes: b"table" },
        Part {
            name: ".rodata",
            address: 0x4000,
            bytes: &[b"before", &marked("path\tx\nmod\tx\tv1.0.0\th\ndep\ty\tv2.0.0\th\n")[..]].concat(),
        },
    ]);
    check(&PROGRAM, "app", &bytes, "golang stdlib  - direct id stdlib\ngolang y v2.0.0 -\ngolang x v1.0.0 - root -> stdlib, y@v2.0.0");
}

#[test]
fn what_is_not_known_is_said() {
    check(
        &PROGRAM,
        "app",
        &program_with("go1.20", ""),
        "golang stdlib v1.20 - direct\ndiagnostic Warning a Go program without a list of its modules: only its standard library is known",
    );
    check(&PROGRAM, "usr/local/go/bin/go", &program_with("go1.26.8 (Vendor 1.26)", "path\tcmd/go\n"), "golang stdlib v1.26.8 - direct");
    let packed = [&b"\x7fELF\x02\x01\x01\0"[..], &[0; 200], b"UPX!", &[7; 5000], b"UPX!"].concat();
    check(&PROGRAM, "app", &packed, "diagnostic Warning is packed with UPX: what it was built from cannot be read");
    check(&PROGRAM, "app", &elf(&[Part { name: ".text", address: 0, bytes: MAGIC }]), "");
}

#[test]
fn the_main_version_is_the_likeliest_one() {
    let of = |flags: &str| choose("example.com/app", variables(flags).iter().map(|(key, value)| (key.as_str(), value.as_str())));
    for (flags, expected) in [
        ("-X main.version=1.2.3", Some("1.2.3")),
        ("-s -w -X 'main.Version=v1.2.3-rc.1+meta'", Some("v1.2.3-rc.1+meta")),
        ("-X=\"example.com/other/pkg.ver=1.0\" -X main.version=2.0", Some("2.0")),
        ("-X example.com/app/cmd/y.version=3 -X main.version=2.0", Some("3")),
        ("-X main.version=1.0.0 -X common.version=2.0.0", None),
        ("-X main.version=1.0.0 -X common.version=1.0.0", Some("1.0.0")),
        ("-X main.version=dev -X main.commit=1.0.0", None),
        ("-X", None),
        ("", None),
    ] {
        assert_eq!(of(flags).as_deref(), expected, "{flags}");
    }
}

#[test]
fn versions_made_of_commits_are_known() {
    for pseudo in
        ["v0.0.0-20240102150405-abcdefabcdef", "v1.2.4-0.20240102150405-abcdefabcdef", "v1.2.3-rc.1.0.20240102150405-abcdefabcdef+dirty"]
    {
        assert!(is_pseudo(pseudo), "{pseudo}");
    }
    for other in ["v1.2.3", "v1.2.3+dirty", "v1.2.3-20240102150405", "v2.0.0-rc.1", "-", ""] {
        assert!(!is_pseudo(other), "{other}");
    }
    for good in ["1", "v1.2", "1.2.3", "v1.2.3-a.b+c"] {
        assert!(is_semantic(good), "{good}");
    }
    for bad in ["", "v", "1.2.3.4", "01.2", "dev", "1.2-rc1", "1.2.3-", "v1.2.3+a b"] {
        assert!(!is_semantic(bad), "{bad}");
    }
    assert_eq!(go_version("go1.26.1-X:nodwarf5"), "v1.26.1");
    assert_eq!(go_version("devel go1.23-abc Mon"), "v1.23-abc");
    assert_eq!(go_version("devel +abc"), "");
}
