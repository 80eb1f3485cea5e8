//! `uv.lock`, version 1.
//!
//! <https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>
//!
//! All packages of a workspace for all environments, its members among them: their source is a folder, the root's is `.`. `dependencies` are wanted
//! always, `optional-dependencies` by extras, `dev-dependencies` by groups for development. A version stands in a dependency only where there are
//! several. A workspace whose root is no package has no root here, its groups are in `manifest`.

use super::{UV, normal};
use crate::{
    packages::{
        listing::{Listing, reach},
        toml,
        tree::{self, Value},
    },
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::{BTreeSet, HashMap, HashSet};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/uv",
        version: 1,
        claims: &[Pattern::Name("uv.lock"), Pattern::Suffix(".py.lock")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = toml::read(&text).or_note(&mut errors);
    match root.word_of("version") {
        Some("1") => {}
        version => errors.add(1, || format!("unknown lockfile version `{}`, read like version 1", version.unwrap_or_default())),
    }
    let members: HashSet<&str> =
        root.at(&["manifest", "members"]).map(Value::items).unwrap_or_default().iter().filter_map(Value::text).collect();
    let mut listing = Listing::default();
    // The same name with different sources may have the same version.
    let mut nodes: HashMap<String, Vec<(&str, usize)>> = HashMap::new();
    let mut entries = Vec::new();
    for value in root.items_of("package") {
        let Some(name) = value.text_of("name") else {
            errors.add(value.lines.start, || "a package without a name".to_owned());
            continue;
        };
        let version = value.text_of("version").unwrap_or_default();
        let source = |kind| value.get("source").and_then(|source| source.text_of(kind));
        let folder = ["editable", "virtual"].into_iter().find_map(source);
        let relationship = match folder {
            Some(".") => Relationship::Root,
            _ if members.contains(name) => Relationship::Workspace,
            _ => Relationship::Indirect,
        };
        let at = listing.put(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            relationship,
            at: Place { lines: Some(value.lines), ..Place::file(file.path) },
            ..Package::of(&UV)
        });
        nodes.entry(normal(name).into_owned()).or_default().push((version, at));
        entries.push((at, value, matches!(relationship, Relationship::Root | Relationship::Workspace)));
    }
    let find = |wanted: &Value<'_>| -> Vec<usize> {
        let Some(known) = wanted.text_of("name").and_then(|name| nodes.get(&*normal(name))) else { return Vec::new() };
        let version = wanted.text_of("version");
        known.iter().filter(|(known, _)| version.is_none_or(|version| *known == version)).take(64).map(|(_, at)| *at).collect()
    };
    let (mut needs, mut edges) = (vec![Vec::new(); listing.len()], vec![Vec::new(); listing.len()]);
    let (mut runtime, mut direct) = (BTreeSet::new(), BTreeSet::new());
    for (at, value, is_project) in &entries {
        let mut own: Vec<usize> = value.items_of("dependencies").iter().flat_map(&find).collect();
        for extra in value.fields_of("optional-dependencies") {
            own.extend(extra.value.items().iter().flat_map(&find));
        }
        let groups = value.fields_of("dev-dependencies").iter().flat_map(|group| group.value.items());
        let development: Vec<usize> = groups.flat_map(&find).collect();
        if *is_project {
            runtime.insert(*at);
            direct.extend(own.iter().chain(&development));
        }
        if let (Some(needs), Some(edges)) = (needs.get_mut(*at), edges.get_mut(*at)) {
            needs.extend_from_slice(&own);
            edges.append(&mut own);
            edges.extend(development);
        }
    }
    if let Some(manifest) = root.get("manifest") {
        let wanted: Vec<usize> = manifest.items_of("requirements").iter().flat_map(&find).collect();
        direct.extend(&wanted);
        runtime.extend(wanted);
        let groups = manifest.fields_of("dependency-groups").iter().flat_map(|group| group.value.items());
        direct.extend(groups.flat_map(&find));
    }
    // A file that names no project says nothing about development.
    let knows = !runtime.is_empty();
    let needed = reach(runtime, &needs);
    let ids: Vec<String> = (0..listing.len()).filter_map(|at| listing.get(at).map(Package::key)).collect();
    for (at, package) in listing.iter_mut().enumerate() {
        package.dev = knows && needed.get(at) != Some(&true);
        if direct.contains(&at) && package.relationship == Relationship::Indirect {
            package.relationship = Relationship::Direct;
        }
        package.depends_on = edges.get(at).into_iter().flatten().filter_map(|target| ids.get(*target).cloned()).collect();
    }
    listing.finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = br#"version = 1
requires-python = ">=3.9"

[manifest]
members = ["demo", "lib"]

[[package]]
name = "demo"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "a" },
    { name = "n", version = "1.0", source = { registry = "x" }, marker = "x" },
]

[package.optional-dependencies]
web = [{ name = "w" }]

[package.dev-dependencies]
dev = [{ name = "t" }]

[[package]]
name = "lib"
source = { virtual = "lib" }
dependencies = [{ name = "n", version = "2.0" }]

[[package]]
name = "a"
version = "1.0"
dependencies = [{ name = "b", extra = ["x"] }]
wheels = [
    { url = "https://x/a.whl", hash = "sha256:00", size = 1 },
]

[[package]]
name = "b"
version = "1.0"

[[package]]
name = "n"
version = "1.0"

[[package]]
name = "n"
version = "2.0"

[[package]]
name = "t"
version = "1.0"
dependencies = [{ name = "u" }, { name = "b" }]

[[package]]
name = "u"
version = "1.0"

[[package]]
name = "w"
version = "1.0"
"#;

    #[test]
    fn workspaces() {
        check(
            &LOCK,
            "uv.lock",
            SAMPLE,
            "pypi demo 0.1.0 - @7 root -> a@1.0, n@1.0, t@1.0, w@1.0
             pypi lib  - @22 workspace id lib -> n@2.0
             pypi a 1.0 - @27 direct -> b@1.0
             pypi b 1.0 - @35 indirect
             pypi n 1.0 - @39 direct
             pypi n 2.0 - @43 direct
             pypi t 1.0 - @47 direct dev -> b@1.0, u@1.0
             pypi u 1.0 - @52 indirect dev
             pypi w 1.0 - @56 direct",
        );
    }

    #[test]
    fn scripts_have_requirements() {
        check(
            &LOCK,
            "tool.py.lock",
            b"version = 1\n[manifest]\nrequirements = [{ name = 'a' }]\n[[package]]\nname = 'a'\nversion = '1'\n",
            "pypi a 1 - @4 direct",
        );
        check(&LOCK, "uv.lock", b"version = 2\n", "error line 1: unknown lockfile version `2`, read like version 1");
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "uv.lock", SAMPLE);
    }
}
