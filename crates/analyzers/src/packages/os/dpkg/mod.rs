//! dpkg: `var/lib/dpkg/status`, `status.d/*` of distroless images, lists of files with their digests, archives' digests, and copyright files. opkg,
//! which OpenWrt had until 24.10 and Yocto has, keeps the same kind of database.
//!
//! <https://man7.org/linux/man-pages/man1/dpkg-query.1.html>, <https://www.debian.org/doc/debian-policy/ch-controlfields.html>,
//! <https://openwrt.org/docs/guide-user/additional-software/opkg>
//!
//! A stanza counts when its files are on the disk: states `installed`, `triggers-pending`, `triggers-awaited`, `half-configured` and `unpacked`.
//! The files in `status.d` have no `Status` line and always count. `Source` is absent when it equals the package; a version in parentheses is
//! there only when it differs.
//!
//! A package wants names (`Depends`, `Pre-Depends`); every alternative that is installed is kept, and where nothing has the name, what provides it.
//! Names are resolved when all files of an image were seen, since a distroless image has a file for each package: until then
//! [`Package::depends_on`] holds names.
//!
//! Files come from `info/*.list`, digests from `info/*.md5sums` and, for configuration, from the status file. `info` names are
//! `package.list` or `package:architecture.list`.
//!
//! Missing: diversions, and versions in dependencies.

mod copyright;

pub(crate) use copyright::COPYRIGHT;

use crate::{
    packages::os::{DPKG, OPKG, joined, licenses},
    text::{file_name, lines},
    unit::{FirstError, LARGE, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{InstalledFile, Manifest, Requirement},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// The kinds of what stands beside a database.
struct Kinds {
    list: &'static str,
    sums: &'static str,
    provides: &'static str,
    /// Digests of archives, or the description of an installed package.
    more: &'static str,
}

static DPKG_KINDS: Kinds = Kinds { list: "dpkg/list", sums: "dpkg/md5sums", provides: "dpkg/provides", more: "dpkg/available" };
static OPKG_KINDS: Kinds = Kinds { list: "opkg/list", sums: "opkg/md5sums", provides: "opkg/provides", more: "opkg/control" };

pub(crate) const STATUS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dpkg",
        version: 2,
        claims: &[Pattern::Path("var/lib/dpkg/status"), Pattern::Below("var/lib/dpkg/status.d", "")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(status),
};

pub(crate) const FILES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dpkg-files",
        version: 2,
        claims: &[Pattern::Below("var/lib/dpkg/info", ".list"), Pattern::Below("var/lib/dpkg/info", ".md5sums")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(files),
};

pub(crate) const AVAILABLE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dpkg-available",
        version: 1,
        claims: &[Pattern::Path("var/lib/dpkg/available")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(descriptions),
};

pub(crate) const OPKG_STATUS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/opkg",
        version: 1,
        claims: &[Pattern::Path("usr/lib/opkg/status"), Pattern::Path("var/lib/opkg/status"), Pattern::Path("opt/lib/opkg/status")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(status),
};

pub(crate) const OPKG_FILES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/opkg-files",
        version: 1,
        claims: &[
            Pattern::Below("usr/lib/opkg/info", ".list"),
            Pattern::Below("var/lib/opkg/info", ".list"),
            Pattern::Below("opt/lib/opkg/info", ".list"),
        ],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(files),
};

pub(crate) const OPKG_CONTROL: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/opkg-control",
        version: 1,
        claims: &[
            Pattern::Below("usr/lib/opkg/info", ".control"),
            Pattern::Below("var/lib/opkg/info", ".control"),
            Pattern::Below("opt/lib/opkg/info", ".control"),
        ],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(descriptions),
};

/// Names of dependencies in one file: a desktop has some hundred thousand.
const MAX_NAMES: usize = 2_000_000;

fn is_opkg(path: &str) -> bool {
    path.contains("lib/opkg/")
}

fn kinds(path: &str) -> &'static Kinds {
    if is_opkg(path) { &OPKG_KINDS } else { &DPKG_KINDS }
}

fn status(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let distroless = file.path.starts_with("var/lib/dpkg/status.d/");
    if distroless && file_name(file.path).ends_with(".md5sums") {
        return files(file, out);
    }
    let ecosystem = if is_opkg(file.path) { &OPKG } else { &DPKG };
    let mut errors = FirstError::default();
    let mut ids = HashSet::new();
    let mut provides = Vec::new();
    let mut names_left = MAX_NAMES;
    stanzas(file.bytes, &mut errors, &mut |stanza, errors| {
        let Some(mut package) = stanza.package(ecosystem, distroless, errors) else { return };
        package.at.path = file.path.into();
        let wanted = names(stanza.get("depends")).chain(names(stanza.get("pre-depends"))).map(str::to_owned);
        package.depends_on = wanted.take(names_left).collect();
        names_left -= package.depends_on.len();
        if names_left == 0 {
            errors.add(stanza.end, || format!("more than {MAX_NAMES} dependencies, and the rest is left out"));
        }
        // A multi-arch library is there once for each architecture.
        if !ids.insert(package.key()) {
            package.id = format!("{}:{}@{}", package.name, package.arch.as_deref().unwrap_or_default(), package.version);
        }
        provides.extend(names(stanza.get("provides")).map(|name| Requirement {
            name: name.to_owned(),
            range: package.key(),
            ..Requirement::default()
        }));
        out.packages.push(package);
    });
    if !provides.is_empty() {
        let kind = kinds(file.path).provides;
        out.manifests.push(Manifest { kind, requirements: provides, at: Place::file(file.path), ..Manifest::default() });
    }
    errors.into_result()
}

/// Fields that are read, in lower case.
const FIELDS: [&str; 14] = [
    "package",
    "version",
    "status",
    "architecture",
    "source",
    "maintainer",
    "depends",
    "pre-depends",
    "provides",
    "conffiles",
    "license",
    "sha256",
    "sha1",
    "md5sum",
];

/// Paragraphs of fields; lines that go on with white space belong to the field before.
fn stanzas(bytes: &[u8], errors: &mut FirstError, each: &mut dyn FnMut(&Stanza, &mut FirstError)) {
    let mut stanza = Stanza::default();
    for (number, line) in lines(bytes) {
        stanza.end = number;
        if line.trim().is_empty() {
            if stanza.start.is_some() {
                each(&stanza, errors);
            }
            stanza = Stanza::default();
        } else if line.starts_with([' ', '\t']) {
            if stanza.start.is_none() {
                errors.add(number, || "a continuation line belongs to no field".to_owned());
            } else if let Some(value) = stanza.current.and_then(|field| stanza.fields.get_mut(field)) {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            stanza.start.get_or_insert(number);
            let name = name.trim();
            stanza.current = FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(name));
            if let Some(field) = stanza.current {
                stanza.fields.insert(field, value.trim().to_owned());
            }
        } else {
            stanza.start.get_or_insert(number);
            stanza.current = None;
            errors.add(number, || "neither a field nor a continuation line".to_owned());
        }
    }
    if stanza.start.is_some() {
        each(&stanza, errors);
    }
}

#[derive(Default)]
struct Stanza {
    start: Option<u32>,
    end: u32,
    current: Option<&'static str>,
    fields: BTreeMap<&'static str, String>,
}

impl Stanza {
    fn get(&self, field: &str) -> &str {
        self.fields.get(field).map(String::as_str).unwrap_or_default()
    }

    fn some(&self, field: &str) -> Option<String> {
        self.fields.get(field).filter(|value| !value.is_empty()).cloned()
    }

    fn package(&self, ecosystem: &'static Ecosystem, distroless: bool, errors: &mut FirstError) -> Option<Package> {
        let start = self.start?;
        match self.fields.get("status") {
            Some(status) => {
                let state = status.split_whitespace().nth(2).unwrap_or_default();
                if !matches!(state, "installed" | "triggers-pending" | "triggers-awaited" | "half-configured" | "unpacked") {
                    if !matches!(state, "config-files" | "not-installed" | "half-installed" | "post-inst-failed" | "removal-failed") {
                        errors.add(start, || format!("unknown status `{status}`"));
                    }
                    return None;
                }
            }
            None if distroless => {}
            None => {
                errors.add(start, || "a stanza without `Status`".to_owned());
                return None;
            }
        }
        let (name, version) = (self.get("package"), self.get("version"));
        if name.is_empty() || version.is_empty() {
            let missing = if name.is_empty() { "Package" } else { "Version" };
            errors.add(start, || format!("a stanza without `{missing}`"));
            return None;
        }
        let (source_name, source_version) = source(self.get("source"), version);
        Some(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            arch: self.some("architecture"),
            source_name,
            source_version,
            licenses: licenses::of_field(self.get("license")),
            maintainer: self.some("maintainer"),
            files: self.get("conffiles").lines().filter_map(conffile).collect(),
            at: Place { lines: Some(Lines::new(start, self.end)), ..Place::default() },
            ..Package::of(ecosystem)
        })
    }
}

/// `name (version)`, where the version is there when it is another one than the package's. OpenWrt writes the folder of its feed, which is no
/// source package.
fn source(field: &str, version: &str) -> (Option<String>, Option<String>) {
    let (name, rest) = field.split_once('(').unwrap_or((field, ""));
    let name = name.trim();
    if name.is_empty() || name.contains('/') {
        return (None, None);
    }
    let own = rest.trim_end().trim_end_matches(')').trim();
    let version = if own.is_empty() { version } else { own };
    (Some(name.to_owned()), Some(version.to_owned()))
}

/// The names in `a (>= 1), b | c:any`, alternatives included.
fn names(field: &str) -> impl Iterator<Item = &str> {
    field.split([',', '|']).filter_map(|word| word.split([' ', '\t', '\n', '(', ':', '[']).find(|part| !part.is_empty()))
}

/// ` /etc/x 0123…`, the digest of the file as it was shipped; `newconffile` stands for a digest that is not known yet. What is `obsolete` belongs to
/// the package no more.
fn conffile(line: &str) -> Option<InstalledFile> {
    let mut words = line.split_whitespace();
    let path = words.next()?.trim_start_matches('/');
    let digest = words.next().and_then(md5);
    if path.is_empty() || words.any(|flag| flag == "obsolete") {
        return None;
    }
    Some(InstalledFile { path: path.into(), digest })
}

fn md5(word: &str) -> Option<Box<str>> {
    let fits = word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| format!("md5:{}", word.to_ascii_lowercase()).into())
}

/// `.list`: a path a line, folders included. `.md5sums`: a digest, two spaces, a path without the leading slash. Kept as they are until their package
/// is known.
fn files(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let name = file_name(file.path);
    let kinds = kinds(file.path);
    let mut errors = FirstError::default();
    let (kind, stem) = match name.strip_suffix(".md5sums") {
        Some(stem) => {
            for (number, line) in lines(file.bytes) {
                if !line.trim().is_empty() && sum(&line).is_none() {
                    errors.add(number, || "neither a digest nor a path".to_owned());
                }
            }
            (kinds.sums, stem)
        }
        None => (kinds.list, name.strip_suffix(".list").unwrap_or(name)),
    };
    out.manifests.push(Manifest {
        kind,
        name: Some(stem.to_owned()),
        source: Some(file.bytes.into()),
        at: Place::file(file.path),
        ..Manifest::default()
    });
    errors.into_result()
}

/// A digest and a path.
fn sum(line: &str) -> Option<(&str, &str)> {
    let (digest, path) = line.trim_end().split_once([' ', '\t'])?;
    Some((digest, relative(path.trim_start_matches([' ', '\t', '*']))))
}

fn relative(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path).trim_start_matches('/')
}

/// `available` lists archives that could be installed, with their digests. A `.control` file of opkg is the description of one that is.
fn descriptions(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let kind = kinds(file.path).more;
    let mut errors = FirstError::default();
    let mut digests = BTreeMap::new();
    stanzas(file.bytes, &mut errors, &mut |stanza, _| {
        let key = format!("{}@{}", stanza.get("package"), stanza.get("version"));
        if is_opkg(file.path) {
            let properties = ["source", "maintainer"].into_iter().filter_map(|field| Some((field.to_owned(), stanza.some(field)?)));
            out.manifests.push(Manifest {
                kind,
                name: Some(key),
                licenses: licenses::of_field(stanza.get("license")),
                properties: properties.collect(),
                at: Place::file(file.path),
                ..Manifest::default()
            });
        } else if let Some((word, digest)) = [("sha256", "sha256"), ("sha1", "sha1"), ("md5", "md5sum")]
            .into_iter()
            .find_map(|(word, field)| Some((word, stanza.some(field)?)))
            && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            digests.insert(key, format!("{word}:{}", digest.to_ascii_lowercase()));
        }
    });
    if !digests.is_empty() {
        out.manifests.push(Manifest { kind, properties: digests, at: Place::file(file.path), ..Manifest::default() });
    }
    errors.into_result()
}

/// Gives packages what stands beside the status file.
pub(crate) fn assemble(facts: &mut Facts) {
    copyright::join(facts);
    join(facts, &DPKG, &DPKG_KINDS);
    joined::own(facts, &DPKG);
}

/// The same for opkg.
pub(crate) fn assemble_opkg(facts: &mut Facts) {
    join(facts, &OPKG, &OPKG_KINDS);
    joined::own(facts, &OPKG);
}

/// The lists of one package.
#[derive(Default)]
struct Lists<'m> {
    list: Option<&'m [u8]>,
    sums: Option<&'m [u8]>,
}

fn join(facts: &mut Facts, ecosystem: &Ecosystem, kinds: &Kinds) {
    let Facts { packages, manifests, owned_files, diagnostics, .. } = facts;
    let mut lists: BTreeMap<&str, Lists<'_>> = BTreeMap::new();
    let mut archives: HashMap<&str, &Manifest> = HashMap::new();
    let mut digests: HashMap<&str, &str> = HashMap::new();
    let mut provided: Vec<&Requirement> = Vec::new();
    for manifest in manifests.iter() {
        let name = manifest.name.as_deref().unwrap_or_default();
        if manifest.kind == kinds.list {
            lists.entry(name).or_default().list = manifest.source.as_deref();
        } else if manifest.kind == kinds.sums {
            lists.entry(name).or_default().sums = manifest.source.as_deref();
        } else if manifest.kind == kinds.provides {
            provided.extend(&manifest.requirements);
        } else if manifest.kind == kinds.more {
            digests.extend(manifest.properties.iter().map(|(key, value)| (key.as_str(), value.as_str())));
            archives.insert(name, manifest);
        }
    }
    diagnostics.extend(joined::resolve(packages, ecosystem, &provided));
    for package in packages.iter_mut().filter(|package| package.ecosystem == ecosystem) {
        let key = format!("{}@{}", package.name, package.version);
        if *ecosystem == OPKG {
            if let Some(description) = archives.get(key.as_str()) {
                let property = |name: &str| description.properties.get(name).cloned();
                package.maintainer = package.maintainer.take().or_else(|| property("maintainer"));
                if package.licenses.is_empty() {
                    package.licenses.clone_from(&description.licenses);
                }
                if package.source_name.is_none() {
                    (package.source_name, package.source_version) = source(&property("source").unwrap_or_default(), &package.version);
                }
            }
        } else {
            package.digest = package.digest.take().or_else(|| digests.get(key.as_str()).map(|digest| (*digest).to_owned()));
        }
        let with_arch = format!("{}:{}", package.name, package.arch.as_deref().unwrap_or_default());
        let in_folder = package.at.path.strip_prefix("var/lib/dpkg/status.d/");
        let found =
            [Some(with_arch.as_str()), in_folder, Some(package.name.as_str())].into_iter().flatten().find_map(|stem| lists.remove(stem));
        if let Some(found) = found {
            package.files = found.files(&package.files, owned_files);
        }
    }
    // What is left belongs to packages that were removed with their configuration kept.
    for list in lists.into_values() {
        list.files(&[], owned_files);
    }
}

impl Lists<'_> {
    /// The files, in order of the list; entries that others are in are folders, which are owned and no files.
    fn files(&self, conffiles: &[InstalledFile], owned: &mut Vec<Arc<str>>) -> Vec<InstalledFile> {
        let sum_lines: Vec<_> = self.sums.into_iter().flat_map(lines).map(|(_, line)| line).collect();
        let sums: Vec<(&str, &str)> = sum_lines.iter().filter_map(|line| sum(line)).filter(|(_, path)| !path.is_empty()).collect();
        let mut digests: HashMap<&str, Option<Box<str>>> = sums.iter().map(|(digest, path)| (*path, md5(digest))).collect();
        for file in conffiles {
            digests.insert(&file.path, file.digest.clone());
        }
        let list_lines: Vec<_> = self.list.into_iter().flat_map(lines).map(|(_, line)| line).collect();
        // opkg may put the mode and a link's target behind a tab.
        let listed = || {
            let paths = list_lines.iter().map(|line| relative(line.split('\t').next().unwrap_or_default().trim_end()));
            paths.filter(|path| !path.is_empty() && *path != ".")
        };
        let folders: HashSet<&str> = listed().filter_map(|path| path.rsplit_once('/')).map(|(folder, _)| folder).collect();
        let mut seen = HashSet::new();
        let mut files = Vec::new();
        let paths = listed().chain(sums.iter().map(|(_, path)| *path)).chain(conffiles.iter().map(|file| &*file.path));
        for path in paths {
            if !seen.insert(path) {
                continue;
            }
            let shared: Arc<str> = path.into();
            owned.push(shared.clone());
            let digest = digests.get(path).cloned().flatten();
            if digest.is_some() || !folders.contains(path) {
                files.push(InstalledFile { path: shared, digest });
            }
        }
        files
    }
}

#[cfg(test)]
mod tests;
