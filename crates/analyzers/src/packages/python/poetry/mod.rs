//! `poetry.lock`, versions 1 to 2.1.
//!
//! <https://python-poetry.org/docs/basic-usage/#committing-your-poetrylock-file-to-version-control>
//!
//! Packages with the ranges they want; there may be several versions of one, for different Pythons. Old files mark development with `category`, those
//! since 2.1 name the `groups`. In between only `pyproject.toml` beside it knows, which also says what is wanted directly.

use super::{POETRY, normal, project};
use crate::{
    packages::{
        listing::Listing,
        toml,
        tree::{self, Data, Value},
    },
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::HashMap;

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/poetry",
        version: 1,
        claims: &[Pattern::Name("poetry.lock")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = toml::read(&text).or_note(&mut errors);
    let packages = root.items_of("package");
    let versions = Versions::of(packages);
    let mut listing = Listing::default();
    for value in packages {
        let (Some(name), Some(version)) = (value.text_of("name"), value.text_of("version")) else {
            errors.add(value.lines.start, || "a package without name or version".to_owned());
            continue;
        };
        let mut groups = value.items_of("groups").iter().filter_map(Value::text).peekable();
        let dev = value.text_of("category") == Some("dev") || groups.peek().is_some() && !groups.any(|group| group == "main");
        let wanted = value.fields_of("dependencies").iter();
        listing.put(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            dev,
            depends_on: wanted.flat_map(|field| versions.fitting(&field.key, &ranges(&field.value))).collect(),
            at: Place { lines: Some(value.lines), ..Place::file(file.path) },
            ..Package::of(&POETRY)
        });
    }
    listing.finish(out);
    project::note_lock(file.path, out);
    errors.into_result()
}

/// `">=1"`, `{version = ">=1", …}`, or a list of such tables.
fn ranges<'v>(value: &'v Value<'_>) -> Vec<&'v str> {
    match &value.data {
        Data::List(items) => items.iter().filter_map(|item| item.text_of("version")).collect(),
        Data::Map(_) => value.text_of("version").into_iter().collect(),
        _ => value.text().into_iter().collect(),
    }
}

/// The versions that a file has of each package.
pub(super) struct Versions<'v> {
    of: HashMap<String, Vec<(&'v str, &'v str)>>,
}

impl<'v> Versions<'v> {
    pub(super) fn of(packages: &'v [Value<'_>]) -> Self {
        let mut of: HashMap<String, Vec<(&str, &str)>> = HashMap::new();
        for package in packages {
            let (Some(name), Some(version)) = (package.text_of("name"), package.text_of("version")) else { continue };
            let known = of.entry(normal(name).into_owned()).or_default();
            if !known.contains(&(name, version)) && known.len() < 64 {
                known.push((name, version));
            }
        }
        Self { of }
    }

    /// The ids of those that one of the ranges allows, or of the only one.
    pub(super) fn fitting(&self, name: &str, ranges: &[&str]) -> Vec<String> {
        let Some(known) = self.of.get(&*normal(name)) else { return Vec::new() };
        let id = |(name, version): &(&str, &str)| format!("{name}@{version}");
        if let [only] = known.as_slice() {
            return vec![id(only)];
        }
        let constraints: Vec<_> = ranges.iter().take(16).filter_map(|range| POETRY.versions.constraint(range).ok()).collect();
        let fits = |version: &str| constraints.iter().any(|constraint| constraint.matches(version).unwrap_or(false));
        known.iter().filter(|(_, version)| ranges.is_empty() || fits(version)).map(id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &[u8] = br#"[[package]]
name = "a"
version = "1.0.0"
groups = ["main"]

[package.dependencies]
B_x = {version = ">=2", markers = "x"}
c = [{version = "<1"}, {version = ">=3"}]
gone = "*"

[[package]]
name = "b-x"
version = "2.0.0"
category = "main"

[[package]]
name = "c"
version = "0.5"
groups = ["dev"]

[[package]]
name = "c"
version = "2.0"

[[package]]
name = "c"
version = "3.0"

[[package]]
name = "broken"

[metadata]
lock-version = "2.1"
"#;

    #[test]
    fn packages_of_all_versions() {
        check(
            &LOCK,
            "poetry.lock",
            SAMPLE,
            "pypi a 1.0.0 - @1 -> b-x@2.0.0, c@0.5, c@3.0
             pypi b-x 2.0.0 - @11
             pypi c 0.5 - @16 dev
             pypi c 2.0 - @21
             pypi c 3.0 - @25
             manifest python/lock - -
             error line 29: a package without name or version",
        );
    }

    #[test]
    fn the_project_says_what_is_wanted() {
        let project = br#"[project]
name = "demo"
dependencies = ["A[x]>=1"]
[tool.poetry.group.dev.dependencies]
c = "<3"
"#;
        check_together(
            &[("x/poetry.lock", SAMPLE), ("x/pyproject.toml", project)],
            "pypi a 1.0.0 - @1 direct -> b-x@2.0.0, c@0.5, c@3.0
             pypi b-x 2.0.0 - @11 indirect
             pypi c 0.5 - @16 direct dev
             pypi c 2.0 - @21 direct dev
             pypi c 3.0 - @25 direct
             diagnostic Warning a package without name or version
             error x/poetry.lock: a package without name or version",
        );
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "poetry.lock", SAMPLE);
    }
}
