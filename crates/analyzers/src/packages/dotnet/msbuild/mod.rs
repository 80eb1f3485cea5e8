//! MSBuild: `*Packages.props` and project files, which ask for versions.
//!
//! <https://learn.microsoft.com/nuget/consume-packages/central-package-management>,
//! <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files>
//!
//! `Directory.Packages.props` has the versions that all projects below its folder take, project files name packages with or without one. Properties
//! (`$(AcmeVersion)`) are filled in from the file itself and from `Directory.Build.props`, `Directory.Packages.props` and `eng/Versions.props` in its
//! folder and above. What is not known then is left out, and said.
//!
//! A project file counts only where neither a lockfile nor what a restore wrote lies beside it: those have the versions that were chosen.
//!
//! Odd: `PrivateAssets="all"` and `GlobalPackageReference` are for tools of the build. Conditions are not evaluated: what stands under one counts.
//! A version is the lowest that is accepted and NuGet takes the lowest, so it counts as the version; ranges and floating versions do not.

use super::{MSBUILD, PACKAGES_PROPS, folder};
use crate::{
    packages::{tree, xml, xml::Element},
    text::file_name,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Diagnostic, Facts, Package, Place, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship, Requirement, Scope},
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub(crate) const PROPS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/packages-props",
        version: 1,
        claims: &[Pattern::Suffix("packages.props"), Pattern::Name("Directory.Build.props"), Pattern::Name("Versions.props")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(project),
};

pub(crate) const PROJECT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/msbuild",
        version: 1,
        claims: &[Pattern::Suffix(".csproj"), Pattern::Suffix(".fsproj"), Pattern::Suffix(".vbproj")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(project),
};

const KIND: &str = "dotnet/msbuild";
const MAX_NAMED: usize = 10;
const MAX_EXPANSIONS: usize = 32;
const MAX_VALUE: usize = 1024;
/// Folders above a file that are asked for properties.
const MAX_FOLDERS: usize = 32;

fn project(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let root = xml::read(&tree::decode(file.bytes)).or_note(&mut errors);
    if *root.name != *"Project" {
        errors.add(1, || format!("not a project: its element is `{}`", root.name));
        return errors.into_result();
    }
    let mut manifest = Manifest { kind: KIND, at: Place::file(file.path), ..Manifest::default() };
    for property in root.all("PropertyGroup").flat_map(|group| &group.children) {
        manifest.properties.insert(property.name.to_ascii_lowercase(), property.text.clone());
    }
    for item in root.all("ItemGroup").flat_map(|group| &group.children) {
        if matches!(&*item.name, "PackageReference" | "PackageVersion" | "GlobalPackageReference") {
            manifest.requirements.extend(requirement(item));
        }
    }
    out.manifests.push(manifest);
    errors.into_result()
}

fn requirement(item: &Element) -> Option<Requirement> {
    let metadata = |name: &str| item.attribute(name).or_else(|| item.text_of(name));
    let name = item.attribute("Include").or_else(|| item.attribute("Update"))?;
    let private = metadata("PrivateAssets").is_some_and(|assets| assets.eq_ignore_ascii_case("all"));
    let scope = match &*item.name {
        "PackageVersion" => Scope::Peer,
        "GlobalPackageReference" => Scope::Dev,
        _ if private => Scope::Dev,
        _ => Scope::Runtime,
    };
    Some(Requirement {
        name: name.to_owned(),
        range: metadata("VersionOverride").or_else(|| metadata("Version")).unwrap_or_default().to_owned(),
        scope,
        lines: Some(item.lines()),
    })
}

/// Fills in properties and central versions, and makes packages.
pub(crate) fn assemble(facts: &mut Facts) {
    let manifests: Vec<&Manifest> = facts.manifests.iter().filter(|manifest| manifest.kind == KIND).collect();
    if manifests.is_empty() {
        return;
    }
    // Files whose properties and versions are those of the folders below.
    let mut shared: HashMap<&str, Vec<&Manifest>> = HashMap::new();
    for manifest in &manifests {
        match file_name(&manifest.at.path) {
            "Directory.Build.props" | "Directory.Packages.props" => shared.entry(folder(&manifest.at.path)).or_default().push(manifest),
            "Versions.props" => {
                let here = folder(&manifest.at.path);
                shared.entry(here.strip_suffix("/eng").unwrap_or(if here == "eng" { "" } else { here })).or_default().push(manifest);
            }
            _ => {}
        }
    }
    let restored: HashSet<&str> = facts
        .packages
        .iter()
        .filter(|package| package.ecosystem.id == super::NUGET.id)
        .map(|package| {
            let here = folder(&package.at.path);
            if package.at.path.ends_with("/project.assets.json") { folder(here) } else { here }
        })
        .collect();

    let (mut packages, mut diagnostics) = (Vec::new(), Vec::new());
    for manifest in &manifests {
        let path = &manifest.at.path;
        let central = file_name(path).to_ascii_lowercase().ends_with("packages.props");
        if manifest.requirements.is_empty() || !central && (restored.contains(folder(path)) || path.ends_with(".props")) {
            continue;
        }
        let above = inherited(path, &shared);
        let mut versions: HashMap<String, &str> = HashMap::new();
        for requirement in above.iter().flat_map(|manifest| &manifest.requirements).filter(|it| it.scope == Scope::Peer) {
            // The nearest file is the first.
            versions.entry(requirement.name.to_lowercase()).or_insert(&requirement.range);
        }
        let value = |name: &str| -> Option<&str> {
            let name = name.to_ascii_lowercase();
            let here = [*manifest].into_iter().chain(above.iter().copied());
            here.filter_map(|manifest| manifest.properties.get(&name)).map(String::as_str).next()
        };
        let mut unknown = BTreeSet::new();
        let mut found: BTreeMap<(String, String), Package> = BTreeMap::new();
        for requirement in &manifest.requirements {
            let range = match requirement.range.as_str() {
                "" => versions.get(&requirement.name.to_lowercase()).copied().unwrap_or_default(),
                range => range,
            };
            let (Some(name), Some(version)) = (fill(&requirement.name, &value), fill(range, &value).as_deref().and_then(exact)) else {
                unknown.insert(requirement.name.clone());
                continue;
            };
            let ecosystem = if central { &PACKAGES_PROPS } else { &MSBUILD };
            let dev = requirement.scope == Scope::Dev;
            let package = found.entry((name.to_lowercase(), version.clone())).or_insert_with(|| Package {
                name,
                version,
                relationship: if central { Relationship::Unknown } else { Relationship::Direct },
                dev,
                at: Place { lines: requirement.lines, ..manifest.at.clone() },
                ..Package::of(ecosystem)
            });
            package.dev &= dev;
        }
        packages.extend(found.into_values());
        diagnostics.extend(not_known(&unknown, path));
    }
    facts.packages.append(&mut packages);
    facts.diagnostics.append(&mut diagnostics);
}

/// The shared files of a file's folder and those above, the nearest first.
fn inherited<'a>(path: &str, shared: &HashMap<&str, Vec<&'a Manifest>>) -> Vec<&'a Manifest> {
    let mut out = Vec::new();
    let mut here = folder(path);
    for _ in 0..MAX_FOLDERS {
        out.extend(shared.get(here).into_iter().flatten().filter(|manifest| *manifest.at.path != *path));
        if here.is_empty() {
            break;
        }
        here = folder(here);
    }
    out
}

/// Text with its properties filled in; none when one is not known.
fn fill<'a>(text: &str, value: &impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..MAX_EXPANSIONS {
        let Some(start) = text.find("$(") else { return Some(text.trim().to_owned()) };
        let (before, after) = text.split_at_checked(start)?;
        let (name, rest) = after.get(2..)?.split_once(')')?;
        let filled = format!("{before}{}{rest}", value(name.trim())?);
        if filled.len() > MAX_VALUE {
            return None;
        }
        text = filled;
    }
    None
}

/// A version that names one: `1.0` or `[1.0]`.
fn exact(version: &str) -> Option<String> {
    let inner = version.strip_prefix('[').and_then(|version| version.strip_suffix(']')).unwrap_or(version).trim();
    (!inner.is_empty() && !inner.contains(['[', ']', '(', ')', ',', '*', '$'])).then(|| inner.to_owned())
}

fn not_known(names: &BTreeSet<String>, path: &str) -> Option<Diagnostic> {
    if names.is_empty() {
        return None;
    }
    let mut shown: Vec<String> = names.iter().take(MAX_NAMED).map(|name| format!("`{}`", crate::text::snippet(name, 100))).collect();
    if names.len() > MAX_NAMED {
        shown.push(format!("{} more", names.len() - MAX_NAMED));
    }
    Some(
        Diagnostic::warning(Reason::TargetKindMissing, format!("the versions of {} are not known", shown.join(", ")))
            .at(path)
            .hint("add a lockfile (`RestorePackagesWithLockFile`), or scan the published application")
            .affecting([Capability::Packages]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const CENTRAL: &[u8] = br#"<Project>
  <PropertyGroup><AcmeVersion>$(Base).1</AcmeVersion></PropertyGroup>
  <ItemGroup>
    <PackageVersion Include="Acme.Json" Version="$(acmeversion)" />
    <PackageVersion Include="Acme.Core"><Version>1.0.0</Version></PackageVersion>
    <PackageReference Update="Acme.Old" Version="[2.0.0]" />
    <GlobalPackageReference Include="Acme.Analyzer" Version="3.0.0" />
    <PackageVersion Include="Acme.Unknown" Version="$(Nowhere)" />
    <PackageVersion Include="Acme.Floating" Version="1.*" />
  </ItemGroup>
</Project>"#;

    #[test]
    fn central_versions_with_properties_from_above() {
        check_together(
            &[
                ("src/Directory.Packages.props", CENTRAL),
                ("Directory.Build.props", b"<Project><PropertyGroup><Base>13.0</Base></PropertyGroup></Project>"),
            ],
            "nuget Acme.Analyzer 3.0.0 - @7 dev
             nuget Acme.Core 1.0.0 - @5
             nuget Acme.Json 13.0.1 - @4
             nuget Acme.Old 2.0.0 - @6
             diagnostic Warning the versions of `Acme.Floating`, `Acme.Unknown` are not known
             error src/Directory.Packages.props: the versions of `Acme.Floating`, `Acme.Unknown` are not known",
        );
    }

    const APP: &[u8] = br#"<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="acme.core" />
    <PackageReference Include="Own" Version="4.0.0" />
    <PackageReference Include="Tool" Version="5.0.0" PrivateAssets="All" />
  </ItemGroup>
</Project>"#;

    #[test]
    fn projects_take_central_versions_unless_they_are_restored() {
        let central = b"<Project><ItemGroup><PackageVersion Include=\"Acme.Core\" Version=\"1.0.0\" /></ItemGroup></Project>";
        check_together(
            &[("a/App.csproj", APP), ("Directory.Packages.props", central)],
            "nuget Own 4.0.0 - @4 direct
             nuget Tool 5.0.0 - @5 direct dev
             nuget acme.core 1.0.0 - @3 direct
             nuget Acme.Core 1.0.0 - @1",
        );
        check_together(
            &[("a/App.csproj", APP), ("a/packages.lock.json", br#"{"dependencies":{"n":{"Own":{"type":"Direct","resolved":"4.0.1"}}}}"#)],
            "nuget Own 4.0.1 - @1 direct",
        );
    }

    #[test]
    fn hostile_properties_end() {
        let billion = (1..40)
            .fold("<Project><PropertyGroup><p0>ha</p0>".to_owned(), |all, n| format!("{all}<p{n}>$(p{})$(p{})</p{n}>", n - 1, n - 1));
        let text = billion
            + "<self>$(self)</self></PropertyGroup><ItemGroup><PackageReference Include=\"A\" Version=\"$(p39)\"/><PackageReference Include=\"B\" Version=\"$(self)\"/></ItemGroup></Project>";
        check_together(
            &[("x.csproj", text.as_bytes())],
            "diagnostic Warning the versions of `A`, `B` are not known\nerror x.csproj: the versions of `A`, `B` are not known",
        );
        check(&PROJECT, "x.csproj", b"<html/>", "error line 1: not a project: its element is `html`");
        robust(&PROJECT, "x.csproj", APP);
        robust(&PROPS, "Directory.Packages.props", CENTRAL);
    }
}
