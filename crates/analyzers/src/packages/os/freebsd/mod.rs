//! FreeBSD's `pkg`: `var/db/pkg/local.sqlite`.
//!
//! <https://github.com/freebsd/pkg/blob/main/libpkg/pkgdb.c> (the tables). A port is named by its `origin`, `security/openssl`; `arch` is what the port
//! was built for, `FreeBSD:14:amd64`. Packages of the base system (`FreeBSD-*`) are there where it was installed by `pkg`.
//!
//! Missing: a write-ahead log, which `pkg` does not use by default.

use crate::{
    packages::os::{FREEBSD, joined, licenses, sqlite::Database, sqlite::Value},
    unit::{Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::InstalledFile,
};
use std::collections::{BTreeSet, HashMap};

pub(crate) const LOCAL: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/freebsd",
        version: 1,
        claims: &[Pattern::Path("var/db/pkg/local.sqlite")],
        provides: &[Capability::Packages],
        max_bytes: 256 << 20,
    },
    run: Run::Strict(local),
};

fn local(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut packages: Vec<Package> = Vec::new();
    let result = read(file, &mut packages);
    out.packages.append(&mut packages);
    result.map_err(AnalyzeError::new)
}

fn read(file: &File<'_>, packages: &mut Vec<Package>) -> Result<(), String> {
    let database = Database::open(file.bytes)?;
    let table = database.table("packages")?.ok_or("has no table `packages`")?;
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut nameless = 0_usize;
    database.rows(&table, &mut |id, row| {
        let text = |column: &str| row.text(column).filter(|text| !text.is_empty()).map(str::to_owned);
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            nameless += 1;
            return;
        };
        places.insert(id, packages.len());
        packages.push(Package {
            source_version: text("origin").map(|_| version.clone()),
            source_name: text("origin"),
            arch: text("arch"),
            maintainer: text("maintainer"),
            name,
            version,
            at: Place::file(file.path),
            ..Package::of(&FREEBSD)
        });
    })?;
    let of = |row: &crate::packages::os::sqlite::Row<'_, '_>| row.int("package_id").and_then(|id| places.get(&id)).copied();
    if let Some(table) = database.table("files")? {
        database.rows(&table, &mut |_, row| {
            let Some(package) = of(&row).and_then(|at| packages.get_mut(at)) else { return };
            if let Some(path) = row.text("path") {
                // `1$` and a SHA-256; `-` for a link.
                let digest = row.text("sha256").map(|digest| digest.trim_start_matches("1$"));
                let digest = digest.filter(|digest| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
                package.files.push(InstalledFile {
                    path: path.trim_start_matches('/').into(),
                    digest: digest.map(|digest| format!("sha256:{}", digest.to_ascii_lowercase()).into()),
                });
            }
        })?;
    }
    if let (Some(names), Some(links)) = (database.table("licenses")?, database.table("pkg_licenses")?) {
        let mut known: HashMap<i64, String> = HashMap::new();
        database.rows(&names, &mut |id, row| {
            let name = row.get("license").or_else(|| row.get("name"));
            if let Some(name) = name.and_then(Value::text) {
                known.insert(id, name.to_owned());
            }
        })?;
        database.rows(&links, &mut |_, row| {
            let name = row.int("license_id").and_then(|id| known.get(&id));
            if let (Some(name), Some(package)) = (name, of(&row).and_then(|at| packages.get_mut(at))) {
                package.licenses.extend(licenses::of_field(name));
            }
        })?;
    }
    if let Some(table) = database.table("deps")? {
        let ids: HashMap<String, String> = packages.iter().map(|package| (package.name.clone(), package.key())).collect();
        let mut wanted: HashMap<usize, BTreeSet<String>> = HashMap::new();
        database.rows(&table, &mut |_, row| {
            if let (Some(at), Some(id)) = (of(&row), row.text("name").and_then(|name| ids.get(name))) {
                wanted.entry(at).or_default().insert(id.clone());
            }
        })?;
        for (at, package) in packages.iter_mut().enumerate() {
            package.depends_on = wanted.remove(&at).into_iter().flatten().collect();
        }
    }
    match nameless {
        0 => Ok(()),
        count => Err(format!("{count} rows have no name or no version")),
    }
}

pub(crate) fn assemble(facts: &mut Facts) {
    joined::own(facts, &FREEBSD);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    /// Made with SQLite from the tables of `pkgdb.c`, pages of 512 bytes.
    const SAMPLE: &[u8] = include_bytes!("testdata/local.sqlite");

    #[test]
    fn packages_of_the_tables() {
        let digest = "ab".repeat(32);
        check_together(
            &[("var/db/pkg/local.sqlite", SAMPLE)],
            "generic curl 8.5.0 FreeBSD:14:amd64 from ftp/curl@8.5.0 [MIT] -> libnghttp2@1.58.0
             generic libnghttp2 1.58.0 FreeBSD:14:amd64 from www/libnghttp2@1.58.0
             owns usr/local/bin/curl
             owns usr/local/lib/libcurl.so",
        );
        let mut facts = Facts::default();
        let file = File { path: "var/db/pkg/local.sqlite", meta: probity_model::analyzer::FileMeta::default(), bytes: SAMPLE };
        local(&file, &mut facts).unwrap();
        let files: Vec<_> = facts.packages[0].files.iter().map(|file| file.digest.as_deref()).collect();
        assert_eq!(files, [Some(format!("sha256:{digest}").as_str()), None]);
        check(&LOCAL, "var/db/pkg/local.sqlite", b"x", "error: is no SQLite database");
    }

    #[test]
    fn never_panics() {
        robust(&LOCAL, "var/db/pkg/local.sqlite", SAMPLE);
    }
}
