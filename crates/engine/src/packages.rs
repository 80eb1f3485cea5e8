//! Which packages count, and as how many: by evidence, by who owns their files, and one for each thing.

use probity_model::{
    Diagnostic, Facts, Package, Reason, SubjectKind,
    ecosystem::{Evidence, PackageClass},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Which evidence of packages is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EvidencePolicy {
    /// What is there (databases, installed metadata, programs) in images and root file systems, what is resolved in folders too.
    #[default]
    BySubject,
    /// What is there: nothing that somebody only means to install.
    Present,
    /// What is there and what is resolved: no wanted versions.
    Resolved,
    All,
    Only(Vec<Evidence>),
}

impl EvidencePolicy {
    fn accepts(&self, evidence: Evidence, subject: SubjectKind) -> bool {
        match self {
            // A bill of materials that lies in a folder is about something else.
            Self::All | Self::BySubject | Self::Resolved if evidence == Evidence::Sbom => {
                !matches!(subject, SubjectKind::Folder | SubjectKind::File)
            }
            Self::All => true,
            Self::Present => evidence.is_present(),
            Self::BySubject if matches!(subject, SubjectKind::Image | SubjectKind::Rootfs) => evidence.is_present(),
            Self::BySubject | Self::Resolved => evidence != Evidence::Manifest,
            Self::Only(list) => list.contains(&evidence),
        }
    }
}

/// Leaves out what the policy does not ask for, what a package of the distribution brought, and what another list names better. Says how much.
pub(crate) fn settle(facts: &mut Facts, kind: SubjectKind, policy: &EvidencePolicy) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    let mut left_out: BTreeMap<Evidence, u64> = BTreeMap::new();
    facts.packages.retain(|package| {
        let evidence = package.evidence();
        let keep = policy.accepts(evidence, kind);
        if !keep {
            *left_out.entry(evidence).or_default() += 1;
        }
        keep
    });
    for (evidence, count) in left_out {
        let why = match evidence {
            Evidence::Manifest => "a wanted version, not a resolved one",
            _ => "which does not say that they are there",
        };
        notes.push(
            Diagnostic::note(
                Reason::AnalyzerDisabled,
                format!("{count} packages are left out: their evidence is `{}`, {why}", evidence.as_str()),
            )
            .hint("use `--evidence all` to count them"),
        );
    }

    let owned: HashSet<&str> = facts.owned_files.iter().map(AsRef::as_ref).collect();
    if !owned.is_empty() {
        let before = facts.packages.len();
        facts.packages.retain(|package| {
            package.ecosystem.class == PackageClass::Os
                || package.evidence() != Evidence::Installed && package.evidence() != Evidence::Binary
                || !owned.contains(outer(&package.at.path))
        });
        let hidden = before - facts.packages.len();
        if hidden > 0 {
            notes.push(Diagnostic::note(
                Reason::AnalyzerDisabled,
                format!(
                    "{hidden} language packages belong to packages of the distribution, which are judged by the distribution's own data"
                ),
            ));
        }
    }
    merge(facts);
    notes
}

/// The file on the disk of a path into an archive (`app.jar/BOOT-INF/lib/x.jar`).
fn outer(path: &str) -> &str {
    for ending in [".jar/", ".war/", ".ear/", ".par/", ".egg/", ".jpi/", ".hpi/"] {
        if let Some(at) = path.find(ending) {
            return path.get(..at + ending.len() - 1).unwrap_or(path);
        }
    }
    path
}

/// In a folder, a package that is installed below a lockfile which names the same version is one package with two places: `node_modules` beside
/// `package-lock.json`.
fn merge(facts: &mut Facts) {
    // By package URL: the folders of lockfiles that have it.
    let mut locked: HashMap<&str, Vec<(&str, usize)>> = HashMap::new();
    for (ix, package) in facts.packages.iter().enumerate() {
        if package.evidence() == Evidence::Lockfile && !package.purl.is_empty() {
            locked.entry(&package.purl).or_default().push((folder(&package.at.path), ix));
        }
    }
    if locked.is_empty() {
        return;
    }
    let mut moved: Vec<(usize, usize)> = Vec::new();
    for (ix, package) in facts.packages.iter().enumerate() {
        if package.evidence() != Evidence::Installed || package.ecosystem.class == PackageClass::Os {
            continue;
        }
        let Some(places) = locked.get(package.purl.as_str()) else { continue };
        let path = &*package.at.path;
        let nearest = places.iter().filter(|(folder, _)| is_in(path, folder)).max_by_key(|(folder, _)| folder.len());
        if let Some((_, lock)) = nearest {
            moved.push((ix, *lock));
        }
    }
    if moved.is_empty() {
        return;
    }
    let mut gone = vec![false; facts.packages.len()];
    for (ix, lock) in moved {
        let Some(Package { at, licenses, .. }) = facts.packages.get(ix).cloned() else { continue };
        if let Some(package) = facts.packages.get_mut(lock) {
            package.also.push(at);
            if package.licenses.is_empty() {
                package.licenses = licenses;
            }
        }
        if let Some(gone) = gone.get_mut(ix) {
            *gone = true;
        }
    }
    let mut gone = gone.into_iter();
    facts.packages.retain(|_| gone.next() == Some(false));
    for package in &mut facts.packages {
        package.also.sort_unstable();
        package.also.dedup();
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn is_in(path: &str, folder: &str) -> bool {
    folder.is_empty() || crate::claims::is_below(path, folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::{Ecosystem, Place, Purl};
    use std::sync::Arc;

    static LOCK: Ecosystem = Ecosystem { id: "npm", purl_type: "npm", ..Ecosystem::LANGUAGE };
    static NODE: Ecosystem = Ecosystem { id: "node-pkg", purl_type: "npm", evidence: Evidence::Installed, ..Ecosystem::LANGUAGE };

    fn facts(packages: &[(&'static Ecosystem, &str, &str)]) -> Facts {
        let mut facts = Facts::default();
        for (ecosystem, name, path) in packages {
            let mut package = Package { name: (*name).into(), version: "1".into(), at: Place::file(path), ..Package::of(ecosystem) };
            package.purl = Purl::of(&package, None).unwrap().to_string();
            facts.packages.push(package);
        }
        facts
    }

    fn names(facts: &Facts) -> Vec<String> {
        facts
            .packages
            .iter()
            .map(|package| format!("{} {} {} +{}", package.ecosystem.id, package.name, package.at.path, package.also.len()))
            .collect()
    }

    #[test]
    fn an_installed_package_is_a_place_of_the_nearest_lockfiles_package() {
        let mut facts = facts(&[
            (&LOCK, "a", "package-lock.json"),
            (&LOCK, "a", "web/package-lock.json"),
            (&NODE, "a", "web/node_modules/a/package.json"),
            (&NODE, "b", "web/node_modules/b/package.json"),
        ]);
        assert_eq!(settle(&mut facts, SubjectKind::Folder, &EvidencePolicy::All), []);
        assert_eq!(
            names(&facts),
            ["npm a package-lock.json +0", "npm a web/package-lock.json +1", "node-pkg b web/node_modules/b/package.json +0"]
        );
    }

    #[test]
    fn an_image_counts_what_is_there_and_says_what_is_left_out() {
        let mut facts = facts(&[(&LOCK, "a", "app/package-lock.json"), (&NODE, "b", "usr/lib/node_modules/b/package.json")]);
        facts.owned_files.push(Arc::from("usr/lib/node_modules/b/package.json"));
        let notes = settle(&mut facts, SubjectKind::Image, &EvidencePolicy::BySubject);
        assert_eq!(names(&facts), [""; 0]);
        let messages: Vec<&str> = notes.iter().map(|note| note.message.as_str()).collect();
        assert!(messages[0].starts_with("1 packages are left out"), "{messages:?}");
        assert!(messages[1].starts_with("1 language packages belong to"), "{messages:?}");
    }
}
