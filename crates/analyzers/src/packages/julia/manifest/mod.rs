//! `Manifest.toml` (also `JuliaManifest.toml` and those of one version of Julia, `Manifest-v1.11.toml`), with `Project.toml` beside it.
//!
//! <https://pkgdocs.julialang.org/v1/toml-files/>
//!
//! Format 1 has the packages at the top level, format 2 below `deps`; each name has a list, because packages are told apart by their UUID, which is
//! their id here. Dependencies are a list of names where these are unambiguous, else a map to UUIDs. Packages of the standard library have no version:
//! they are as old as Julia itself, whose version stands at the top from format 2 on.
//!
//! `Project.toml` names what is direct: `deps`, and for development `extras`. What only extras lead to is for development.

use super::JULIA;
use crate::{
    packages::{
        listing::{Listing, folder, reach},
        toml,
        tree::{self, Value},
    },
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place, Purl,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship, Requirement, Scope},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

pub(crate) const MANIFEST: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/julia",
        version: 1,
        claims: &[Pattern::Name("Manifest.toml"), Pattern::Name("JuliaManifest.toml"), Pattern::Like("Manifest-v", ".toml")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(manifest),
};

pub(crate) const PROJECT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/julia-project",
        version: 1,
        claims: &[Pattern::Name("Project.toml"), Pattern::Name("JuliaProject.toml")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(project),
};

const TOML: &str = "julia/project";

fn manifest(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = toml::read(&text).or_note(&mut errors);
    let format = root.word_of("manifest_format").and_then(|format| format.split('.').next()).unwrap_or("1");
    if !matches!(format, "1" | "2") {
        errors.add(1, || format!("unknown format {format}: this build knows 1 and 2"));
    }
    let names = if format == "1" { root.fields() } else { root.fields_of("deps") };
    let julia = root.text_of("julia_version").unwrap_or_default();
    let mut listing = Listing::default();
    let mut ids: HashMap<&str, &str> = HashMap::new();
    let mut needs: Vec<(usize, &Value<'_>)> = Vec::new();
    for (name, entry) in names.iter().flat_map(|field| field.value.items().iter().map(|entry| (&*field.key, entry))) {
        let Some(uuid) = entry.text_of("uuid") else {
            errors.add(entry.lines.start, || format!("`{}` has no UUID", crate::text::snippet(name, 60)));
            continue;
        };
        let is_standard = ["git-tree-sha1", "path", "repo-url"].iter().all(|key| entry.get(key).is_none());
        let version = entry.text_of("version").unwrap_or(if is_standard { julia } else { "" });
        let purl = Purl {
            kind: JULIA.purl_type.to_owned(),
            name: name.to_owned(),
            version: Some(version.to_owned()).filter(|version| !version.is_empty()),
            qualifiers: vec![("uuid".to_owned(), uuid.to_owned())],
            ..Purl::default()
        };
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            id: uuid.to_owned(),
            purl: purl.to_string(),
            at: Place::file(file.path),
            ..Package::of(&JULIA)
        };
        let at = listing.put(package.on(own_lines(entry)));
        ids.insert(name, uuid);
        needs.extend(entry.get("deps").map(|wanted| (at, wanted)));
    }
    for (at, wanted) in needs {
        let by_name = wanted.items().iter().filter_map(|item| ids.get(item.text()?).copied());
        let by_id = wanted.fields().iter().filter_map(|field| field.value.text());
        let found: Vec<String> = by_name.chain(by_id).filter(|id| listing.find(id).is_some()).map(str::to_owned).collect();
        if let Some(package) = listing.get_mut(at) {
            package.depends_on.extend(found);
        }
    }
    listing.finish(out);
    errors.into_result()
}

/// Without the tables that belong to an entry.
fn own_lines(entry: &Value<'_>) -> Lines {
    let values = entry.fields().iter().filter(|field| !field.value.is_map());
    values.fold(Lines::one(entry.lines.start), |lines, field| lines.cover(field.lines()))
}

fn project(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = toml::read(&text).or_note(&mut errors);
    let requirements = [("deps", Scope::Runtime), ("extras", Scope::Dev)].into_iter().flat_map(|(key, scope)| {
        root.fields_of(key).iter().filter_map(move |field| {
            let uuid = field.value.text()?.to_owned();
            Some(Requirement { name: uuid, range: String::new(), scope, lines: Some(field.lines()) })
        })
    });
    out.manifests.push(Manifest {
        kind: TOML,
        name: root.text_of("name").map(str::to_owned),
        version: root.text_of("version").map(str::to_owned),
        requirements: requirements.collect(),
        at: Place::file(file.path),
        ..Manifest::default()
    });
    errors.into_result()
}

/// Tells what the project names, and what is for development only.
pub(super) fn assemble(facts: &mut Facts) {
    let projects: HashMap<&str, &Manifest> =
        facts.manifests.iter().filter(|manifest| manifest.kind == TOML).map(|manifest| (folder(&manifest.at.path), manifest)).collect();
    if projects.is_empty() {
        return;
    }
    let mut files: BTreeMap<Arc<str>, Vec<&mut Package>> = BTreeMap::new();
    for package in facts.packages.iter_mut().filter(|package| *package.ecosystem == JULIA) {
        files.entry(Arc::clone(&package.at.path)).or_default().push(package);
    }
    for (path, mut packages) in files {
        let Some(project) = projects.get(folder(&path)) else { continue };
        let index: HashMap<&str, usize> = packages.iter().enumerate().map(|(at, package)| (package.id.as_str(), at)).collect();
        let edges: Vec<Vec<usize>> =
            packages.iter().map(|package| package.depends_on.iter().filter_map(|id| index.get(id.as_str()).copied()).collect()).collect();
        let named = |scope: Scope| -> Vec<usize> {
            let wanted = project.requirements.iter().filter(|requirement| requirement.scope == scope);
            wanted.filter_map(|requirement| index.get(requirement.name.as_str()).copied()).collect()
        };
        let (runtime, dev) = (named(Scope::Runtime), named(Scope::Dev));
        let used = reach(runtime.iter().copied(), &edges);
        let tried = reach(dev.iter().copied(), &edges);
        let mut direct = vec![false; packages.len()];
        for at in runtime.iter().chain(&dev) {
            if let Some(mark) = direct.get_mut(*at) {
                *mark = true;
            }
        }
        for (package, ((used, tried), direct)) in packages.iter_mut().zip(used.iter().zip(&tried).zip(&direct)) {
            package.relationship = if *direct { Relationship::Direct } else { Relationship::Indirect };
            // What nothing leads to is left in a manifest that is older than its project: not called unused.
            package.dev = *tried && !*used;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, claims, robust};

    const SAMPLE: &str = r#"# This file is machine-generated
julia_version = "1.9.0"
manifest_format = "2.0"

[[deps.A]]
deps = ["B", "Dates", "Missing"]
git-tree-sha1 = "aa"
uuid = "aaaaaaaa-0000-0000-0000-000000000001"
version = "1.9.0"

[[deps.B]]
git-tree-sha1 = "ab"
uuid = "aaaaaaaa-0000-0000-0000-000000000002"
version = "1.2.3"

    [deps.B.deps]
    B = "aaaaaaaa-0000-0000-0000-000000000003"

[[deps.B]]
uuid = "aaaaaaaa-0000-0000-0000-000000000003"
version = "1.2.4"

[[deps.Dates]]
uuid = "aaaaaaaa-0000-0000-0000-000000000004"

[[deps.Local]]
path = "../Local"
uuid = "aaaaaaaa-0000-0000-0000-000000000005"

[[deps.None]]
version = "1"
"#;

    #[test]
    fn projects_tell_what_is_direct() {
        check_together(
            &[
                ("p/Manifest.toml", SAMPLE.as_bytes()),
                (
                    "p/Project.toml",
                    br#"name = "p"
[deps]
A = "aaaaaaaa-0000-0000-0000-000000000001"
[extras]
Local = "aaaaaaaa-0000-0000-0000-000000000005"
"#,
                ),
            ],
            "julia A 1.9.0 - @5 direct id aaaaaaaa-0000-0000-0000-000000000001 -> aaaaaaaa-0000-0000-0000-000000000003, aaaaaaaa-0000-0000-0000-000000000004
             julia B 1.2.3 - @11 indirect id aaaaaaaa-0000-0000-0000-000000000002 -> aaaaaaaa-0000-0000-0000-000000000003
             julia B 1.2.4 - @19 indirect id aaaaaaaa-0000-0000-0000-000000000003
             julia Dates 1.9.0 - @23 indirect id aaaaaaaa-0000-0000-0000-000000000004
             julia Local  - @26 direct dev id aaaaaaaa-0000-0000-0000-000000000005
             diagnostic Warning `None` has no UUID
             error p/Manifest.toml: `None` has no UUID",
        );
    }

    #[test]
    fn the_first_format_has_no_version_of_julia() {
        check(
            &MANIFEST,
            "Manifest.toml",
            b"[[A]]\ndeps = [\"B\"]\ngit-tree-sha1 = \"aa\"\nuuid = \"u1\"\nversion = \"1.0\"\n\n[[B]]\nuuid = \"u2\"\n",
            "julia A 1.0 - @1 id u1 -> u2
             julia B  - @7 id u2",
        );
        check(&MANIFEST, "Manifest.toml", b"manifest_format = \"3.0\"\n", "error line 1: unknown format 3: this build knows 1 and 2");
        assert!(claims(&MANIFEST, "Manifest-v1.11.toml"));
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&MANIFEST, "Manifest.toml", SAMPLE.as_bytes());
        robust(&PROJECT, "Project.toml", b"[deps]\nA = \"u\"\n");
    }
}
