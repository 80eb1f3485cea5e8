//! Gradle: lockfiles and version catalogues.
//!
//! <https://docs.gradle.org/current/userguide/dependency_locking.html>: `gradle.lockfile`, `buildscript-gradle.lockfile`, and one with a name of its own for
//! a project (`app.gradle.lockfile`). A line is `group:artifact:version=configuration,…`; `empty=` lists configurations without dependencies. Before
//! Gradle 7 each configuration had a file of its own in `gradle/dependency-locks`, with lines that end after the version.
//!
//! <https://docs.gradle.org/current/userguide/version_catalogs.html>: `gradle/libs.versions.toml` has the versions that a build asks for, which are not
//! those it gets.
//!
//! Odd: nothing tells direct from indirect. What only configurations of tests need is for development.
//!
//! Missing: the graph, which stands in the `pom.xml` of every module and nowhere in the project.

use super::{GRADLE, GRADLE_CATALOG};
use crate::{
    packages::{toml, tree},
    text::{file_name, lines},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::{BTreeMap, HashMap, btree_map};
use tree::Value;

pub(crate) const LOCKFILE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/gradle-lock",
        version: 1,
        claims: &[Pattern::Suffix("gradle.lockfile"), Pattern::Suffix("classpath.lockfile")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lockfile),
};

pub(crate) const CATALOG: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/gradle-catalog",
        version: 1,
        claims: &[Pattern::Suffix(".versions.toml")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(catalog),
};

fn lockfile(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let mut found: BTreeMap<(String, String), Package> = BTreeMap::new();
    // Of the older format, where the file's name is the configuration.
    let own = file_name(file.path).split('.').next().unwrap_or_default();
    for (number, line) in lines(file.bytes) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (module, configurations) = line.split_once('=').unwrap_or((line, own));
        let parts: Vec<&str> = module.split(':').map(str::trim).collect();
        let [group, artifact, version] = parts.as_slice() else {
            errors.add(number, || "not a module: expected `group:artifact:version=configurations`".to_owned());
            continue;
        };
        if group.is_empty() || artifact.is_empty() || version.is_empty() {
            errors.add(number, || "a module without group, artifact or version".to_owned());
            continue;
        }
        let dev = configurations.split(',').all(|configuration| configuration.trim().starts_with("test"));
        match found.entry((format!("{group}:{artifact}"), (*version).to_owned())) {
            btree_map::Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.dev &= dev;
                known.lines.push(Lines::one(number));
            }
            btree_map::Entry::Vacant(place) => {
                let (name, version) = place.key().clone();
                let package = Package { name, version, dev, at: Place::file(file.path), ..Package::of(&GRADLE) };
                place.insert(package.on(Lines::one(number)));
            }
        }
    }
    out.packages.extend(found.into_values());
    errors.into_result()
}

fn catalog(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let text = tree::decode(file.bytes);
    let root = toml::read(&text).or_note(&mut errors);
    let versions: HashMap<&str, &str> =
        root.fields_of("versions").iter().filter_map(|field| Some((field.key.as_ref(), wanted(&field.value)?))).collect();
    for field in root.fields_of("libraries") {
        let library = &field.value;
        let short = library.text().or_else(|| library.text_of("module")).unwrap_or_default();
        let mut parts = short.splitn(3, ':');
        let group = parts.next().filter(|part| !part.is_empty()).or_else(|| library.text_of("group"));
        let artifact = parts.next().or_else(|| library.text_of("name"));
        let (Some(group), Some(artifact)) = (group, artifact) else {
            errors.add(field.line, || format!("the library `{}` has no group and name", field.key));
            continue;
        };
        let own = library.get("version");
        let named = own.and_then(|own| own.text_of("ref")).and_then(|name| versions.get(name).copied());
        let version = parts.next().or(named).or_else(|| own.and_then(wanted));
        // Without a version a platform decides it; a range names no version.
        let Some(version) = version.filter(|version| !version.contains(['[', '(', ',', '+'])) else { continue };
        let package = Package {
            name: format!("{group}:{artifact}"),
            version: version.to_owned(),
            at: Place::file(file.path),
            ..Package::of(&GRADLE_CATALOG)
        };
        out.packages.push(package.on(field.lines()));
    }
    errors.into_result()
}

/// A version, or what a rich version asks for most strongly.
fn wanted<'a>(value: &'a Value<'_>) -> Option<&'a str> {
    value.text().or_else(|| ["strictly", "require", "prefer"].iter().find_map(|key| value.text_of(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const LOCK: &[u8] = b"# This is a Gradle generated file for dependency locking.\r
org.acme:api:1.0=compileClasspath,testCompileClasspath\r
org.acme:test-only:2.0=testCompileClasspath,testRuntimeClasspath\r
org.acme:api:1.0=other\r
empty=annotationProcessor\r
";

    #[test]
    fn lines_are_modules() {
        for path in ["gradle.lockfile", "buildscript-gradle.lockfile", "app.gradle.lockfile"] {
            check(&LOCKFILE, path, LOCK, "maven org.acme:api 1.0 - @2 @4\nmaven org.acme:test-only 2.0 - @3 dev");
        }
        check(&LOCKFILE, "gradle/dependency-locks/testRuntimeClasspath.lockfile", b"g:a:1\n", "maven g:a 1 - @1 dev");
        check(&LOCKFILE, "gradle/dependency-locks/runtimeClasspath.lockfile", b"g:a:1\n", "maven g:a 1 - @1");
    }

    #[test]
    fn what_is_wrong_is_said() {
        check(
            &LOCKFILE,
            "gradle.lockfile",
            b"<<<<<<< HEAD\ng:a:1=x\n:b:1=x\n",
            "maven g:a 1 - @2\nerror line 1: not a module: expected `group:artifact:version=configurations` (and 1 more)",
        );
        robust(&LOCKFILE, "gradle.lockfile", LOCK);
    }

    const TOML: &[u8] = b"[versions]
kotlin = \"1.9.0\"
rich = { strictly = \"[1.0, 2.0[\", prefer = \"1.5\" }

[libraries]
short = \"g:a:1.0\"
module = { module = \"g:b\", version = \"2.0\" }
named = { group = \"g\", name = \"c\", version.ref = \"kotlin\" }
ranged = { module = \"g:d\", version.ref = \"rich\" }
managed = { module = \"g:e\" }
broken = { version = \"1\" }
";

    #[test]
    fn catalogues_ask_for_versions() {
        check(
            &CATALOG,
            "gradle/libs.versions.toml",
            TOML,
            "maven g:a 1.0 - @6\nmaven g:b 2.0 - @7\nmaven g:c 1.9.0 - @8\nerror line 11: the library `broken` has no group and name",
        );
        robust(&CATALOG, "gradle/libs.versions.toml", TOML);
    }
}
