//! Metadata that installers leave: `*.dist-info/METADATA` of wheels, `PKG-INFO` of eggs, `*.egg-info` files of distutils.
//!
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>
//!
//! Headers like those of a mail, the description after them. A source tree has a `PKG-INFO` too, which proves nothing about an installation, so only
//! those in a folder of an installer count. Bills of materials that a wheel carries (`*.dist-info/sboms`) are other analyzers'.

use super::{PYTHON_PKG, licenses::licenses};
use crate::{
    packages::listing::folder,
    text::{file_name, lines},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const METADATA: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/python-pkg",
        version: 1,
        claims: &[Pattern::Name("METADATA"), Pattern::Name("PKG-INFO"), Pattern::Suffix(".egg-info")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(metadata),
};

fn metadata(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let parent = file_name(folder(file.path));
    let installed = match file_name(file.path) {
        "METADATA" => parent.ends_with(".dist-info") || parent.ends_with(".egg-info"),
        "PKG-INFO" => parent.ends_with(".egg-info") || parent == "EGG-INFO",
        _ => true,
    };
    if installed {
        out.packages.push(read(file.bytes, file.path)?);
    }
    Ok(())
}

/// The package that metadata describes.
pub(super) fn read(bytes: &[u8], path: &str) -> Result<Package, AnalyzeError> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (_, line) in lines(bytes) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            // Writers of long values put a bar before each line.
            if let Some((_, value)) = headers.last_mut() {
                value.push('\n');
                value.push_str(line.trim().trim_start_matches('|').trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let all = |wanted: &'static str| headers.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let first = |wanted| all(wanted).find(|value| !value.is_empty());
    let (Some(name), Some(version)) = (first("name"), first("version")) else {
        return Err(AnalyzeError::new("the metadata has no name or no version"));
    };
    let classifiers: Vec<&str> = all("classifier").collect();
    Ok(Package {
        name: name.to_owned(),
        version: version.to_owned(),
        licenses: licenses(first("license-expression"), &classifiers, first("license")),
        at: Place::file(path),
        ..Package::of(&PYTHON_PKG)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &[u8] = b"Metadata-Version: 2.1\r
Name: Demo_Pkg\r
Version: 1.0.0\r
License: MIT License\r
        \r
        Copyright\r
Classifier: Programming Language :: Python\r
\r
Name: not this\r
";

    #[test]
    fn installed_distributions() {
        let expected = "pypi Demo_Pkg 1.0.0 - [MIT]";
        for path in [
            "usr/lib/python3/site-packages/demo_pkg-1.0.0.dist-info/METADATA",
            "x/demo.egg-info/PKG-INFO",
            "x/demo.egg/EGG-INFO/PKG-INFO",
            "usr/lib/python3/dist-packages/demo-1.0.0.egg-info",
        ] {
            check(&METADATA, path, SAMPLE, expected);
        }
        for path in ["demo-1.0.0/PKG-INFO", "git/METADATA", "x.dist-info/sboms/METADATA"] {
            check(&METADATA, path, SAMPLE, "");
        }
        check(&METADATA, "x.dist-info/METADATA", b"Name: a\n", "error: the metadata has no name or no version");
    }

    #[test]
    fn a_virtual_environment_knows_licences() {
        check_together(
            &[
                ("app/requirements.txt", b"demo.pkg==1.0.0\n"),
                ("app/.venv/lib/python3.12/site-packages/demo_pkg-1.0.0.dist-info/METADATA", SAMPLE),
            ],
            "pypi demo.pkg 1.0.0 - [MIT] @1
             pypi Demo_Pkg 1.0.0 - [MIT]",
        );
    }

    #[test]
    fn never_panics() {
        robust(&METADATA, "a.dist-info/METADATA", SAMPLE);
    }
}
