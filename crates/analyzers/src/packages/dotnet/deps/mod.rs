//! Deployed .NET applications: `*.deps.json`, also the one inside a program that was published as a single file.
//!
//! <https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md>,
//! <https://github.com/dotnet/designs/blob/main/accepted/2020/single-file/bundler.md>
//!
//! `libraries` lists everything that took part in the build, `targets` what each needs and brings. A library that brings nothing to run (analyzers, build
//! tasks) is left out, unless the target is unknown. The run-time of a self-contained application is a library with the prefix `runtimepack.`, which is
//! dropped: it has advisories by the name after it. The project that no other needs is the root; other projects are members.
//!
//! The file lies beside the application it describes, so the packages count as installed.

use super::DOTNET_CORE;
use crate::{
    packages::{json, tree, tree::Value},
    text::file_name,
    unit::{FirstError, LARGE, Run, Unit},
};
use memchr::memmem;
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship},
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

pub(crate) const DEPS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dotnet-deps",
        version: 1,
        claims: &[Pattern::Suffix(".deps.json")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(deps),
};

pub(crate) const BUNDLE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dotnet-bundle",
        version: 1,
        claims: &[Pattern::Program],
        provides: &[Capability::Packages],
        max_bytes: 1 << 30,
    },
    run: Run::Strict(bundle),
};

/// The assemblies that a `deps.json` accounts for: names of files, lower case.
pub(super) const ASSEMBLIES: &str = "dotnet/deps";
const PREFIX: &str = "runtimepack.";

fn deps(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    list(&tree::decode(file.bytes), file.path, true, out)
}

/// `lines` are those of the file, if the text is all of it.
fn list(text: &str, path: &str, lines: bool, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let root = json::read(text).or_note(&mut errors);
    let target_name = root.get("runtimeTarget").and_then(|target| target.text().or_else(|| target.text_of("name"))).unwrap_or_default();
    let target = root.get("targets").and_then(|targets| targets.get(target_name));
    let strip = |key: &str| key.strip_prefix(PREFIX).unwrap_or(key).to_owned();
    let targets: BTreeMap<String, &Value<'_>> =
        target.iter().flat_map(|target| target.fields()).map(|field| (strip(&field.key), &field.value)).collect();

    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    let mut projects = Vec::new();
    let mut files = BTreeSet::new();
    for value in targets.values() {
        for key in ["runtime", "native", "runtimeTargets", "resources"] {
            files.extend(value.fields_of(key).iter().map(|field| file_name(&field.key).to_lowercase()));
        }
    }
    for field in root.fields_of("libraries") {
        let id = strip(&field.key);
        let Some((name, version)) = id.split_once('/') else {
            errors.add(field.line, || format!("`{}` is not `name/version`", field.key));
            continue;
        };
        let kind = field.value.text_of("type").unwrap_or_default().to_ascii_lowercase();
        if !matches!(kind.as_str(), "package" | "project" | "runtimepack") {
            continue;
        }
        let brings = |value: &Value<'_>| ["runtime", "runtimeTargets", "native"].iter().any(|key| !value.fields_of(key).is_empty());
        if target.is_some() && targets.get(&id).is_some_and(|value| !brings(value)) {
            continue;
        }
        if kind == "project" {
            projects.push(id.clone());
        }
        let mut package =
            Package { name: name.to_owned(), version: version.to_owned(), at: Place::file(path), ..Package::of(&DOTNET_CORE) };
        if lines {
            package = package.on(field.value.lines);
        }
        packages.insert(id, package);
    }

    let edge = |field: &tree::Field<'_>| Some(format!("{}/{}", strip(&field.key), field.value.text()?));
    let needed: HashSet<String> = targets.values().flat_map(|value| value.fields_of("dependencies")).filter_map(edge).collect();
    let roots: Vec<&String> = projects.iter().filter(|id| !needed.contains(*id)).collect();
    let mut direct: HashSet<String> = HashSet::new();
    if let [root] = roots.as_slice() {
        direct.extend(targets.get(*root).into_iter().flat_map(|value| value.fields_of("dependencies")).filter_map(edge));
        for id in &projects {
            if let Some(package) = packages.get_mut(id) {
                package.relationship = if id == *root { Relationship::Root } else { Relationship::Workspace };
            }
        }
    }
    let known: HashSet<String> = packages.keys().cloned().collect();
    for (id, package) in &mut packages {
        if !direct.is_empty() && package.relationship == Relationship::Unknown {
            package.relationship = if direct.contains(id) { Relationship::Direct } else { Relationship::Indirect };
        }
        let needs = targets.get(id).into_iter().flat_map(|value| value.fields_of("dependencies")).filter_map(edge);
        package.depends_on = needs.filter(|id| known.contains(id)).collect();
        package.depends_on.sort_unstable();
        package.depends_on.dedup();
    }
    out.packages.extend(packages.into_values());
    out.manifests.push(Manifest { kind: ASSEMBLIES, members: files.into_iter().collect(), at: Place::file(path), ..Manifest::default() });
    errors.into_result()
}

/// Stands in every host program; the eight bytes before it are the offset of the bundle's header, zero when there is none.
const BUNDLE_MARK: [u8; 32] = [
    0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32, 0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae,
    0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
];

fn bundle(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    // The mark is in the data of the host, which comes before the bundle.
    let mut from = 0;
    while let Some(at) = file.bytes.get(from..).and_then(|rest| memmem::find(rest, &BUNDLE_MARK)) {
        let mark = from + at;
        let offset = mark.checked_sub(8).and_then(|start| u64_at(file.bytes, start));
        if let Some(offset) =
            offset.and_then(|offset| usize::try_from(offset).ok()).filter(|offset| *offset > 0 && *offset < file.bytes.len())
        {
            return match embedded(file.bytes, offset) {
                Some(text) => list(&tree::decode(text), file.path, false, out),
                None => Err(AnalyzeError::new("a .NET program in a single file whose list of packages cannot be read")),
            };
        }
        from = mark + BUNDLE_MARK.len();
    }
    Ok(())
}

/// The `deps.json` of a bundle, which is never compressed.
fn embedded(bytes: &[u8], header: usize) -> Option<&[u8]> {
    let u32_at = |at: usize| bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk));
    let major = u32_at(header)?;
    if !(2..=16).contains(&major) {
        return None;
    }
    // Major and minor version, the number of files, then a name after its length in seven bits a byte.
    let mut at = header.checked_add(12)?;
    let mut length = 0_usize;
    for shift in [0, 7, 14] {
        let byte = *bytes.get(at)?;
        at += 1;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    at = at.checked_add(length)?;
    let (offset, size) = (usize::try_from(u64_at(bytes, at)?).ok()?, usize::try_from(u64_at(bytes, at + 8)?).ok()?);
    bytes.get(offset..offset.checked_add(size)?).filter(|text| !text.is_empty())
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests;
