//! `go.mod`, with `go.sum`, `go.work` and `vendor/modules.txt` beside it.
//!
//! <https://go.dev/ref/mod>
//!
//! Since Go 1.17 `go.mod` lists every module that a build needs, indirect ones with a comment. Older ones list the direct modules and a few others: the
//! rest comes from `vendor/modules.txt`, which is exact, or from `go.sum`, which has the hash of every module that a build ever loaded. Hashes of a
//! `go.mod` alone are left out: such a module was looked at and not built. Of several versions in `go.sum` the last is taken, as it is the highest.
//!
//! `replace` gives a module another path and version, or none at all when it points to a folder: the module stays, without a version, because its code
//! is that of the folder. `exclude`, `retract`, `tool`, `ignore` and `godebug` say nothing about what is built.
//!
//! A `go.mod` in a module cache (`pkg/mod/name@version/`) is what that module wants, not what is built: it gives the edges between the modules of other
//! files, and no packages. Modules of a workspace take the replacements of `go.work`.
//!
//! Missing: the versions that a workspace raises above those of a member's own file.

mod syntax;

use super::{GO_TOOLCHAIN, GOMOD, STDLIB};
use crate::{
    text::lines,
    unit::{FirstError, LARGE, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship, Requirement},
};
use probity_versions::Scheme;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

pub(crate) const GO_MOD: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/go-mod",
        version: 1,
        claims: &[Pattern::Name("go.mod")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(go_mod),
};

pub(crate) const GO_SUM: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/go-sum",
        version: 1,
        claims: &[Pattern::Name("go.sum")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(go_sum),
};

pub(crate) const GO_WORK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/go-work",
        version: 1,
        claims: &[Pattern::Name("go.work")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(go_work),
};

pub(crate) const VENDOR: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/go-vendor",
        version: 1,
        claims: &[Pattern::Name("modules.txt")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(vendor),
};

const MOD: &str = "go/mod";
const LEAF: &str = "go/leaf";
const SUM: &str = "go/sum";
const WORK: &str = "go/work";
const MODULES: &str = "go/vendor";
/// A property of a manifest: its `go.mod` need not list all modules.
const INCOMPLETE: &str = "incomplete";

/// A module of a `require` directive.
struct Required {
    version: String,
    indirect: bool,
    line: u32,
}

struct Replacement {
    old: String,
    old_version: Option<String>,
    new: String,
    /// None for a folder.
    new_version: Option<String>,
}

fn go_mod(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let (directives, wrong) = syntax::read(file.bytes);
    for (line, message) in wrong {
        errors.add(line, || message);
    }
    let mut module: Option<(String, u32)> = None;
    let mut go: Option<(String, u32)> = None;
    let mut toolchain: Option<(String, u32)> = None;
    let mut required: BTreeMap<String, Required> = BTreeMap::new();
    let mut replaced = Vec::new();
    for directive in directives {
        let line = directive.line;
        let words: Vec<&str> = directive.words.iter().map(String::as_str).collect();
        match (directive.verb.as_str(), words.as_slice()) {
            ("module", [path, ..]) => module = Some(((*path).to_owned(), line)),
            ("go", [version, ..]) => go = Some(((*version).to_owned(), line)),
            ("toolchain", [name, ..]) => toolchain = Some(((*name).to_owned(), line)),
            ("require", [path, version]) => {
                let words: Vec<&str> = directive.comment.split_whitespace().collect();
                let indirect = matches!(words.as_slice(), ["indirect"] | ["indirect;", ..]);
                let new = Required { version: (*version).to_owned(), indirect, line };
                // Of two versions the build takes the higher one.
                match required.get_mut(*path) {
                    Some(old) if Scheme::Go.compare(&old.version, &new.version) != Ok(Ordering::Less) => {}
                    Some(old) => *old = new,
                    None => {
                        required.insert((*path).to_owned(), new);
                    }
                }
            }
            ("replace", words) => match replacement(words) {
                Some(replacement) => replaced.push(replacement),
                None => errors.add(line, || "not a replacement: expected `module [version] => path [version]`".to_owned()),
            },
            ("exclude" | "retract" | "godebug" | "tool" | "ignore", _) => {}
            ("module" | "go" | "toolchain" | "require", _) => {
                errors.add(line, || {
                    format!(
                        "not a `{}` directive: expected {}",
                        directive.verb,
                        if directive.verb == "require" { "a module and its version" } else { "a word after it" }
                    )
                });
            }
            (verb, _) => errors.add(line, || format!("unknown directive `{verb}`")),
        }
    }

    if let Some((name, version)) = cached(file.path) {
        let requirements = required
            .into_iter()
            .filter(|(_, required)| !required.indirect)
            .map(|(name, required)| Requirement {
                name,
                range: required.version,
                lines: Some(Lines::one(required.line)),
                ..Requirement::default()
            })
            .collect();
        out.manifests.push(Manifest {
            kind: LEAF,
            name: Some(name),
            version: Some(version),
            requirements,
            at: Place::file(file.path),
            ..Manifest::default()
        });
        return errors.into_result();
    }

    let incomplete = go.as_ref().is_none_or(|(version, _)| before(version, 17));
    let mut packages: BTreeMap<String, Package> = required
        .into_iter()
        .map(|(name, required)| {
            let relationship = if required.indirect { Relationship::Indirect } else { Relationship::Direct };
            let at = Place::line(file.path, required.line);
            (name.clone(), Package { name, version: required.version, relationship, at, ..Package::of(&GOMOD) })
        })
        .collect();
    for replacement in &replaced {
        if let Some(mut package) = packages.remove(&replacement.old) {
            apply(replacement, &mut package);
            packages.insert(package.name.clone(), package);
        }
    }
    if let Some((name, line)) = &module {
        packages.insert(
            name.clone(),
            Package {
                name: name.clone(),
                id: name.clone(),
                relationship: Relationship::Root,
                at: Place::line(file.path, *line),
                ..Package::of(&GOMOD)
            },
        );
    }
    out.packages.extend(packages.into_values());
    if let Some((version, line)) = standard_library(toolchain.as_ref(), go.as_ref()) {
        out.packages.push(Package {
            name: STDLIB.to_owned(),
            version,
            relationship: Relationship::Direct,
            at: Place::line(file.path, line),
            ..Package::of(&GO_TOOLCHAIN)
        });
    }
    let mut manifest = Manifest { kind: MOD, name: module.map(|(name, _)| name), at: Place::file(file.path), ..Manifest::default() };
    if incomplete {
        manifest.properties.insert(INCOMPLETE.to_owned(), String::new());
    }
    out.manifests.push(manifest);
    errors.into_result()
}

/// Gives a module the path and version of its replacement, if it is meant.
fn apply(replacement: &Replacement, package: &mut Package) {
    if replacement.old_version.as_ref().is_some_and(|version| *version != package.version) {
        return;
    }
    if let Some(version) = &replacement.new_version {
        package.name.clone_from(&replacement.new);
        package.version.clone_from(version);
    } else {
        package.version.clear();
        package.id.clone_from(&package.name);
    }
}

fn replacement(words: &[&str]) -> Option<Replacement> {
    let arrow = words.iter().position(|word| *word == "=>")?;
    let (old, new) = words.split_at_checked(arrow)?;
    let (old, old_version) = match old {
        [path] => (*path, None),
        [path, version] => (*path, Some((*version).to_owned())),
        _ => return None,
    };
    let (new, new_version) = match new {
        [_, path] => (*path, None),
        [_, path, version] => (*path, Some((*version).to_owned())),
        _ => return None,
    };
    Some(Replacement { old: old.to_owned(), old_version, new: new.to_owned(), new_version })
}

/// Whether a Go version is 1.x with an x below `minor`.
fn before(version: &str, minor: u32) -> bool {
    let mut parts = version.split('.');
    let major = parts.next().and_then(|part| part.parse::<u32>().ok());
    let digits: String = parts.next().unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    major.is_some_and(|major| major < 1 || major == 1 && digits.parse::<u32>().is_ok_and(|found| found < minor))
}

/// The lowest Go version that may build the module. `toolchain` exists since Go 1.21; before, the `go` line was about the language only.
fn standard_library(toolchain: Option<&(String, u32)>, go: Option<&(String, u32)>) -> Option<(String, u32)> {
    if let Some((name, line)) = toolchain.filter(|(name, _)| name != "default") {
        let name = name.split('-').next().unwrap_or_default();
        let version = name.strip_prefix("go")?;
        return Some((format!("v{version}"), *line));
    }
    let (version, line) = go?;
    if before(version, 21) {
        return None;
    }
    let release = version.matches('.').count() == 1 && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    Some((format!("v{version}{}", if release { ".0" } else { "" }), *line))
}

/// Module and version when the path is that of a module cache: `…/pkg/mod/github.com/!upper/case@v1.2.3/go.mod`.
fn cached(path: &str) -> Option<(String, String)> {
    let folder = path.strip_suffix("/go.mod")?;
    let inside = folder.strip_prefix("pkg/mod/").or_else(|| folder.split_once("/pkg/mod/").map(|(_, inside)| inside))?;
    let (name, version) = inside.rsplit_once('@').filter(|(_, version)| !version.contains('/'))?;
    Some((unescape(name), unescape(version)))
}

/// Upper-case letters are written `!x` in paths of the cache, for file systems that ignore case.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut upper = false;
    for c in text.chars() {
        if c == '!' {
            upper = true;
            continue;
        }
        out.push(if upper { c.to_ascii_uppercase() } else { c });
        upper = false;
    }
    out
}

fn go_sum(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let mut found: BTreeMap<String, (String, u32)> = BTreeMap::new();
    for (line, text) in lines(file.bytes) {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [module, version, hash] if hash.contains(':') => {
                if !version.ends_with("/go.mod") {
                    found.insert((*module).to_owned(), ((*version).to_owned(), line));
                }
            }
            _ => errors.add(line, || "not a module, a version and a hash".to_owned()),
        }
    }
    out.manifests.push(modules(SUM, file.path, found));
    errors.into_result()
}

fn modules(kind: &'static str, path: &str, found: BTreeMap<String, (String, u32)>) -> Manifest {
    let requirements = found
        .into_iter()
        .map(|(name, (range, line))| Requirement { name, range, lines: Some(Lines::one(line)), ..Requirement::default() })
        .collect();
    Manifest { kind, requirements, at: Place::file(path), ..Manifest::default() }
}

/// `# module version [=> path [version]]`, then lines that begin with `##` (how it is required) and the packages that were copied.
fn vendor(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if !(file.path == "vendor/modules.txt" || file.path.ends_with("/vendor/modules.txt")) {
        return Ok(());
    }
    let mut errors = FirstError::default();
    let mut found = BTreeMap::new();
    // A module of which nothing is copied is only required by some `go.mod`.
    let mut pending: Option<(String, String, u32)> = None;
    for (line, text) in lines(file.bytes) {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["#", module, version, rest @ ..] if *version != "=>" => {
                pending = match rest {
                    [] => Some(((*module).to_owned(), (*version).to_owned(), line)),
                    ["=>", _] => Some(((*module).to_owned(), String::new(), line)),
                    ["=>", path, version] => Some(((*path).to_owned(), (*version).to_owned(), line)),
                    _ => {
                        errors.add(line, || "not a module and a version".to_owned());
                        None
                    }
                };
            }
            // A replacement of all versions, listed at the end of the file.
            ["#", _, "=>", ..] => pending = None,
            [first, ..] if first.starts_with('#') => {}
            [_] => {
                if let Some((name, version, line)) = pending.take() {
                    found.insert(name, (version, line));
                }
            }
            [] => {}
            _ => errors.add(line, || "not a package".to_owned()),
        }
    }
    out.manifests.push(modules(MODULES, file.path, found));
    errors.into_result()
}

fn go_work(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let (directives, wrong) = syntax::read(file.bytes);
    for (line, message) in wrong {
        errors.add(line, || message);
    }
    let mut manifest = Manifest { kind: WORK, at: Place::file(file.path), ..Manifest::default() };
    for directive in directives {
        let words: Vec<&str> = directive.words.iter().map(String::as_str).collect();
        match (directive.verb.as_str(), words.as_slice()) {
            ("use", [folder]) => manifest.members.push((*folder).to_owned()),
            ("replace", words) => match replacement(words) {
                Some(replacement) => manifest.requirements.push(Requirement {
                    name: [Some(replacement.old), replacement.old_version].into_iter().flatten().collect::<Vec<_>>().join(" "),
                    range: [Some(replacement.new), replacement.new_version].into_iter().flatten().collect::<Vec<_>>().join(" "),
                    lines: Some(Lines::one(directive.line)),
                    ..Requirement::default()
                }),
                None => errors.add(directive.line, || "not a replacement: expected `module [version] => path [version]`".to_owned()),
            },
            ("go" | "toolchain" | "godebug", _) => {}
            (verb, _) => errors.add(directive.line, || format!("unknown directive `{verb}`")),
        }
    }
    out.manifests.push(manifest);
    errors.into_result()
}

/// The folder of a file, without a slash at its end.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins `go.mod` with what lies beside it.
pub(crate) fn assemble(facts: &mut Facts) {
    let manifests: Vec<&Manifest> = facts.manifests.iter().filter(|manifest| manifest.kind.starts_with("go/")).collect();
    let by_folder = |kind: &str, strip: &str| -> BTreeMap<String, &Manifest> {
        let wanted = manifests.iter().filter(|manifest| manifest.kind == kind);
        wanted.map(|manifest| (folder(manifest.at.path.strip_suffix(strip).unwrap_or(&manifest.at.path)).to_owned(), *manifest)).collect()
    };
    let (sums, vendors) = (by_folder(SUM, ""), by_folder(MODULES, "/modules.txt"));
    let leaves: HashMap<(&str, &str), &Manifest> = manifests
        .iter()
        .filter(|manifest| manifest.kind == LEAF)
        .filter_map(|manifest| Some(((manifest.name.as_deref()?, manifest.version.as_deref()?), *manifest)))
        .collect();

    let mut files: BTreeMap<Arc<str>, Vec<Package>> = BTreeMap::new();
    let mut others = Vec::new();
    for package in std::mem::take(&mut facts.packages) {
        if *package.ecosystem == GOMOD {
            files.entry(package.at.path.clone()).or_default().push(package);
        } else {
            others.push(package);
        }
    }
    for manifest in manifests.iter().filter(|manifest| manifest.kind == MOD) {
        let packages = files.entry(manifest.at.path.clone()).or_default();
        if manifest.properties.contains_key(INCOMPLETE) {
            let here = folder(&manifest.at.path);
            if let Some(source) = vendors.get(here).or_else(|| sums.get(here)) {
                complete(packages, source, manifest);
            }
        }
    }
    for work in manifests.iter().filter(|manifest| manifest.kind == WORK) {
        workspace(work, &mut files);
    }
    for packages in files.values_mut() {
        connect(packages, &leaves);
    }
    // What was vendored without a `go.mod` is there all the same.
    for (here, vendored) in &vendors {
        let go_mod = if here.is_empty() { "go.mod".to_owned() } else { format!("{here}/go.mod") };
        if !files.contains_key(go_mod.as_str()) {
            others.extend(vendored.requirements.iter().map(|module| {
                let at = Place { lines: module.lines, ..vendored.at.clone() };
                let id = if module.range.is_empty() { module.name.clone() } else { String::new() };
                Package { name: module.name.clone(), version: module.range.clone(), id, at, ..Package::of(&GOMOD) }
            }));
        }
    }
    facts.packages = others;
    facts.packages.extend(files.into_values().flatten());
}

/// Adds the modules that an old `go.mod` does not list.
fn complete(packages: &mut Vec<Package>, source: &Manifest, manifest: &Manifest) {
    let versions: HashMap<&str, &str> = source.requirements.iter().map(|module| (module.name.as_str(), module.range.as_str())).collect();
    let mut known: HashSet<String> = HashSet::new();
    for package in packages.iter_mut() {
        if package.relationship == Relationship::Indirect
            && let Some(version) = versions.get(package.name.as_str()).filter(|version| !version.is_empty())
        {
            (*version).clone_into(&mut package.version);
        }
        known.insert(package.name.clone());
    }
    packages.extend(source.requirements.iter().filter(|module| !known.contains(&module.name)).map(|module| Package {
        name: module.name.clone(),
        version: module.range.clone(),
        id: if module.range.is_empty() { module.name.clone() } else { String::new() },
        relationship: Relationship::Indirect,
        at: manifest.at.clone(),
        ..Package::of(&GOMOD)
    }));
}

/// Applies the replacements of a workspace to its members.
fn workspace(work: &Manifest, files: &mut BTreeMap<Arc<str>, Vec<Package>>) {
    let replaced: HashMap<String, Vec<Replacement>> = work
        .requirements
        .iter()
        .filter_map(|requirement| {
            let words: Vec<&str> = requirement.name.split(' ').chain(["=>"]).chain(requirement.range.split(' ')).collect();
            replacement(&words)
        })
        .fold(HashMap::new(), |mut all, replacement| {
            all.entry(replacement.old.clone()).or_insert_with(Vec::new).push(replacement);
            all
        });
    if replaced.is_empty() {
        return;
    }
    for member in &work.members {
        let path = probity_vfs::normalise(&format!("{}/{member}/go.mod", folder(&work.at.path))).into_owned();
        for package in files.get_mut(path.as_str()).into_iter().flatten() {
            if package.relationship != Relationship::Root {
                for replacement in replaced.get(&package.name).into_iter().flatten() {
                    apply(replacement, package);
                }
            }
        }
    }
}

/// Edges between the modules of one file: from the cached files of the modules, and from the main module to what nobody else needs.
fn connect(packages: &mut [Package], leaves: &HashMap<(&str, &str), &Manifest>) {
    let ids: HashMap<String, String> = packages.iter().map(|package| (package.name.clone(), package.key())).collect();
    let mut wanted: HashSet<&str> = HashSet::new();
    if !leaves.is_empty() {
        for package in packages.iter_mut() {
            let Some(leaf) = leaves.get(&(package.name.as_str(), package.version.as_str())) else { continue };
            let needs = leaf.requirements.iter().filter_map(|module| ids.get(&module.name)).filter(|id| **id != package.key());
            package.depends_on = needs.cloned().collect();
            package.depends_on.sort_unstable();
            package.depends_on.dedup();
        }
        wanted.extend(packages.iter().flat_map(|package| &package.depends_on).map(String::as_str));
    }
    let mut roots: Vec<String> = packages
        .iter()
        .filter(|package| match package.relationship {
            Relationship::Direct => true,
            Relationship::Indirect => !wanted.contains(package.key().as_str()),
            _ => false,
        })
        .map(Package::key)
        .collect();
    roots.sort_unstable();
    if let Some(root) = packages.iter_mut().find(|package| package.relationship == Relationship::Root) {
        root.depends_on = roots;
    }
}

#[cfg(test)]
mod tests;
