//! rpm: the database of installed packages in its three formats, and the manifest of images that ship without one.
//!
//! <https://rpm-software-management.github.io/rpm/manual/>; formats: [`berkeley`], [`ndb`], `sqlite`. All of them are a bag of [`header`]s.
//!
//! A database is told by its first bytes, not by its name. The version of a package is `[epoch:]version-release`; its id leaves the epoch out and
//! adds the architecture, since a multilib system has a package twice. A source package's epoch is not recorded anywhere: it is taken to be that of
//! the package. `gpg-pubkey` entries are keys, not packages.
//!
//! `container-manifest-2` (Azure Linux, CBL-Mariner) is what `rpm -qa` printed when the image was made: ten fields between tabs.
//!
//! Missing: a database's write-ahead log is not replayed; where one has transactions, that is said. Dependencies that have conditions.

mod berkeley;
mod header;
mod ndb;

use super::{joined, sqlite, sqlite::Damage};
use crate::{
    packages::os::{RPM, RPMQA},
    text::lines,
    unit::{FirstError, Run, SMALL, Unit},
};
use header::{Header, Room};
use probity_model::{
    Capability, Diagnostic, Facts, Lines, Package, Place, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Databases of 100 MB and more exist: workstations with many file lists.
const MAX_BYTES: u64 = 256 << 20;

/// Bytes that all paths and names of a database may take together.
const MAX_PATHS: usize = 256 << 20;

pub(crate) const DATABASE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/rpm",
        version: 1,
        claims: &[
            Pattern::Path("var/lib/rpm/Packages"),
            Pattern::Path("var/lib/rpm/Packages.db"),
            Pattern::Path("var/lib/rpm/rpmdb.sqlite"),
            Pattern::Path("usr/lib/sysimage/rpm/Packages"),
            Pattern::Path("usr/lib/sysimage/rpm/Packages.db"),
            Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite"),
            Pattern::Path("usr/share/rpm/Packages"),
            Pattern::Path("usr/share/rpm/Packages.db"),
            Pattern::Path("usr/share/rpm/rpmdb.sqlite"),
        ],
        provides: &[Capability::Packages],
        max_bytes: MAX_BYTES,
    },
    run: Run::Strict(database),
};

pub(crate) const LOG: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/rpm-log",
        version: 1,
        claims: &[
            Pattern::Path("var/lib/rpm/rpmdb.sqlite-wal"),
            Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
            Pattern::Path("usr/share/rpm/rpmdb.sqlite-wal"),
        ],
        provides: &[Capability::Packages],
        max_bytes: MAX_BYTES,
    },
    run: Run::Lenient(log),
};

pub(crate) const MANIFEST: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/rpm-manifest",
        version: 1,
        claims: &[Pattern::Path("var/lib/rpmmanifest/container-manifest-2")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(manifest),
};

pub(crate) fn assemble(facts: &mut Facts) {
    joined::own(facts, &RPM);
}

fn database(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut blobs = Blobs { path: file.path, room: Room(MAX_PATHS), out, packages: Vec::new(), problem: None, more: 0 };
    let result = if sqlite::is_database(file.bytes) {
        read_sqlite(file.bytes, &mut blobs)
    } else if ndb::is_database(file.bytes) {
        ndb::read(file.bytes, &mut blobs)
    } else if berkeley::is_database(file.bytes) {
        berkeley::read(file.bytes, &mut blobs)
    } else if file.bytes.is_empty() {
        // `rpm --initdb` and minimal images leave it behind.
        Err("the database is empty: what is installed is not known".to_owned())
    } else {
        Err("is no database of rpm that this build knows".to_owned())
    };
    if let Err(damage) = result {
        blobs.damage(damage);
    }
    blobs.finish()
}

fn read_sqlite(bytes: &[u8], blobs: &mut Blobs<'_>) -> Result<(), Damage> {
    let database = sqlite::Database::open(bytes)?;
    let table = database.table("Packages")?.ok_or("has no table `Packages`")?;
    database.rows(&table, &mut |_, row| match row.get("blob") {
        Some(sqlite::Value::Blob(blob)) => blobs.header(blob),
        _ => blobs.damage("a row has no header".to_owned()),
    })
}

/// What the readers of the formats hand headers to.
struct Blobs<'o> {
    path: &'o str,
    room: Room,
    out: &'o mut Facts,
    packages: Vec<Installed>,
    problem: Option<Damage>,
    more: usize,
}

/// A package whose dependencies are names yet.
struct Installed {
    package: Package,
    requires: Vec<String>,
    provides: Vec<String>,
}

impl Blobs<'_> {
    fn damage(&mut self, damage: Damage) {
        if self.problem.is_some() {
            self.more += 1;
        } else {
            self.problem = Some(damage);
        }
    }

    fn header(&mut self, blob: &[u8]) {
        if let Err(damage) = self.package(blob) {
            self.damage(damage);
        }
    }

    fn package(&mut self, blob: &[u8]) -> Result<(), Damage> {
        let header = Header::parse(blob)?;
        let name = header.name().ok_or("a header without a name")?;
        if name == "gpg-pubkey" {
            return Ok(());
        }
        let version = header.version().ok_or_else(|| format!("`{name}` has no version or no release"))?;
        let source = header.source();
        let source = source.as_deref().and_then(source_parts);
        let mut package = Package {
            id: id(&name, &version, header.arch().as_deref()),
            arch: header.arch(),
            source_name: source.map(|(name, _)| name.to_owned()),
            source_version: source.map(|(_, version)| format!("{}{version}", header.epoch())),
            licenses: header.license().into_iter().collect(),
            maintainer: header.vendor(),
            modularity: header.modularity(),
            digest: header.digest(),
            name,
            version,
            at: Place::file(self.path),
            ..Package::of(&RPM)
        };
        match header.files(&mut self.room) {
            Ok(files) => package.files = files,
            Err(damage) => self.damage(format!("`{}`: {damage}", package.name)),
        }
        self.packages.push(Installed { requires: header.requires(&mut self.room), provides: header.provides(&mut self.room), package });
        Ok(())
    }

    fn finish(mut self) -> Result<(), AnalyzeError> {
        resolve(&mut self.packages);
        self.out.packages.extend(self.packages.into_iter().map(|installed| installed.package));
        match self.problem {
            None => Ok(()),
            Some(problem) if self.more == 0 => Err(AnalyzeError::new(problem)),
            Some(problem) => Err(AnalyzeError::new(format!("{problem} (and {} more)", self.more))),
        }
    }
}

/// Names that are required to the packages that provide them. Files are provided too, those that somebody asks for.
fn resolve(packages: &mut [Installed]) {
    let wanted: HashSet<&str> =
        packages.iter().flat_map(|installed| &installed.requires).map(String::as_str).filter(|name| name.starts_with('/')).collect();
    let mut providers: HashMap<&str, usize> = HashMap::new();
    for (at, installed) in packages.iter().enumerate() {
        for file in &installed.package.files {
            // A set of borrowed texts is asked with the slash that the list of files has lost.
            if !wanted.is_empty()
                && let Some(name) = wanted.get(format!("/{}", file.path).as_str())
            {
                providers.insert(name, at);
            }
        }
    }
    // A name that a package provides by itself beats a path.
    for (at, installed) in packages.iter().enumerate() {
        for name in &installed.provides {
            providers.insert(name, at);
        }
    }
    let resolved: Vec<BTreeSet<usize>> = packages
        .iter()
        .enumerate()
        .map(|(own, installed)| {
            let found = installed.requires.iter().filter_map(|name| providers.get(name.as_str()).copied());
            found.filter(|at| *at != own).collect()
        })
        .collect();
    let ids: Vec<String> = packages.iter().map(|installed| installed.package.id.clone()).collect();
    for (installed, found) in packages.iter_mut().zip(resolved) {
        let found: BTreeSet<&String> = found.into_iter().filter_map(|at| ids.get(at)).collect();
        installed.package.depends_on = found.into_iter().cloned().collect();
    }
}

/// `bash@5.1.8-6.el9.x86_64`: without the epoch.
fn id(name: &str, version: &str, arch: Option<&str>) -> String {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    match arch {
        Some(arch) => format!("{name}@{version}.{arch}"),
        None => format!("{name}@{version}"),
    }
}

/// `bash-5.1.8-6.el9.src.rpm` to `bash` and `5.1.8-6.el9`.
fn source_parts(file: &str) -> Option<(&str, &str)> {
    let stem = file.strip_suffix(".rpm")?;
    let (stem, _) = stem.rsplit_once('.')?;
    let (rest, _) = stem.rsplit_once('-')?;
    let (name, _) = rest.rsplit_once('-')?;
    let version = stem.get(name.len() + 1..)?;
    (!name.is_empty()).then_some((name, version))
}

/// A write-ahead log whose first frame is valid for it has transactions that may not be in the database.
///
/// <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>
fn log(file: &File<'_>, out: &mut Facts) {
    let salts = |at: usize| file.bytes.get(at..at + 8);
    if file.bytes.len() > 32 && salts(16) == salts(40) {
        out.diagnostics.push(
            Diagnostic::warning(
                Reason::AnalyzerFailed,
                "the database of packages has transactions that were not written into it, and packages of these may be missing",
            )
            .at(file.path)
            .hint("run `rpm -qa` in the image when it is built, which writes them")
            .affecting([Capability::Packages]),
        );
    }
}

fn manifest(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    for (number, line) in lines(file.bytes) {
        if line.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = line.trim_end().split('\t').collect();
        let [name, version, _, _, vendor, epoch, _, arch, ..] = fields.as_slice() else {
            errors.add(number, || format!("{} fields of 10", fields.len()));
            continue;
        };
        if name.is_empty() || !version.contains('-') {
            errors.add(number, || "a package without a name, or a version without a release".to_owned());
            continue;
        }
        if *name == "gpg-pubkey" {
            continue;
        }
        // The number is there twice, once as rpm prints it and once as a number.
        let known = |field: &&str| !matches!(*field, "" | "(none)" | "0");
        let epoch = Some(*epoch).filter(known).or(fields.get(8).copied().filter(known));
        let epoch =
            epoch.filter(|epoch| epoch.bytes().all(|byte| byte.is_ascii_digit())).map_or_else(String::new, |epoch| format!("{epoch}:"));
        let some = |field: &str| Some(field.to_owned()).filter(|field| !matches!(field.as_str(), "" | "(none)"));
        let source = fields.get(9).copied().and_then(source_parts);
        let package = Package {
            id: id(name, version, some(arch).as_deref()),
            name: (*name).to_owned(),
            version: format!("{epoch}{version}"),
            arch: some(arch),
            source_name: source.map(|(name, _)| name.to_owned()),
            source_version: source.map(|(_, version)| format!("{epoch}{version}")),
            maintainer: some(vendor),
            at: Place::file(file.path),
            ..Package::of(&RPMQA)
        };
        out.packages.push(package.on(Lines::one(number)));
    }
    errors.into_result()
}

#[cfg(test)]
mod tests;
