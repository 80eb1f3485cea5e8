//! `Cargo.lock`, versions 1 to 4, with `Cargo.toml` of the project and of its workspace.
//!
//! <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>, <https://doc.rust-lang.org/cargo/reference/manifest.html>
//!
//! A dependency is written `name`, `name version` or `name version (source)`, whichever is unambiguous, so names are resolved only after the whole file is
//! read. Versions 1 and 2 keep checksums in `[metadata]` or with the package.
//!
//! The lockfile does not tell what is needed for tests and build scripts only; the manifests do. Packages without a source are those of the project: the
//! one of the `Cargo.toml` beside the lockfile is its root, the others are members. What is reached from their `[dependencies]` is used, the rest is for
//! development; build dependencies count as such, because they run where the program is built. A member whose manifest is not there has no dependencies
//! for development: nothing is called unused on a guess. Without a `Cargo.toml` beside the lockfile nothing is known of relationships.
//!
//! Odd: the edges from members to packages for development are dropped, so that a graph of what is shipped has no loose ends. Features and platforms are
//! not evaluated: an optional dependency of `[dependencies]` counts as used.

use super::CARGO;
use crate::{
    packages::{toml, tree},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship, Requirement, Scope},
};
use probity_versions::Scheme;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use tree::Value;

pub(crate) const CARGO_LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/cargo-lock",
        version: 1,
        claims: &[Pattern::Name("Cargo.lock")],
        provides: &[Capability::Packages],
        max_bytes: 16 << 20,
    },
    run: Run::Strict(cargo_lock),
};

pub(crate) const CARGO_TOML: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/cargo-toml",
        version: 1,
        claims: &[Pattern::Name("Cargo.toml")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(cargo_toml),
};

const TOML: &str = "cargo/toml";
/// The names of the packages without a source, in the lockfile of the same place.
const LOCK: &str = "cargo/lock";
/// The range of a dependency that is written in the workspace's manifest.
const INHERITED: &str = "workspace";
/// How many manifests of one name are looked at; a project has one.
const MAX_CANDIDATES: usize = 200;

fn cargo_lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let text = tree::decode(file.bytes);
    let root = toml::read(&text).or_note(&mut errors);
    if let Some(version) = root.word_of("version").filter(|version| !matches!(*version, "1" | "2" | "3" | "4")) {
        errors.add(1, || format!("unknown lockfile version {version}: this build knows versions 1 to 4"));
    }
    let checksums: HashMap<&str, &str> =
        root.fields_of("metadata").iter().filter_map(|field| Some((field.key.strip_prefix("checksum ")?, field.value.text()?))).collect();

    let mut found: BTreeMap<(String, String), Package> = BTreeMap::new();
    let mut versions: HashMap<String, String> = HashMap::new();
    let mut wanted: Vec<((String, String), Vec<String>)> = Vec::new();
    let mut local = BTreeSet::new();
    // Before 2017 the project itself had a table of its own.
    for entry in root.get("root").into_iter().chain(root.items_of("package")) {
        let (Some(name), Some(version)) = (entry.text_of("name"), entry.text_of("version")) else {
            errors.add(entry.lines.start, || "a package without name or version".to_owned());
            continue;
        };
        let source = entry.text_of("source");
        if source.is_none() {
            local.insert(name.to_owned());
        }
        let old_key = || format!("{name} {version} ({})", source.unwrap_or_default());
        let checksum = entry.text_of("checksum").or_else(|| checksums.get(old_key().as_str()).copied());
        let digest = checksum.filter(|sum| sum.len() == 64).map(|sum| format!("sha256:{}", sum.to_ascii_lowercase()));
        let key = (name.to_owned(), version.to_owned());
        versions.insert(name.to_owned(), version.to_owned());
        let needs: Vec<String> = entry.items_of("dependencies").iter().filter_map(|item| item.text().map(str::to_owned)).collect();
        wanted.push((key.clone(), needs));
        // The same version from two sources is one package in two places.
        if let Some(package) = found.get_mut(&key) {
            package.lines.push(entry.lines);
        } else {
            let at = Place::file(file.path);
            let package = Package { name: name.to_owned(), version: version.to_owned(), digest, at, ..Package::of(&CARGO) };
            found.insert(key, package.on(entry.lines));
        }
    }
    for (key, needs) in wanted {
        let mut ids = Vec::with_capacity(needs.len());
        for need in &needs {
            let mut words = need.split(' ');
            let name = words.next().unwrap_or_default();
            let Some(version) = words.next().or_else(|| versions.get(name).map(String::as_str)) else { continue };
            if found.contains_key(&(name.to_owned(), version.to_owned())) {
                ids.push(format!("{name}@{version}"));
            }
        }
        if let Some(package) = found.get_mut(&key) {
            package.depends_on.append(&mut ids);
            package.depends_on.sort_unstable();
            package.depends_on.dedup();
        }
    }
    out.packages.extend(found.into_values());
    out.manifests.push(Manifest { kind: LOCK, members: local.into_iter().collect(), at: Place::file(file.path), ..Manifest::default() });
    errors.into_result()
}

fn cargo_toml(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let text = tree::decode(file.bytes);
    let root = toml::read(&text).or_note(&mut errors);
    let package = root.get("package").or_else(|| root.get("project"));
    let mut manifest = Manifest {
        kind: TOML,
        name: package.and_then(|package| package.text_of("name")).map(str::to_owned),
        version: package.and_then(|package| package.text_of("version")).map(str::to_owned),
        at: Place::file(file.path),
        ..Manifest::default()
    };
    for table in [Some(&root)].into_iter().flatten().chain(root.fields_of("target").iter().map(|field| &field.value)) {
        for (key, scope) in [
            ("dependencies", Scope::Runtime),
            ("dev-dependencies", Scope::Dev),
            ("dev_dependencies", Scope::Dev),
            ("build-dependencies", Scope::Build),
            ("build_dependencies", Scope::Build),
        ] {
            manifest.requirements.extend(table.fields_of(key).iter().map(|field| requirement(&field.key, &field.value, scope)));
        }
    }
    if let Some(workspace) = root.get("workspace") {
        manifest.members = workspace.items_of("members").iter().filter_map(|item| item.text().map(str::to_owned)).collect();
        for field in workspace.fields_of("dependencies") {
            // The name and the range that a member inherits.
            let inherited = requirement(&field.key, &field.value, Scope::Runtime);
            manifest.properties.insert(field.key.to_string(), format!("{} {}", inherited.name, inherited.range));
        }
    }
    out.manifests.push(manifest);
    errors.into_result()
}

fn requirement(key: &str, value: &Value<'_>, scope: Scope) -> Requirement {
    let range = if value.is("workspace") { Some(INHERITED) } else { value.text().or_else(|| value.text_of("version")) };
    Requirement {
        name: value.text_of("package").unwrap_or(key).to_owned(),
        range: range.unwrap_or_default().to_owned(),
        scope,
        lines: Some(value.lines),
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The part of `path` below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// Tells the relationships of a lockfile's packages by the manifests of its project.
pub(crate) fn assemble(facts: &mut Facts) {
    let manifests: Vec<&Manifest> = facts.manifests.iter().filter(|manifest| manifest.kind == TOML).collect();
    let by_folder: HashMap<&str, &Manifest> = manifests.iter().map(|manifest| (folder(&manifest.at.path), *manifest)).collect();
    let mut by_name: HashMap<&str, Vec<&Manifest>> = HashMap::new();
    for manifest in &manifests {
        if let Some(name) = &manifest.name {
            by_name.entry(name).or_default().push(manifest);
        }
    }
    let mut files: HashMap<Arc<str>, Vec<&mut Package>> = HashMap::new();
    for package in &mut facts.packages {
        if *package.ecosystem == CARGO {
            files.entry(package.at.path.clone()).or_default().push(package);
        }
    }
    for lock in facts.manifests.iter().filter(|manifest| manifest.kind == LOCK) {
        let here = folder(&lock.at.path);
        let (Some(root), Some(packages)) = (by_folder.get(here), files.get_mut(&lock.at.path)) else { continue };
        relate(packages, lock, root, &by_name);
    }
}

/// The manifest of a member: of several with its name one that the workspace lists, else the one nearest to its root.
fn manifest_of<'a>(name: &str, root: &'a Manifest, by_name: &HashMap<&str, Vec<&'a Manifest>>) -> Option<&'a Manifest> {
    if root.name.as_deref() == Some(name) {
        return Some(root);
    }
    let here = folder(&root.at.path);
    let candidates = by_name.get(name)?.iter().take(MAX_CANDIDATES);
    let inside = candidates.filter_map(|manifest| Some((below(folder(&manifest.at.path), here)?, *manifest)));
    inside
        .min_by_key(|(path, _)| (!root.members.iter().any(|member| matches_glob(member, path)), path.matches('/').count(), path.len()))
        .map(|(_, manifest)| manifest)
}

/// Whether a folder is what a member pattern means: `crates/*`.
fn matches_glob(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    pattern.split('/').count() == path.split('/').count()
        && pattern.split('/').zip(path.split('/')).all(|(pattern, part)| matches_part(pattern, part))
}

/// `*` and `?` in one component.
fn matches_part(pattern: &str, part: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern.chars().count() == part.chars().count() && pattern.chars().zip(part.chars()).all(|(p, c)| p == '?' || p == c);
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    let Some(mut middle) = part.strip_prefix(start).and_then(|part| part.strip_suffix(end)) else { return false };
    pieces.into_iter().all(|piece| match middle.split_once(piece) {
        Some((_, after)) => {
            middle = after;
            true
        }
        None => false,
    })
}

fn relate(packages: &mut [&mut Package], lock: &Manifest, root: &Manifest, by_name: &HashMap<&str, Vec<&Manifest>>) {
    let local: HashSet<&str> = lock.members.iter().map(String::as_str).collect();
    let index: HashMap<String, usize> = packages.iter().enumerate().map(|(at, package)| (package.key(), at)).collect();
    if local.is_empty() {
        return;
    }
    let mut used = vec![false; packages.len()];
    let mut direct = vec![false; packages.len()];
    let mut queue: Vec<usize> = Vec::new();
    for package in packages.iter_mut().filter(|package| local.contains(package.name.as_str())) {
        let is_root = root.name.as_deref() == Some(package.name.as_str());
        package.relationship = if is_root { Relationship::Root } else { Relationship::Workspace };
    }
    for (at, package) in packages.iter().enumerate() {
        if !local.contains(package.name.as_str()) {
            continue;
        }
        if let Some(used) = used.get_mut(at) {
            *used = true;
        }
        let wanted = manifest_of(&package.name, root, by_name).map(|manifest| wants(manifest, root));
        for id in &package.depends_on {
            let Some(&to) = index.get(id) else { continue };
            if let Some(direct) = direct.get_mut(to) {
                *direct = true;
            }
            let runtime = wanted.as_ref().is_none_or(|wanted| packages.get(to).is_none_or(|to| is_runtime(wanted, to)));
            if runtime {
                queue.push(to);
            }
        }
    }
    while let Some(at) = queue.pop() {
        let Some(seen) = used.get_mut(at) else { continue };
        let is_local = packages.get(at).is_none_or(|package| local.contains(package.name.as_str()));
        // The dependencies of members were looked at with their manifests.
        if !std::mem::replace(seen, true) && !is_local {
            queue.extend(packages.get(at).into_iter().flat_map(|package| &package.depends_on).filter_map(|id| index.get(id)));
        }
    }
    for ((package, used), direct) in packages.iter_mut().zip(&used).zip(&direct) {
        if package.relationship == Relationship::Unknown {
            package.relationship = if *direct { Relationship::Direct } else { Relationship::Indirect };
            package.dev = !used;
        }
    }
    let dev: HashSet<String> = packages.iter().filter(|package| package.dev).map(|package| package.key()).collect();
    for package in packages.iter_mut().filter(|package| local.contains(package.name.as_str())) {
        package.depends_on.retain(|id| !dev.contains(id));
    }
}

/// What a member wants: the scopes and ranges of each name.
fn wants<'a>(manifest: &'a Manifest, root: &'a Manifest) -> HashMap<&'a str, Vec<(Scope, &'a str)>> {
    let mut out: HashMap<&str, Vec<(Scope, &str)>> = HashMap::new();
    for requirement in &manifest.requirements {
        let own = (requirement.name.as_str(), requirement.range.as_str());
        let inherited =
            if own.1 == INHERITED { root.properties.get(&requirement.name).and_then(|pair| pair.split_once(' ')) } else { None };
        let (name, range) = inherited.unwrap_or(own);
        out.entry(name).or_default().push((requirement.scope, range));
    }
    out
}

fn is_runtime(wanted: &HashMap<&str, Vec<(Scope, &str)>>, to: &Package) -> bool {
    let Some(all) = wanted.get(to.name.as_str()) else {
        // Nothing in the manifest explains the edge, for instance because the lockfile is newer.
        return true;
    };
    let other = all.iter().any(|(scope, _)| *scope != Scope::Runtime);
    // Only where both are wanted the range decides which of two versions is meant.
    !other || all.iter().any(|(scope, range)| *scope == Scope::Runtime && accepts(range, &to.version))
}

/// Whether a range of Cargo has a version; what cannot be read has every version.
fn accepts(range: &str, version: &str) -> bool {
    if range.is_empty() || range == INHERITED {
        return true;
    }
    let caret = |part: &str| {
        let bare = part.starts_with(|c: char| c.is_ascii_digit()) && !part.contains('*');
        if bare { format!("^{part}") } else { part.to_owned() }
    };
    range.split(',').map(str::trim).all(|part| match Scheme::Npm.constraint(&caret(part)) {
        Ok(range) => range.matches(version).unwrap_or(true),
        Err(_) => true,
    })
}

#[cfg(test)]
mod tests;
