//! Nix: `nix/var/nix/db/db.sqlite`, the valid paths of a store.
//!
//! <https://nix.dev/manual/nix/latest/store/store-path>, <https://github.com/NixOS/nix/blob/master/src/libstore/schema.sql>
//!
//! A path is `/nix/store/HASH-NAME`; a name ends with a version by convention: it begins at the first hyphen that a digit follows. Outputs of one
//! build (`openssl-3.0.12-bin`, `-dev`) are paths of their own and one package, since they have the same version. Paths without a version (scripts,
//! configuration, wrappers) and derivations, which build packages and are none, are passed over.
//!
//! Missing: stores without a database (`dockerTools` leaves it out unless it is asked for), write-ahead logs, files of packages, licences.

use crate::{
    packages::os::{NIX, sqlite::Database},
    unit::{Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) const STORE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/nix",
        version: 1,
        claims: &[Pattern::Path("nix/var/nix/db/db.sqlite")],
        provides: &[Capability::Packages],
        max_bytes: 256 << 20,
    },
    run: Run::Strict(store),
};

fn store(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut packages = BTreeMap::new();
    let result = read(file.bytes, &mut packages);
    for ((name, version), depends_on) in packages {
        let depends_on = depends_on.into_iter().filter(|id| *id != format!("{name}@{version}")).collect();
        out.packages.push(Package { name, version, depends_on, at: Place::file(file.path), ..Package::of(&NIX) });
    }
    result.map_err(AnalyzeError::new)
}

type Packages = BTreeMap<(String, String), BTreeSet<String>>;

fn read(bytes: &[u8], packages: &mut Packages) -> Result<(), String> {
    let database = Database::open(bytes)?;
    let table = database.table("ValidPaths")?.ok_or("has no table `ValidPaths`")?;
    let mut paths: HashMap<i64, (String, String)> = HashMap::new();
    database.rows(&table, &mut |id, row| {
        if let Some((name, version)) = row.text("path").and_then(name_of_path) {
            packages.entry((name.clone(), version.clone())).or_default();
            paths.insert(id, (name, version));
        }
    })?;
    if let Some(table) = database.table("Refs")? {
        database.rows(&table, &mut |_, row| {
            let path = |column: &str| row.int(column).and_then(|id| paths.get(&id));
            if let (Some(from), Some((name, version))) = (path("referrer"), path("reference"))
                && let Some(depends_on) = packages.get_mut(from)
            {
                depends_on.insert(format!("{name}@{version}"));
            }
        })?;
    }
    Ok(())
}

/// `/nix/store/HASH-openssl-3.0.12-bin` to `openssl` and `3.0.12`.
fn name_of_path(path: &str) -> Option<(String, String)> {
    const OUTPUTS: &[&str] = &[
        "bin", "dev", "devdoc", "dist", "doc", "info", "lib", "man", "debug", "data", "out", "py", "python", "static", "terminfo",
        "getent", "libgcc", "modules", "xgcc",
    ];
    let (hash, name) = path.rsplit('/').next()?.split_once('-')?;
    let extension = |ending: &&str| name.ends_with(*ending);
    if hash.len() != 32 || [".drv", ".patch", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".zip", ".diff"].iter().any(extension) {
        return None;
    }
    let at = name.match_indices('-').map(|(at, _)| at).find(|at| name.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit))?;
    let (name, version) = name.split_at_checked(at)?;
    let mut version = version.trim_start_matches('-');
    while let Some((rest, output)) = version.rsplit_once('-') {
        if !OUTPUTS.contains(&output) {
            break;
        }
        version = rest;
    }
    (!name.is_empty()).then(|| (name.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    /// Made with SQLite from Nix's schema, pages of 512 bytes.
    const SAMPLE: &[u8] = include_bytes!("testdata/db.sqlite");

    #[test]
    fn valid_paths_are_packages() {
        check(
            &STORE,
            "nix/var/nix/db/db.sqlite",
            SAMPLE,
            "generic glibc 2.38-44 -
             generic openssl 3.0.12 - -> glibc@2.38-44",
        );
    }

    #[test]
    fn names() {
        let name =
            |name: &str| name_of_path(&format!("/nix/store/{}-{name}", "a".repeat(32))).map(|(name, version)| format!("{name} {version}"));
        assert_eq!(name("python3.11-requests-2.31.0").as_deref(), Some("python3.11-requests 2.31.0"));
        assert_eq!(name("gcc-13.2.0-lib").as_deref(), Some("gcc 13.2.0"));
        assert_eq!(name("source-1.0.tar.gz"), None);
        assert_eq!(name("hook.sh"), None);
        assert_eq!(name("x-1.drv"), None);
        assert_eq!(name_of_path("/nix/store/short-x-1"), None);
    }

    #[test]
    fn never_panics() {
        robust(&STORE, "nix/var/nix/db/db.sqlite", SAMPLE);
    }
}
