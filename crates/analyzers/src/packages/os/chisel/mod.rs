//! Chisel, which cuts Ubuntu's packages into slices for images without dpkg: `var/lib/chisel/manifest.wall`.
//!
//! <https://documentation.ubuntu.com/chisel/en/latest/reference/manifest/>
//!
//! A line of JSON for each package, slice, path, and content of a slice, compressed with zstd. A package is there with the name, the version and the
//! digest of the archive that slices were cut from. A path names its slices, `package_slice`.
//!
//! Missing: the names of source packages, which the manifest does not have.

use crate::{
    packages::os::DPKG,
    text::lines,
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::InstalledFile,
};
use probity_vfs::Compression;
use serde_json::Value;
use std::{collections::HashMap, io::Read as _};

/// Bytes of a manifest once it is inflated: some million paths.
const MAX_BYTES: u64 = 256 << 20;

pub(crate) const MANIFEST: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/chisel",
        version: 1,
        claims: &[Pattern::Path("var/lib/chisel/manifest.wall")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(manifest),
};

fn manifest(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let cannot = |error: std::io::Error| AnalyzeError::new(format!("cannot be inflated: {error}"));
    let reader = probity_vfs::decompressor(Compression::sniff(file.bytes), file.bytes).map_err(cannot)?;
    let mut text = Vec::new();
    // What was inflated before the damage is read.
    let damage = reader.take(MAX_BYTES + 1).read_to_end(&mut text).err();
    let mut errors = FirstError::default();
    let mut packages: Vec<Package> = Vec::new();
    let mut files: Vec<(String, InstalledFile)> = Vec::new();
    for (number, line) in lines(&text) {
        if line.trim().is_empty() {
            continue;
        }
        let entry: Value = match serde_json::from_str(&line) {
            Ok(entry) => entry,
            Err(error) => {
                errors.add(number, || format!("is no JSON: {error}"));
                continue;
            }
        };
        let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        match text("kind") {
            Some("package") => match (text("name"), text("version")) {
                (Some(name), Some(version)) => packages.push(Package {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    arch: text("arch").map(str::to_owned),
                    digest: text("sha256").map(|digest| format!("sha256:{digest}")),
                    at: Place::file(file.path),
                    ..Package::of(&DPKG)
                }),
                _ => errors.add(number, || "a package without a name or a version".to_owned()),
            },
            Some("path") => {
                // Folders end with a slash; a digest after a slice's scripts is the final one.
                let Some(path) = text("path").filter(|path| !path.ends_with('/')) else { continue };
                let digest = text("final_sha256").or_else(|| text("sha256")).map(|digest| format!("sha256:{digest}").into());
                let slice = entry.get("slices").and_then(Value::as_array).and_then(|slices| slices.first()).and_then(Value::as_str);
                if let Some((package, _)) = slice.and_then(|slice| slice.rsplit_once('_')) {
                    files.push((package.to_owned(), InstalledFile { path: path.trim_start_matches('/').into(), digest }));
                }
            }
            _ => {}
        }
    }
    let places: HashMap<String, usize> = packages.iter().enumerate().map(|(at, package)| (package.name.clone(), at)).collect();
    for (package, file) in files {
        if let Some(package) = places.get(&package).and_then(|at| packages.get_mut(*at)) {
            package.files.push(file);
        }
    }
    out.packages.append(&mut packages);
    if let Some(error) = damage {
        return Err(cannot(error));
    }
    if text.len() as u64 > MAX_BYTES {
        return Err(AnalyzeError::new(format!("has more than {MAX_BYTES} bytes, and the rest was not read")));
    }
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &[u8] = b"{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":5}
{\"kind\":\"package\",\"name\":\"base-files\",\"version\":\"13ubuntu10\",\"sha256\":\"ab12\",\"arch\":\"amd64\"}
{\"kind\":\"path\",\"path\":\"/etc/debian_version\",\"mode\":\"0644\",\"slices\":[\"base-files_release-info\"],\"sha256\":\"cd\",\"size\":13}
{\"kind\":\"path\",\"path\":\"/etc/\",\"mode\":\"0755\",\"slices\":[\"base-files_base\"]}
{\"kind\":\"slice\",\"name\":\"base-files_base\"}
";

    #[test]
    fn packages_and_what_was_cut_from_them() {
        check_together(
            &[("var/lib/chisel/manifest.wall", SAMPLE)],
            "deb base-files 13ubuntu10 amd64 (sha256:ab12)\nowns etc/debian_version",
        );
        check(
            &MANIFEST,
            "var/lib/chisel/manifest.wall",
            b"{\"kind\":\"package\"}\n{",
            "error line 1: a package without a name or a version (and 1 more)",
        );
    }

    #[test]
    fn it_is_compressed() {
        // A frame of zstd with one raw block.
        let line = b"{\"kind\":\"package\",\"name\":\"a\",\"version\":\"1\"}\n";
        let size = u8::try_from(line.len()).unwrap();
        let block = (u32::from(size) << 3 | 1).to_le_bytes();
        let frame = [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, size][..], &block[..3], line].concat();
        check(&MANIFEST, "var/lib/chisel/manifest.wall", &frame, "deb a 1 -");
        check(
            &MANIFEST,
            "var/lib/chisel/manifest.wall",
            &frame[..frame.len() - 1],
            "deb a 1 -\nerror: cannot be inflated: incomplete frame",
        );
    }

    #[test]
    fn never_panics() {
        robust(&MANIFEST, "var/lib/chisel/manifest.wall", SAMPLE);
    }
}
