//! A fingerprint of the sources that facts come from.
//!
//! Facts of layers are kept between runs. Analyzers have versions for that, and a version that somebody forgot to bump would answer with yesterday's
//! facts; so whatever changes in these sources changes the names of records too. Where the sources are not there (each crate is built alone), the
//! versions have to do.

use std::{
    fs,
    path::{Path, PathBuf},
};

const CRATES: [&str; 8] = ["analyzers", "configs", "engine", "model", "sbom", "targets", "versions", "vfs"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for name in CRATES {
        let folder = Path::new("..").join(name).join("src");
        if folder.is_dir() {
            println!("cargo::rerun-if-changed={}", folder.display());
            for path in files(folder) {
                add(&mut hash, path.as_os_str().as_encoded_bytes());
                #[expect(clippy::disallowed_methods, reason = "sources of this program, read while it is built")]
                add(&mut hash, &fs::read(&path).unwrap_or_default());
            }
        }
    }
    println!("cargo::rustc-env=PROBITY_FACTS={hash:016x}");
}

/// The files below a folder, in order.
fn files(root: PathBuf) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if !path.is_dir() {
                files.push(path);
            } else if path.file_name().is_some_and(|name| name != "testdata") {
                folders.push(path);
            }
        }
    }
    files.sort();
    files
}

/// FNV-1a.
fn add(hash: &mut u64, bytes: &[u8]) {
    for byte in bytes {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
}
