//! Licences of what is installed, given to the packages of the lockfile it was installed from.

use super::listing::{ancestors, folder};
use probity_model::{Ecosystem, Facts, Package};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Who lends to whom.
pub(crate) struct Lend<'l> {
    /// The packages of an installer.
    pub(crate) from: &'static Ecosystem,
    pub(crate) to: &'l [&'static Ecosystem],
    /// A folder that installed packages are in: others are projects.
    pub(crate) below: &'static [&'static str],
}

impl Lend<'_> {
    /// An installed package speaks for the nearest lockfile in the folders above it, for the package of its name and version.
    pub(crate) fn licenses(&self, facts: &mut Facts) {
        let is_locked = |package: &Package| self.to.iter().any(|ecosystem| **ecosystem == *package.ecosystem);
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
        let key =
            |folder: Arc<str>, package: &Package| (folder, (self.from.normalize)(&package.name).into_owned(), package.version.clone());
        let mut known: HashMap<(Arc<str>, String, String), Vec<String>> = HashMap::new();
        for package in facts.packages.iter().filter(|package| *package.ecosystem == *self.from && !package.licenses.is_empty()) {
            if self.below.iter().any(|below| crate::text::has_folder(&package.at.path, below))
                && let Some(lock) = ancestors(folder(&package.at.path)).find_map(|folder| folders.get(folder))
            {
                known.entry(key(Arc::clone(lock), package)).or_insert_with(|| package.licenses.clone());
            }
        }
        if known.is_empty() {
            return;
        }
        for package in facts.packages.iter_mut().filter(|package| package.licenses.is_empty() && is_locked(package)) {
            if let Some(licenses) = known.get(&key(folder(&package.at.path).into(), package)) {
                package.licenses.clone_from(licenses);
            }
        }
    }
}
