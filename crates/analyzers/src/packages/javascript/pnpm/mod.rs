//! `pnpm-lock.yaml`, versions 5 to 9.
//!
//! <https://github.com/pnpm/spec/tree/master/lockfile>
//!
//! `packages` has a key for each package: `/name/1.0.0_peers` up to version 5, `/name@1.0.0(peers)` in 6, `name@1.0.0` in 9, where `snapshots` has
//! the keys with peers; a registry other than the default one may stand before the first slash. Packages that differ in their peers only are one
//! up to version 6; from 9 on each is listed with its key as id, as today's scanners do. A dependency's value is a version, or a whole key when the
//! name is an alias. `importers` are the projects of a workspace; what they want stands at the top level when there is only one. Packages that only
//! `devDependencies` lead to are for development: up to version 6 the file says so, from 9 on it follows from the graph.
//!
//! Newer versions write a document before the lockfile, with what pnpm itself needs (`packageManagerDependencies`, `configDependencies`): these are
//! listed, for development.

use super::{PNPM, digest, split_name};
use crate::{
    packages::{
        listing::{Listing, reach},
        tree::{self, Value},
        yaml,
    },
    text::has_folder,
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::{BTreeSet, HashMap};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pnpm",
        version: 1,
        claims: &[Pattern::Name("pnpm-lock.yaml")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if has_folder(file.path, "node_modules") {
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let documents = yaml::read(&text).or_note(&mut errors);
    if documents.is_empty() {
        errors.add(1, || "the file is empty".to_owned());
    }
    let mut listing = Listing::default();
    for root in &documents {
        let version = root.word_of("lockfileVersion");
        let Some(major) = version.and_then(|version| version.split('.').next()?.parse().ok()) else {
            errors.add(root.lines.start, || "no `lockfileVersion`".to_owned());
            continue;
        };
        if !(5..=9).contains(&major) {
            errors.add(root.lines.start, || format!("unknown lockfile version {major}, read like the nearest known one"));
        }
        Document { path: file.path, root, major }.read(&mut listing, &mut errors);
    }
    listing.finish(out);
    errors.into_result()
}

struct Document<'d> {
    path: &'d str,
    root: &'d Value<'d>,
    major: u32,
}

/// Fields of an importer, and whether they are for development.
const WANTED: [(&str, bool); 5] = [
    ("dependencies", false),
    ("optionalDependencies", false),
    ("devDependencies", true),
    ("configDependencies", true),
    ("packageManagerDependencies", true),
];

impl Document<'_> {
    fn read(&self, listing: &mut Listing, errors: &mut FirstError) {
        let packages = self.root.fields_of("packages");
        let snapshots = self.root.fields_of("snapshots");
        // Key → place in the listing.
        let mut nodes: HashMap<&str, usize> = HashMap::new();
        let mut entries = Vec::new();
        let details: HashMap<&str, &Value<'_>> = packages.iter().map(|field| (&*field.key, &field.value)).collect();
        // Version 9 lists under `packages` what there is, under `snapshots` what it is installed with.
        for field in if self.major >= 9 { snapshots } else { packages } {
            let Some(key) = self.key(&field.key) else {
                errors.add(field.line, || format!("`{}` is no package with a version", field.key));
                continue;
            };
            let detail = if self.major >= 9 { details.get(key.bare).copied() } else { Some(&field.value) };
            let said = |name| detail.and_then(|detail| detail.word_of(name));
            let name = said("name").unwrap_or(key.name);
            let version = said("version").unwrap_or(key.version);
            // What is no version is where the package comes from.
            let version = if PNPM.versions.check(version).is_ok() { version } else { "" };
            let id = if self.major >= 9 { field.key.to_string() } else { String::new() };
            let package = Package {
                id: if id == format!("{name}@{version}") { String::new() } else { id },
                name: name.to_owned(),
                version: version.to_owned(),
                relationship: Relationship::Indirect,
                dev: self.major >= 9 || field.value.is("dev"),
                digest: detail.and_then(|detail| detail.get("resolution")?.text_of("integrity")).and_then(digest),
                at: Place { lines: Some(field.lines()), ..Place::file(self.path) },
                ..Package::of(&PNPM)
            };
            let at = listing.put(package);
            nodes.insert(&field.key, at);
            entries.push((at, &field.value));
        }
        let mut edges = vec![Vec::new(); listing.len()];
        for (at, entry) in &entries {
            for list in ["dependencies", "optionalDependencies"] {
                for wanted in entry.fields_of(list) {
                    if let Some(found) = wanted.value.word().and_then(|version| self.find(&wanted.key, version, &nodes))
                        && let Some(edges) = edges.get_mut(*at)
                    {
                        edges.push(found);
                    }
                }
            }
        }
        let ids: Vec<String> = (0..listing.len()).filter_map(|at| listing.get(at).map(Package::key)).collect();
        for (at, _) in &entries {
            let targets = edges.get(*at).into_iter().flatten();
            let depends_on: Vec<String> = targets.filter_map(|target| ids.get(*target).cloned()).collect();
            if let Some(package) = listing.get_mut(*at) {
                package.depends_on = depends_on;
            }
        }
        let (mut runtime, mut direct) = (BTreeSet::new(), BTreeSet::new());
        let importers = self.root.fields_of("importers").iter().map(|field| &field.value);
        for importer in importers.chain(std::iter::once(self.root)) {
            for (list, dev) in WANTED {
                for wanted in importer.fields_of(list) {
                    let version = wanted.value.word().or_else(|| wanted.value.word_of("version"));
                    if let Some(found) = version.and_then(|version| self.find(&wanted.key, version, &nodes)) {
                        direct.insert(found);
                        if !dev {
                            runtime.insert(found);
                        }
                    }
                }
            }
        }
        for at in &direct {
            if let Some(package) = listing.get_mut(*at) {
                package.relationship = Relationship::Direct;
            }
        }
        if self.major >= 9 {
            for (at, _) in reach(runtime, &edges).iter().enumerate().filter(|(_, needed)| **needed) {
                if let Some(package) = listing.get_mut(at) {
                    package.dev = false;
                }
            }
        }
    }

    /// The parts of a key.
    fn key<'k>(&self, key: &'k str) -> Option<Key<'k>> {
        // The registry, or nothing, stands before the first slash; a local archive or a repository has other forms.
        let rest = if self.major >= 9 { key } else { key.split_once('/').map_or(key, |(_, rest)| rest) };
        let bare = self.without_peers(rest);
        let (name, version) = if self.major < 6 {
            let from = if bare.starts_with('@') { bare.find('/')? + 1 } else { 0 };
            let slash = bare.get(from..)?.find('/')? + from;
            (bare.get(..slash)?, bare.get(slash + 1..)?)
        } else {
            split_name(bare)?
        };
        Some(Key { bare, name, version })
    }

    fn without_peers<'k>(&self, key: &'k str) -> &'k str {
        let end = if self.major >= 6 {
            key.find('(')
        } else {
            // Names may have underscores, the peers have no slashes.
            let version = key.rfind('/').unwrap_or_default();
            key.get(version..).and_then(|version| version.find('_')).map(|at| version + at)
        };
        end.and_then(|end| key.get(..end)).unwrap_or(key)
    }

    /// The package that a dependency means.
    fn find(&self, name: &str, version: &str, nodes: &HashMap<&str, usize>) -> Option<usize> {
        if version.starts_with("link:") || version.len() > 1 << 16 {
            return None;
        }
        let separator = if self.major < 6 { '/' } else { '@' };
        let own = match self.major {
            9.. => format!("{name}@{version}"),
            _ => format!("/{name}{separator}{version}"),
        };
        nodes.get(own.as_str()).or_else(|| nodes.get(version)).copied()
    }
}

struct Key<'k> {
    /// Without registry and peers.
    bare: &'k str,
    name: &'k str,
    version: &'k str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const V5: &[u8] = b"lockfileVersion: 5.4

specifiers:
  a: ^1.0.0

dependencies:
  a: 1.0.0_b@2.0.0
  local: link:../local

devDependencies:
  d: 1.0.0

packages:

  /a/1.0.0_b@2.0.0:
    resolution: {integrity: sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=}
    dependencies:
      b: 2.0.0
      alias: /@s/real_x/3.0.0
    dev: false

  /b/2.0.0:
    resolution: {integrity: sha1-x}
    dev: false

  /@s/real_x/3.0.0:
    resolution: {integrity: sha1-x}

  registry.example/d/1.0.0:
    dev: true

  github.com/x/y/0123:
    name: y
    version: 0.1.0
    dev: true
";

    #[test]
    fn version_5_has_slashes() {
        check(
            &LOCK,
            "pnpm-lock.yaml",
            V5,
            "npm a 1.0.0 - @15 direct -> @s/real_x@3.0.0, b@2.0.0 (sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3)
             npm b 2.0.0 - @22 indirect
             npm @s/real_x 3.0.0 - @26 indirect
             npm d 1.0.0 - @29 indirect dev
             npm y 0.1.0 - @32 indirect dev",
        );
    }

    #[test]
    fn version_6_has_signs_and_importers() {
        check(
            &LOCK,
            "pnpm-lock.yaml",
            b"lockfileVersion: '6.0'\nimporters:\n  apps/x:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: 1.0.0(b@2.0.0)\npackages:\n  /a@1.0.0(b@2.0.0):\n    dependencies:\n      b: 2.0.0\n    dev: false\n  /a@1.0.0(b@3.0.0):\n    dev: true\n  /b@2.0.0:\n    dev: false\n  file:x.tgz:\n    name: x\n    version: 0.0.1\n",
            "npm a 1.0.0 - @9 direct -> b@2.0.0
             npm b 2.0.0 - @15 indirect
             error line 17: `file:x.tgz` is no package with a version",
        );
    }

    const V9: &[u8] = b"---
lockfileVersion: '9.0'
importers:
  .:
    packageManagerDependencies:
      pnpm:
        specifier: 11.0.0
        version: 11.0.0
packages:
  pnpm@11.0.0:
    resolution: {integrity: sha1-x}
snapshots:
  pnpm@11.0.0: {}
---
lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(p@1.0.0)
    optionalDependencies:
      o:
        specifier: ^1.0.0
        version: 1.0.0

  apps/x:
    devDependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(p@2.0.0)

packages:

  a@1.0.0:
    resolution: {integrity: sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=}
    peerDependencies:
      p: '*'

  o@1.0.0:
    resolution: {integrity: sha1-x}

  p@1.0.0:
    resolution: {integrity: sha1-x}

  git@https://codeload.example/git/tar.gz/01:
    resolution: {tarball: https://codeload.example/git/tar.gz/01}
    version: 3.0.0

snapshots:

  a@1.0.0(p@1.0.0):
    dependencies:
      p: 1.0.0
      alias: git@https://codeload.example/git/tar.gz/01

  a@1.0.0(p@2.0.0):
    dependencies:
      p: 2.0.0

  git@https://codeload.example/git/tar.gz/01: {}

  o@1.0.0:
    optional: true

  p@1.0.0: {}

  p@2.0.0: {}
";

    #[test]
    fn version_9_has_snapshots() {
        check(
            &LOCK,
            "pnpm-lock.yaml",
            V9,
            "npm pnpm 11.0.0 - @13 direct dev
             npm a 1.0.0 - @57 direct id a@1.0.0(p@1.0.0) -> git@https://codeload.example/git/tar.gz/01, p@1.0.0 (sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3)
             npm a 1.0.0 - @62 direct dev id a@1.0.0(p@2.0.0) -> p@2.0.0 (sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3)
             npm git 3.0.0 - @66 indirect id git@https://codeload.example/git/tar.gz/01
             npm o 1.0.0 - @68 direct
             npm p 1.0.0 - @71 indirect
             npm p 2.0.0 - @73 indirect dev",
        );
    }

    #[test]
    fn what_is_no_lockfile() {
        check(&LOCK, "pnpm-lock.yaml", b"", "error line 1: the file is empty");
        check(&LOCK, "pnpm-lock.yaml", b"a: 1\n", "error line 1: no `lockfileVersion`");
        check(&LOCK, "node_modules/pnpm-lock.yaml", V9, "");
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "pnpm-lock.yaml", V5);
        robust(&LOCK, "pnpm-lock.yaml", V9);
    }
}
