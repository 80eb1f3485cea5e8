//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
//!
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>
//!
//! Version 1 is a tree of `dependencies` with `requires`; it does not say which of them the project wants itself. Versions 2 and 3 list `packages` by
//! their folders, and a dependency is looked up as Node does: in `node_modules` of the folder, then of the folders above. A `link` stands where
//! its target is used; targets are read at the place of their link. A name in `node_modules` may be an alias, then `name` is the real one.
//! Peer dependencies are edges like others, because npm installs them. Lockfiles inside `node_modules` are what somebody else resolved.

use super::{NPM, digest, node_pkg::licenses, split_name};
use crate::{
    packages::{
        json,
        listing::{Listing, ancestors},
        tree::{self, Field, Value},
    },
    text::has_folder,
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::{HashMap, HashSet};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/npm",
        version: 1,
        claims: &[Pattern::Name("package-lock.json"), Pattern::Name("npm-shrinkwrap.json")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

/// No system has longer paths; looking up what a package needs takes time in proportion to its own.
const MAX_PATH: usize = 4096;

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if has_folder(file.path, "node_modules") {
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let mut listing = Listing::default();
    match root.word_of("lockfileVersion") {
        None | Some("1" | "2" | "3") => {}
        Some(version) => errors.add(1, || format!("unknown lockfile version `{version}`, read like version 3")),
    }
    if root.word_of("lockfileVersion") != Some("1") && root.get("packages").is_some() {
        by_folder(file.path, &root, &mut listing, &mut errors);
    } else {
        let dependencies = root.fields_of("dependencies");
        Tree { path: file.path, scopes: vec![scope(dependencies)], listing: &mut listing, errors: &mut errors }.walk(dependencies);
    }
    listing.finish(out);
    errors.into_result()
}

/// Version 1.
struct Tree<'v, 'o> {
    path: &'o str,
    /// What names mean, from the outside in.
    scopes: Vec<HashMap<&'v str, String>>,
    listing: &'o mut Listing,
    errors: &'o mut FirstError,
}

impl<'v> Tree<'v, '_> {
    /// The packages of a folder; their names are the innermost scope already.
    fn walk(&mut self, dependencies: &'v [Field<'v>]) {
        for field in dependencies {
            let Some((name, version)) = name_and_version(&field.key, &field.value) else {
                self.errors.add(field.line, || format!("`{}` has no version", field.key));
                continue;
            };
            let inner = field.value.fields_of("dependencies");
            self.scopes.push(scope(inner));
            let find = |wanted: &Field<'_>| self.scopes.iter().rev().find_map(|scope| scope.get(&*wanted.key).cloned());
            let package = Package {
                name: name.to_owned(),
                version: version.to_owned(),
                dev: field.value.is("dev"),
                depends_on: field.value.fields_of("requires").iter().filter_map(find).collect(),
                digest: field.value.text_of("integrity").and_then(digest),
                at: Place::file(self.path),
                ..Package::of(&NPM)
            };
            self.listing.put(package.on(field.value.lines));
            self.walk(inner);
            self.scopes.pop();
        }
    }
}

fn scope<'v>(dependencies: &'v [Field<'v>]) -> HashMap<&'v str, String> {
    dependencies.iter().filter_map(|field| Some((&*field.key, id_of(&field.key, &field.value)?))).collect()
}

fn id_of(name: &str, dependency: &Value<'_>) -> Option<String> {
    name_and_version(name, dependency).map(|(name, version)| format!("{name}@{version}"))
}

/// `npm:real-name@1.0.0` is the version of an alias.
fn name_and_version<'v>(name: &'v str, dependency: &'v Value<'_>) -> Option<(&'v str, &'v str)> {
    let version = dependency.text_of("version")?;
    Some(version.strip_prefix("npm:").and_then(split_name).unwrap_or((name, version)))
}

/// Versions 2 and 3.
fn by_folder(path: &str, root: &Value<'_>, listing: &mut Listing, errors: &mut FirstError) {
    let fields = root.fields_of("packages");
    // Links: the folder they point at → the folder they stand in. Of several the first in `node_modules` of the project wins.
    let mut links: HashMap<&str, &str> = HashMap::new();
    for field in fields.iter().filter(|field| field.value.is("link")) {
        match field.value.get("resolved").and_then(Value::text) {
            // The project that depends on itself.
            Some("") => {}
            Some(target) => {
                let known = links.entry(target).or_insert(&field.key);
                if (field.key.len(), &*field.key) < (known.len(), *known) {
                    *known = &field.key;
                }
            }
            None => errors.add(field.line, || format!("the link `{}` points at nothing", field.key)),
        }
    }
    let mut places: HashMap<String, &Value<'_>> = HashMap::with_capacity(fields.len());
    let mut order = Vec::with_capacity(fields.len());
    for field in fields.iter().filter(|field| !field.value.is("link") && !field.key.is_empty()) {
        if field.key.len() > MAX_PATH {
            errors.add(field.line, || format!("a folder's name of more than {MAX_PATH} bytes"));
            continue;
        }
        let place = resolve(&field.key, &links);
        // A target that no link of this file leads to is another project.
        if place.starts_with("node_modules") {
            order.push((place.clone(), field));
        }
        places.insert(place, &field.value);
    }
    let project = fields.iter().find(|field| field.key.is_empty()).map(|field| &field.value);
    let mut direct: HashSet<String> = HashSet::new();
    if let Some(project) = project {
        for key in ["dependencies", "optionalDependencies", "devDependencies", "peerDependencies"] {
            direct.extend(project.fields_of(key).iter().map(|field| format!("node_modules/{}", field.key)));
        }
        // Members of the workspace are wanted by the project too.
        let members = project.get("workspaces").map(|value| if value.is_map() { value.items_of("packages") } else { value.items() });
        let globs: Vec<&str> = members.unwrap_or_default().iter().filter_map(Value::text).collect();
        direct.extend(links.iter().filter(|(target, _)| super::yarn::is_member(&globs, target)).map(|(_, link)| (*link).to_owned()));
    }
    for (place, field) in &order {
        let name = name_at(place, &field.value);
        if name.is_empty() {
            errors.add(field.line, || format!("`{}` names no package", field.key));
            continue;
        }
        let mut depends_on = Vec::new();
        for key in ["dependencies", "optionalDependencies", "peerDependencies"] {
            for wanted in field.value.fields_of(key) {
                if let Some((place, found)) = look_up(place, &wanted.key, &places) {
                    let name = name_at(&place, found);
                    depends_on.push(match found.text_of("version") {
                        Some(version) => format!("{name}@{version}"),
                        None => name.to_owned(),
                    });
                }
            }
        }
        let package = Package {
            name: name.to_owned(),
            version: field.value.text_of("version").unwrap_or_default().to_owned(),
            licenses: licenses(&field.value),
            relationship: if direct.contains(place) { Relationship::Direct } else { Relationship::Indirect },
            dev: field.value.is("dev"),
            depends_on,
            digest: field.value.text_of("integrity").and_then(digest),
            at: Place::file(path),
            ..Package::of(&NPM)
        };
        listing.put(package.on(field.value.lines));
    }
}

/// The folder of a package as its dependents see it: the longest target of a link before it is replaced by the link.
fn resolve(folder: &str, links: &HashMap<&str, &str>) -> String {
    for head in ancestors(folder).filter(|head| !head.is_empty()) {
        if let Some(link) = links.get(head) {
            return format!("{link}{}", folder.strip_prefix(head).unwrap_or_default());
        }
    }
    folder.to_owned()
}

/// `name`, which stands there when it differs from the folder, or the folder behind the last `node_modules`.
fn name_at<'v>(place: &'v str, package: &'v Value<'_>) -> &'v str {
    package.text_of("name").unwrap_or_else(|| place.rsplit_once("node_modules").map_or(place, |(_, name)| name.trim_start_matches('/')))
}

/// Where Node finds a package from a folder.
fn look_up<'v, 't>(from: &str, name: &str, places: &HashMap<String, &'v Value<'t>>) -> Option<(String, &'v Value<'t>)> {
    let mut folder = Some(from);
    // Deeper trees than paths allow are not real.
    for _ in 0..64 {
        let place = match folder {
            Some(folder) => format!("{folder}/node_modules/{name}"),
            None => format!("node_modules/{name}"),
        };
        if let Some(found) = places.get(&place) {
            return Some((place, found));
        }
        folder = match folder?.rsplit_once("node_modules") {
            Some((rest, _)) if !rest.is_empty() => Some(rest.trim_end_matches('/')),
            _ => None,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const V1: &[u8] = br#"{
  "lockfileVersion": 1,
  "dependencies": {
    "a": {
      "version": "1.0.0",
      "requires": {"b": "^2.0.0", "c": "*", "gone": "1"},
      "dependencies": {
        "b": {
          "version": "2.0.0",
          "dev": true
        }
      }
    },
    "b": {"version": "1.0.0", "dev": true, "integrity": "sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M="},
    "c": {"version": "npm:real@3.0.0", "requires": {"b": "1"}},
    "d": {"version": "2.0.0", "dependencies": {"b": {"version": "2.0.0"}}}
  }
}"#;

    #[test]
    fn version_1_is_a_tree() {
        check(
            &LOCK,
            "package-lock.json",
            V1,
            "npm a 1.0.0 - @4 -> b@2.0.0, real@3.0.0
             npm b 2.0.0 - @8 @16
             npm b 1.0.0 - @14 dev (sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3)
             npm real 3.0.0 - @15 -> b@1.0.0
             npm d 2.0.0 - @16",
        );
    }

    const V3: &[u8] = br#"{
  "name": "demo", "lockfileVersion": 3,
  "packages": {
    "": {"workspaces": ["pkg/*"], "dependencies": {"a": "1"}, "devDependencies": {"alias": "npm:real@1"}},
    "node_modules/a": {"version": "1.0.0", "license": "MIT", "dependencies": {"b": "*"}, "peerDependencies": {"w": "*", "@s/x": "1"}},
    "node_modules/a/node_modules/b": {"version": "2.0.0", "optionalDependencies": {"c": "*"}},
    "node_modules/b": {"version": "1.0.0", "dev": true},
    "node_modules/c": {"version": "1.0.0"},
    "node_modules/@s/x": {"version": "1.0.0"},
    "node_modules/alias": {"name": "real", "version": "1.1.0", "dev": true, "dependencies": {"b": "1"}},
    "node_modules/w": {"resolved": "pkg/w", "link": true},
    "pkg/w": {"version": "0.1.0", "dependencies": {"b": "3", "alias": "1"}},
    "pkg/w/node_modules/b": {"version": "3.0.0"},
    "pkg/wide": {"version": "9.0.0"},
    "node_modules/demo": {"resolved": "", "link": true},
    "node_modules/broken": {"link": true}
  }
}"#;

    #[test]
    fn version_3_is_a_list_of_folders() {
        check(
            &LOCK,
            "app/package-lock.json",
            V3,
            "npm a 1.0.0 - [MIT] @5 direct -> @s/x@1.0.0, b@2.0.0, w@0.1.0
             npm b 2.0.0 - @6 indirect -> c@1.0.0
             npm b 1.0.0 - @7 indirect dev
             npm c 1.0.0 - @8 indirect
             npm @s/x 1.0.0 - @9 indirect
             npm real 1.1.0 - @10 direct dev -> b@1.0.0
             npm w 0.1.0 - @12 direct -> b@3.0.0, real@1.1.0
             npm b 3.0.0 - @13 indirect
             error line 16: the link `node_modules/broken` points at nothing",
        );
    }

    #[test]
    fn lockfiles_of_installed_packages_are_not_ours() {
        check(&LOCK, "node_modules/x/package-lock.json", V3, "");
    }

    #[test]
    fn shrinkwrap_of_old_has_no_version() {
        check(
            &LOCK,
            "npm-shrinkwrap.json",
            br#"{"dependencies": {"a": {"version": "1.0.0"}, "b": {}}}"#,
            "npm a 1.0.0 - @1\nerror line 1: `b` has no version",
        );
        check(
            &LOCK,
            "npm-shrinkwrap.json",
            br#"{"lockfileVersion": 4, "packages": {}}"#,
            "error line 1: unknown lockfile version `4`, read like version 3",
        );
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "package-lock.json", V1);
        robust(&LOCK, "package-lock.json", V3);
    }
}
