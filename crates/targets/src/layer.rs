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
    target::{Entry, EntryKind, KnownLayer, LayerKey, LayerSink, LayerVisitor, WholeLayer},
};
use probity_vfs::{
    Algorithm, BLOCK_BYTES, Blocks, Budget, Digest, Hasher, Limit, LimitError, StreamSpec, StreamSummary,
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
        if walk.is_whole() && summary.error.is_none() && !is_cut(&summary, expected) {
            visitor.whole(WholeLayer {
                stored: summary.stored.iter().map(Digest::to_string).collect(),
                stored_bytes: summary.stored_bytes,
                content: summary.content.iter().map(Digest::to_string).collect(),
                content_bytes: summary.content_bytes,
                entries: walk.entries,
            });
        }
        visitor.finish();
    }
    let complete = summary.error.is_none() && !is_cut(&summary, expected);
    let StreamSummary { stored_bytes, stored, content, .. } = summary;
    let (stored, content) = if complete { (stored, content) } else { (Vec::new(), Vec::new()) };
    LayerRead { stored_bytes, stored, content, fault }
}

/// The bytes of a blob, for the proof that it is a layer which an earlier run read.
pub(crate) enum Proof<'a> {
    /// They are here and are hashed; they need not be inflated.
    Bytes(Box<dyn Read + Send + 'a>),
    /// They would be asked for by their digest and are not fetched; how many there are as the manifest states it.
    Address(Option<u64>),
}

/// Takes a layer from an earlier run. `None` when there is none or anything is not as it was then: reading the layer says what is wrong.
pub(crate) fn recall_layer<'a>(
    key: &LayerKey,
    expected: &Expected<'_>,
    cx: &Reading<'_>,
    proof: impl FnOnce() -> Option<Proof<'a>>,
) -> Option<LayerRead> {
    let sink = cx.sink.0;
    let content = expected.diff_ids.first().map(Digest::to_string);
    let mut known = sink.known(key, expected.blob.map(Digest::to_string).as_deref(), content.as_deref())?;
    let (stored, bytes) = match (proof()?, expected.blob) {
        (Proof::Address(size), Some(blob)) => (blob.clone(), size.unwrap_or(known.layer.stored_bytes)),
        (Proof::Address(_), None) => return None,
        (Proof::Bytes(mut reader), blob) => hash(&mut reader, blob.map_or(Algorithm::Sha256, Digest::algorithm), cx)?,
    };
    if expected.blob.is_none() && !known.layer.is_stored_as(&stored) {
        // Only the content has a name. The blob is another one than the content, so it is compressed.
        drop(known);
        known = sink.known(key, Some(&stored.to_string()), content.as_deref())?;
    }
    let is_right =
        known.layer.is_stored_as(&stored) && known.layer.stored_bytes == bytes && expected.blob.is_none_or(|blob| *blob == stored);
    let content = known_content(&known.layer, expected)?;
    if !is_right {
        return None;
    }
    accept(known, cx)?;
    Some(LayerRead { stored_bytes: bytes, stored: vec![stored], content, fault: None })
}

/// The same where a blob comes once, as the next member of a stream: whatever turns out to be wrong must be said from this one reading. `None` before
/// anything was read when the layer is not known.
pub(crate) fn recall_passing(key: &LayerKey, reader: &mut dyn Read, blob: &Digest, size: u64, cx: &Reading<'_>) -> Option<LayerRead> {
    let known = cx.sink.0.known(key, Some(&blob.to_string()), None)?;
    let expected = Expected { blob: Some(blob), diff_ids: &[], size: Some(size) };
    let content = known_content(&known.layer, &expected).filter(|_| known.layer.stored_bytes == size && known.layer.is_stored_as(blob))?;
    let unread = |stored_bytes, fault| LayerRead { stored_bytes, stored: Vec::new(), content: Vec::new(), fault };
    // Cut short: the key stays without a finished layer, and the engine says so.
    let Some((found, bytes)) = hash(reader, blob.algorithm(), cx) else { return Some(unread(0, None)) };
    if bytes < size {
        return Some(unread(bytes, None));
    }
    if found != *blob {
        let fault = Fault::BlobDigest { expected: blob.clone(), found: found.clone() };
        return Some(LayerRead { stored: vec![found], ..unread(bytes, Some(fault)) });
    }
    if accept(known, cx).is_none() {
        return Some(unread(bytes, None));
    }
    Some(LayerRead { stored_bytes: bytes, stored: vec![found], content, fault: None })
}

fn accept(known: KnownLayer<'_>, cx: &Reading<'_>) -> Option<()> {
    cx.budget.charge_known(known.layer.content_bytes, known.layer.entries).ok()?;
    if let Some(visitor) = known.visitor {
        visitor.finish();
    }
    Some(())
}

/// The digests of the content that reading the layer would have computed; `None` when they are not what images state, or one is not known.
fn known_content(layer: &WholeLayer, expected: &Expected<'_>) -> Option<Vec<Digest>> {
    let mut content: Vec<Digest> = layer.content.iter().filter_map(|digest| Digest::parse(digest)).collect();
    let mut algorithms: Vec<Algorithm> = expected.diff_ids.iter().map(Digest::algorithm).collect();
    if algorithms.is_empty() {
        algorithms.push(Algorithm::Sha256);
    }
    content.retain(|digest| algorithms.contains(&digest.algorithm()));
    let is_complete = algorithms.iter().all(|algorithm| content.iter().any(|digest| digest.algorithm() == *algorithm));
    let is_stated = expected.diff_ids.is_empty() || expected.diff_ids.iter().any(|digest| content.contains(digest));
    (is_complete && is_stated).then_some(content)
}

/// The digest of everything that a reader gives, and how much that is; `None` when it fails or takes too long.
fn hash(reader: &mut dyn Read, algorithm: Algorithm, cx: &Reading<'_>) -> Option<(Digest, u64)> {
    let mut hasher = Hasher::new(&[algorithm]);
    let mut block = vec![0_u8; BLOCK_BYTES];
    let mut bytes = 0;
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(block.get(..read)?);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
        cx.budget.check_time().ok()?;
    }
    Some((hasher.finish().pop()?, bytes))
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

    /// Nothing stopped it, and what it says does not depend on who asked: a tar without an end marker is in doubt only where no digest is stated.
    fn is_whole(&self) -> bool {
        self.error.is_none() && self.limit.is_none() && (self.end_marker || self.entries == 0)
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
