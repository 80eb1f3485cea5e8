//! `package.json`: of an installed package, or of a project.
//!
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>
//!
//! Below `node_modules` it is the only proof of what is installed. Elsewhere it is the manifest of a project, kept for the lockfile beside it. The
//! licence was written in many ways: a string, an object with `type`, a list of either (`licenses`), and a list below `license`.

use super::NODE_PKG;
use crate::{
    packages::{
        json,
        tree::{self, Data, Value},
    },
    text::has_folder,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Requirement, Scope},
};

pub(crate) const PACKAGE_JSON: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/node-pkg",
        version: 1,
        claims: &[Pattern::Name("package.json")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(package_json),
};

/// [`Manifest::kind`] of a project's `package.json`.
pub(super) const MANIFEST: &str = "npm/package-json";

const SCOPES: [(&str, Scope); 4] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Dev),
    ("peerDependencies", Scope::Peer),
];

fn package_json(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let installed = has_folder(file.path, "node_modules");
    let root = json::read(&text).or_note(&mut errors);
    let name = root.text_of("name").filter(|name| is_name(name));
    let version = root.text_of("version").map(str::trim);
    let licenses = licenses(&root);
    if let (Some(name), Some(version)) = (name, version) {
        out.packages.push(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licenses: licenses.clone(),
            at: Place::file(file.path),
            ..Package::of(&NODE_PKG)
        });
    }
    if !installed && root.is_map() {
        let mut requirements = Vec::new();
        for (key, scope) in SCOPES {
            requirements.extend(root.fields_of(key).iter().filter_map(|field| {
                let range = field.value.text()?.to_owned();
                Some(Requirement { name: field.key.to_string(), range, scope, lines: Some(Lines::one(field.line)) })
            }));
        }
        let workspaces = root.get("workspaces");
        let members = workspaces.map(|value| if value.is_map() { value.items_of("packages") } else { value.items() }).unwrap_or_default();
        out.manifests.push(Manifest {
            kind: MANIFEST,
            name: name.map(str::to_owned),
            version: version.map(str::to_owned),
            licenses,
            requirements,
            members: members.iter().filter_map(Value::text).map(str::to_owned).collect(),
            at: Place::file(file.path),
            ..Manifest::default()
        });
    }
    errors.into_result()
}

/// Letters, digits and `-._`, with a scope before a slash.
fn is_name(name: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    match name.strip_prefix('@') {
        Some(rest) => rest.split_once('/').is_some_and(|(scope, name)| word(scope) && word(name)),
        None => word(name),
    }
}

/// The licences in all shapes that the field had.
pub(super) fn licenses(package: &Value<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for value in [package.get("license"), package.get("licenses")].into_iter().flatten() {
        let values = match &value.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for value in values {
            let word = value.text().or_else(|| ["type", "name", "license"].iter().find_map(|key| value.text_of(key)));
            found.extend(word.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned));
        }
        if !found.is_empty() {
            break;
        }
    }
    let mut unique: Vec<String> = Vec::new();
    for license in found {
        if !unique.contains(&license) && unique.len() < 32 {
            unique.push(license);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = br#"{
  "name": "@demo/app", "version": "1.2.3", "license": "MIT",
  "workspaces": {"packages": ["packages/*"]},
  "dependencies": {"a": "^1.0.0"},
  "devDependencies": {"b": "npm:c@2"}
}"#;

    #[test]
    fn projects_are_packages_and_manifests() {
        check(
            &PACKAGE_JSON,
            "package.json",
            SAMPLE,
            "npm @demo/app 1.2.3 - [MIT]
             manifest npm/package-json @demo/app 1.2.3 [MIT]
             wants a ^1.0.0 Runtime
             wants b npm:c@2 Dev",
        );
        check(&PACKAGE_JSON, "usr/lib/node_modules/x/package.json", SAMPLE, "npm @demo/app 1.2.3 - [MIT]");
        check(&PACKAGE_JSON, "x/package.json", b"{\"private\": true}", "manifest npm/package-json - -");
    }

    #[test]
    fn licences_of_all_times() {
        let of = |license: &str| {
            let text = format!("{{\"name\": \"a\", \"version\": \"1\", {license}}}");
            let root = json::read(&text).root;
            licenses(&root).join(" ")
        };
        assert_eq!(of(r#""license": {"type": "ISC", "url": "x"}"#), "ISC");
        assert_eq!(of(r#""licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]"#), "MIT GPL-2.0");
        assert_eq!(of(r#""licenses": ["MIT", "MIT"]"#), "MIT");
        assert_eq!(of(r#""license": ["MIT", {"name": "X"}]"#), "MIT X");
        assert_eq!(of(r#""license": "", "licenses": "BSD""#), "BSD");
        assert_eq!(of(r#""license": 5"#), "");
    }

    #[test]
    fn what_is_no_package() {
        check(&PACKAGE_JSON, "node_modules/t/package.json", b"{\"name\": \"{{name}}\", \"version\": \"1\"}", "");
        check(&PACKAGE_JSON, "node_modules/t/package.json", b"[]", "");
        check(
            &PACKAGE_JSON,
            "node_modules/t/package.json",
            b"{\"name\": \"a\", \"version\": \"1\",\n oops",
            "npm a 1 -\nerror line 2: expected a key in double quotes",
        );
    }

    #[test]
    fn never_panics() {
        robust(&PACKAGE_JSON, "package.json", SAMPLE);
    }
}
