//! `*.egg`: a zip archive with a distribution in it, as `easy_install` left them.
//!
//! <https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html>
//!
//! Only `EGG-INFO/PKG-INFO` is read. An egg may be a folder too: its metadata is a file like others then.

use super::installed;
use crate::unit::{LARGE, Run, Unit};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use probity_vfs::zip::{Archive, ZipBudget, ZipLimits};

pub(crate) const EGG: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/python-egg",
        version: 1,
        claims: &[Pattern::Suffix(".egg")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(egg),
};

/// Metadata with the longest descriptions has a few hundred kilobytes.
const MAX_METADATA: u64 = 4 << 20;

fn egg(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let failed = |error| AnalyzeError::new(format!("cannot read the archive: {error}"));
    let budget = ZipBudget::new(ZipLimits { bytes: MAX_METADATA, ..ZipLimits::default() });
    let archive = Archive::open(file.bytes).map_err(failed)?;
    for entry in archive.entries(&budget) {
        let entry = entry.map_err(failed)?;
        if entry.name == "EGG-INFO/PKG-INFO" {
            let bytes = archive.read_at_most(&entry, MAX_METADATA, &budget).map_err(failed)?;
            out.packages.push(installed::read(&bytes, file.path)?);
            return Ok(());
        }
    }
    Err(AnalyzeError::new("no `EGG-INFO/PKG-INFO` in the archive"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};
    use std::io::Write as _;

    fn archive(name: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name, options).unwrap();
        zip.write_all(b"Name: demo\nVersion: 1.0\nLicense: MIT\n\nText\n").unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn metadata_in_an_archive() {
        check(&EGG, "x/demo-1.0-py3.9.egg", &archive("EGG-INFO/PKG-INFO"), "pypi demo 1.0 - [MIT]");
        check(&EGG, "x/demo.egg", &archive("other"), "error: no `EGG-INFO/PKG-INFO` in the archive");
        let mut facts = Facts::default();
        let file = File { path: "x.egg", meta: probity_model::analyzer::FileMeta::default(), bytes: b"no archive" };
        assert!(egg(&file, &mut facts).is_err());
    }

    #[test]
    fn never_panics() {
        robust(&EGG, "demo.egg", &archive("EGG-INFO/PKG-INFO"));
    }
}
