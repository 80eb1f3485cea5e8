//! What a database says of one vulnerability, and what two databases differ in.

use crate::{
    bolt::{Bolt, BoltError, Bucket, Item},
    build::bucket::{ALIAS, END_OF_LIFE},
    store::{Advisory, DATABASE_FILE, FOLDER, StoreError, Vulnerability, value},
};
use probity_vfs::StoredFile;
use std::{cmp::Ordering, collections::BTreeSet, path::Path};

/// Everything about one vulnerability.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Why {
    /// The names it is listed by: the one that was asked for, or those it is another name of.
    pub ids: Vec<String>,
    pub vulnerabilities: Vec<(String, Vulnerability)>,
    pub packages: Vec<Found>,
}

/// A package that an advisory names.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub bucket: String,
    pub package: String,
    pub advisory: Advisory,
}

/// Opens the file of a cache folder, or of a folder that has it itself.
fn open(folder: &Path) -> Result<(String, Bolt), StoreError> {
    let inner = folder.join(FOLDER).join(DATABASE_FILE);
    let path = if inner.exists() { inner } else { folder.join(DATABASE_FILE) };
    let shown = path.display().to_string();
    let bolt =
        Bolt::open(StoredFile::open(&path)?).map_err(|error| StoreError::Damaged { path: shown.clone(), message: error.to_string() })?;
    Ok((shown, bolt))
}

/// Looks a vulnerability up by any of its names. Reads the whole database: packages are listed by name, not by vulnerability.
pub fn why(folder: &Path, id: &str) -> Result<Why, StoreError> {
    let (path, bolt) = open(folder)?;
    why_in(&bolt, id).map_err(|error| StoreError::Damaged { path, message: error.to_string() })
}

fn why_in(bolt: &Bolt, id: &str) -> Result<Why, BoltError> {
    let mut ids: BTreeSet<String> = BTreeSet::from([id.to_owned()]);
    if let Some(aliases) = bolt.bucket(&bolt.root(), ALIAS.as_bytes())?
        && let Some(list) = bolt.value(&aliases, id.as_bytes())?
    {
        ids.extend(serde_json::from_slice::<Vec<String>>(&list).unwrap_or_default());
    }
    let mut out = Why::default();
    if let Some(all) = bolt.bucket(&bolt.root(), value::bucket::VULNERABILITY.as_bytes())? {
        for id in &ids {
            if let Some(bytes) = bolt.value(&all, id.as_bytes())?
                && let Ok(vulnerability) = value::read_vulnerability(&bytes)
            {
                out.vulnerabilities.push((id.clone(), vulnerability));
            }
        }
    }
    for item in bolt.items(&bolt.root()) {
        let (name, Item::Bucket(packages)) = item? else { continue };
        let bucket = String::from_utf8_lossy(&name).into_owned();
        if [value::bucket::DATA_SOURCE, value::bucket::VULNERABILITY, value::bucket::RED_HAT_CPE, ALIAS, END_OF_LIFE]
            .contains(&bucket.as_str())
        {
            continue;
        }
        for item in bolt.items(&packages) {
            let (name, Item::Bucket(package)) = item? else { continue };
            for id in &ids {
                if let Some(bytes) = bolt.value(&package, id.as_bytes())?
                    && let Ok(advisory) = value::read_advisory(id, &bytes)
                {
                    out.packages.push(Found { bucket: bucket.clone(), package: String::from_utf8_lossy(&name).into_owned(), advisory });
                }
            }
        }
    }
    out.ids = ids.into_iter().collect();
    Ok(out)
}

/// What is different about one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// A value that two databases do not have in common: bucket, package and vulnerability, or bucket and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    pub path: Vec<String>,
    pub change: Change,
}

/// Deeper buckets are compared no further; databases have three levels.
const MAX_DEPTH: usize = 4;

/// Visits every value in which the second database differs from the first, in order.
pub fn diff(old: &Path, new: &Path, visit: &mut dyn FnMut(Difference)) -> Result<(), StoreError> {
    let (old_path, old) = open(old)?;
    let (_, new) = open(new)?;
    let mut path = Vec::new();
    compare(Some((&old, &old.root())), Some((&new, &new.root())), &mut path, visit)
        .map_err(|error| StoreError::Damaged { path: old_path, message: error.to_string() })
}

type Side<'a> = Option<(&'a Bolt, &'a Bucket)>;

fn compare(old: Side<'_>, new: Side<'_>, path: &mut Vec<String>, visit: &mut dyn FnMut(Difference)) -> Result<(), BoltError> {
    if path.len() >= MAX_DEPTH {
        return Ok(());
    }
    let mut olds = old.map(|(bolt, bucket)| bolt.items(bucket));
    let mut news = new.map(|(bolt, bucket)| bolt.items(bucket));
    let mut left = olds.as_mut().and_then(Iterator::next).transpose()?;
    let mut right = news.as_mut().and_then(Iterator::next).transpose()?;
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a[..].cmp(&b[..]),
        };
        let key = if order == Ordering::Greater { right.as_ref() } else { left.as_ref() };
        path.push(key.map(|(key, _)| String::from_utf8_lossy(key).into_owned()).unwrap_or_default());
        let inner =
            |item: &Option<_>, wanted: bool| -> Option<Item> { item.as_ref().filter(|_| wanted).map(|(_, item): &(_, Item)| item.clone()) };
        let (a, b) = (inner(&left, order != Ordering::Greater), inner(&right, order != Ordering::Less));
        match (&a, &b) {
            (Some(Item::Value(a)), Some(Item::Value(b))) if a[..] == b[..] => {}
            (Some(Item::Value(_)), Some(Item::Value(_))) => visit(Difference { path: path.clone(), change: Change::Changed }),
            _ => {
                for (side, change) in [(&a, Change::Removed), (&b, Change::Added)] {
                    if let Some(Item::Value(_)) = side {
                        visit(Difference { path: path.clone(), change });
                    }
                }
                let bucket = |item: &Option<Item>| match item {
                    Some(Item::Bucket(bucket)) => Some(bucket.clone()),
                    _ => None,
                };
                let (a, b) = (bucket(&a), bucket(&b));
                if a.is_some() || b.is_some() {
                    compare(old.map(|(bolt, _)| bolt).zip(a.as_ref()), new.map(|(bolt, _)| bolt).zip(b.as_ref()), path, visit)?;
                }
            }
        }
        path.pop();
        if order != Ordering::Greater {
            left = olds.as_mut().and_then(Iterator::next).transpose()?;
        }
        if order != Ordering::Less {
            right = news.as_mut().and_then(Iterator::next).transpose()?;
        }
    }
}
