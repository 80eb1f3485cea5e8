//! The vulnerability database: where it is, opening it, updating, building and looking into it.

use crate::{
    Exit,
    artifact::args::{DatabaseFlags, RegistryFlags},
    note,
};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use probity_advisories::update::{Artifact, Change, Update, UpdateError, UpdateOptions};
use probity_advisories::{
    build::{BuildOptions, FeedInput, Progress},
    javadb::{JavaDb, JavaDbError},
    starter,
    store::{AdvisoryStore, Layered, Store, StoreError},
};
use probity_engine::{Cache, FolderCache, Knowledge};
use probity_model::{
    Capability, Diagnostic, Reason,
    vulnerability::{Database, DatabaseKind},
};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The folder of databases and the cache: `--cache-dir`, else the user's cache folder.
pub(crate) fn folder(named: Option<&PathBuf>) -> Result<PathBuf> {
    if let Some(folder) = named {
        return Ok(folder.clone());
    }
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .context("there is no home folder to keep the vulnerability database in: name one with `--cache-dir`")?;
    Ok(base.join("probity"))
}

/// Where layers of images are kept between scans. Without a home folder there is no such place, and nothing is lost but time.
pub(crate) fn layers(named: Option<&PathBuf>, no_cache: Option<bool>) -> Option<Arc<dyn Cache>> {
    let folder = folder(named).ok().filter(|_| no_cache != Some(true))?;
    Some(Arc::new(FolderCache::new(&folder)))
}

/// How a database is kept up to date while scanning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshen {
    /// What is there is used.
    No,
    /// When it is missing or calls itself old, registries are asked, briefly.
    WhenOld,
}

/// Opens what is there, after an update where one is due and allowed. Without any database the starter set is used, and the report says so.
pub(crate) fn open(flags: &DatabaseFlags, registry: &RegistryFlags, freshen: Freshen, quiet: bool) -> Result<Knowledge> {
    let folder = folder(flags.cache_dir.as_ref())?;
    let mut diagnostics = Vec::new();
    for (artifact, skip) in
        [(Artifact::Advisories, flags.switches.skip_db_update), (Artifact::JavaIndex, flags.switches.skip_java_db_update)]
    {
        // The index of archives is large: it comes by itself only to replace an older one.
        let wanted = freshen == Freshen::WhenOld
            && skip != Some(true)
            && (artifact == Artifact::Advisories || folder.join(artifact.folder()).is_dir());
        if !wanted {
            continue;
        }
        match fetch(artifact, flags, registry, &folder, false, true) {
            Ok(Update::Downloaded(download)) if !quiet => note(&format!("downloaded {} from {}", artifact.folder(), download.repository)),
            Ok(_) => {}
            Err(err) => diagnostics.push(
                Diagnostic::note(Reason::DbStale, format!("the database was not updated: {err}"))
                    .hint("use `--skip-db-update` or `--offline-scan` where there is no network"),
            ),
        }
    }
    let store: Arc<dyn AdvisoryStore> = match Store::open(&folder) {
        Ok(store) => Arc::new(Layered::new(Box::new(store)).with_details(Box::new(starter::store()))),
        Err(StoreError::Missing { .. }) => Arc::new(starter::store()),
        // One that is there and cannot be read is worth an error only where the user named it.
        Err(err) if flags.cache_dir.is_some() => {
            let hint = err.hint();
            return Err(anyhow::Error::new(err).context(hint));
        }
        Err(err) => {
            diagnostics
                .push(Diagnostic::warning(Reason::DbMissing, err.to_string()).hint(err.hint()).affecting([Capability::Vulnerabilities]));
            Arc::new(starter::store())
        }
    };
    let java = match JavaDb::open(&folder) {
        Ok(index) => Some(Arc::new(index)),
        Err(JavaDbError::Missing { .. }) => None,
        Err(err) => {
            diagnostics.push(Diagnostic::note(Reason::DbMissing, err.to_string()).hint(err.hint()));
            None
        }
    };
    Ok(Knowledge { store, java, diagnostics, severity_sources: Vec::new(), third_party: false, distro: None, max_age: None })
}

fn fetch(
    artifact: Artifact,
    flags: &DatabaseFlags,
    registry: &RegistryFlags,
    folder: &Path,
    force: bool,
    impatient: bool,
) -> Result<Update> {
    let named = match artifact {
        Artifact::Advisories => &flags.db_repository,
        Artifact::JavaIndex => &flags.java_db_repository,
    };
    let repositories: Vec<String> =
        if named.is_empty() { artifact.default_repositories().iter().map(|name| (*name).to_owned()).collect() } else { named.clone() };
    let mut options = probity_oci::ClientOptions { impatient, ..probity_oci::ClientOptions::default() };
    crate::settings::registry(
        &mut options,
        registry.switches.insecure == Some(true),
        registry.ca_cert.as_ref(),
        &registry.registry_mirror,
    )?;
    let client = || probity_oci::Client::new(options.clone());
    let options = UpdateOptions { artifact, offline: false, force, now: Timestamp::now() };
    probity_advisories::update::update(&repositories, folder, options, &client).map_err(|err| {
        let hint = err.hint();
        anyhow::Error::new(err).context(hint)
    })
}

/// `db update`, and the flags that only download.
pub(crate) fn update(flags: &DatabaseFlags, registry: &RegistryFlags, artifacts: &[Artifact], force: bool, quiet: bool) -> Result<Exit> {
    let folder = folder(flags.cache_dir.as_ref())?;
    let mut text = String::new();
    for artifact in artifacts {
        if !quiet {
            note(&format!("asking for {}", artifact.folder()));
        }
        match fetch(*artifact, flags, registry, &folder, force, false)? {
            Update::Downloaded(download) => {
                for failure in &download.failures {
                    note(&format!("`{}` did not help: {}", failure.repository, failure.message));
                }
                let _ = writeln!(
                    text,
                    "{}: {} bytes from {}, {} ({}), updated {}",
                    artifact.folder(),
                    download.bytes,
                    download.repository,
                    download.layer,
                    download.signature.as_str(),
                    download.metadata.updated_at.as_deref().unwrap_or("-")
                );
            }
            Update::Fresh(metadata) | Update::Offline { metadata, .. } => {
                let _ = writeln!(text, "{}: of {}, still fresh", artifact.folder(), metadata.updated_at.as_deref().unwrap_or("-"));
            }
        }
    }
    crate::print(&text)
}

/// `db export` and `db import`: a database for a machine without a network.
pub(crate) fn export(cache_dir: Option<&PathBuf>, java: bool, out: &Path) -> Result<Exit> {
    let folder = folder(cache_dir)?;
    with_hint(probity_advisories::update::export(&folder, which(java), out))?;
    crate::print(&format!("wrote {}\n", out.display()))
}

pub(crate) fn import(cache_dir: Option<&PathBuf>, java: bool, archive: &Path) -> Result<Exit> {
    let folder = folder(cache_dir)?;
    let metadata = with_hint(probity_advisories::update::import(archive, &folder, which(java)))?;
    let updated = metadata.updated_at.as_deref().unwrap_or("-");
    crate::print(&format!("{} of {updated} is in {}\n", which(java).folder(), folder.display()))
}

const fn which(java: bool) -> Artifact {
    if java { Artifact::JavaIndex } else { Artifact::Advisories }
}

fn with_hint<T>(result: Result<T, UpdateError>) -> Result<T> {
    result.map_err(|err| {
        let hint = err.hint();
        anyhow::Error::new(err).context(hint)
    })
}

/// `db why ID`: which packages the database says are affected, and how it knows.
pub(crate) fn why(cache_dir: Option<&PathBuf>, id: &str) -> Result<Exit> {
    let folder = folder(cache_dir)?;
    let why = probity_advisories::update::why(&folder, id).map_err(|err| {
        let hint = err.hint();
        anyhow::Error::new(err).context(hint)
    })?;
    if why.vulnerabilities.is_empty() && why.packages.is_empty() {
        bail!("`{id}` is not in the database; `probity db list` shows what the database is made of");
    }
    let mut text = format!("{id}: {}\n", why.ids.join(", "));
    for (id, found) in &why.vulnerabilities {
        let _ = writeln!(text, "  {id}  {}", found.detail.title);
    }
    for found in &why.packages {
        let advisory = &found.advisory;
        let ranges = if advisory.vulnerable_versions.is_empty() {
            String::new()
        } else {
            format!("  affected {}", advisory.vulnerable_versions.join(" || "))
        };
        let fixed = match (advisory.fixed_version.as_str(), advisory.patched_versions.as_slice()) {
            ("", []) => format!("  {}", advisory.status),
            ("", patched) => format!("  fixed in {}", patched.join(", ")),
            (fixed, _) => format!("  fixed in {fixed}"),
        };
        let _ = writeln!(text, "  {}  {}{ranges}{fixed}", found.bucket, found.package);
    }
    crate::print(&text)
}

/// `db diff OLD NEW`.
pub(crate) fn diff(old: &Path, new: &Path) -> Result<Exit> {
    let mut text = String::new();
    let (mut added, mut removed, mut changed) = (0_u64, 0_u64, 0_u64);
    probity_advisories::update::diff(old, new, &mut |difference| {
        let sign = match difference.change {
            Change::Added => {
                added += 1;
                '+'
            }
            Change::Removed => {
                removed += 1;
                '-'
            }
            Change::Changed => {
                changed += 1;
                '~'
            }
        };
        let _ = writeln!(text, "{sign} {}", difference.path.join("  "));
    })
    .map_err(|err| {
        let hint = err.hint();
        anyhow::Error::new(err).context(hint)
    })?;
    let _ = writeln!(text, "{added} added, {removed} removed, {changed} changed");
    crate::print(&text)
}

/// `db build`.
pub(crate) fn build(feeds: &[PathBuf], out: &Path, as_of: Option<String>, quiet: bool) -> Result<Exit> {
    if feeds.is_empty() {
        bail!("no feeds: name folders, archives or files with advisories");
    }
    let inputs: Vec<FeedInput> = feeds.iter().map(FeedInput::new).collect();
    let options = BuildOptions { as_of, ..BuildOptions::default() };
    let progress = |progress: Progress<'_>| {
        if quiet {
            return;
        }
        match progress {
            Progress::Reading(name) => note(&format!("reading {name}")),
            Progress::Merging { advisories } => note(&format!("joining {advisories} advisories")),
            Progress::Writing => note("writing"),
            Progress::Files { .. } => {}
        }
    };
    let report = probity_advisories::build::build(&inputs, &out.join("db"), &options, &progress)?;
    crate::print(&format!("{report}\n"))
}

/// `db list`: what is there and how fresh it is.
pub(crate) fn list(cache_dir: Option<&PathBuf>) -> Result<Exit> {
    let folder = folder(cache_dir)?;
    let mut text = String::new();
    match Store::open(&folder) {
        Ok(store) => describe(store.database(), &mut text),
        Err(StoreError::Missing { .. }) => {
            let _ = writeln!(text, "no vulnerability database in {}: `probity db update` gets one\n", folder.display());
            describe(starter::store().database(), &mut text);
        }
        Err(err) => {
            let hint = err.hint();
            return Err(anyhow::Error::new(err).context(hint));
        }
    }
    match JavaDb::open(&folder) {
        Ok(index) => describe(index.database(), &mut text),
        Err(JavaDbError::Missing { .. }) => text.push_str("no index of Java archives\n"),
        Err(err) => {
            let hint = err.hint();
            return Err(anyhow::Error::new(err).context(hint));
        }
    }
    crate::print(&text)
}

fn describe(database: &Database, text: &mut String) {
    let kind = match database.kind {
        DatabaseKind::Starter => "starter set (shows what it knows, proves nothing by silence)",
        DatabaseKind::TrivyDb => "vulnerability database",
        DatabaseKind::JavaIndex => "index of Java archives",
    };
    let _ = writeln!(text, "{kind}\n  path        {}\n  schema      {}", database.path, database.schema);
    for (name, value) in
        [("updated", &database.updated_at), ("next update", &database.next_update), ("downloaded", &database.downloaded_at)]
    {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:11} {value}");
        }
    }
    if !database.sources.is_empty() {
        let _ = writeln!(text, "  sources     {}", database.sources.len());
    }
    for source in &database.sources {
        let count = source.advisories.map(|count| format!("  {count} advisories")).unwrap_or_default();
        let newest = source.newest.as_deref().map(|date| format!("  newest {date}")).unwrap_or_default();
        let _ = writeln!(text, "    {:45} {}{count}{newest}", source.name, source.source.name);
    }
    text.push('\n');
}

/// `db show ID`: what is published about a vulnerability.
pub(crate) fn show(cache_dir: Option<&PathBuf>, id: &str) -> Result<Exit> {
    let knowledge = any(cache_dir)?;
    let wanted = id.trim().to_uppercase();
    let found = knowledge.vulnerability(&wanted)?.or(knowledge.vulnerability(id.trim())?);
    let Some(found) = found else { bail!("`{id}` is not in the database; `probity db list` shows what the database is made of") };
    let detail = &found.detail;
    let mut text = format!("{wanted}  {}\n", detail.title);
    if !detail.description.is_empty() {
        let _ = writeln!(text, "\n{}\n", detail.description.trim());
    }
    for rating in &detail.ratings {
        let severity = rating.severity.map_or("-", probity_model::Severity::as_str);
        let vectors = [&rating.cvss2, &rating.cvss3, &rating.cvss4].into_iter().flatten();
        let vectors: Vec<String> = vectors
            .map(|cvss| format!("{} {}", cvss.score.map(|score| score.to_string()).unwrap_or_default(), cvss.vector).trim().to_owned())
            .collect();
        let _ = writeln!(text, "  {:12} {severity:9} {}", rating.source, vectors.join("  "));
    }
    if let Some(kev) = &detail.kev {
        let due = kev.due.as_deref().map(|due| format!(", due {due}")).unwrap_or_default();
        let _ = writeln!(text, "  known to be exploited since {}{due}{}", kev.added, if kev.ransomware { ", by ransomware" } else { "" });
    }
    if let Some(epss) = &detail.epss {
        let _ = writeln!(text, "  EPSS {} (percentile {}) of {}", epss.score, epss.percentile, epss.date);
    }
    for (name, value) in [("published", &detail.published), ("modified", &detail.modified)] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name} {value}");
        }
    }
    for reference in &detail.references {
        let _ = writeln!(text, "  {reference}");
    }
    crate::print(&text)
}

fn any(cache_dir: Option<&PathBuf>) -> Result<Box<dyn AdvisoryStore>> {
    Ok(match Store::open(&folder(cache_dir)?) {
        Ok(store) => Box::new(Layered::new(Box::new(store)).with_details(Box::new(starter::store()))),
        Err(StoreError::Missing { .. }) => Box::new(starter::store()),
        Err(err) => {
            let hint = err.hint();
            return Err(anyhow::Error::new(err).context(hint));
        }
    })
}

/// `clean`: removes databases and what was kept of earlier scans.
pub(crate) fn clean(cache_dir: Option<&PathBuf>, what: &crate::args::Clean) -> Result<Exit> {
    let folder = folder(cache_dir)?;
    let chosen: Vec<&str> = [(what.vuln_db, "db"), (what.java_db, "java-db"), (what.scan_cache, "layers")]
        .into_iter()
        .filter(|(wanted, _)| *wanted || what.all)
        .map(|(_, name)| name)
        .collect();
    if chosen.is_empty() && !what.checks_bundle && !what.vex_repo {
        bail!("nothing to remove: choose `--all`, `--vuln-db`, `--java-db` or `--scan-cache`");
    }
    let mut text = String::new();
    for name in chosen {
        let path = folder.join(name);
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                std::fs::remove_dir_all(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
                let _ = writeln!(text, "removed {}", path.display());
            }
            Ok(_) => bail!("`{}` is no folder: it is not removed", path.display()),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => {}
            Err(err) => return Err(anyhow::Error::new(err).context(format!("cannot look at `{}`", path.display()))),
        }
    }
    crate::print(&text)
}
