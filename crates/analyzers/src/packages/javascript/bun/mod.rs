//! `bun.lock`, and `bun.lockb`, which came before it.
//!
//! <https://bun.sh/docs/install/lockfile>
//!
//! `bun.lock` is JSON with trailing commas. `packages` has a key for each place in `node_modules`, `"a"`, `"parent/a"`, and a list whose first item is
//! name and version; the name in the key may be an alias. A dependency is looked up below its dependent's key, then below the keys above it.
//! `workspaces` says what the members of the workspace want. Peer dependencies that are not optional are edges: Bun installs them.

mod binary;

pub(crate) use binary::BINARY;

use super::{BUN, digest, split_name};
use crate::{
    packages::{
        json,
        listing::{Listing, reach},
        tree::{self, Value},
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
        id: "packages/bun",
        version: 1,
        claims: &[Pattern::Name("bun.lock")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

/// Keys are paths in `node_modules`; looking up what a package needs takes time in proportion to its own.
const MAX_KEY: usize = 4096;

/// Lists of a workspace, and whether they are for development.
const WANTED: [(&str, bool); 4] =
    [("dependencies", false), ("optionalDependencies", false), ("peerDependencies", false), ("devDependencies", true)];

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if has_folder(file.path, "node_modules") {
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    match root.word_of("lockfileVersion") {
        Some("0" | "1") => {}
        version => errors.add(1, || format!("unknown lockfile version `{}`, read like version 1", version.unwrap_or_default())),
    }
    let workspaces: HashMap<&str, &Value<'_>> = root.fields_of("workspaces").iter().map(|field| (&*field.key, &field.value)).collect();
    let mut listing = Listing::default();
    let mut nodes: HashMap<&str, usize> = HashMap::new();
    let mut entries = Vec::new();
    let mut members: HashMap<&str, usize> = HashMap::new();
    for field in root.fields_of("packages") {
        let identifier = field.value.items().first().and_then(Value::text);
        let Some((name, version)) = identifier.and_then(split_name).filter(|_| field.key.len() <= MAX_KEY) else {
            errors.add(field.line, || format!("`{}` is no package with a version", field.key));
            continue;
        };
        let workspace = version.strip_prefix("workspace:");
        let version = match workspace {
            Some(path) => workspaces.get(path).and_then(|workspace| workspace.text_of("version")).unwrap_or_default(),
            None => version.strip_prefix("npm:").unwrap_or(version),
        };
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            relationship: if workspace.is_some() { Relationship::Workspace } else { Relationship::Indirect },
            dev: workspace.is_none(),
            digest: field.value.items().last().and_then(Value::text).and_then(digest),
            at: Place::file(file.path),
            ..Package::of(&BUN)
        };
        let at = listing.put(package.on(field.value.lines));
        nodes.insert(&field.key, at);
        if let Some(path) = workspace {
            members.insert(path, at);
        }
        entries.push((at, &*field.key, field.value.items().iter().find(|item| item.is_map())));
    }
    let mut edges = vec![Vec::new(); listing.len()];
    let mut connect = |from: usize, to: usize| {
        if let Some(edges) = edges.get_mut(from) {
            edges.push(to);
        }
    };
    for (at, key, info) in &entries {
        let Some(info) = info else { continue };
        let optional: BTreeSet<&str> = info.items_of("optionalPeers").iter().filter_map(Value::text).collect();
        for (list, _) in WANTED.iter().filter(|(_, dev)| !dev) {
            for wanted in info.fields_of(list).iter().filter(|wanted| *list != "peerDependencies" || !optional.contains(&*wanted.key)) {
                if let Some(found) = look_up(key, &wanted.key, &nodes) {
                    connect(*at, found);
                }
            }
        }
    }
    let (mut runtime, mut direct) = (BTreeSet::new(), BTreeSet::new());
    for (path, workspace) in root.fields_of("workspaces").iter().map(|field| (&*field.key, &field.value)) {
        let member = members.get(path).copied();
        let name = if path.is_empty() { "" } else { workspace.text_of("name").unwrap_or_default() };
        let optional: BTreeSet<&str> = workspace.items_of("optionalPeers").iter().filter_map(Value::text).collect();
        for (list, dev) in WANTED {
            for wanted in workspace.fields_of(list).iter().filter(|wanted| list != "peerDependencies" || !optional.contains(&*wanted.key)) {
                let Some(found) = look_up(name, &wanted.key, &nodes) else { continue };
                direct.insert(found);
                if !dev {
                    runtime.insert(found);
                    if let Some(member) = member {
                        connect(member, found);
                    }
                }
            }
        }
        runtime.extend(member);
    }
    let ids: Vec<String> = (0..listing.len()).filter_map(|at| listing.get(at).map(Package::key)).collect();
    let needed = reach(runtime, &edges);
    for (at, package) in listing.iter_mut().enumerate() {
        package.dev &= needed.get(at) != Some(&true);
        if direct.contains(&at) && package.relationship == Relationship::Indirect {
            package.relationship = Relationship::Direct;
        }
        package.depends_on = edges.get(at).into_iter().flatten().filter_map(|target| ids.get(*target).cloned()).collect();
    }
    listing.finish(out);
    errors.into_result()
}

/// Where a package at a key finds another: `a/b/wanted`, `a/wanted`, `wanted`.
fn look_up(key: &str, wanted: &str, nodes: &HashMap<&str, usize>) -> Option<usize> {
    let mut key = key;
    let mut place = String::new();
    // Deeper trees than paths allow are not real.
    for _ in 0..64 {
        place.clear();
        if !key.is_empty() {
            place.push_str(key);
            place.push('/');
        }
        place.push_str(wanted);
        if let Some(found) = nodes.get(place.as_str()) {
            return Some(*found);
        }
        if key.is_empty() {
            return None;
        }
        // A scope belongs to the name behind it.
        let head = key.rsplit_once('/').map_or("", |(head, _)| head);
        key = match head.rsplit_once('/') {
            Some((rest, last)) if last.starts_with('@') => rest,
            None if head.starts_with('@') => "",
            _ => head,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = br#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": {"name": "demo", "dependencies": {"a": "^1"}, "devDependencies": {"d": "1"},},
    "pkg/w": {"name": "@s/w", "version": "0.1.0", "dependencies": {"b": "2", "d": "1"}, "optionalPeers": ["e"], "peerDependencies": {"e": "*"}},
  },
  "packages": {
    "@s/w": ["@s/w@workspace:pkg/w"],
    "@s/w/b": ["b@2.0.0", "", {}, "sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M="],
    "a": ["a@1.0.0", "", { "dependencies": { "alias": "npm:real@3" }, "peerDependencies": { "b": "*", "e": "*" }, "optionalPeers": ["e"] }, "sha1-x"],
    "a/alias": ["real@3.0.0", "", { "dependencies": { "b": "1" } }, "sha1-x"],
    "b": ["b@1.0.0", "", {}, "sha1-x"],
    "d": ["d@1.0.0", "", { "dependencies": { "e": "1" } }, "sha1-x"],
    "e": ["e@github:x/e#0123", {}, "x-e-0123"],
    "f": ["f@1.0.0", "", { "dependencies": { "a": "1" } }, "sha1-x"],
    "broken": [],
  }
}"#;

    #[test]
    fn packages_of_a_workspace() {
        check(
            &LOCK,
            "bun.lock",
            SAMPLE,
            "npm @s/w 0.1.0 - @8 workspace -> b@2.0.0, d@1.0.0
             npm b 2.0.0 - @9 direct (sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3)
             npm a 1.0.0 - @10 direct -> b@1.0.0, real@3.0.0
             npm real 3.0.0 - @11 indirect -> b@1.0.0
             npm b 1.0.0 - @12 indirect
             npm d 1.0.0 - @13 direct -> e@github:x/e#0123
             npm e github:x/e#0123 - @14 indirect
             npm f 1.0.0 - @15 indirect dev -> a@1.0.0
             error line 16: `broken` is no package with a version",
        );
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "bun.lock", SAMPLE);
    }
}
