//! `pylock.toml` and `pylock.<name>.toml`.
//!
//! PEP 751, <https://packaging.python.org/en/latest/specifications/pylock-toml/>
//!
//! Packages for one or several environments. A package from a folder is the project itself. `dependencies` is optional and most tools leave it out;
//! where it is, it names just enough to tell the package. A marker about `dependency_groups` says which group wants a package.

use super::{PYLOCK, normal, project};
use crate::{
    packages::{
        listing::Listing,
        toml,
        tree::{self, Value},
    },
    text::file_name,
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::HashMap;

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pylock",
        version: 1,
        claims: &[Pattern::Name("pylock.toml"), Pattern::Like("pylock.", ".toml")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let name = file_name(file.path).strip_prefix("pylock.").and_then(|rest| rest.strip_suffix(".toml"));
    if name.is_some_and(|name| name.contains('.')) {
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = toml::read(&text).or_note(&mut errors);
    match root.text_of("lock-version") {
        Some(version) if version.starts_with("1.") => {}
        version => errors.add(1, || format!("unknown lock version `{}`, read like 1.0", version.unwrap_or_default())),
    }
    let defaults: Vec<&str> = root.items_of("default-groups").iter().filter_map(Value::text).collect();
    let packages = root.items_of("packages");
    let mut versions: HashMap<String, Vec<&str>> = HashMap::new();
    for value in packages {
        if let Some(name) = value.text_of("name") {
            versions.entry(normal(name).into_owned()).or_default().push(value.text_of("version").unwrap_or_default());
        }
    }
    let find = |wanted: &Value<'_>| {
        let name = normal(wanted.text_of("name")?);
        let known = versions.get(&*name)?;
        let version = match wanted.text_of("version") {
            Some(version) => known.iter().find(|known| **known == version)?,
            None => known.first().filter(|_| known.len() == 1)?,
        };
        Some(if version.is_empty() { name.into_owned() } else { format!("{name}@{version}") })
    };
    let mut listing = Listing::default();
    for value in packages {
        let Some(name) = value.text_of("name") else {
            errors.add(value.lines.start, || "a package without a name".to_owned());
            continue;
        };
        let folder = value.get("directory").and_then(|directory| directory.text_of("path"));
        listing.put(Package {
            name: normal(name).into_owned(),
            version: value.text_of("version").unwrap_or_default().to_owned(),
            relationship: if folder.is_some() { Relationship::Root } else { Relationship::Unknown },
            dev: value.text_of("marker").is_some_and(|marker| is_development(marker, &defaults)),
            depends_on: value.items_of("dependencies").iter().filter_map(find).collect(),
            at: Place { lines: Some(value.lines), ..Place::file(file.path) },
            ..Package::of(&PYLOCK)
        });
    }
    listing.finish(out);
    project::note_lock(file.path, out);
    errors.into_result()
}

/// `'dev' in dependency_groups`, and no group is installed without being asked for.
fn is_development(marker: &str, defaults: &[&str]) -> bool {
    let mut groups = marker.split("dependency_groups").map(|before| before.trim_end().strip_suffix("in").map(str::trim_end)).peekable();
    let mut any = false;
    while let Some(before) = groups.next() {
        if groups.peek().is_none() {
            // What follows the last one.
            break;
        }
        let Some(quoted) = before.and_then(|before| before.strip_suffix(['\'', '"'])) else { return false };
        let Some((_, group)) = quoted.rsplit_once(['\'', '"']) else { return false };
        if defaults.contains(&group) {
            return false;
        }
        any = true;
    }
    any && !marker.contains("extras") && !marker.contains("not in dependency_groups")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &[u8] = br#"lock-version = "1.0"
created-by = "hand"
[[packages]]
name = "Demo_App"
directory = { path = ".", editable = true }
[[packages]]
name = "a"
version = "1.0"
dependencies = [{ name = "B" }, { name = "c", version = "2" }, { name = "gone" }]
wheels = [{ url = "https://x/a.whl", hashes = { sha256 = "00" } }]
[[packages]]
name = "b"
version = "1.5"
marker = "'dev' in dependency_groups or python_version < '3'"
[[packages]]
name = "c"
version = "1"
[[packages]]
name = "c"
version = "2"
[[packages]]
version = "2"
"#;

    #[test]
    fn packages_and_groups() {
        check(
            &LOCK,
            "pylock.dev.toml",
            SAMPLE,
            "pypi demo-app  - @3 root id demo-app
             pypi a 1.0 - @6 -> b@1.5, c@2
             pypi b 1.5 - @11 dev
             pypi c 1 - @15
             pypi c 2 - @18
             manifest python/lock - -
             error line 21: a package without a name",
        );
        check(&LOCK, "pylock.a.b.toml", SAMPLE, "");
    }

    #[test]
    fn the_project_says_what_is_wanted() {
        let lock = b"lock-version = '1.0'\n[[packages]]\nname = 'demo'\ndirectory = {path = '.'}\n[[packages]]\nname = 'a'\nversion = '1'\n[[packages]]\nname = 'b'\nversion = '1'\n";
        check_together(
            &[("pylock.toml", lock), ("pyproject.toml", b"[project]\nname = 'demo'\ndependencies = ['A']\n")],
            "pypi a 1 - @5 direct
             pypi b 1 - @8 indirect
             pypi demo  - @2 root id demo -> a@1",
        );
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "pylock.toml", SAMPLE);
    }
}
