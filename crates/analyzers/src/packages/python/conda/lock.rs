//! `conda-lock.yml` (version 1) and `pixi.lock` (versions 4 to 7).
//!
//! Both list a package once for each platform; the same version on several is one package with several places. In `pixi.lock` a package of Conda is its
//! address, with name and version in the file name.

use crate::{
    packages::{
        listing::Listing,
        python::{CONDA_LOCK, PIP, PIXI, licenses, normal, of_archive},
        tree::{self, Value},
        yaml,
    },
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::{HashMap, HashSet};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/conda-lock",
        version: 1,
        claims: &[Pattern::Name("conda-lock.yml"), Pattern::Name("conda-lock.yaml"), Pattern::Suffix(".conda-lock.yml")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(conda_lock),
};

pub(crate) const PIXI_LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pixi",
        version: 1,
        claims: &[Pattern::Name("pixi.lock")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(pixi_lock),
};

/// A package of either world.
struct Found<'v> {
    ecosystem: &'static Ecosystem,
    platform: &'v str,
    name: &'v str,
    version: &'v str,
    wanted: Vec<&'v str>,
    value: &'v Value<'v>,
}

fn conda_lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let documents = yaml::read(&text).or_note(&mut errors);
    let Some(root) = documents.first() else { return errors.into_result() };
    match root.word_of("version") {
        Some("1") => {}
        version => errors.add(1, || format!("unknown lockfile version `{}`, read like version 1", version.unwrap_or_default())),
    }
    let mut found = Vec::new();
    for value in root.items_of("package") {
        let (Some(name), Some(version)) = (value.word_of("name"), value.word_of("version")) else {
            errors.add(value.lines.start, || "a package without name or version".to_owned());
            continue;
        };
        let pip = value.text_of("manager") == Some("pip");
        let platform = value.text_of("platform").unwrap_or_default();
        let wanted = value.fields_of("dependencies").iter().map(|field| &*field.key).collect();
        found.push(Found { ecosystem: if pip { &PIP } else { &CONDA_LOCK }, platform, name, version, wanted, value });
    }
    list(file.path, &found, out);
    errors.into_result()
}

fn pixi_lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let documents = yaml::read(&text).or_note(&mut errors);
    let Some(root) = documents.first() else { return errors.into_result() };
    match root.word_of("version") {
        Some("4" | "5" | "6" | "7") => {}
        version => errors.add(1, || format!("unknown lockfile version `{}`, read like version 7", version.unwrap_or_default())),
    }
    let mut found = Vec::new();
    for value in root.items_of("packages") {
        // Up to version 5 `kind` says what it is, since then the key of the address. What is built from sources has a name before its folder.
        let kind = value.text_of("kind");
        let url = |key| value.text_of(key).or_else(|| value.text_of("url").or(value.text_of("path")).filter(|_| kind == Some(key)));
        let (ecosystem, in_name) = match (url("conda"), url("pypi"), value.text_of("conda_source")) {
            (Some(url), ..) => (&PIXI, of_conda(url)),
            (_, Some(url), _) => (&PIP, of_archive(url)),
            (.., Some(source)) => (&PIXI, source.split(['[', ' ']).next().map(|name| (name, ""))),
            (None, None, None) => {
                errors.add(value.lines.start, || "neither a package of Conda nor of Python's index".to_owned());
                continue;
            }
        };
        let name = value.word_of("name").or(in_name.map(|(name, _)| name));
        let version = value.word_of("version").or(in_name.map(|(_, version)| version));
        // A folder or a repository without a name is a member of the workspace that has its own files.
        let Some(name) = name else { continue };
        let lists = value.items_of("depends").iter().chain(value.items_of("requires_dist"));
        let word = |text: &'_ str| text.find(|c: char| c.is_whitespace() || "=<>!~[;(".contains(c)).unwrap_or(text.len());
        let wanted = lists.filter_map(Value::text).filter_map(|text| text.get(..word(text))).collect();
        found.push(Found { ecosystem, platform: "", name, version: version.unwrap_or_default(), wanted, value });
    }
    list(file.path, &found, out);
    errors.into_result()
}

/// `https://conda.anaconda.org/conda-forge/linux-64/python-3.12.0-hab00c5b_0_cpython.conda`
fn of_conda(url: &str) -> Option<(&str, &str)> {
    let file = url.rsplit('/').next()?;
    let stem = file.strip_suffix(".conda").or_else(|| file.strip_suffix(".tar.bz2"))?;
    let (rest, _build) = stem.rsplit_once('-')?;
    rest.rsplit_once('-')
}

fn list(path: &str, found: &[Found<'_>], out: &mut Facts) {
    let id = |found: &Found<'_>| if found.version.is_empty() { found.name.to_owned() } else { format!("{}@{}", found.name, found.version) };
    // Names of a platform; several versions of one are of different environments, and which of them is meant stays open.
    let mut ids: HashMap<(&str, &str, String), HashSet<String>> = HashMap::new();
    for package in found {
        let key = (package.ecosystem.id, package.platform, normal(package.name).into_owned());
        ids.entry(key).or_default().insert(id(package));
    }
    let mut listings: [(&'static Ecosystem, Listing); 3] = [&CONDA_LOCK, &PIXI, &PIP].map(|ecosystem| (ecosystem, Listing::default()));
    for package in found {
        let mut depends_on = Vec::new();
        for wanted in &package.wanted {
            let key = (package.ecosystem.id, package.platform, normal(wanted).into_owned());
            if let Some(known) = ids.get(&key).filter(|known| known.len() == 1) {
                depends_on.extend(known.iter().cloned());
            }
        }
        let value = package.value;
        let digest = value.text_of("sha256").or_else(|| value.get("hash").and_then(|hash| hash.text_of("sha256")));
        let listed = Package {
            name: package.name.to_owned(),
            version: package.version.to_owned(),
            licenses: value.text_of("license").map(licenses::of_text).unwrap_or_default(),
            dev: value.text_of("category") == Some("dev"),
            depends_on,
            digest: digest.map(|digest| format!("sha256:{}", digest.to_ascii_lowercase())),
            at: Place::file(path),
            ..Package::of(package.ecosystem)
        };
        if let Some((_, listing)) = listings.iter_mut().find(|(ecosystem, _)| *ecosystem == package.ecosystem) {
            listing.put(listed.on(value.lines));
        }
    }
    for (_, listing) in listings {
        listing.finish(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const CONDA: &[u8] = b"version: 1
metadata:
  platforms: [linux-64, osx-64]
package:
- name: zlib
  version: 1.2.13
  manager: conda
  platform: linux-64
  dependencies:
    libgcc-ng: '>=12'
  hash: {md5: x, sha256: AB}
  category: main
- name: zlib
  version: 1.2.13
  manager: conda
  platform: osx-64
  dependencies: {}
  category: dev
- {name: libgcc-ng, version: '12.10', manager: conda, platform: linux-64}
- {name: Flask, version: 2.0.0, manager: pip, platform: linux-64, category: dev}
- name: broken
";

    #[test]
    fn packages_of_platforms() {
        check(
            &LOCK,
            "conda-lock.yml",
            CONDA,
            "conda zlib 1.2.13 - @5 -> libgcc-ng@12.10 (sha256:ab) @13
             conda libgcc-ng 12.10 - @19
             pypi Flask 2.0.0 - @20 dev
             error line 21: a package without name or version",
        );
    }

    const PIXI_SAMPLE: &[u8] = b"version: 6
packages:
- conda: https://conda.anaconda.org/conda-forge/linux-64/python-3.12.0-hab00c5b_0_cpython.conda
  sha256: ab
  license: PSF
  depends:
  - libz_x >=1
- conda: https://conda.anaconda.org/conda-forge/linux-64/libz_x-1.3-0.tar.bz2
- pypi: https://files.example/Flask-2.0.0-py3-none-any.whl
  name: flask
  version: 2.0.0
  requires_dist: ['click>=8 ; x']
- pypi: https://files.example/click-8.0-py3-none-any.whl
- pypi: ./local
- odd: x
- conda_source: built[0123] @ .
- kind: pypi
  name: near
  version: 0.1.0
  path: ./near
";

    #[test]
    fn addresses_are_names() {
        check(
            &PIXI_LOCK,
            "pixi.lock",
            PIXI_SAMPLE,
            "conda python 3.12.0 - [PSF-2.0] @3 -> libz_x@1.3 (sha256:ab)
             conda libz_x 1.3 - @8
             conda built  - @16 id built
             pypi flask 2.0.0 - @9 -> click@8.0
             pypi click 8.0 - @13
             pypi near 0.1.0 - @17
             error line 15: neither a package of Conda nor of Python's index",
        );
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "conda-lock.yml", CONDA);
        robust(&PIXI_LOCK, "pixi.lock", PIXI_SAMPLE);
    }
}
