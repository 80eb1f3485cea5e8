//! The vulnerability database: where it is, opening it, updating it.

use crate::{
    Exit,
    artifact::args::{DatabaseFlags, RegistryFlags},
};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use probity_advisories::store::{AdvisoryStore, MemoryStore, Store, StoreError};
use probity_engine::Knowledge;
use probity_model::{Diagnostic, vulnerability::Database};
use std::path::PathBuf;
use std::sync::Arc;

/// What to download.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    pub(crate) database: bool,
    pub(crate) java: bool,
    pub(crate) folder: PathBuf,
}

impl Update {
    pub(crate) fn of(database: &DatabaseFlags, _registry: &RegistryFlags) -> Result<Self> {
        Ok(Self { folder: folder(database)?, ..Self::default() })
    }
}

/// The folder of databases and the cache: `--cache-dir`, else the user's cache folder.
pub(crate) fn folder(flags: &DatabaseFlags) -> Result<PathBuf> {
    if let Some(folder) = &flags.cache_dir {
        return Ok(folder.clone());
    }
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .context("there is no home folder to keep the vulnerability database in: name one with `--cache-dir`")?;
    Ok(base.join("probity"))
}

pub(crate) fn update(_what: &Update, _quiet: bool) -> Result<Exit> {
    bail!("not there yet")
}

pub(crate) fn open(
    _flags: &DatabaseFlags,
    _registry: &RegistryFlags,
    _offline: bool,
    _as_of: Timestamp,
    _quiet: bool,
) -> Result<Knowledge> {
    let folder = folder(_flags)?;
    let (store, diagnostics): (Arc<dyn AdvisoryStore>, Vec<Diagnostic>) = match Store::open(&folder) {
        Ok(store) => (Arc::new(store), Vec::new()),
        Err(StoreError::Missing { .. }) => (Arc::new(MemoryStore::new(Database::default())), Vec::new()),
        Err(err) => return Err(err.into()),
    };
    Ok(Knowledge {
        store,
        diagnostics,
        severity_sources: Vec::new(),
        third_party: false,
        comprehensive: false,
        distro: None,
        max_age: None,
    })
}
