//! `yarn.lock` and the `package.json` files of its project: what is wanted directly, what for development only.

use super::{PATTERNS, fitting, glob::is_member};
use crate::packages::{
    javascript::{YARN, node_pkg::MANIFEST},
    listing::{ancestors, folder, reach},
};
use probity_model::{
    Facts, Package, Place,
    package::{Manifest, Relationship, Scope},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// How many folders above a manifest are asked: no workspace is deeper.
const MAX_DEPTH: usize = 32;

/// What the manifests say about a package of the lockfile.
struct Change {
    index: usize,
    relationship: Relationship,
    dev: bool,
    /// A member that the lockfile lists in its published form as well.
    member: Option<Package>,
}

pub(in super::super) fn assemble(facts: &mut Facts) {
    let mut locks: BTreeMap<Arc<str>, Lock<'_>> = BTreeMap::new();
    for manifest in facts.manifests.iter().filter(|manifest| manifest.kind == PATTERNS) {
        let lock = locks.entry(folder(&manifest.at.path).into()).or_default();
        if lock.patterns.is_none_or(|known| manifest.at.is_visible() && !known.at.is_visible()) {
            lock.patterns = Some(manifest);
        }
    }
    if locks.is_empty() {
        return;
    }
    for (index, package) in facts.packages.iter().enumerate().filter(|(_, package)| *package.ecosystem == YARN) {
        if let Some(lock) = locks.get_mut(folder(&package.at.path)) {
            lock.packages.push(index);
        }
    }
    // A manifest may be a member of any workspace above it: a lockfile of its own, left from before, does not change that.
    for manifest in facts.manifests.iter().filter(|manifest| manifest.kind == MANIFEST) {
        let own = folder(&manifest.at.path);
        for folder in ancestors(own).take(MAX_DEPTH) {
            let Some(lock) = locks.get_mut(folder) else { continue };
            let known = lock.manifests.entry(own).or_insert(manifest);
            if manifest.at.is_visible() && !known.at.is_visible() {
                *known = manifest;
            }
        }
    }
    let mut changes = Vec::new();
    let mut projects = Vec::new();
    for (folder, lock) in &locks {
        lock.join(folder, &facts.packages, &mut changes, &mut projects);
    }
    for change in changes {
        let Some(package) = facts.packages.get_mut(change.index) else { continue };
        (package.relationship, package.dev) = (change.relationship, change.dev);
        if let Some(member) = change.member {
            (package.licenses, package.depends_on) = (member.licenses, member.depends_on);
        }
    }
    facts.packages.append(&mut projects);
}

/// A lockfile and the manifests that belong to it.
#[derive(Default)]
struct Lock<'f> {
    patterns: Option<&'f Manifest>,
    packages: Vec<usize>,
    manifests: BTreeMap<&'f str, &'f Manifest>,
}

impl Lock<'_> {
    fn join(&self, folder: &str, packages: &[Package], changes: &mut Vec<Change>, projects: &mut Vec<Package>) {
        let (Some(patterns), Some(root)) = (self.patterns, self.manifests.get(folder)) else { return };
        let globs: Vec<&str> = root.members.iter().map(String::as_str).collect();
        let inside = |path: &'_ str| -> Option<String> {
            if folder.is_empty() { Some(path.to_owned()) } else { path.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned) }
        };
        let members: Vec<&Manifest> = self
            .manifests
            .iter()
            .filter(|(path, _)| **path != folder && !globs.is_empty() && inside(path).is_some_and(|path| is_member(&globs, &path)))
            .map(|(_, manifest)| *manifest)
            .collect();

        let ids: BTreeMap<&str, &str> = patterns.requirements.iter().map(|pattern| (&*pattern.name, &*pattern.range)).collect();
        let mut nodes: HashMap<String, usize> = HashMap::with_capacity(self.packages.len());
        let mut versions: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut indices = Vec::with_capacity(self.packages.len());
        for index in &self.packages {
            let Some(package) = packages.get(*index) else { continue };
            nodes.insert(package.key(), indices.len());
            versions.entry(&package.name).or_default().push(&package.version);
            indices.push((*index, package));
        }
        let edges: Vec<Vec<usize>> =
            indices.iter().map(|(_, package)| package.depends_on.iter().filter_map(|id| nodes.get(id).copied()).collect()).collect();

        let find = |name: &str, range: &str| -> Option<usize> {
            let range = range.strip_prefix("npm:").unwrap_or(range);
            if let Some(id) = ids.get(format!("{name}@{range}").as_str()) {
                return nodes.get(*id).copied();
            }
            let version = fitting(range, versions.get(name)?.iter().copied())?;
            nodes.get(&format!("{name}@{version}")).copied()
        };
        let member_ids: BTreeMap<&str, String> = members.iter().filter_map(|member| Some((member.name.as_deref()?, id(member)?))).collect();
        let (mut runtime, mut development) = (BTreeSet::new(), BTreeSet::new());
        let mut published: HashMap<usize, Package> = HashMap::new();
        for (manifest, relationship) in
            std::iter::once((*root, Relationship::Root)).chain(members.iter().map(|member| (*member, Relationship::Workspace)))
        {
            let mut depends_on = BTreeSet::new();
            for wanted in &manifest.requirements {
                let starts = match wanted.scope {
                    Scope::Peer => continue,
                    Scope::Dev => &mut development,
                    _ => &mut runtime,
                };
                if let Some(found) = find(&wanted.name, &wanted.range) {
                    starts.insert(found);
                    depends_on.extend(indices.get(found).map(|(_, package)| package.key()));
                } else if let Some(member) = member_ids.get(wanted.name.as_str()) {
                    depends_on.insert(member.clone());
                }
            }
            if relationship == Relationship::Root {
                depends_on.extend(member_ids.values().cloned());
            }
            let (Some(name), Some(id)) = (&manifest.name, id(manifest)) else { continue };
            let project = Package {
                name: name.clone(),
                version: manifest.version.clone().unwrap_or_default(),
                id: if manifest.version.is_some() { String::new() } else { id },
                licenses: manifest.licenses.clone(),
                relationship,
                depends_on: depends_on.into_iter().collect(),
                at: Place { lines: None, ..patterns.at.clone() },
                ..Package::of(&YARN)
            };
            match nodes.get(&project.key()) {
                Some(node) => {
                    published.insert(*node, project);
                }
                None => projects.push(project),
            }
        }
        let needed = reach(runtime.iter().copied(), &edges);
        let reached = reach(runtime.iter().chain(&development).copied(), &edges);
        for (node, (index, _)) in indices.iter().enumerate() {
            let is = |marks: &[bool]| marks.get(node) == Some(&true);
            let relationship = match () {
                () if runtime.contains(&node) || development.contains(&node) => Relationship::Direct,
                () if is(&reached) => Relationship::Indirect,
                () => Relationship::Unknown,
            };
            let dev = is(&reached) && !is(&needed);
            changes.push(match published.remove(&node) {
                Some(member) => Change { index: *index, relationship: member.relationship, dev: false, member: Some(member) },
                None => Change { index: *index, relationship, dev, member: None },
            });
        }
    }
}

/// The id of a project: its manifest's path when it has no version.
fn id(manifest: &Manifest) -> Option<String> {
    match (&manifest.name, &manifest.version) {
        (Some(name), Some(version)) => Some(format!("{name}@{version}")),
        (Some(_), None) => Some(manifest.at.path.to_string()),
        (None, _) => None,
    }
}
