//! Conda: what is installed (`conda-meta/*.json`), what is wanted (`environment.yml`), what was resolved (`conda-lock.yml`, `pixi.lock`).
//!
//! <https://docs.conda.io/projects/conda/en/latest/dev-guide/specs/prefix-record.html>, <https://conda.github.io/conda-lock/output/>,
//! <https://pixi.sh/latest/workspace/lockfile/>
//!
//! Environments may have packages of Python's index as well (`pip:`): these are packages of pip, because advisories know them as such. The digest of an
//! installed package is the SHA-1 of its record, by which today's scanners name it.

mod environment;
mod lock;

pub(crate) use environment::ENVIRONMENT;
pub(crate) use lock::{LOCK, PIXI_LOCK};

use super::{CONDA_PKG, licenses};
use crate::{
    packages::{
        json,
        tree::{self},
    },
    text::hex,
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use sha1::{Digest as _, Sha1};

pub(crate) const META: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/conda-pkg",
        version: 1,
        claims: &[Pattern::In("conda-meta", ".json")],
        provides: &[Capability::Packages],
        // A record lists all files of its package.
        max_bytes: LARGE,
    },
    run: Run::Strict(meta),
};

fn meta(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let (Some(name), Some(version)) = (root.text_of("name"), root.text_of("version")) else {
        errors.add(1, || "no `name` or no `version`".to_owned());
        return errors.into_result();
    };
    out.packages.push(Package {
        name: name.to_owned(),
        version: version.to_owned(),
        licenses: root.text_of("license").map(licenses::of_text).unwrap_or_default(),
        digest: Some(format!("sha1:{}", hex(&Sha1::digest(file.bytes)))),
        at: Place::file(file.path),
        ..Package::of(&CONDA_PKG)
    });
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = br#"{"name": "openssl", "version": "3.0.8", "build": "h0_0", "license": "BSD 3-Clause"}"#;

    #[test]
    fn records_of_installed_packages() {
        check(
            &META,
            "opt/conda/envs/x/conda-meta/openssl-3.0.8-h0_0.json",
            SAMPLE,
            "conda openssl 3.0.8 - [BSD-3-Clause] (sha1:506f8abe69db411c126640a32b65881a776ab034)",
        );
        check(&META, "conda-meta/a.json", b"{}", "error line 1: no `name` or no `version`");
    }

    #[test]
    fn never_panics() {
        robust(&META, "conda-meta/a-1-0.json", SAMPLE);
    }
}
