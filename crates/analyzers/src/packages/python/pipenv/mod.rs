//! `Pipfile.lock`.
//!
//! <https://pipenv.pypa.io/en/latest/pipfile.html>
//!
//! A map of packages for each category: `default`, `develop`, and those that the project made up. Versions begin with `==`. What comes from a
//! folder or a repository has none.

use super::PIPENV;
use crate::{
    packages::{
        json,
        listing::Listing,
        tree::{self, Value},
    },
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pipenv",
        version: 1,
        claims: &[Pattern::Name("Pipfile.lock")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let mut listing = Listing::default();
    for category in root.fields().iter().filter(|field| field.key != "_meta") {
        for field in category.value.fields() {
            if !field.value.is_map() {
                errors.add(field.line, || format!("`{}` is no package", field.key));
                continue;
            }
            let package = Package {
                name: field.key.to_string(),
                version: field.value.text_of("version").unwrap_or_default().trim_start_matches('=').trim().to_owned(),
                dev: category.key == "develop",
                digest: digest(&field.value),
                at: Place::file(file.path),
                ..Package::of(&PIPENV)
            };
            listing.put(package.on(field.value.lines));
        }
    }
    listing.finish(out);
    errors.into_result()
}

/// The only hash: with several nobody knows which archive is installed.
fn digest(package: &Value<'_>) -> Option<String> {
    match package.items_of("hashes") {
        [hash] => hash.text().filter(|hash| hash.starts_with("sha")).map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = br#"{
  "_meta": {"hash": {"sha256": "x"}, "sources": []},
  "default": {
    "a": {
      "hashes": ["sha256:01"],
      "version": "==1.0.0"
    },
    "local": {"path": "."},
    "odd": 1
  },
  "develop": {"a": {"version": "==1.0.0"}, "b": {"version": "==2.0", "hashes": ["sha256:1", "sha256:2"]}},
  "docs": {"c": {"version": "==3"}}
}"#;

    #[test]
    fn categories() {
        check(
            &LOCK,
            "Pipfile.lock",
            SAMPLE,
            "pypi a 1.0.0 - @4 (sha256:01) @11
             pypi local  - @8 id local
             pypi b 2.0 - @11 dev
             pypi c 3 - @12
             error line 9: `odd` is no package",
        );
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "Pipfile.lock", SAMPLE);
    }
}
