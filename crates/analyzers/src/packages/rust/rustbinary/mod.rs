//! Rust programs that list what they were built from: the section `.dep-v0` of `cargo auditable`.
//!
//! <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>
//!
//! JSON, compressed with zlib: packages in a list, dependencies as indexes into it. Dependencies of build scripts are marked and count as for development:
//! nothing of them is in the program.
//!
//! Missing: programs that were built without it tell nothing of their crates.

use super::RUSTBINARY;
use crate::{
    packages::{
        json,
        program::{programs, section},
    },
    unit::{Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use probity_vfs::zip::inflate_zlib;
use std::collections::BTreeSet;

pub(crate) const PROGRAM: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/rust-binary",
        version: 1,
        claims: &[Pattern::Program],
        provides: &[Capability::Packages],
        max_bytes: 1 << 30,
    },
    run: Run::Strict(program),
};

/// The list of the largest programs has a hundredth of it.
const MAX_TEXT: u64 = 8 << 20;

fn program(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    for program in programs(file.bytes) {
        let Some(data) = section(&program, ".dep-v0") else { continue };
        let wrong = |why: String| AnalyzeError::new(format!("its list of crates (section `.dep-v0`) cannot be read: {why}"));
        let bytes = inflate_zlib(data, MAX_TEXT).map_err(|error| wrong(error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes);
        let read = json::read(&text);
        if let Some(error) = read.error {
            return Err(wrong(error.message));
        }
        packages(read.root.items_of("packages"), file.path, out);
        // The parts of a universal file are built from the same crates.
        return Ok(());
    }
    Ok(())
}

fn packages(entries: &[crate::packages::tree::Value<'_>], path: &str, out: &mut Facts) {
    let keys: Vec<Option<String>> =
        entries.iter().map(|entry| Some(format!("{}@{}", entry.text_of("name")?, entry.text_of("version")?))).collect();
    let is_build = |entry: &crate::packages::tree::Value<'_>| entry.text_of("kind") == Some("build");
    let needs = |entry: &crate::packages::tree::Value<'_>| -> Vec<usize> {
        entry.items_of("dependencies").iter().filter_map(|item| item.word()?.parse().ok()).collect()
    };
    let root = entries.iter().find(|entry| entry.is("root"));
    let direct: BTreeSet<usize> = root.map(needs).unwrap_or_default().into_iter().collect();
    for (at, (entry, key)) in entries.iter().zip(&keys).enumerate() {
        let (Some(_), Some(name), Some(version)) = (key, entry.text_of("name"), entry.text_of("version")) else { continue };
        let dev = is_build(entry);
        let mut depends_on: Vec<String> = needs(entry)
            .into_iter()
            .filter(|to| dev || entries.get(*to).is_some_and(|to| !is_build(to)))
            .filter_map(|to| keys.get(to).cloned().flatten())
            .collect();
        depends_on.sort_unstable();
        depends_on.dedup();
        let relationship = match root {
            None => Relationship::Unknown,
            Some(_) if entry.is("root") => Relationship::Root,
            Some(_) if direct.contains(&at) => Relationship::Direct,
            Some(_) => Relationship::Indirect,
        };
        out.packages.push(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            relationship,
            dev,
            depends_on,
            at: Place::file(path),
            ..Package::of(&RUSTBINARY)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        packages::program::sample::{Part, elf},
        testing::{check, robust},
    };

    /// Stored blocks need no compressor: the two bytes of a zlib header, one block, no more than 64 KiB.
    fn stored(text: &str) -> Vec<u8> {
        let (mut a, mut b) = (1_u32, 0_u32);
        for byte in text.bytes() {
            a = (a + u32::from(byte)) % 65521;
            b = (b + a) % 65521;
        }
        let length = u16::try_from(text.len()).unwrap();
        [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), text.as_bytes(), &(b << 16 | a).to_be_bytes()].concat()
    }

    fn program_with(list: &[u8]) -> Vec<u8> {
        elf(&[Part { name: ".dep-v0", address: 0, bytes: list }])
    }

    const LIST: &str = r#"{"packages":[
        {"name":"app","version":"0.1.0","source":"local","dependencies":[1,2],"root":true},
        {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"},
        {"name":"mid","version":"2.0.0","source":"crates.io","dependencies":[3,99]},
        {"name":"low","version":"0.3.0","source":"crates.io"},
        {"name":"nameless"}],"format":1}"#;

    #[test]
    fn the_list_of_a_program() {
        let bytes = program_with(&[&stored(LIST)[..], &[0; 40]].concat());
        check(
            &PROGRAM,
            "usr/bin/app",
            &bytes,
            "cargo app 0.1.0 - root -> mid@2.0.0
             cargo cc 1.0.0 - direct dev
             cargo mid 2.0.0 - direct -> low@0.3.0
             cargo low 0.3.0 - indirect",
        );
        robust(&PROGRAM, "app", &bytes);
        check(&PROGRAM, "app", &elf(&[Part { name: ".text", address: 0, bytes: b"x" }]), "");
    }

    #[test]
    fn a_list_that_cannot_be_read_is_said() {
        for bytes in [b"no zlib".to_vec(), stored("{"), stored(LIST)[..200].to_vec()] {
            let mut facts = Facts::default();
            let bytes = program_with(&bytes);
            let file = File { path: "app", meta: probity_model::analyzer::FileMeta::default(), bytes: &bytes };
            assert!(program(&file, &mut facts).unwrap_err().message.starts_with("its list of crates (section `.dep-v0`) cannot be read"));
        }
    }
}
