//! `yarn.lock`, of Yarn 1 and of Yarn 2 and later ("Berry").
//!
//! <https://classic.yarnpkg.com/lang/en/docs/yarn-lock/>, <https://yarnpkg.com/configuration/manifest>
//!
//! Blocks that begin with the wanted patterns, `"a@^1", a@^1.1:`, and say what they were resolved to. The older format is a language of its own, the
//! newer is YAML of the same shape; both are read line by line. Patterns are compared without the `npm:` that Berry writes. Entries of Berry for
//! members of the workspace (`workspace:`) stand for manifests, those of patched packages (`patch:`) for the entry they patch.
//!
//! The file does not say what the project wants itself: `package.json` beside it does, and names the folders of the workspace. A pattern that is not
//! there (`resolutions` replaces some) is answered by the version that fits, or by the only one there is.

mod glob;
mod join;

pub(super) use glob::is_member;
pub(super) use join::assemble;

use super::{YARN, digest, split_name};
use crate::{
    packages::{listing::Listing, tree},
    text::has_folder,
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Requirement},
};
use std::collections::HashMap;

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/yarn",
        version: 1,
        claims: &[Pattern::Name("yarn.lock")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

/// [`Manifest::kind`] of the patterns of a lockfile: each requirement is a pattern and the id it was resolved to.
const PATTERNS: &str = "yarn/patterns";

/// A block while it is read.
struct Block<'t> {
    lines: Lines,
    /// Name, and what stands behind the `@` without `npm:`.
    patterns: Vec<(&'t str, &'t str)>,
    name: &'t str,
    version: &'t str,
    resolution: &'t str,
    integrity: &'t str,
    wanted: Vec<(&'t str, &'t str)>,
}

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    // Installed packages bring lockfiles that nobody uses.
    if has_folder(file.path, "node_modules") || has_folder(file.path, ".yarn") {
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let blocks = blocks(&text, &mut errors);
    let mut listing = Listing::default();
    let mut resolved = Resolved::default();
    // Workspace members and patched packages mean something only beside the others.
    let mut at = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let Some((name, range)) = block.patterns.first().copied() else { continue };
        if range.starts_with("workspace:") {
            continue;
        }
        if block.version.is_empty() {
            errors.add(block.lines.start, || format!("`{name}` has no version"));
            continue;
        }
        let name = if block.name.is_empty() { real_name(name, range, block.resolution) } else { block.name };
        let id = format!("{name}@{}", block.version);
        for (name, range) in &block.patterns {
            resolved.add(name, range, &id);
        }
        if range.starts_with("patch:") {
            continue;
        }
        resolved.versions.entry(name).or_default().push(block.version);
        let package = Package {
            name: name.to_owned(),
            version: block.version.to_owned(),
            digest: digest(block.integrity),
            at: Place::file(file.path),
            ..Package::of(&YARN)
        };
        at.push((listing.put(package.on(block.lines)), block));
    }
    for (index, block) in at {
        let depends_on: Vec<String> = block.wanted.iter().filter_map(|(name, range)| resolved.find(name, range)).collect();
        if let Some(package) = listing.get_mut(index) {
            package.depends_on.extend(depends_on);
        }
    }
    listing.finish(out);
    out.manifests.push(Manifest {
        kind: PATTERNS,
        requirements: resolved.patterns.into_iter().map(|(name, range)| Requirement { name, range, ..Requirement::default() }).collect(),
        at: Place::file(file.path),
        ..Manifest::default()
    });
    errors.into_result()
}

/// What patterns mean.
#[derive(Default)]
struct Resolved<'t> {
    /// Sorted when it leaves: the order of a hash table is nobody's.
    patterns: std::collections::BTreeMap<String, String>,
    versions: HashMap<&'t str, Vec<&'t str>>,
}

impl Resolved<'_> {
    fn add(&mut self, name: &str, range: &str, id: &str) {
        self.patterns.insert(format!("{name}@{range}"), id.to_owned());
    }

    fn find(&self, name: &str, range: &str) -> Option<String> {
        if let Some(id) = self.patterns.get(&format!("{name}@{range}")) {
            return Some(id.clone());
        }
        if range.starts_with("workspace:") {
            return None;
        }
        let versions = self.versions.get(name)?;
        fitting(range, versions.iter().copied()).map(|version| format!("{name}@{version}"))
    }
}

/// The version that a range allows, or the only one. Ranges are tried on a few versions only: nobody has many of one package.
fn fitting<'v>(range: &str, versions: impl ExactSizeIterator<Item = &'v str> + Clone) -> Option<&'v str> {
    if versions.len() <= 64
        && let Ok(constraint) = YARN.versions.constraint(range)
        && let Some(found) = versions.clone().find(|version| constraint.matches(version).unwrap_or(false))
    {
        return Some(found);
    }
    let mut all = versions;
    all.next().filter(|_| all.next().is_none())
}

/// An alias (`b@npm:a@^1`) stands for the package that it names.
fn real_name<'t>(name: &'t str, range: &'t str, resolution: &'t str) -> &'t str {
    let resolved = split_name(resolution).map(|(name, _)| name);
    resolved.or_else(|| split_name(range).filter(|(_, rest)| !rest.is_empty() && is_alias(range)).map(|(name, _)| name)).unwrap_or(name)
}

/// `lodash@^4` and not `git@github.com:a/b` or `https://user@host/`.
fn is_alias(range: &str) -> bool {
    !range.contains(':') && !range.contains("//")
}

fn blocks<'t>(text: &'t str, errors: &mut FirstError) -> Vec<Block<'t>> {
    let mut blocks: Vec<Block<'t>> = Vec::new();
    // The list that is being read; only those of dependencies matter.
    let mut list = "";
    let mut inside = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        // A long list of patterns is a marked key of YAML, and its map begins on the next line with `:`.
        let indent = line.len() - line.trim_start_matches(' ').len();
        let (indent, content) = match content.strip_prefix(':') {
            Some(rest) if indent == 0 => (2, rest.trim_start()),
            _ => (indent, content),
        };
        if indent == 0 {
            list = "";
            inside = false;
            let content = content.strip_prefix("? ").unwrap_or(content);
            if content.starts_with("__metadata") {
                continue;
            }
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| content.starts_with(marker)) {
                errors.add(number, || "a merge conflict is not resolved".to_owned());
                continue;
            }
            let patterns = content.strip_suffix(':').or(content.strip_suffix('"')).map(patterns).unwrap_or_default();
            if patterns.is_empty() {
                errors.add(number, || "not a package".to_owned());
                continue;
            }
            inside = true;
            blocks.push(Block {
                lines: Lines::one(number),
                patterns,
                name: "",
                version: "",
                resolution: "",
                integrity: "",
                wanted: Vec::new(),
            });
            continue;
        }
        let Some(block) = blocks.last_mut().filter(|_| inside) else { continue };
        block.lines.end = number;
        let Some((key, value)) = pair(content) else { continue };
        if indent <= 2 {
            list = if value.is_empty() { key } else { "" };
            match key {
                // Where the pattern is not the name: `user/repository`.
                "name" => block.name = value,
                "version" => block.version = value,
                "resolution" => block.resolution = value,
                "integrity" => block.integrity = value,
                _ => {}
            }
        } else if matches!(list, "dependencies" | "optionalDependencies") {
            block.wanted.push((key, value.strip_prefix("npm:").unwrap_or(value)));
        }
    }
    blocks
}

/// The patterns of a block's first line. In Berry one pair of quotes is around all, in Yarn 1 around each that needs it.
fn patterns(line: &str) -> Vec<(&str, &str)> {
    let split = line.split(", ").map(|pattern| pattern.trim().trim_matches('"')).filter(|pattern| !pattern.is_empty());
    // What was asked for without a range has no `@`.
    split
        .map(|pattern| split_name(pattern).unwrap_or((pattern, "")))
        .map(|(name, range)| (name, range.strip_prefix("npm:").unwrap_or(range)))
        .collect()
}

/// `key "value"` of Yarn 1, `key: value` and `"key": "value"` of Berry.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = match line.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => line.split_once([' ', ':']).unwrap_or((line, "")),
    };
    let value = value.strip_prefix(':').unwrap_or(value).trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    Some((key.trim_end_matches(':'), value))
}

#[cfg(test)]
mod tests;
