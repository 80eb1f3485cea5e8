//! Assemblies whose metadata is written here.

use super::*;
use crate::testing::{check, check_together, robust};

fn wide_text(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// A block of a version resource.
fn block(key: &str, value: &[u8], text: bool, children: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0; 6];
    out.extend(wide_text(key));
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(value);
    for child in children {
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend(child);
    }
    let length = u16::try_from(out.len()).unwrap();
    out[0..2].copy_from_slice(&length.to_le_bytes());
    let value_length = u16::try_from(if text { value.len() / 2 } else { value.len() }).unwrap();
    out[2..4].copy_from_slice(&value_length.to_le_bytes());
    out[4] = u8::from(text);
    out
}

fn resource(strings: &[(&str, &str)]) -> Vec<u8> {
    let strings: Vec<_> = strings.iter().map(|(key, value)| block(key, &wide_text(value), true, &[])).collect();
    let table = block("000004b0", &[], true, &strings);
    let variables = block("VarFileInfo", &[], true, &[block("Translation", &[0, 0, 0xb0, 4], false, &[])]);
    block("VS_VERSION_INFO", &[1; 52], false, &[variables, block("StringFileInfo", &[], true, &[table])])
}

/// A PE file of one section that holds its resources.
fn assembly_with(strings: &[(&str, &str)], managed: bool) -> Vec<u8> {
    let version = resource(strings);
    let half = |value: u16| value.to_le_bytes();
    let word = |value: u32| value.to_le_bytes().to_vec();
    let directory = |id: u32, offset: u32| [word(0), word(0), word(0), half(0).to_vec(), half(1).to_vec(), word(id), word(offset)].concat();
    let mut section = directory(16, 0x8000_0018);
    section.extend(directory(1, 0x8000_0030));
    section.extend(directory(0, 0x48));
    section.extend([word(0x1000 + 0x58), word(u32::try_from(version.len()).unwrap()), word(0), word(0)].concat());
    section.extend(&version);
    let size = u32::try_from(section.len()).unwrap();

    let mut out = b"MZ".to_vec();
    out.resize(0x3c, 0);
    out.extend(word(0x40));
    out.extend(b"PE\0\0");
    for value in [0x14c_u16, 1] {
        out.extend(half(value));
    }
    out.extend([word(0), word(0), word(0)].concat());
    out.extend(half(224));
    out.extend(half(0x2102));
    let optional = out.len();
    out.extend(half(0x10b));
    out.resize(optional + 92, 0);
    out.extend(word(16));
    for index in 0..16 {
        let (address, size) = match index {
            2 => (0x1000, size),
            14 if managed => (0x1000, 72),
            _ => (0, 0),
        };
        out.extend(word(address));
        out.extend(word(size));
    }
    out.extend(b".rsrc\0\0\0");
    for value in [size, 0x1000, size, 0x400, 0, 0, 0, 0x4000_0040] {
        out.extend(word(value));
    }
    out.resize(0x400, 0);
    out.extend(section);
    out
}

const STRINGS: &[(&str, &str)] = &[
    ("CompanyName", "Acme"),
    ("FileVersion", "13.0.3.27908"),
    ("InternalName", "Acme.Json.dll"),
    ("LegalCopyright", "odd"),
    ("ProductVersion", "13.0.3+0a2e291c"),
];

#[test]
fn the_version_resource_of_a_managed_assembly() {
    let bytes = assembly_with(STRINGS, true);
    check(&ASSEMBLIES, "bin/Acme.Json.dll", &bytes, "nuget Acme.Json 13.0.3 -");
    check(&ASSEMBLIES, "bin/native.dll", &assembly_with(STRINGS, false), "");
    check(
        &ASSEMBLIES,
        "App.exe",
        &assembly_with(&[("FileVersion", "4.8.1.0 built by: X"), ("ProductVersion", "next")], true),
        "nuget App 4.8.1.0 -",
    );
    check(&ASSEMBLIES, "de/App.resources.dll", &assembly_with(&[("FileVersion", "1.0")], true), "");
    robust(&ASSEMBLIES, "x.dll", &bytes);
}

#[test]
fn what_a_list_accounts_for_is_left_out() {
    let deps = br#"{"runtimeTarget":{"name":"n"},"targets":{"n":{"Acme.Json/13.0.3":{"runtime":{"lib/net6.0/Acme.Json.dll":{}}}}},"libraries":{"Acme.Json/13.0.3":{"type":"package"}}}"#;
    let bytes = assembly_with(STRINGS, true);
    check_together(
        &[
            ("app/App.deps.json", deps),
            ("app/Acme.Json.dll", &bytes),
            ("app/runtimes/win/lib/Acme.Json.dll", &bytes),
            ("other/Acme.Json.dll", &bytes),
        ],
        "nuget Acme.Json 13.0.3 -
         nuget Acme.Json 13.0.3 - @1",
    );
}
