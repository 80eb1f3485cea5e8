//! What the assemblers of several databases share: who owns which file, one package for several entries, names to ids.

use probity_model::{Diagnostic, Ecosystem, Facts, Package, Reason, package::Requirement};
use std::{
    cell::Cell,
    collections::{BTreeSet, HashMap},
};

/// Says which paths the packages of a database own, and makes one package of entries with the same name, version and architecture: an image may
/// have its database twice, in an old place and a new one.
pub(super) fn own(facts: &mut Facts, ecosystem: &Ecosystem) {
    merge(&mut facts.packages, ecosystem);
    let packages = facts.packages.iter().filter(|package| package.ecosystem == ecosystem);
    facts.owned_files.extend(packages.flat_map(|package| package.files.iter().map(|file| file.path.clone())));
}

fn merge(packages: &mut Vec<Package>, ecosystem: &Ecosystem) {
    let mut first: HashMap<(&str, &str, Option<&str>), usize> = HashMap::new();
    let mut repeats: Vec<(usize, usize)> = Vec::new();
    for (at, package) in packages.iter().enumerate().filter(|(_, package)| package.ecosystem == ecosystem) {
        match first.entry((&package.name, &package.version, package.arch.as_deref())) {
            std::collections::hash_map::Entry::Occupied(kept) => repeats.push((*kept.get(), at)),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(at);
            }
        }
    }
    if repeats.is_empty() {
        return;
    }
    for (kept, repeat) in &repeats {
        let Some(repeat) = packages.get_mut(*repeat).map(std::mem::take) else { continue };
        let Some(kept) = packages.get_mut(*kept) else { continue };
        if repeat.at != kept.at {
            kept.also.push(repeat.at);
        }
        kept.also.extend(repeat.also);
        if kept.files.is_empty() {
            kept.files = repeat.files;
        }
        if kept.source_name.is_none() {
            (kept.source_name, kept.source_version) = (repeat.source_name, repeat.source_version);
        }
        if kept.licenses.is_empty() {
            kept.licenses = repeat.licenses;
        }
        let depends_on: BTreeSet<String> = kept.depends_on.drain(..).chain(repeat.depends_on).collect();
        kept.depends_on = depends_on.into_iter().collect();
    }
    let gone: BTreeSet<usize> = repeats.into_iter().map(|(_, repeat)| repeat).collect();
    let mut at = 0;
    packages.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Who answers to a name: packages of this name, else those that provide it.
pub(super) struct Names<'a> {
    own: HashMap<&'a str, Vec<usize>>,
    provided: HashMap<&'a str, Vec<usize>>,
    /// Dependencies that may still be found: few words can mean many packages, and a graph of them all would fill the memory.
    left: Cell<usize>,
}

/// Dependencies of all packages of a database; a desktop has some hundred thousand.
const MAX_EDGES: usize = 4_000_000;

impl<'a> Names<'a> {
    pub(super) fn new() -> Self {
        Self { own: HashMap::new(), provided: HashMap::new(), left: Cell::new(MAX_EDGES) }
    }

    pub(super) fn package(&mut self, name: &'a str, at: usize) {
        self.own.entry(name).or_default().push(at);
    }

    pub(super) fn provides(&mut self, name: &'a str, at: usize) {
        self.provided.entry(name).or_default().push(at);
    }

    /// Positions of the packages that these names mean, without the one that asks; of several, those that `prefer` says, if any. A name that very
    /// many packages answer to says nothing.
    pub(super) fn resolve(&self, own: usize, names: impl Iterator<Item = &'a str>, prefer: impl Fn(usize) -> bool) -> BTreeSet<usize> {
        const MAX_PROVIDERS: usize = 64;
        let mut found = BTreeSet::new();
        for answers in names.filter_map(|name| self.own.get(name).or_else(|| self.provided.get(name))) {
            if answers.len() > MAX_PROVIDERS || answers.contains(&own) {
                continue;
            }
            let left = self.left.get().saturating_sub(answers.len());
            self.left.set(left);
            if left == 0 {
                break;
            }
            let some = answers.iter().any(|at| prefer(*at));
            found.extend(answers.iter().copied().filter(|at| !some || prefer(*at)));
        }
        found
    }

    /// What to say when the graph was too large.
    pub(super) fn cut(&self) -> Option<Diagnostic> {
        let message = || format!("packages have more than {MAX_EDGES} dependencies, and the rest is left out");
        (self.left.get() == 0).then(|| Diagnostic::warning(Reason::SubjectTruncated, message()))
    }
}

/// Turns the names in [`Package::depends_on`] of one ecosystem into ids. `provided` holds a name and, as its range, the id of who provides it.
pub(super) fn resolve(packages: &mut [Package], ecosystem: &Ecosystem, provided: &[&Requirement]) -> Option<Diagnostic> {
    let places: Vec<usize> = packages.iter().enumerate().filter(|(_, package)| package.ecosystem == ecosystem).map(|(at, _)| at).collect();
    let own = || places.iter().filter_map(|at| Some((*at, packages.get(*at)?)));
    let keys: HashMap<String, usize> = own().map(|(at, package)| (package.key(), at)).collect();
    let mut known = Names::new();
    for (at, package) in own() {
        known.package(&package.name, at);
    }
    for name in provided {
        if let Some(at) = keys.get(&name.range) {
            known.provides(&name.name, *at);
        }
    }
    let arch = |at: usize| packages.get(at).and_then(|package| package.arch.as_deref()).unwrap_or_default();
    let found: Vec<(usize, Vec<String>)> = own()
        .map(|(at, package)| {
            let same = |other: usize| arch(other) == arch(at) || arch(other) == "all";
            let found = known.resolve(at, package.depends_on.iter().map(String::as_str), same);
            (at, found.into_iter().filter_map(|at| packages.get(at)).map(Package::key).collect())
        })
        .collect();
    let cut = known.cut();
    for (at, mut ids) in found {
        ids.sort_unstable();
        ids.dedup();
        if let Some(package) = packages.get_mut(at) {
            package.depends_on = ids;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check_together;

    #[test]
    fn few_words_that_mean_many_packages_end() {
        // Every package provides and wants the same 60 things: a graph that would have ten million lines.
        let things: Vec<String> = (0..60).map(|thing| format!("t{thing}")).collect();
        let words = things.join(" ");
        let mut text = String::new();
        for package in 0..60 {
            text += &format!("P:provider{package}\nV:1\np:{words}\n\n");
        }
        for package in 0..3_000 {
            text += &format!("P:a{package}\nV:1\nD:{words}\n\n");
        }
        let mut facts = Facts::default();
        let file = probity_model::analyzer::File {
            path: "lib/apk/db/installed",
            meta: probity_model::analyzer::FileMeta::default(),
            bytes: text.as_bytes(),
        };
        probity_model::analyzer::Analyzer::analyze(&crate::packages::os::apk::INSTALLED, &file, &mut facts).unwrap();
        assert_eq!(facts.packages.len(), 3_060);
        assert_eq!(facts.diagnostics[0].message, "packages have more than 4000000 dependencies, and the rest is left out");
    }

    #[test]
    fn the_same_package_in_two_lists_keeps_what_either_knows() {
        check_together(
            &[
                ("var/lib/dpkg/status", b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nSource: b\n"),
                (
                    "var/lib/chisel/manifest.wall",
                    b"{\"kind\":\"package\",\"name\":\"a\",\"version\":\"1\",\"arch\":\"amd64\"}\n{\"kind\":\"path\",\"path\":\"/x\",\"slices\":[\"a_b\"]}\n",
                ),
            ],
            "deb a 1 amd64 from b@1 @1\nowns x",
        );
    }
}
