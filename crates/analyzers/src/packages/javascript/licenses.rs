//! Licences of what is installed, given to the packages of the lockfile it was installed from.
//!
//! Lockfiles of npm know most licences themselves, those of Yarn, pnpm and Bun none. A `package.json` below `node_modules` speaks for the nearest
//! lockfile in the folders above it, for the package of its name and version.

use super::{BUN, NODE_PKG, NPM, PNPM, YARN};
use crate::packages::listing::{ancestors, folder};
use probity_model::{Facts, Package};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

pub(super) fn assemble(facts: &mut Facts) {
    let lockfiles = [&NPM, &YARN, &PNPM, &BUN];
    let is_locked = |package: &Package| lockfiles.iter().any(|ecosystem| **ecosystem == *package.ecosystem);
    let mut folders: HashSet<Arc<str>> = HashSet::new();
    let mut last: Option<Arc<str>> = None;
    for package in facts.packages.iter().filter(|package| is_locked(package)) {
        if last.as_ref() != Some(&package.at.path) {
            folders.insert(folder(&package.at.path).into());
            last = Some(Arc::clone(&package.at.path));
        }
    }
    if folders.is_empty() {
        return;
    }
    let mut known: HashMap<(Arc<str>, String, String), Vec<String>> = HashMap::new();
    for package in facts.packages.iter().filter(|package| *package.ecosystem == NODE_PKG && !package.licenses.is_empty()) {
        if !crate::text::has_folder(&package.at.path, "node_modules") {
            continue;
        }
        if let Some(lock) = ancestors(folder(&package.at.path)).find_map(|folder| folders.get(folder)) {
            known.entry((Arc::clone(lock), package.name.clone(), package.version.clone())).or_insert_with(|| package.licenses.clone());
        }
    }
    if known.is_empty() {
        return;
    }
    for package in facts.packages.iter_mut().filter(|package| package.licenses.is_empty() && is_locked(package)) {
        let key = (Arc::from(folder(&package.at.path)), package.name.clone(), package.version.clone());
        if let Some(licenses) = known.get(&key) {
            package.licenses.clone_from(licenses);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check_together;

    #[test]
    fn installed_packages_speak_for_the_nearest_lockfile() {
        let lock = br#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}, "b": {"version": "2.0.0"}}}"#;
        let installed = br#"{"name": "a", "version": "1.0.0", "license": "MIT"}"#;
        check_together(
            &[
                ("package-lock.json", lock),
                ("sub/package-lock.json", lock),
                ("sub/node_modules/x/node_modules/a/package.json", installed),
                ("node_modules/b/package.json", br#"{"name": "b", "version": "2.0.1", "license": "MIT"}"#),
            ],
            "npm a 1.0.0 - [MIT]
             npm b 2.0.1 - [MIT]
             npm a 1.0.0 - @1
             npm a 1.0.0 - [MIT] @1
             npm b 2.0.0 - @1
             npm b 2.0.0 - @1",
        );
    }
}
