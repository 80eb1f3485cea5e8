//! `conan.lock` of Conan 1 (a graph) and Conan 2 (lists).
//!
//! <https://docs.conan.io/2/tutorial/versioning/lockfiles.html>, <https://docs.conan.io/1/versioning/lockfiles.html>
//!
//! A reference is `name/version@user/channel#revision%time`, everything after the version optional. Conan 1 writes nodes with numbers: node 0 is the
//! project, which has no reference when it is a `conanfile.txt`. What is built for the machine that builds (`context: build`, `build_requires`) is for
//! development. Conan 2 does not write who needs whom.

use super::CONAN;
use crate::{
    packages::{
        json,
        listing::Listing,
        tree::{self, Value},
    },
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::{HashMap, HashSet};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/conan",
        version: 1,
        claims: &[Pattern::Name("conan.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let mut listing = Listing::default();
    if let Some(nodes) = root.at(&["graph_lock", "nodes"]) {
        graph(nodes, file.path, &mut listing, &mut errors);
    } else if LISTS.iter().any(|(key, _)| root.get(key).is_some()) {
        for (key, dev) in LISTS {
            for item in root.items_of(key) {
                let Some((name, version)) = item.text().and_then(reference) else {
                    errors.add(item.lines.start, || "not a reference to a package".to_owned());
                    continue;
                };
                listing.put(package(name, version, file.path, dev).on(item.lines));
            }
        }
    } else {
        errors.add(root.lines.start, || "neither a graph of Conan 1 nor a list of Conan 2".to_owned());
    }
    listing.finish(out);
    errors.into_result()
}

/// Lists of Conan 2, and whether they are for development: tools, recipes that other recipes import, and settings.
const LISTS: [(&str, bool); 4] = [("requires", false), ("build_requires", true), ("python_requires", true), ("config_requires", true)];

fn package(name: &str, version: &str, path: &str, dev: bool) -> Package {
    Package { name: name.to_owned(), version: version.to_owned(), dev, at: Place::file(path), ..Package::of(&CONAN) }
}

fn graph(nodes: &Value<'_>, path: &str, listing: &mut Listing, errors: &mut FirstError) {
    let texts = |node: &Value<'_>, key: &str| -> Vec<String> {
        node.items_of(key).iter().filter_map(|item| item.word().map(str::to_owned)).collect()
    };
    let project = nodes.get("0");
    let named: HashSet<String> =
        project.map(|node| ["requires", "build_requires"].map(|key| texts(node, key)).concat()).into_iter().flatten().collect();
    let mut found: HashMap<&str, usize> = HashMap::new();
    let mut needs: Vec<(usize, Vec<String>)> = Vec::new();
    for field in nodes.fields() {
        let (number, node) = (&*field.key, &field.value);
        let reference = match node.text_of("ref") {
            None if number == "0" => continue,
            text => text.and_then(reference),
        };
        let Some((name, version)) = reference else {
            errors.add(field.line, || format!("node {} has no reference to a package", crate::text::snippet(number, 20)));
            continue;
        };
        let mut package = package(name, version, path, node.text_of("context") == Some("build"));
        package.relationship = match number {
            "0" => Relationship::Root,
            _ if named.contains(number) => Relationship::Direct,
            _ => Relationship::Indirect,
        };
        let at = listing.put(package.on(field.lines()));
        found.insert(number, at);
        needs.push((at, texts(node, "requires")));
    }
    for (at, numbers) in needs {
        for number in &numbers {
            let id = found.get(number.as_str()).filter(|need| **need != at).and_then(|need| listing.get(*need)).map(Package::key);
            if let (Some(package), Some(id)) = (listing.get_mut(at), id) {
                package.depends_on.push(id);
            }
        }
    }
}

/// Name and version of a reference.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('/')?;
    let version = rest.split(['@', '#', '%']).next()?;
    Some((name, version)).filter(|(name, version)| !name.is_empty() && !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const OLD: &str = r#"{
 "graph_lock": {
  "nodes": {
   "0": {"options": "", "requires": ["1", "3"], "path": "conanfile.txt", "context": "host"},
   "1": {
    "ref": "pkga/0.0.1@user/testing#rrev",
    "requires": ["2"],
    "context": "host"
   },
   "2": {"ref": "pkgb/system", "context": "host"},
   "3": {"ref": "pkgc/1.1.1u#abc", "build_requires": ["4"], "context": "host"},
   "4": {"ref": "cmake/3.20", "context": "build"},
   "5": {"ref": "nothing"}
  }
 },
 "version": "0.4"
}"#;

    const NEW: &str = r#"{
    "version": "0.5",
    "requires": [
        "sound32/1.0#83d4b7bf607b3b60a6546f8b58b5cdd7%1675278904.0791488",
        "matrix/1.1@user/channel#905c3f0babc520684c84127378fefdd0%1675278901.7527816",
        "x"
    ],
    "build_requires": ["cmake/3.20"],
    "python_requires": []
}"#;

    #[test]
    fn both_generations() {
        check(
            &LOCK,
            "conan.lock",
            OLD.as_bytes(),
            "conan pkga 0.0.1 - @5 direct -> pkgb/system
             conan pkgb system - @10 indirect
             conan pkgc 1.1.1u - @11 direct
             conan cmake 3.20 - @12 indirect dev
             error line 13: node 5 has no reference to a package",
        );
        check(
            &LOCK,
            "conan.lock",
            br#"{"graph_lock": {"nodes": {"0": {"ref": "app/1.0", "requires": ["1"]}, "1": {"ref": "z/1"}}}}"#,
            "conan app 1.0 - @1 root -> z/1
             conan z 1 - @1 direct",
        );
        check(
            &LOCK,
            "conan.lock",
            NEW.as_bytes(),
            "conan sound32 1.0 - @4
             conan matrix 1.1 - @5
             conan cmake 3.20 - @8 dev
             error line 6: not a reference to a package",
        );
        check(&LOCK, "conan.lock", b"{}", "error line 1: neither a graph of Conan 1 nor a list of Conan 2");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&LOCK, "conan.lock", OLD.as_bytes());
        robust(&LOCK, "conan.lock", NEW.as_bytes());
    }
}
