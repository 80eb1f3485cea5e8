//! Reading one layer: a tar, usually compressed, handed to the engine entry by entry while it is hashed.
//!
//! OCI image specification, "Image Layer Filesystem Changeset". `.wh.NAME` deletes `NAME` of the layers below, `.wh..wh..opq` hides everything they
//! have in its folder, and other names that start with `.wh..wh.` are aufs's own bookkeeping.
//!
//! A layer whose digest is wrong is discarded: nothing that was seen in it is known to be part of the image. A layer that is cut short or damaged
//! keeps what was seen and says that this is not all.

use crate::filter::{Filter, Skipped};
use probity_model::{
    Capability, Diagnostic, Reason,
    analyzer::FileMeta,
    target::{Entry, EntryKind, LayerKey, LayerSink, LayerVisitor},
};
use probity_vfs::{
    Algorithm, Blocks, Budget, Digest, Limit, LimitError, StreamSpec, StreamSummary,
    tar::{Header, Kind, Tar, TarError},
    with_stream,
};
use std::io::{self, Read};

/// How many diagnostics of one kind a layer gets before they are summed up.
const MAX_REPEATS: u64 = 20;

/// What every reader of a target shares.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) sink: SinkRef<'a>,
    pub(crate) budget: &'a Budget,
    pub(crate) filter: &'a Filter,
}

/// A sink, which has no `Debug`.
#[derive(Clone, Copy)]
pub(crate) struct SinkRef<'a>(pub(crate) &'a dyn LayerSink);

impl std::fmt::Debug for SinkRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LayerSink")
    }
}

/// What is known of a layer before it is read.
#[derive(Debug, Default)]
pub(crate) struct Expected<'a> {
    /// Digest of the blob as stored.
    pub(crate) blob: Option<&'a Digest>,
    /// Digests of the uncompressed tar that image configurations state: one, unless images disagree.
    pub(crate) diff_ids: &'a [Digest],
    /// Bytes of the blob as stored.
    pub(crate) size: Option<u64>,
}

/// What a layer turned out to be.
#[derive(Debug)]
pub(crate) struct LayerRead {
    pub(crate) stored_bytes: u64,
    /// Digests of the blob and of the uncompressed tar; empty when it was not read to its end.
    pub(crate) stored: Vec<Digest>,
    pub(crate) content: Vec<Digest>,
    /// Why nothing of it may be used; the visitor was dropped.
    pub(crate) fault: Option<Fault>,
}

/// Why a layer is discarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The blob has another digest than its name says.
    BlobDigest {
        expected: Digest,
        found: Digest,
    },
    /// The uncompressed tar has another digest than every configuration says.
    DiffId {
        expected: Digest,
        found: Digest,
    },
    NotTar,
}

/// Reads a layer to its end. `key` is opened; when the sink knows it already, only the digests are verified.
pub(crate) fn read_layer(key: &LayerKey, reader: &mut (dyn Read + Send), expected: &Expected<'_>, cx: &Reading<'_>) -> LayerRead {
    let mut visitor = cx.sink.0.open(key, 0);
    let stored: Vec<Algorithm> = expected.blob.map_or(vec![Algorithm::Sha256], |d| vec![d.algorithm()]);
    let mut content: Vec<Algorithm> = expected.diff_ids.iter().map(Digest::algorithm).collect();
    if content.is_empty() {
        content.push(Algorithm::Sha256);
    }
    let spec = StreamSpec { stored: &stored, content: &content, size: expected.size };
    let (mut walk, summary) = with_stream(reader, &spec, cx.budget, |blocks| match visitor.as_deref_mut() {
        Some(visitor) => walk_tar(blocks, visitor, Style::Layer, cx),
        None => Walk::default(),
    });
    let fault = fault(&walk, &summary, expected);
    if let Some(mut visitor) = visitor
        && fault.is_none()
    {
        for diagnostic in walk.take_diagnostics(&summary, expected, cx.filter) {
            visitor.diagnostic(diagnostic);
        }
        visitor.finish();
    }
    let complete = summary.error.is_none() && !is_cut(&summary, expected);
    let StreamSummary { stored_bytes, stored, content, .. } = summary;
    let (stored, content) = if complete { (stored, content) } else { (Vec::new(), Vec::new()) };
    LayerRead { stored_bytes, stored, content, fault }
}

fn fault(walk: &Walk, summary: &StreamSummary, expected: &Expected<'_>) -> Option<Fault> {
    let limited = summary.error.as_ref().and_then(LimitError::of).is_some();
    if limited || is_cut(summary, expected) {
        return None;
    }
    if let (Some(expected), Some(found)) = (expected.blob, summary.stored.first())
        && expected != found
    {
        return Some(Fault::BlobDigest { expected: expected.clone(), found: found.clone() });
    }
    if matches!(walk.error, Some(TarError::Damaged { .. })) && walk.entries == 0 {
        return Some(Fault::NotTar);
    }
    if summary.error.is_none()
        && let (Some(first), Some(found)) = (expected.diff_ids.first(), summary.content.first())
        && !expected.diff_ids.iter().any(|id| summary.content.contains(id))
    {
        return Some(Fault::DiffId { expected: first.clone(), found: found.clone() });
    }
    None
}

/// Whether the blob ended before it should have.
fn is_cut(summary: &StreamSummary, expected: &Expected<'_>) -> bool {
    expected.size.is_some_and(|size| summary.stored_bytes < size) || summary.error.as_ref().is_some_and(is_end_of_file)
}

fn is_end_of_file(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

/// How entries are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A layer: whiteouts mean something.
    Layer,
    /// A file system of its own.
    Root,
}

/// What walking a tar showed.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) entries: u64,
    /// A file that only the root of an operating system has.
    pub(crate) is_rootfs: bool,
    error: Option<TarError>,
    limit: Option<LimitError>,
    end_marker: bool,
    skipped: Skipped,
    escaped: Repeats,
    refused: Repeats,
    diagnostics: Vec<Diagnostic>,
    scratch: String,
}

/// The first few of many.
#[derive(Debug, Default)]
struct Repeats {
    count: u64,
}

impl Repeats {
    fn add(&mut self) -> bool {
        self.count += 1;
        self.count <= MAX_REPEATS
    }

    fn more(&self) -> u64 {
        self.count.saturating_sub(MAX_REPEATS)
    }
}

/// Hands every entry to the visitor, until the end or until the archive cannot be read further.
pub(crate) fn walk_tar(blocks: &mut Blocks<'_>, visitor: &mut dyn LayerVisitor, style: Style, cx: &Reading<'_>) -> Walk {
    let mut walk = Walk::default();
    let mut tar = Tar::new(blocks, cx.budget.limits().max_file_bytes);
    // A visitor's error is said only if the archive goes on: otherwise it is the archive's.
    let mut failed: Option<Diagnostic> = None;
    loop {
        let entry = match tar.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            Err(error) => {
                walk.error = Some(error);
                return walk;
            }
        };
        walk.diagnostics.extend(failed.take());
        walk.entries += 1;
        if let Err(limit) = cx.budget.charge_entry(walk.entries) {
            walk.limit = Some(limit);
            return walk;
        }
        let (header, mut content) = (entry.header, entry.content);
        failed = walk.entry(header, &mut content, visitor, style, cx).err().map(|error| file_error(&header.path, &error));
    }
    walk.diagnostics.extend(failed);
    walk.end_marker = tar.has_end_marker();
    walk
}

impl Walk {
    /// One entry of an archive.
    pub(crate) fn entry(
        &mut self,
        header: &Header,
        content: &mut dyn Read,
        visitor: &mut dyn LayerVisitor,
        style: Style,
        cx: &Reading<'_>,
    ) -> io::Result<()> {
        let max_depth = cx.budget.limits().max_depth;
        if header.normal.too_long || header.normal.depth > max_depth {
            if self.refused.add() {
                self.diagnostics.push(refused(header, max_depth));
            }
            return Ok(());
        }
        if header.path.is_empty() {
            return Ok(());
        }
        if header.normal.escaped && self.escaped.add() {
            let message = format!("an entry's path leaves the root of the archive; it was read as `{}`", header.path);
            self.diagnostics.push(Diagnostic::warning(Reason::AnalyzerFailed, message).at(&header.path));
        }
        let meta = FileMeta { mode: header.mode, uid: header.uid, gid: header.gid, size: header.size };
        let capability = header.capability.as_deref();
        let (folder, name) = header.path.rsplit_once('/').unwrap_or(("", &header.path));
        // Docker passes over what aufs kept at the root; hard links into it had their content before.
        if style == Style::Layer && header.path.starts_with(".wh..wh.") && name != ".wh..wh..opq" {
            return Ok(());
        }
        if style == Style::Layer
            && let Some(hidden) = name.strip_prefix(".wh.")
        {
            let (path, kind) = match hidden {
                ".wh..opq" => (folder, EntryKind::Opaque),
                "" | "." | ".." => return Ok(()),
                _ if hidden.starts_with(".wh.") => return Ok(()),
                _ => {
                    self.scratch.clear();
                    self.scratch.push_str(folder);
                    if !folder.is_empty() {
                        self.scratch.push('/');
                    }
                    self.scratch.push_str(hidden);
                    (self.scratch.as_str(), EntryKind::Whiteout)
                }
            };
            return visitor.entry(&mut Entry { path, kind, meta, capability: None, content: &mut io::empty() });
        }
        let kind = match header.kind {
            Kind::File => EntryKind::File,
            Kind::Folder => EntryKind::Folder,
            Kind::Symlink => EntryKind::Symlink(&header.link),
            Kind::HardLink => EntryKind::HardLink(&header.link),
            Kind::Special => EntryKind::Special,
        };
        self.is_rootfs |= is_rootfs_path(&header.path);
        let skips = if kind == EntryKind::Folder { Filter::skips_folder } else { Filter::skips_file };
        if skips(cx.filter, &header.path, &mut self.skipped) {
            return Ok(());
        }
        visitor.entry(&mut Entry { path: &header.path, kind, meta, capability, content })
    }

    /// The archive could not be read further.
    pub(crate) fn fail(&mut self, error: TarError) {
        self.error = Some(error);
    }

    pub(crate) fn stop(&mut self, limit: LimitError) {
        self.limit = Some(limit);
    }

    pub(crate) fn note(&mut self, diagnostic: Option<Diagnostic>) {
        self.diagnostics.extend(diagnostic);
    }

    pub(crate) fn ended(&mut self, entries: u64, end_marker: bool) {
        self.entries = entries;
        self.end_marker = end_marker;
    }

    /// Everything to say about a layer or archive that was read with this walk.
    pub(crate) fn take_diagnostics(&mut self, summary: &StreamSummary, expected: &Expected<'_>, filter: &Filter) -> Vec<Diagnostic> {
        let mut out = std::mem::take(&mut self.diagnostics);
        out.extend(filter.notes(&self.skipped));
        for (repeats, what) in
            [(&self.escaped, "leave the root of the archive"), (&self.refused, "have paths that are too long or too deep")]
        {
            if repeats.more() > 0 {
                out.push(Diagnostic::warning(Reason::AnalyzerFailed, format!("{} more entries {what}", repeats.more())));
            }
        }
        let verified = summary.content.iter().any(|d| expected.diff_ids.contains(d));
        if let Some(limit) = self.limit.or_else(|| summary.error.as_ref().and_then(LimitError::of)) {
            out.push(cut_short(limit));
        } else if let Some(error) = &self.error {
            out.push(broken(error));
        } else if let Some(error) = &summary.error {
            if verified {
                // The tar is whole, only what follows it in the compressed stream is not.
                out.push(Diagnostic::note(Reason::SubjectTruncated, format!("bytes after the end of the layer were passed over: {error}")));
            } else {
                out.push(incomplete(Reason::SubjectTruncated, format!("the archive could not be read to its end: {error}")));
            }
        } else if expected.size.is_some_and(|size| summary.stored_bytes < size) {
            out.push(incomplete(Reason::SubjectTruncated, "the file ends before the archive does"));
        } else if !self.end_marker && !verified && self.entries > 0 {
            out.push(incomplete(Reason::SubjectTruncated, "the archive has no end marker, so it may have been cut short"));
        }
        out
    }
}

/// A warning that keeps every rule from passing.
pub(crate) fn incomplete(reason: Reason, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(reason, message).affecting([Capability::Everything])
}

/// A limit ended the reading of a layer.
pub(crate) fn cut_short(limit: LimitError) -> Diagnostic {
    let reason = if limit.limit == Limit::Time { Reason::Timeout } else { Reason::SubjectTruncated };
    incomplete(reason, format!("reading was cut short: {limit}")).hint(limit.hint())
}

fn broken(error: &TarError) -> Diagnostic {
    match error {
        TarError::Truncated(_) => incomplete(Reason::SubjectTruncated, error.to_string()),
        TarError::Io(io) if is_end_of_file(io) => incomplete(Reason::SubjectTruncated, format!("the archive is cut short: {error}")),
        _ => incomplete(Reason::AnalyzerFailed, format!("the archive cannot be read further: {error}")),
    }
}

/// A file whose content could not be read, while the archive goes on.
pub(crate) fn file_error(path: &str, error: &io::Error) -> Diagnostic {
    let diagnostic = match LimitError::of(error) {
        Some(limit) => incomplete(Reason::SubjectTruncated, format!("not examined: {limit}")).hint(limit.hint()),
        None if error.kind() == io::ErrorKind::PermissionDenied => incomplete(Reason::PermissionDenied, "not examined: permission denied"),
        None => incomplete(Reason::AnalyzerFailed, format!("not examined: {error}")),
    };
    diagnostic.at(path)
}

fn refused(header: &Header, max_depth: u32) -> Diagnostic {
    if header.normal.too_long {
        incomplete(Reason::SubjectTruncated, format!("an entry's path is longer than 4096 bytes: `{}…`", header.path))
    } else {
        let limit = LimitError { limit: Limit::Depth, value: u64::from(max_depth) };
        incomplete(Reason::SubjectTruncated, format!("an entry was passed over: {limit}")).hint(limit.hint())
    }
}

/// Files and folders that only the root of an operating system has, besides those that [`is_rootfs_path`] finds below.
pub(crate) const ROOTFS_PATHS: [&str; 9] = [
    "etc/os-release",
    "usr/lib/os-release",
    "etc/alpine-release",
    "etc/debian_version",
    "etc/redhat-release",
    "var/lib/dpkg/status",
    "lib/apk/db/installed",
    "var/lib/rpm",
    "usr/lib/sysimage/rpm",
];

fn is_rootfs_path(path: &str) -> bool {
    ROOTFS_PATHS.contains(&path)
}
