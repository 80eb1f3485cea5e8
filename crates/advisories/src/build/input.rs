//! Files of feeds, wherever they lie: folders, archives, compressed or not.
//!
//! Files are parsed in parallel, an archive in batches while it is being inflated. Results keep the order of the input, so that nothing depends on which
//! thread was first. Hidden files and folders (`.git`) are passed over, links are not followed.

use super::{BuildError, Progress};
use crate::sources::{Advisory, EndOfLife, FeedFile, Home, Rejection, Sink, Why, recognise};
use probity_model::vulnerability::{Epss, FixStatus, Kev};
use probity_vfs::{
    Budget, Compression, FolderEntryKind, LimitError, Limits, OpenError, Prefixed, StoredFile, StreamSpec, decompressor, list_folder,
    look_at, peek,
    tar::{Kind, Tar, is_header},
    with_stream,
    zip::{Archive, ZipBudget, ZipLimits, looks_like_zip},
};
use rayon::prelude::*;
use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

/// A batch of an archive's files is parsed when it has so many bytes or files.
const BATCH_BYTES: usize = 48 << 20;
const BATCH_FILES: usize = 4096;
/// Archives in archives.
const MAX_NESTED: u32 = 3;
const TAR_BLOCK: usize = 512;
/// Files that are not recognised are named up to this number for each input.
const MAX_NAMED: usize = 20;

pub(super) fn default_limits() -> Limits {
    Limits {
        max_file_bytes: 2 << 30,
        max_total_bytes: 64 << 30,
        max_entries: 20_000_000,
        max_depth: 64,
        max_time: Duration::from_hours(2),
        ..Limits::default()
    }
}

/// Everything that was read, in order.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) advisories: Vec<Advisory>,
    pub(super) kev: Vec<(String, Kev)>,
    pub(super) epss: Vec<(String, Epss)>,
    pub(super) end_of_life: Vec<EndOfLife>,
    pub(super) repositories: Vec<(String, Vec<String>)>,
    pub(super) stated: Option<String>,
    /// By the format's id; files of no format are under `-`.
    pub(super) formats: BTreeMap<&'static str, Counts>,
}

/// What one format gave.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) title: &'static str,
    pub(super) files: u64,
    pub(super) seen: u64,
    pub(super) accepted: u64,
    pub(super) packages: u64,
    pub(super) rejections: Vec<Rejection>,
}

impl Collected {
    pub(super) fn join(&mut self, other: Self) {
        self.advisories.extend(other.advisories);
        self.kev.extend(other.kev);
        self.epss.extend(other.epss);
        self.end_of_life.extend(other.end_of_life);
        self.repositories.extend(other.repositories);
        self.stated = self.stated.take().max(other.stated);
        // Counts were reported for each input already.
    }

    fn add(&mut self, parsed: Parsed) {
        let Parsed { path, format, mut sink } = parsed;
        let Some((id, title)) = format else {
            let counts = self.formats.entry("-").or_default();
            counts.files += 1;
            // A file that is no feed is counted; the first ones are named.
            if counts.rejections.len() < MAX_NAMED || !sink.rejections.is_empty() {
                counts.rejections.append(&mut sink.rejections);
                counts.rejections.push(Rejection { why: Why::NotRecognised, id: String::new(), text: path });
            } else {
                counts.rejections.push(Rejection { why: Why::NotRecognised, id: String::new(), text: String::new() });
            }
            return;
        };
        let counts = self.formats.entry(id).or_default();
        counts.title = title;
        counts.files += 1;
        counts.seen += sink.seen;
        counts.accepted +=
            (sink.advisories.len() + sink.kev.len() + sink.epss.len() + sink.end_of_life.len() + sink.repositories.len()) as u64;
        counts.packages += sink.advisories.iter().map(|advisory| advisory.affected.len() as u64).sum::<u64>();
        for mut rejection in sink.rejections {
            if rejection.id.is_empty() {
                // The file's path says more than nothing.
                rejection.id.clone_from(&path);
            }
            counts.rejections.push(rejection);
        }
        self.advisories.append(&mut sink.advisories);
        self.kev.append(&mut sink.kev);
        self.epss.append(&mut sink.epss);
        self.end_of_life.append(&mut sink.end_of_life);
        self.repositories.append(&mut sink.repositories);
        self.stated = self.stated.take().max(sink.stated);
    }

    fn unreadable(&mut self, path: &str, error: impl std::fmt::Display) {
        let mut sink = Sink::default();
        sink.reject(Why::Unreadable, path, error.to_string());
        let counts = self.formats.entry("-").or_default();
        counts.files += 1;
        counts.rejections.append(&mut sink.rejections);
    }
}

/// One file, parsed.
struct Parsed {
    path: String,
    format: Option<(&'static str, &'static str)>,
    sink: Sink,
}

/// Reads an input. It is an error only when the input itself is not there; everything in it that cannot be read is reported.
pub(super) fn read(path: &Path, name: &str, limits: &Limits, progress: &(dyn Fn(Progress<'_>) + Sync)) -> Result<Collected, BuildError> {
    let budget = Budget::new(limits.clone());
    let mut out = Collected::default();
    let kind = match look_at(path)?.kind {
        // A link that the user named is followed.
        FolderEntryKind::Symlink(_) if list_folder(path).is_ok() => FolderEntryKind::Folder,
        kind => kind,
    };
    if kind == FolderEntryKind::Folder {
        let files = walk(path, &budget, &mut out)?;
        let root = path.display().to_string();
        for (number, batch) in files.chunks(BATCH_FILES).enumerate() {
            progress(Progress::Files { input: name, files: (number * BATCH_FILES) as u64 });
            let parsed: Vec<Collected> = batch.par_iter().map(|file| one_file(file, &root, &budget)).collect();
            for parsed in parsed {
                merge(&mut out, parsed);
            }
        }
    } else {
        let root = path.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
        // What cannot be opened at all is the caller's error.
        StoredFile::open(path)?;
        merge(&mut out, one_file(path, &root, &budget));
    }
    Ok(out)
}

fn merge(out: &mut Collected, mut other: Collected) {
    for (id, mut counts) in std::mem::take(&mut other.formats) {
        let into = out.formats.entry(id).or_default();
        into.title = counts.title;
        into.files += counts.files;
        into.seen += counts.seen;
        into.accepted += counts.accepted;
        into.packages += counts.packages;
        for rejection in &mut counts.rejections {
            if rejection.why == Why::NotRecognised && into.rejections.len() >= MAX_NAMED {
                rejection.text.clear();
            }
        }
        into.rejections.append(&mut counts.rejections);
    }
    out.join(other);
}

fn walk(root: &Path, budget: &Budget, out: &mut Collected) -> Result<Vec<PathBuf>, OpenError> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), 0_u32)];
    let mut seen = 0;
    let mut first = true;
    while let Some((folder, depth)) = folders.pop() {
        let entries = match list_folder(&folder) {
            Ok(entries) => entries,
            Err(error) if first => return Err(error),
            Err(error) => {
                out.unreadable(&folder.display().to_string(), error);
                continue;
            }
        };
        first = false;
        let mut inner = Vec::new();
        for entry in entries {
            seen += 1;
            if let Err(limit) = budget.charge_entry(seen) {
                out.unreadable(&folder.display().to_string(), limit);
                return Ok(files);
            }
            match entry {
                Ok(entry) if entry.name.as_encoded_bytes().starts_with(b".") => {}
                Ok(entry) if entry.kind == FolderEntryKind::File => files.push(entry.path),
                Ok(entry) if entry.kind == FolderEntryKind::Folder => {
                    if depth >= budget.limits().max_depth {
                        out.unreadable(&entry.path.display().to_string(), "folders are nested too deeply");
                    } else {
                        inner.push((entry.path, depth + 1));
                    }
                }
                Ok(_) => {}
                Err(error) => out.unreadable(&error.path, &error.message),
            }
        }
        // Depth first, in the order of names.
        folders.extend(inner.into_iter().rev());
    }
    Ok(files)
}

/// A file on disk, which may be an archive.
fn one_file(path: &Path, root: &str, budget: &Budget) -> Collected {
    let mut out = Collected::default();
    let shown = path.display().to_string();
    let name = shown.strip_prefix(root).map_or(shown.as_str(), |rest| rest.trim_start_matches(['/', '\\'])).to_owned();
    let file = match StoredFile::open(path) {
        Ok(file) => file,
        Err(error) => {
            out.unreadable(&name, error.message);
            return out;
        }
    };
    let mut reader = file.whole();
    let spec = StreamSpec { size: Some(file.bytes()), ..StreamSpec::default() };
    // Small plain files need no threads and no blocks.
    let head = peek(&mut file.section(0, TAR_BLOCK as u64), TAR_BLOCK).unwrap_or_default();
    if Compression::sniff(&head) == Compression::None && !is_tar(&head) {
        match probity_vfs::read_file(path, budget.limits().max_file_bytes) {
            Ok(bytes) => member(&name, &bytes, 0, budget, &mut out),
            Err(error) => out.unreadable(&name, error.message),
        }
        return out;
    }
    let ((), summary) = with_stream(&mut reader, &spec, budget, |blocks| {
        // An error is in the summary.
        let Ok(head) = peek(blocks, TAR_BLOCK) else { return };
        let whole = Prefixed::new(&head, blocks);
        if is_tar(&head) {
            read_tar(whole, &name, 0, budget, &mut out);
        } else {
            read_stream(whole, &name, budget, &mut out);
        }
    });
    if let Some(error) = summary.error {
        out.unreadable(&name, error);
    }
    out
}

fn is_tar(head: &[u8]) -> bool {
    head.len() == TAR_BLOCK && is_header(head)
}

fn read_stream(reader: impl Read, name: &str, budget: &Budget, out: &mut Collected) {
    let cap = budget.limits().max_file_bytes;
    let mut bytes = Vec::new();
    if reader.take(cap + 1).read_to_end(&mut bytes).is_err() {
        // The stream's summary has the error.
        return;
    }
    if bytes.len() as u64 > cap {
        return out.unreadable(name, format!("it has more than {cap} bytes"));
    }
    member(inner_name(name), &bytes, 1, budget, out);
}

/// `epss.csv.gz` holds `epss.csv`.
fn inner_name(name: &str) -> &str {
    [".gz", ".zst", ".xz", ".bz2"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

fn read_tar(reader: impl probity_vfs::Skip, name: &str, nested: u32, budget: &Budget, out: &mut Collected) {
    let cap = budget.limits().max_file_bytes;
    let mut tar = Tar::new(reader, cap);
    let mut batch: Vec<(String, Vec<u8>)> = Vec::new();
    let (mut bytes, mut seen) = (0, 0);
    loop {
        let mut entry = match tar.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            Err(error) => {
                out.unreadable(name, error);
                break;
            }
        };
        seen += 1;
        if let Err(limit) = budget.charge_entry(seen) {
            out.unreadable(name, limit);
            break;
        }
        if entry.header.kind != Kind::File || is_hidden(&entry.header.path) {
            continue;
        }
        let path = entry.header.path.clone();
        let mut content = Vec::with_capacity(usize::try_from(entry.header.size.min(1 << 20)).unwrap_or(0));
        if let Err(error) = entry.content.read_to_end(&mut content) {
            out.unreadable(&path, &error);
            if LimitError::of(&error).is_none() {
                break;
            }
            continue;
        }
        bytes += content.len();
        batch.push((path, content));
        if bytes >= BATCH_BYTES || batch.len() >= BATCH_FILES {
            parse_batch(&mut batch, nested, budget, out);
            bytes = 0;
        }
    }
    parse_batch(&mut batch, nested, budget, out);
}

fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') && part.len() > 1)
}

fn parse_batch(batch: &mut Vec<(String, Vec<u8>)>, nested: u32, budget: &Budget, out: &mut Collected) {
    let parsed: Vec<Collected> = batch
        .par_drain(..)
        .map(|(path, bytes)| {
            let mut out = Collected::default();
            member(&path, &bytes, nested + 1, budget, &mut out);
            out
        })
        .collect();
    for parsed in parsed {
        merge(out, parsed);
    }
}

/// A file in memory: a feed, or an archive or a compressed file that came inside another.
fn member(name: &str, bytes: &[u8], nested: u32, budget: &Budget, out: &mut Collected) {
    let compression = Compression::sniff(bytes);
    if looks_like_zip(bytes) {
        if nested > MAX_NESTED {
            return out.unreadable(name, "archives lie too deep in each other");
        }
        return read_zip(name, bytes, nested, budget, out);
    }
    if compression != Compression::None {
        if nested > MAX_NESTED {
            return out.unreadable(name, "archives lie too deep in each other");
        }
        return match inflate(bytes, compression, budget) {
            Ok(inner) => member(inner_name(name), &inner, nested + 1, budget, out),
            Err(error) => out.unreadable(name, error),
        };
    }
    if bytes.get(..TAR_BLOCK).is_some_and(is_tar) && nested > 0 {
        if nested > MAX_NESTED {
            return out.unreadable(name, "archives lie too deep in each other");
        }
        return read_tar(bytes, name, nested, budget, out);
    }
    out.add(parse(name, bytes));
}

fn inflate(bytes: &[u8], compression: Compression, budget: &Budget) -> std::io::Result<Vec<u8>> {
    let cap = budget.limits().max_file_bytes;
    let mut out = Vec::new();
    let mut reader = decompressor(compression, bytes)?;
    let mut block = vec![0; probity_vfs::BLOCK_BYTES];
    loop {
        let count = reader.read(&mut block)?;
        if count == 0 {
            return Ok(out);
        }
        out.extend_from_slice(block.get(..count).unwrap_or_default());
        budget.charge_bytes(count as u64, out.len() as u64, Some(bytes.len() as u64))?;
        if out.len() as u64 > cap {
            return Err(LimitError { limit: probity_vfs::Limit::FileBytes, value: cap }.into());
        }
    }
}

fn read_zip(name: &str, bytes: &[u8], nested: u32, budget: &Budget, out: &mut Collected) {
    let limits = budget.limits();
    let zip_budget = ZipBudget::new(ZipLimits {
        entries: limits.max_entries,
        bytes: limits.max_total_bytes,
        entry_bytes: limits.max_file_bytes,
        ..ZipLimits::default()
    });
    let archive = match Archive::open(bytes) {
        Ok(archive) => archive,
        Err(error) => return out.unreadable(name, error),
    };
    let mut batch: Vec<(String, Vec<u8>)> = Vec::new();
    let mut size = 0;
    for entry in archive.entries(&zip_budget) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                out.unreadable(name, error);
                break;
            }
        };
        if entry.is_folder() {
            continue;
        }
        let path = match entry.path() {
            Ok(path) if is_hidden(&path) => continue,
            Ok(path) => path,
            Err(error) => {
                out.unreadable(name, error);
                continue;
            }
        };
        match archive.read(&entry, &zip_budget) {
            Ok(content) => {
                size += content.len();
                batch.push((path, content.into_owned()));
            }
            Err(error) => out.unreadable(&path, error),
        }
        if size >= BATCH_BYTES || batch.len() >= BATCH_FILES {
            parse_batch(&mut batch, nested, budget, out);
            size = 0;
        }
    }
    parse_batch(&mut batch, nested, budget, out);
}

fn parse(path: &str, bytes: &[u8]) -> Parsed {
    let file = FeedFile::new(path, bytes);
    let mut sink = Sink::default();
    let format = recognise(&file);
    if let Some(format) = format {
        (format.read)(&file, &mut sink);
        validate(&mut sink);
    }
    Parsed { path: path.to_owned(), format: format.map(|format| (format.id, format.title)), sink }
}

/// Quarantines bounds that the ecosystem's order of versions cannot read: they would match nothing, silently, in every scan.
fn validate(sink: &mut Sink) {
    let mut advisories = std::mem::take(&mut sink.advisories);
    for advisory in &mut advisories {
        let mut affected = std::mem::take(&mut advisory.affected);
        let had = affected.len();
        affected.retain_mut(|package| {
            let scheme = package.home.scheme();
            if let Home::Language { .. } = package.home {
                let readable = |text: &String| text.is_empty() || scheme.constraint(text).is_ok();
                let had_ranges = !package.vulnerable.is_empty();
                for list in [&mut package.vulnerable, &mut package.patched, &mut package.unaffected] {
                    list.retain(|text| {
                        let good = readable(text);
                        if !good {
                            sink.reject(Why::Bound, &advisory.id, format!("{}: {text}", package.package));
                        }
                        good
                    });
                }
                return !had_ranges || !package.vulnerable.is_empty();
            }
            if !package.since.is_empty() && scheme.check(&package.since).is_err() {
                sink.reject(Why::Bound, &advisory.id, format!("{}: from {}", package.package, package.since));
                package.since.clear();
            }
            let good = package.fixed.is_empty() || scheme.check(&package.fixed).is_ok();
            if !good {
                sink.reject(Why::Bound, &advisory.id, format!("{}: {}", package.package, package.fixed));
            }
            // A package that is fixed by a version is nothing without it.
            good && !(package.fixed.is_empty() && package.status == FixStatus::Fixed)
        });
        advisory.affected = affected;
        if had > 0 && advisory.affected.is_empty() {
            sink.reject(Why::NoRange, &advisory.id, "no range of it could be read");
        }
    }
    // An entry that only enriches others has no packages to begin with.
    advisories.retain(|advisory| !advisory.affected.is_empty() || advisory.source.id == "nvd");
    sink.advisories = advisories;
}
