//! The packages of one file while it is read: entries with the same id become one package with several places.

use probity_model::{Facts, Package, package::Relationship};
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Listing {
    packages: Vec<Package>,
    index: HashMap<String, usize>,
}

impl Listing {
    /// Adds a package or joins it with the one that has the same id: needed for development only when all are, direct when one is.
    pub(crate) fn put(&mut self, mut package: Package) -> usize {
        if package.id.is_empty() && package.version.is_empty() {
            package.id.clone_from(&package.name);
        }
        let key = package.key();
        let Some(known) = self.index.get(&key).and_then(|at| self.packages.get_mut(*at)) else {
            self.index.insert(key, self.packages.len());
            self.packages.push(package);
            return self.packages.len() - 1;
        };
        known.dev &= package.dev;
        if strength(package.relationship) > strength(known.relationship) {
            known.relationship = package.relationship;
        }
        known.depends_on.append(&mut package.depends_on);
        known.lines.append(&mut package.lines);
        if known.licenses.is_empty() {
            known.licenses = package.licenses;
        }
        if known.digest.is_none() {
            known.digest = package.digest;
        }
        self.index.get(&key).copied().unwrap_or_default()
    }

    /// The package with this id.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Package> {
        self.packages.get(at)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut Package> {
        self.packages.get_mut(at)
    }

    pub(crate) fn len(&self) -> usize {
        self.packages.len()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Package> {
        self.packages.iter_mut()
    }

    /// Hands the packages over, in the order of their first entries.
    pub(crate) fn finish(self, out: &mut Facts) {
        out.packages.extend(self.packages.into_iter().map(|mut package| {
            package.depends_on.sort_unstable();
            package.depends_on.dedup();
            package.lines.sort_unstable();
            package.lines.dedup();
            if let Some(first) = package.lines.first() {
                package.at.lines = Some(*first);
            }
            package
        }));
    }
}

/// Which of two statements about a package stays: one lockfile knows it by several ways.
const fn strength(relationship: Relationship) -> u8 {
    match relationship {
        Relationship::Unknown => 0,
        Relationship::Indirect => 1,
        Relationship::Direct => 2,
        Relationship::Workspace => 3,
        Relationship::Root => 4,
    }
}

/// Which nodes of a graph can be reached from some of them, these included.
pub(crate) fn reach(starts: impl IntoIterator<Item = usize>, edges: &[Vec<usize>]) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut open: Vec<usize> = starts.into_iter().collect();
    while let Some(node) = open.pop() {
        if let Some(mark @ false) = seen.get_mut(node) {
            *mark = true;
            open.extend(edges.get(node).into_iter().flatten());
        }
    }
    seen
}

/// The folder of a path, without a slash at its end; empty for a file in the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A folder and those that it lies in, from the inside out; the last is the root, an empty string.
pub(crate) fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| self::folder(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders() {
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(ancestors("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn cycles_end() {
        assert_eq!(reach([0], &[vec![1], vec![0], vec![0]]), [true, true, false]);
    }
}
