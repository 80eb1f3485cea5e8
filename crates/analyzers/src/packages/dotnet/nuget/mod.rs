//! NuGet: `packages.lock.json`, `packages.config`, `obj/project.assets.json`, and licences from `*.nuspec`.
//!
//! <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies>,
//! <https://learn.microsoft.com/nuget/reference/packages-config>, <https://learn.microsoft.com/nuget/reference/nuspec>
//!
//! A lockfile has a graph for each target framework; a package of several is one package in several places, direct if it is so for one of them.
//! Projects of the solution stand in it without a version and are left out. `project.assets.json` is what a restore wrote: the same, with the wishes of the
//! project. In a folder with both the lockfile counts.
//!
//! `packages.config` tells neither direct from indirect nor who needs whom.
//!
//! Odd: names are written as each project writes them; they are the same in any case. Licences are taken from the `.nuspec` of an unpacked package, when
//! it is an expression or an address of `licenses.nuget.org`.

use super::{DOTNET_CORE, NUGET, folder};
use crate::{
    packages::{
        json,
        tree::{self, Field, Value},
        xml,
    },
    unit::{FirstError, LARGE, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship},
};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(crate) const LOCKFILE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/nuget-lock",
        version: 1,
        claims: &[Pattern::Name("packages.lock.json")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lockfile),
};

pub(crate) const CONFIG: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/nuget-config",
        version: 1,
        claims: &[Pattern::Name("packages.config"), Pattern::Like("packages.", ".config")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(config),
};

pub(crate) const ASSETS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/nuget-assets",
        version: 1,
        claims: &[Pattern::Name("project.assets.json")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(assets),
};

pub(crate) const NUSPEC: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/nuspec",
        version: 1,
        claims: &[Pattern::Suffix(".nuspec")],
        provides: &[Capability::Licenses],
        max_bytes: SMALL,
    },
    run: Run::Strict(nuspec),
};

const SPEC: &str = "dotnet/nuspec";

/// Packages of one file by lower-case name and version, with their edges by lower-case name.
#[derive(Default)]
struct Graph {
    packages: BTreeMap<(String, String), Package>,
}

impl Graph {
    fn add(&mut self, path: &str, name: &str, version: &str, direct: bool, value: &Value<'_>, depends_on: Vec<String>) {
        let relationship = if direct { Relationship::Direct } else { Relationship::Indirect };
        let package = self.packages.entry((name.to_lowercase(), version.to_owned())).or_insert_with(|| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            relationship,
            at: Place { lines: Some(value.lines), ..Place::file(path) },
            ..Package::of(&NUGET)
        });
        if !package.lines.contains(&value.lines) {
            package.lines.push(value.lines);
        }
        package.relationship = package.relationship.min(relationship);
        package.depends_on.extend(depends_on);
    }

    fn finish(self, out: &mut Facts) {
        let ids: HashMap<(String, String), String> = self.packages.iter().map(|(key, package)| (key.clone(), package.key())).collect();
        out.packages.extend(self.packages.into_values().map(|mut package| {
            // Edges were kept as `name version`, because the name may be written otherwise where it is needed.
            let edges = package.depends_on.iter().filter_map(|edge| {
                let (name, version) = edge.split_once(' ')?;
                ids.get(&(name.to_owned(), version.to_owned())).cloned()
            });
            package.depends_on = edges.collect();
            package.depends_on.sort_unstable();
            package.depends_on.dedup();
            package
        }));
    }
}

fn lockfile(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let text = tree::decode(file.bytes);
    let root = json::read(&text).or_note(&mut errors);
    let mut graph = Graph::default();
    for target in root.fields_of("dependencies") {
        let resolved: HashMap<String, &str> =
            target.value.fields().iter().filter_map(|field| Some((field.key.to_lowercase(), field.value.text_of("resolved")?))).collect();
        for field in target.value.fields() {
            let entry = &field.value;
            let kind = entry.text_of("type").unwrap_or_default();
            if kind.eq_ignore_ascii_case("project") {
                continue;
            }
            let Some(version) = entry.text_of("resolved") else {
                errors.add(field.line, || format!("`{}` has no resolved version", field.key));
                continue;
            };
            let depends_on = edges(entry, &resolved);
            graph.add(file.path, &field.key, version, kind == "Direct", entry, depends_on);
        }
    }
    graph.finish(out);
    errors.into_result()
}

/// `name version` of what an entry needs.
fn edges(entry: &Value<'_>, resolved: &HashMap<String, &str>) -> Vec<String> {
    let needs = entry.fields_of("dependencies").iter().map(|field| field.key.to_lowercase());
    needs.filter_map(|name| resolved.get(&name).map(|version| format!("{name} {version}"))).collect()
}

fn assets(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let text = tree::decode(file.bytes);
    let root = json::read(&text).or_note(&mut errors);
    let wanted = root.get("project").map_or(&[][..], |project| project.fields_of("frameworks"));
    let direct: HashSet<String> =
        wanted.iter().flat_map(|framework| framework.value.fields_of("dependencies")).map(|field| field.key.to_lowercase()).collect();
    let mut graph = Graph::default();
    for target in root.fields_of("targets") {
        let split = |field: &Field<'_>| field.key.split_once('/').map(|(name, version)| (name.to_owned(), version.to_owned()));
        let pairs: Vec<_> = target.value.fields().iter().filter_map(|field| Some((split(field)?, &field.value))).collect();
        let resolved: HashMap<String, &str> = pairs.iter().map(|((name, version), _)| (name.to_lowercase(), version.as_str())).collect();
        for ((name, version), entry) in &pairs {
            if entry.text_of("type").is_none_or(|kind| kind.eq_ignore_ascii_case("package")) {
                let is_direct = direct.contains(&name.to_lowercase());
                graph.add(file.path, name, version, is_direct, entry, edges(entry, &resolved));
            }
        }
    }
    graph.finish(out);
    errors.into_result()
}

fn config(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let root = xml::read(&tree::decode(file.bytes)).or_note(&mut errors);
    if *root.name != *"packages" && *root.name != *"" {
        // `packages.Debug.config` and its like may be anything.
        return if file.path.ends_with("packages.config") {
            Err(AnalyzeError { message: format!("not a list of packages: its element is `{}`", root.name), line: Some(1) })
        } else {
            Ok(())
        };
    }
    let mut found: BTreeMap<(String, String), Package> = BTreeMap::new();
    for entry in root.all("package") {
        let (Some(name), Some(version)) = (entry.attribute("id"), entry.attribute("version")) else {
            errors.add(entry.lines().start, || "a package without id or version".to_owned());
            continue;
        };
        let dev = entry.attribute("developmentDependency").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let package = found.entry((name.to_lowercase(), version.to_owned())).or_insert_with(|| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            dev,
            at: Place { lines: Some(entry.lines()), ..Place::file(file.path) },
            ..Package::of(&NUGET)
        });
        package.dev &= dev;
    }
    out.packages.extend(found.into_values());
    errors.into_result()
}

fn nuspec(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let root = xml::read(&tree::decode(file.bytes)).or_note(&mut errors);
    if let Some(metadata) = root.child("metadata") {
        let expression =
            metadata.child("license").filter(|license| license.attribute("type") == Some("expression")).map(|it| it.text.clone());
        let address = || metadata.text_of("licenseUrl").and_then(|url| url.strip_prefix("https://licenses.nuget.org/")).map(str::to_owned);
        out.manifests.push(Manifest {
            kind: SPEC,
            name: metadata.text_of("id").map(str::to_lowercase),
            version: metadata.text_of("version").map(str::to_owned),
            licenses: expression.or_else(address).into_iter().filter(|license| !license.is_empty()).collect(),
            at: Place::file(file.path),
            ..Manifest::default()
        });
    }
    errors.into_result()
}

/// Gives packages the licences of their `.nuspec`, and drops what a restore wrote beside a lockfile.
pub(crate) fn assemble(facts: &mut Facts) {
    let licenses: HashMap<(&str, &str), &Vec<String>> = facts
        .manifests
        .iter()
        .filter(|manifest| manifest.kind == SPEC && !manifest.licenses.is_empty())
        .filter_map(|manifest| Some(((manifest.name.as_deref()?, manifest.version.as_deref()?), &manifest.licenses)))
        .collect();
    let locked: HashSet<String> = facts
        .packages
        .iter()
        .filter(|package| *package.ecosystem == NUGET && package.at.path.ends_with("packages.lock.json"))
        .map(|package| folder(&package.at.path).to_owned())
        .collect();
    facts.packages.retain(|package| {
        let restored = *package.ecosystem == NUGET && package.at.path.ends_with("/project.assets.json");
        !(restored && locked.contains(folder(folder(&package.at.path))))
    });
    if licenses.is_empty() {
        return;
    }
    for package in facts.packages.iter_mut().filter(|package| *package.ecosystem == NUGET || *package.ecosystem == DOTNET_CORE) {
        if package.licenses.is_empty()
            && let Some(found) = licenses.get(&(package.name.to_lowercase().as_str(), package.version.as_str()))
        {
            package.licenses.clone_from(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const LOCK: &[u8] = br#"{
  "version": 1,
  "dependencies": {
    "net6.0": {
      "Acme.Json": {
        "type": "Direct",
        "requested": "[12.0.3, )",
        "resolved": "12.0.3",
        "dependencies": { "acme.core": "1.0.0", "Gone": "1.0.0" }
      },
      "Acme.Core": {
        "type": "Transitive",
        "resolved": "1.0.1"
      },
      "solution.project": { "type": "Project", "dependencies": { "Acme.Core": "[1.0.0, )" } }
    },
    "net6.0/linux-x64": {
      "acme.core": { "type": "Direct", "resolved": "1.0.1" },
      "Broken": { "type": "Direct" }
    }
  }
}"#;

    #[test]
    fn targets_are_joined() {
        check(
            &LOCKFILE,
            "packages.lock.json",
            LOCK,
            "nuget Acme.Core 1.0.1 - @11 direct @18
             nuget Acme.Json 12.0.3 - @5 direct -> Acme.Core@1.0.1
             error line 19: `Broken` has no resolved version",
        );
        robust(&LOCKFILE, "packages.lock.json", LOCK);
    }

    #[test]
    fn lists_in_any_encoding() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<packages>\r\n  <package id=\"A\" version=\"1.0\" targetFramework=\"net48\" />\r\n  <package id=\"B\" version=\"2.0\" developmentDependency=\"true\" />\r\n  <package id=\"a\" version=\"1.0\"/><package id=\"C\"/>\r\n</packages>";
        let expected = "nuget A 1.0 - @3\nnuget B 2.0 - @4 dev\nerror line 5: a package without id or version";
        check(&CONFIG, "packages.config", text.as_bytes(), expected);
        let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        check(&CONFIG, "app/packages.config", &wide, expected);
        check(&CONFIG, "packages.config", b"<configuration/>", "error line 1: not a list of packages: its element is `configuration`");
        check(&CONFIG, "packages.Debug.config", b"<configuration/>", "");
        robust(&CONFIG, "packages.config", text.as_bytes());
    }

    const ASSETS_FILE: &[u8] = br#"{
  "version": 3,
  "targets": {
    "net8.0": {
      "Acme.Json/13.0.3": { "type": "package", "dependencies": { "Acme.Core": "1.0.0" } },
      "Acme.Core/1.0.0": { "type": "package" },
      "Own/1.0.0": { "type": "project" }
    }
  },
  "project": { "frameworks": { "net8.0": { "dependencies": { "acme.json": { "version": "[13.0.3, )" } } } } }
}"#;

    #[test]
    fn what_a_restore_wrote_counts_without_a_lockfile() {
        check_together(
            &[("a/obj/project.assets.json", ASSETS_FILE)],
            "nuget Acme.Core 1.0.0 - @6 indirect\nnuget Acme.Json 13.0.3 - @5 direct -> Acme.Core@1.0.0",
        );
        let lock = br#"{"dependencies":{"net8.0":{"Acme.Json":{"type":"Direct","resolved":"13.0.3"}}}}"#;
        check_together(&[("a/obj/project.assets.json", ASSETS_FILE), ("a/packages.lock.json", lock)], "nuget Acme.Json 13.0.3 - @1 direct");
        robust(&ASSETS, "obj/project.assets.json", ASSETS_FILE);
    }

    #[test]
    fn licences_of_unpacked_packages() {
        let lock = br#"{"dependencies":{"net8.0":{"Acme.Json":{"type":"Direct","resolved":"13.0.3"},"Other":{"type":"Direct","resolved":"1.0"},"Third":{"type":"Direct","resolved":"1.0"}}}}"#;
        let spec = |id: &str, version: &str, rest: &str| {
            format!("\u{feff}<package xmlns=\"x\"><metadata><id>{id}</id><version>{version}</version>{rest}</metadata></package>")
        };
        check_together(
            &[
                ("packages.lock.json", lock),
                (
                    ".nuget/packages/acme.json/13.0.3/acme.json.nuspec",
                    spec("Acme.Json", "13.0.3", "<license type=\"expression\">MIT OR Apache-2.0</license>").as_bytes(),
                ),
                (
                    ".nuget/packages/other/1.0/other.nuspec",
                    spec("Other", "1.0", "<license type=\"file\">L.txt</license><licenseUrl>https://licenses.nuget.org/MIT</licenseUrl>")
                        .as_bytes(),
                ),
                (".nuget/packages/third/1.0/third.nuspec", spec("Third", "1.0", "<license type=\"file\">L.txt</license>").as_bytes()),
            ],
            "nuget Acme.Json 13.0.3 - [MIT OR Apache-2.0] @1 direct
             nuget Other 1.0 - [MIT] @1 direct
             nuget Third 1.0 - @1 direct",
        );
    }
}
