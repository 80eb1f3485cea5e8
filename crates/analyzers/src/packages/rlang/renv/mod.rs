//! `renv.lock`.
//!
//! <https://rstudio.github.io/renv/reference/lockfile-api.html>
//!
//! `Packages` has a record for each package. Older versions write `Requirements`, a list of names; from 1.1 on a record is the package's whole
//! `DESCRIPTION`, with `Depends`, `Imports` and `LinkingTo` as lists of `name (>= version)`. What the project itself names is not written. `Hash` is one of
//! the description, not of an archive.

use super::{RENV, licenses, of_bioconductor};
use crate::{
    packages::{
        json,
        listing::Listing,
        tree::{self, Value},
    },
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::HashMap;

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/renv",
        version: 1,
        claims: &[Pattern::Name("renv.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    if root.get("Packages").is_none() {
        errors.add(root.lines.start, || "no `Packages`".to_owned());
    }
    let mut listing = Listing::default();
    let mut ids: HashMap<&str, String> = HashMap::new();
    let mut needs: Vec<(usize, &Value<'_>)> = Vec::new();
    for field in root.fields_of("Packages") {
        let entry = &field.value;
        let name = entry.text_of("Package").unwrap_or(&field.key);
        let Some(version) = entry.text_of("Version").filter(|_| !name.is_empty()) else {
            errors.add(field.line, || format!("`{}` has no version", crate::text::snippet(name, 60)));
            continue;
        };
        let mut package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licenses: entry.text_of("License").map(licenses).unwrap_or_default(),
            at: Place::file(file.path),
            ..Package::of(&RENV)
        };
        if entry.text_of("Source") == Some("Bioconductor") {
            of_bioconductor(&mut package);
        }
        ids.insert(name, package.key());
        needs.push((listing.put(package.on(field.lines())), entry));
    }
    for (at, entry) in needs {
        let lists = ["Requirements", "Depends", "Imports", "LinkingTo"].iter().flat_map(|key| entry.items_of(key));
        let names = lists.filter_map(|item| item.text()?.split([' ', '(']).next());
        if let Some(package) = listing.get_mut(at) {
            package.depends_on.extend(names.filter_map(|name| ids.get(name).cloned()));
        }
    }
    listing.finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = r#"{
  "R": {"Version": "4.3.1", "Repositories": [{"Name": "CRAN", "URL": "https://cran.example"}]},
  "Packages": {
    "cli": {
      "Package": "cli",
      "Version": "3.6.1",
      "Source": "Repository",
      "Requirements": ["R", "utils"]
    },
    "rlang": {
      "Package": "rlang", "Version": "1.1.1-2", "License": "MIT + file LICENSE",
      "Depends": ["R (>= 3.5)"], "Imports": ["cli (>= 3.0)", "missing"], "LinkingTo": ["cli"]
    },
    "limma": {"Package": "limma", "Version": "3.56.2", "Source": "Bioconductor"},
    "none": {}
  }
}"#;

    #[test]
    fn old_and_new_records() {
        check(
            &LOCK,
            "renv.lock",
            SAMPLE.as_bytes(),
            "cran cli 3.6.1 - @4
             cran rlang 1.1.1-2 - [MIT] @10 -> cli@3.6.1
             cran limma 3.56.2 - @14
             error line 15: `none` has no version",
        );
        check(&LOCK, "renv.lock", b"{}", "error line 1: no `Packages`");
    }

    #[test]
    fn packages_of_bioconductor_have_its_urls() {
        let file = File { path: "renv.lock", meta: probity_model::analyzer::FileMeta::default(), bytes: SAMPLE.as_bytes() };
        let mut facts = Facts::default();
        assert!(lock(&file, &mut facts).is_err());
        assert_eq!(facts.packages[2].purl, "pkg:bioconductor/limma@3.56.2");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&LOCK, "renv.lock", SAMPLE.as_bytes());
    }
}
