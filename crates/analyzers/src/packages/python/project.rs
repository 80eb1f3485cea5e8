//! `pyproject.toml`, joined with the lockfile beside it.
//!
//! <https://packaging.python.org/en/latest/specifications/pyproject-toml/>, PEP 735 (groups), and the tables of Poetry and PDM.
//!
//! It says what is wanted directly, and what for development: groups, `dev-dependencies`. Extras of the project (`optional-dependencies`) are not for
//! development: its users may ask for them.

use super::{PDM, POETRY, PYLOCK, Wanted, normal};
use crate::{
    packages::{
        listing::{folder, reach},
        toml,
        tree::{self, Field, Value},
    },
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship, Requirement, Scope},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

pub(crate) const PYPROJECT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pyproject",
        version: 1,
        claims: &[Pattern::Name("pyproject.toml")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(pyproject),
};

const MANIFEST: &str = "python/pyproject";
const LOCK: &str = "python/lock";

/// Leaves word of a lockfile, even of one without packages.
pub(super) fn note_lock(path: &str, out: &mut Facts) {
    out.manifests.push(Manifest { kind: LOCK, at: Place::file(path), ..Manifest::default() });
}

fn pyproject(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = toml::read(&text).or_note(&mut errors);
    let mut requirements = Vec::new();
    let mut list = |value: Option<&Value<'_>>, scope: Scope| {
        let items = value.map(Value::items).unwrap_or_default().iter();
        requirements.extend(items.filter_map(|item| requirement(item.text()?, scope, item.lines)));
    };
    list(root.at(&["project", "dependencies"]), Scope::Runtime);
    let fields = |path: &[&str]| root.at(path).map(Value::fields).unwrap_or_default();
    for (path, scope) in [
        (&["project", "optional-dependencies"][..], Scope::Optional),
        (&["dependency-groups"], Scope::Dev),
        (&["tool", "pdm", "dev-dependencies"], Scope::Dev),
    ] {
        for group in fields(path) {
            list(Some(&group.value), scope);
        }
    }
    list(root.at(&["tool", "uv", "dev-dependencies"]), Scope::Dev);
    let poetry = |table: &[Field<'_>], scope: Scope| {
        let named = table.iter().filter(|field| field.key != "python");
        let range = |field: &Field<'_>| field.value.text().or_else(|| field.value.text_of("version")).unwrap_or("*").to_owned();
        named
            .map(|field| Requirement { name: normal(&field.key).into_owned(), range: range(field), scope, lines: Some(field.lines()) })
            .collect::<Vec<_>>()
    };
    requirements.extend(poetry(fields(&["tool", "poetry", "dependencies"]), Scope::Runtime));
    requirements.extend(poetry(fields(&["tool", "poetry", "dev-dependencies"]), Scope::Dev));
    for group in fields(&["tool", "poetry", "group"]) {
        requirements.extend(poetry(group.value.fields_of("dependencies"), Scope::Dev));
    }
    out.manifests.push(Manifest {
        kind: MANIFEST,
        name: root.at(&["project", "name"]).or_else(|| root.at(&["tool", "poetry", "name"])).and_then(Value::text).map(str::to_owned),
        requirements,
        at: Place::file(file.path),
        ..Manifest::default()
    });
    errors.into_result()
}

fn requirement(text: &str, scope: Scope, lines: Lines) -> Option<Requirement> {
    let wanted = Wanted::read(text)?;
    Some(Requirement { name: normal(wanted.name).into_owned(), range: wanted.range.to_owned(), scope, lines: Some(lines) })
}

/// Gives relationships to the packages of Poetry, PDM and `pylock.toml`. uv's lockfile knows them itself.
pub(super) fn assemble(facts: &mut Facts) {
    let mut projects: HashMap<Arc<str>, &Manifest> = HashMap::new();
    for manifest in facts.manifests.iter().filter(|manifest| manifest.kind == MANIFEST) {
        let known = projects.entry(folder(&manifest.at.path).into()).or_insert(manifest);
        if manifest.at.is_visible() && !known.at.is_visible() {
            *known = manifest;
        }
    }
    if projects.is_empty() || !facts.manifests.iter().any(|manifest| manifest.kind == LOCK) {
        return;
    }
    let mut locks: BTreeMap<(Arc<str>, Option<u32>), Vec<usize>> = BTreeMap::new();
    for (index, package) in facts.packages.iter().enumerate() {
        if [&POETRY, &PDM, &PYLOCK].iter().any(|ecosystem| **ecosystem == *package.ecosystem) {
            locks.entry((Arc::clone(&package.at.path), package.at.layer)).or_default().push(index);
        }
    }
    let mut changes = Vec::new();
    for ((path, _), indices) in &locks {
        if let Some(project) = projects.get(folder(path)) {
            join(project, indices, &facts.packages, &mut changes);
        }
    }
    for (index, change) in changes {
        if let Some(package) = facts.packages.get_mut(index) {
            match change {
                Change::Place { relationship, dev } => (package.relationship, package.dev) = (relationship, dev),
                Change::DependsOn(ids) => package.depends_on = ids,
            }
        }
    }
}

enum Change {
    Place { relationship: Relationship, dev: bool },
    DependsOn(Vec<String>),
}

fn join(project: &Manifest, indices: &[usize], packages: &[Package], changes: &mut Vec<(usize, Change)>) {
    let of = |dev: bool| -> HashSet<&str> {
        let wanted = project.requirements.iter().filter(|wanted| (wanted.scope == Scope::Dev) == dev);
        wanted.map(|wanted| wanted.name.as_str()).collect()
    };
    let (runtime, development) = (of(false), of(true));
    let listed: Vec<(usize, &Package)> = indices.iter().filter_map(|index| Some((*index, packages.get(*index)?))).collect();
    let nodes: HashMap<String, usize> = listed.iter().enumerate().map(|(node, (_, package))| (package.key(), node)).collect();
    let edges: Vec<Vec<usize>> =
        listed.iter().map(|(_, package)| package.depends_on.iter().filter_map(|id| nodes.get(id).copied()).collect()).collect();
    let starts = listed.iter().enumerate().filter(|(_, (_, package))| runtime.contains(&*normal(&package.name))).map(|(node, _)| node);
    let needed = reach(starts, &edges);
    let mut wanted = Vec::new();
    for (node, (index, package)) in listed.iter().enumerate() {
        if package.relationship == Relationship::Root {
            continue;
        }
        let name = normal(&package.name);
        let direct = runtime.contains(&*name) || development.contains(&*name);
        if direct {
            wanted.push(package.key());
        }
        let reached = needed.get(node) == Some(&true);
        let dev = match package.ecosystem {
            // A project that declares nothing here (`setup.py` does) says nothing about development.
            _ if runtime.is_empty() && development.is_empty() => package.dev,
            // Seldom has edges, so that nothing follows from what is not reached.
            ecosystem if *ecosystem == PYLOCK => package.dev,
            // Its own mark took every group for development.
            ecosystem if *ecosystem == PDM => !reached,
            _ => package.dev || !reached,
        };
        let relationship = if direct { Relationship::Direct } else { Relationship::Indirect };
        changes.push((*index, Change::Place { relationship, dev }));
    }
    wanted.sort_unstable();
    for (index, _) in listed.iter().filter(|(_, package)| package.relationship == Relationship::Root) {
        changes.push((*index, Change::DependsOn(wanted.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = br#"[project]
name = "demo"
dependencies = ["Flask[x]>=2 ; python_version > '3'", "a @ https://x/a.whl", "!"]
[project.optional-dependencies]
web = ["b"]
[dependency-groups]
test = ["c==1", {include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.9"
Zope_Interface = {version = "^5", optional = true}
[tool.poetry.group.dev.dependencies]
d = "*"
"#;

    #[test]
    fn what_a_project_wants() {
        check(
            &PYPROJECT,
            "pyproject.toml",
            SAMPLE,
            "manifest python/pyproject demo -
             wants flask >=2 Runtime
             wants a  Runtime
             wants b  Optional
             wants c ==1 Dev
             wants zope-interface ^5 Runtime
             wants d * Dev",
        );
    }

    #[test]
    fn never_panics() {
        robust(&PYPROJECT, "pyproject.toml", SAMPLE);
    }
}
