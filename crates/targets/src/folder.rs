//! A folder, as one layer whose entries are read by several threads.
//!
//! One thread lists, depth first and sorted by name; what it lists is handed out in parts of fixed sizes, so that parts, and with them everything
//! that is reported, do not depend on the number of threads. Symlinks are entries and are never followed. Files are opened only if somebody reads
//! them.
//!
//! Not entered: `objects` and `lfs` below `.git` (compressed history; the folder `.git` itself and its configuration are seen), and the mounted
//! `proc`, `sys` and `dev` of a root file system.

use crate::{
    filter::Skipped,
    layer::{ROOTFS_PATHS, Reading, cut_short, file_error, incomplete},
};
use probity_model::{
    Diagnostic, Reason, Subject, SubjectId, SubjectKind,
    analyzer::FileMeta,
    target::{Artifact, Entry, EntryKind, LayerKey, TargetError},
};
use probity_vfs::{FolderEntry, FolderEntryKind, LazyFile, Limit, LimitError, OpenError, OpenErrorKind, list_folder};
use std::{io, path::Path};

/// One part's entries, with their paths.
type Part = Vec<(String, FolderEntry)>;

/// Reads a folder.
pub(crate) fn read_folder(target: &str, path: &Path, cx: &Reading<'_>) -> Result<Vec<Artifact>, TargetError> {
    let error = |message: String, hint: Option<&str>| TargetError { target: target.to_owned(), message, hint: hint.map(str::to_owned) };
    let top = list_folder(path).map_err(|e| error(e.message, None))?;
    let key = LayerKey(format!("folder:{target}"));
    // A link to the machine's own `/etc` makes no root file system of a folder.
    let root = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let inside =
        |found: &Path| found.parent().and_then(|folder| folder.canonicalize().ok()).is_some_and(|folder| folder.starts_with(&root));
    let is_rootfs = ROOTFS_PATHS.iter().map(|known| path.join(known)).any(|found| found.symlink_metadata().is_ok() && inside(&found));
    let mut walker =
        Walker { cx, is_rootfs, entries: 0, files: 0, part: Vec::new(), parts: 0, skipped: Skipped::default(), diagnostics: Vec::new() };
    rayon::scope(|scope| {
        let key = &key;
        walker.walk(top, &mut |number, part| scope.spawn(move |_| read_part(key, number, &part, cx)));
    });
    let Walker { files, skipped, mut diagnostics, .. } = walker;
    diagnostics.extend(cx.filter.notes(&skipped));
    if files == 0 && diagnostics.is_empty() {
        return Err(error(
            "the folder holds no files".to_owned(),
            Some("name a folder with manifests, a Dockerfile or a root file system"),
        ));
    }
    let kind = if is_rootfs { SubjectKind::Rootfs } else { SubjectKind::Folder };
    let source = if is_rootfs { "root file system" } else { "folder" };
    Ok(vec![Artifact { subject: subject(target, kind, source, None), layers: vec![key], diagnostics }])
}

/// A subject with one layer of which nothing more is known.
pub(crate) fn subject(name: &str, kind: SubjectKind, source: &str, digest: Option<String>) -> Subject {
    Subject {
        id: SubjectId::default(),
        kind,
        name: name.to_owned(),
        source: source.to_owned(),
        digest,
        config_digest: None,
        platform: None,
        references: Vec::new(),
        layers: vec![probity_model::subject::Layer::default()],
        image: None,
    }
}

struct Walker<'a> {
    cx: &'a Reading<'a>,
    is_rootfs: bool,
    entries: u64,
    /// Entries that are no folders.
    files: u64,
    part: Part,
    parts: u32,
    skipped: Skipped,
    diagnostics: Vec<Diagnostic>,
}

type Listing = std::vec::IntoIter<Result<FolderEntry, OpenError>>;

impl Walker<'_> {
    fn walk(&mut self, top: Vec<Result<FolderEntry, OpenError>>, hand_out: &mut dyn FnMut(u32, Part)) {
        let mut open: Vec<(String, Listing)> = vec![(String::new(), top.into_iter())];
        while let Some((folder, listing)) = open.last_mut() {
            let Some(entry) = listing.next() else {
                open.pop();
                continue;
            };
            let parent = folder.clone();
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let name = Path::new(&error.path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                    self.unreadable(&join(&parent, &name), &error);
                    continue;
                }
            };
            let path = join(&parent, &entry.name.to_string_lossy());
            self.entries += 1;
            let limit = self.cx.budget.charge_entry(self.entries).and_then(|()| self.cx.budget.check_time());
            if let Err(limit) = limit {
                self.diagnostics.push(cut_short(limit));
                break;
            }
            if entry.kind == FolderEntryKind::Folder {
                if self.cx.filter.skips_folder(&path, &mut self.skipped) {
                    continue;
                }
                let below = entry.path.clone();
                let depth = open.len() + 1;
                self.add(path.clone(), entry, hand_out);
                if let Some(listing) = self.enter(&path, &below, depth) {
                    open.push((path, listing));
                }
            } else if !self.cx.filter.skips_file(&path, &mut self.skipped) {
                self.files += 1;
                self.add(path, entry, hand_out);
            }
        }
        self.flush(hand_out);
    }

    fn enter(&mut self, path: &str, on_disk: &Path, depth: usize) -> Option<Listing> {
        let limit = self.cx.budget.limits().max_depth;
        if depth > limit as usize {
            let limit = LimitError { limit: Limit::Depth, value: u64::from(limit) };
            self.diagnostics
                .push(incomplete(Reason::SubjectTruncated, format!("the folder was not entered: {limit}")).at(path).hint(limit.hint()));
            return None;
        }
        if is_git_store(path) {
            return None;
        }
        if self.is_rootfs && matches!(path, "proc" | "sys" | "dev") && is_mount(on_disk) {
            self.diagnostics.push(
                Diagnostic::note(Reason::AnalyzerDisabled, "the folder is mounted by the running system and was not entered").at(path),
            );
            return None;
        }
        match list_folder(on_disk) {
            Ok(entries) => Some(entries.into_iter()),
            Err(error) => {
                self.unreadable(path, &error);
                None
            }
        }
    }

    fn unreadable(&mut self, path: &str, error: &OpenError) {
        let reason = if error.kind == OpenErrorKind::PermissionDenied { Reason::PermissionDenied } else { Reason::AnalyzerFailed };
        self.diagnostics.push(incomplete(reason, format!("not examined: {}", error.message)).at(path));
    }

    fn add(&mut self, path: String, entry: FolderEntry, hand_out: &mut dyn FnMut(u32, Part)) {
        self.part.push((path, entry));
        // Small parts first, so that a small folder keeps several threads busy too.
        if self.part.len() >= 16_usize << (self.parts / 8).min(5) {
            self.flush(hand_out);
        }
    }

    fn flush(&mut self, hand_out: &mut dyn FnMut(u32, Part)) {
        if !self.part.is_empty() || self.parts == 0 {
            hand_out(self.parts, std::mem::take(&mut self.part));
            self.parts += 1;
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The stores of compressed objects below a `.git`.
fn is_git_store(path: &str) -> bool {
    let Some((folder, "objects" | "lfs")) = path.rsplit_once('/') else { return false };
    folder.split('/').any(|component| component == ".git")
}

#[cfg(unix)]
fn is_mount(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| path.symlink_metadata().map(|m| m.dev()).ok();
    path.parent().is_some_and(|parent| device(parent) != device(path))
}

#[cfg(not(unix))]
fn is_mount(_: &Path) -> bool {
    false
}

fn read_part(key: &LayerKey, number: u32, part: &Part, cx: &Reading<'_>) {
    let Some(mut visitor) = cx.sink.0.open(key, number) else { return };
    let max_file_bytes = cx.budget.limits().max_file_bytes;
    for (path, entry) in part {
        if let Err(limit) = cx.budget.check_time() {
            visitor.diagnostic(cut_short(limit));
            break;
        }
        let meta = FileMeta { mode: entry.mode, uid: entry.uid, gid: entry.gid, size: entry.size };
        let mut file = LazyFile::new(entry, max_file_bytes);
        let (kind, content): (_, &mut dyn io::Read) = match &entry.kind {
            FolderEntryKind::File => (EntryKind::File, &mut file),
            FolderEntryKind::Folder => (EntryKind::Folder, &mut io::empty()),
            FolderEntryKind::Symlink(target) => (EntryKind::Symlink(target), &mut io::empty()),
            FolderEntryKind::Special => (EntryKind::Special, &mut io::empty()),
        };
        let result = visitor.entry(&mut Entry { path, kind, meta, capability: entry.capability.as_deref(), content });
        if let Err(error) = result {
            visitor.diagnostic(open_error(path, &error));
        }
    }
    visitor.finish();
}

/// Like [`file_error`], without saying the path twice.
fn open_error(path: &str, error: &io::Error) -> Diagnostic {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<OpenError>()) {
        Some(open) if open.kind != OpenErrorKind::PermissionDenied => {
            incomplete(Reason::AnalyzerFailed, format!("not examined: {}", open.message)).at(path)
        }
        _ => file_error(path, error),
    }
}
