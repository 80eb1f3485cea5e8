//! `composer.lock`, with the `composer.json` beside it.
//!
//! <https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control>, <https://getcomposer.org/doc/04-schema.md>
//!
//! `packages` are what the project needs, `packages-dev` what only its development needs. The lockfile does not tell which of them the project names;
//! `composer.json` does. Requirements on PHP itself (`php`, `ext-json`, `lib-…`) name no package. A requirement that another package replaces or
//! provides is not resolved: the lockfile does not say which one was chosen.
//!
//! Files below `vendor` belong to installed packages: their lockfiles install nothing here.

use super::{COMPOSER, licenses};
use crate::{
    packages::{
        json,
        listing::{Listing, folder},
        tree::{self, Value},
    },
    text::has_folder,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship, Requirement, Scope},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/composer",
        version: 1,
        claims: &[Pattern::Name("composer.lock")],
        provides: &[Capability::Packages],
        max_bytes: 16 << 20,
    },
    run: Run::Strict(lock),
};

pub(crate) const COMPOSER_JSON: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/composer-json",
        version: 1,
        claims: &[Pattern::Name("composer.json")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(composer_json),
};

const JSON: &str = "composer/json";

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if has_folder(file.path, "vendor") {
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    if root.get("packages").is_none() && root.get("packages-dev").is_none() {
        errors.add(root.lines.start, || "no `packages`".to_owned());
    }
    let entries = [("packages", false), ("packages-dev", true)]
        .into_iter()
        .flat_map(|(key, dev)| root.items_of(key).iter().map(move |entry| (entry, dev)));
    packages(entries, file.path, &COMPOSER, &mut errors).finish(out);
    errors.into_result()
}

/// The packages of a list with what they need of each other.
pub(super) fn packages<'v>(
    entries: impl Iterator<Item = (&'v Value<'v>, bool)>,
    path: &str,
    ecosystem: &'static probity_model::Ecosystem,
    errors: &mut FirstError,
) -> Listing {
    let mut listing = Listing::default();
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut needs: Vec<(usize, &Value<'_>)> = Vec::new();
    for (entry, dev) in entries {
        let (Some(name), Some(version)) = (entry.text_of("name"), entry.text_of("version")) else {
            errors.add(entry.lines.start, || "a package without name or version".to_owned());
            continue;
        };
        let sum = entry.at(&["dist", "shasum"]).and_then(Value::text);
        let sum = sum.filter(|sum| sum.len() == 40 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licenses: licenses(entry),
            dev,
            digest: sum.map(|sum| format!("sha1:{}", sum.to_ascii_lowercase())),
            at: Place::file(path),
            ..Package::of(ecosystem)
        };
        let at = listing.put(package.on(entry.lines));
        names.insert(name.to_ascii_lowercase(), at);
        needs.extend(entry.get("require").map(|wanted| (at, wanted)));
    }
    for (at, wanted) in needs {
        for field in wanted.fields() {
            let id = names.get(&field.key.to_ascii_lowercase()).and_then(|need| listing.get(*need)).map(Package::key);
            if let (Some(package), Some(id)) = (listing.get_mut(at), id) {
                package.depends_on.push(id);
            }
        }
    }
    listing
}

fn composer_json(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if has_folder(file.path, "vendor") {
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let requirements = [("require", Scope::Runtime), ("require-dev", Scope::Dev)].into_iter().flat_map(|(key, scope)| {
        root.fields_of(key).iter().map(move |field| Requirement {
            name: field.key.to_ascii_lowercase(),
            range: field.value.text().unwrap_or_default().to_owned(),
            scope,
            lines: Some(field.lines()),
        })
    });
    out.manifests.push(Manifest {
        kind: JSON,
        name: root.text_of("name").map(str::to_owned),
        version: root.text_of("version").map(str::to_owned),
        requirements: requirements.collect(),
        at: Place::file(file.path),
        ..Manifest::default()
    });
    errors.into_result()
}

/// Tells which packages the project names.
pub(super) fn assemble(facts: &mut Facts) {
    let mut projects: HashMap<&str, HashSet<&str>> = HashMap::new();
    for manifest in facts.manifests.iter().filter(|manifest| manifest.kind == JSON) {
        let wanted = projects.entry(folder(&manifest.at.path)).or_default();
        wanted.extend(manifest.requirements.iter().map(|requirement| requirement.name.as_str()));
    }
    if projects.is_empty() {
        return;
    }
    // Packages of one file follow each other: the last answer is asked for again.
    let mut last: Option<(Arc<str>, Option<&HashSet<&str>>)> = None;
    for package in facts.packages.iter_mut().filter(|package| *package.ecosystem == COMPOSER) {
        let wanted = match &last {
            Some((path, wanted)) if *path == package.at.path => *wanted,
            _ => projects.get(folder(&package.at.path)),
        };
        last = Some((Arc::clone(&package.at.path), wanted));
        if let Some(wanted) = wanted {
            let direct = wanted.contains(package.name.to_ascii_lowercase().as_str());
            package.relationship = if direct { Relationship::Direct } else { Relationship::Indirect };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &str = r#"{
    "packages": [
        {
            "name": "acme/Alpha",
            "version": "v1.2.3",
            "dist": {"type": "zip", "shasum": "AAAAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
            "require": {"php": ">=7", "ext-json": "*", "acme/Beta": "^1", "acme/virtual": "*"},
            "license": ["MIT", "GPL-2.0-or-later"]
        },
        {
            "name": "acme/beta",
            "version": "dev-main",
            "license": "(MIT or Apache-2.0)"
        }
    ],
    "packages-dev": [
        {"name": "acme/dev", "version": "2.0.0", "require": {"acme/alpha": "*"}, "license": []},
        {"name": "acme/none"}
    ]
}
"#;

    #[test]
    fn the_manifest_tells_what_is_direct() {
        check_together(
            &[
                ("app/composer.lock", SAMPLE.as_bytes()),
                ("app/composer.json", br#"{"name": "acme/app", "require": {"acme/alpha": "^1"}, "require-dev": {"acme/dev": "*"}}"#),
                ("app/vendor/acme/alpha/composer.json", br#"{"require": {"acme/beta": "*"}}"#),
                ("app/vendor/acme/alpha/composer.lock", SAMPLE.as_bytes()),
            ],
            "composer acme/Alpha v1.2.3 - [MIT, GPL-2.0-or-later] @3 direct -> acme/beta@dev-main (sha1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)
             composer acme/beta dev-main - [MIT, Apache-2.0] @10 indirect
             composer acme/dev 2.0.0 - @17 direct dev -> acme/Alpha@v1.2.3
             diagnostic Warning a package without name or version
             error app/composer.lock: a package without name or version",
        );
    }

    #[test]
    fn without_it_nothing_is_known_of_relationships() {
        check(
            &LOCK,
            "composer.lock",
            br#"{"packages": [{"name": "a/b", "version": "1"}], <<<<<<< HEAD"#,
            "composer a/b 1 - @1
             error line 1: a merge conflict is not resolved",
        );
        check(&LOCK, "composer.lock", b"{}", "error line 1: no `packages`");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&LOCK, "composer.lock", SAMPLE.as_bytes());
        robust(&COMPOSER_JSON, "composer.json", br#"{"name": "x", "require": {"a/b": "^1"}}"#);
    }
}
