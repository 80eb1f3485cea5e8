//! `pdm.lock`.
//!
//! <https://pdm-project.org/latest/usage/lockfile/>
//!
//! A package appears once for each set of extras. Since version 4.4 `groups` says who wants it: `default`, or the groups of the project. Without
//! `pyproject.toml` beside it, what `default` does not want is taken to be for development.

use super::{PDM, Wanted, poetry::Versions, project};
use crate::{
    packages::{
        listing::Listing,
        toml,
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
        id: "packages/pdm",
        version: 1,
        claims: &[Pattern::Name("pdm.lock")],
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
        let Some(name) = value.text_of("name") else {
            errors.add(value.lines.start, || "a package without a name".to_owned());
            continue;
        };
        let mut groups = value.items_of("groups").iter().filter_map(Value::text).peekable();
        let dev = groups.peek().is_some() && !groups.any(|group| group == "default");
        let wanted = value.items_of("dependencies").iter().filter_map(Value::text).filter_map(Wanted::read);
        // A package with extras wants itself without them.
        let wanted = wanted.filter(|wanted| wanted.name != name);
        listing.put(Package {
            name: name.to_owned(),
            version: value.text_of("version").unwrap_or_default().to_owned(),
            dev,
            depends_on: wanted
                .flat_map(|wanted| versions.fitting(wanted.name, Some(wanted.range).filter(|r| !r.is_empty()).as_slice()))
                .collect(),
            at: Place { lines: Some(value.lines), ..Place::file(file.path) },
            ..Package::of(&PDM)
        });
    }
    listing.finish(out);
    project::note_lock(file.path, out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &[u8] = br#"[metadata]
groups = ["default", "dev", "web"]

[[package]]
name = "a"
version = "1.0.0"
groups = ["default"]
dependencies = ["b>=2; python_version < '3.12'", "gone"]

[[package]]
name = "a"
version = "1.0.0"
extras = ["x"]
groups = ["web"]
dependencies = ["a==1.0.0", "c"]

[[package]]
name = "b"
version = "2.0"
groups = ["default", "dev"]

[[package]]
name = "c"
version = "1.0"
groups = ["web"]

[[package]]
name = "t"
version = "1.0"
groups = ["dev"]
"#;

    #[test]
    fn groups() {
        check(
            &LOCK,
            "pdm.lock",
            SAMPLE,
            "pypi a 1.0.0 - @4 -> b@2.0, c@1.0
             pypi b 2.0 - @17
             pypi c 1.0 - @22 dev
             pypi t 1.0 - @27 dev
             manifest python/lock - -",
        );
    }

    #[test]
    fn optional_groups_of_the_project_are_not_development() {
        let project = b"[project]\ndependencies = ['a']\noptional-dependencies = { web = ['c'] }\n[dependency-groups]\ndev = ['t', { include-group = 'x' }]\n";
        check_together(
            &[("pdm.lock", SAMPLE), ("pyproject.toml", project)],
            "pypi a 1.0.0 - @4 direct -> b@2.0, c@1.0
             pypi b 2.0 - @17 indirect
             pypi c 1.0 - @22 direct
             pypi t 1.0 - @27 direct dev",
        );
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "pdm.lock", SAMPLE);
    }
}
