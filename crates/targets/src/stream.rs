//! An archive that can be read only once and in order: compressed, or from standard input.
//!
//! What a member is can be known only at the end, because `docker save` writes `manifest.json` last. So every member is taken for all it may be:
//! documents are kept, what looks like a layer is read as one when it passes by, and everything is also offered to a visitor for the case that the
//! archive is a file system and no image. At the end one of the two is kept.

use crate::{
    archive::{End, is_cut, layer_key, link_target},
    documents::MAX_DOCUMENT,
    folder::subject,
    image::{self, Blob, Documents, ImageLayer, path_digest},
    layer::{Expected, LayerRead, Reading, Style, Walk, incomplete, read_layer, recall_passing, walk_tar},
};
use probity_model::{
    Capability, Diagnostic, Reason, SubjectKind,
    target::{Artifact, LayerKey, LayerVisitor, TargetError},
};
use probity_vfs::{
    Algorithm, Blocks, Compression, LimitError, Prefixed, StreamSpec, StreamSummary, peek,
    tar::{Content, Header, Kind, Tar, TarEntry, is_header},
    with_stream,
};
use std::{
    collections::HashMap,
    io::{self, Read},
};

/// Bytes of documents that are kept.
const MAX_KEPT: u64 = 128 << 20;
/// Links and documents that are kept.
const MAX_MEMBERS: usize = 100_000;
/// Bytes that show what content is.
pub(crate) const HEAD: usize = 512;
/// A file that is no archive, from standard input, is held in memory.
const MAX_LOOSE: u64 = 64 << 20;

/// What a stream turned out to be.
pub(crate) enum Streamed {
    Artifacts(Vec<Artifact>),
    /// No archive: its uncompressed content.
    Loose(Vec<u8>),
}

/// What is wanted of the images that are found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) image: Option<&'a str>,
    pub(crate) platform: Option<&'a str>,
}

/// Reads an archive front to back. `keep_loose`: when it is no archive, its content is wanted.
pub(crate) fn read_stream(
    target: &str,
    reader: &mut (dyn Read + Send),
    size: Option<u64>,
    keep_loose: bool,
    wanted: Wanted<'_>,
    cx: &Reading<'_>,
) -> Result<Streamed, TargetError> {
    let spec = StreamSpec { stored: &[Algorithm::Sha256], content: &[], size };
    let error = |message: String| TargetError { target: target.to_owned(), message, hint: None };
    let (pass, summary) = with_stream(reader, &spec, cx.budget, |blocks| {
        let head = peek(blocks, HEAD)?;
        if head.len() == HEAD && (is_header(&head) || head.iter().all(|b| *b == 0)) {
            let mut pass = Pass::new(target, cx);
            pass.archive(Prefixed::new(&head, blocks));
            return Ok(Ok(pass));
        }
        let mut loose = head;
        if keep_loose {
            blocks.take(MAX_LOOSE + 1 - loose.len() as u64).read_to_end(&mut loose)?;
        }
        Ok::<_, io::Error>(Err(loose))
    });
    match pass {
        Ok(Ok(pass)) => pass.conclude(&summary, size, wanted).map(Streamed::Artifacts),
        Ok(Err(loose)) if loose.len() as u64 > MAX_LOOSE => Err(error(format!("it is no archive and has more than {MAX_LOOSE} bytes"))),
        Ok(Err(loose)) => Ok(Streamed::Loose(loose)),
        Err(failure) => Err(unreadable(target, &failure, summary.compression)),
    }
}

fn unreadable(target: &str, failure: &io::Error, compression: Compression) -> TargetError {
    let limit = LimitError::of(failure);
    let message = match (limit, compression) {
        (Some(limit), _) => limit.to_string(),
        (None, Compression::None) => failure.to_string(),
        (None, compression) => format!("the {} stream is damaged or cut short: {failure}", compression.as_str()),
    };
    TargetError { target: target.to_owned(), message, hint: limit.map(|limit| limit.hint()) }
}

struct Pass<'a> {
    target: &'a str,
    cx: &'a Reading<'a>,
    key: LayerKey,
    root: Option<Box<dyn LayerVisitor + 'a>>,
    walk: Walk,
    end: End,
    documents: HashMap<String, Vec<u8>>,
    kept: u64,
    links: HashMap<String, String>,
    layers: HashMap<String, (LayerKey, LayerRead)>,
    dropped_documents: bool,
}

impl<'a> Pass<'a> {
    fn new(target: &'a str, cx: &'a Reading<'a>) -> Self {
        let key = LayerKey(format!("tar:{target}"));
        let root = cx.sink.0.open(&key, 0);
        Self {
            target,
            cx,
            key,
            root,
            walk: Walk::default(),
            end: End::default(),
            documents: HashMap::new(),
            kept: 0,
            links: HashMap::new(),
            layers: HashMap::new(),
            dropped_documents: false,
        }
    }

    fn archive(&mut self, source: Prefixed<'_, Blocks<'_>>) {
        let mut tar = Tar::new(source, self.cx.budget.limits().max_file_bytes);
        loop {
            match tar.next_entry() {
                Ok(Some(entry)) => {
                    self.end.entries += 1;
                    if let Err(limit) = self.cx.budget.charge_entry(self.end.entries) {
                        self.end.limit = Some(limit);
                        self.walk.stop(limit);
                        return;
                    }
                    self.entry(entry);
                }
                Ok(None) => break,
                Err(error) => {
                    self.end.error = Some(error);
                    return;
                }
            }
        }
        self.end.marker = tar.has_end_marker();
        self.walk.ended(self.end.entries, self.end.marker);
    }

    fn entry<S: probity_vfs::Skip + Send>(&mut self, entry: TarEntry<'_, S>) {
        let TarEntry { header, mut content } = entry;
        if header.normal.depth > 4 || header.normal.too_long {
            self.offer(header, &mut content);
            return;
        }
        match header.kind {
            Kind::File => self.file(header, content),
            kind => {
                if matches!(kind, Kind::Symlink | Kind::HardLink) && self.links.len() < MAX_MEMBERS {
                    self.links.insert(header.path.clone(), link_target(&header.path, &header.link, kind));
                }
                self.offer(header, &mut content);
            }
        }
    }

    fn file<S: probity_vfs::Skip + Send>(&mut self, header: &Header, mut content: Content<'_, S>) {
        self.end.member(&header.path, header.normal.depth);
        let may_be_document = header.size <= MAX_DOCUMENT && is_document_name(&header.path, header.normal.depth);
        let may_be_layer = is_layer_name(&header.path);
        if !may_be_document && !may_be_layer {
            self.offer(header, &mut content);
            return;
        }
        // A failure to read shows again when the archive is read on.
        let Ok(head) = peek(&mut content, HEAD) else { return };
        let starts_json = matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) || head.trim_ascii() == b"null";
        if may_be_document && starts_json {
            let mut bytes = head;
            if content.read_to_end(&mut bytes).is_err() {
                return;
            }
            self.offer(header, &mut bytes.as_slice());
            self.kept += bytes.len() as u64;
            if self.kept > MAX_KEPT || self.documents.len() >= MAX_MEMBERS {
                self.dropped_documents = true;
                return;
            }
            self.documents.insert(header.path.clone(), bytes);
            return;
        }
        let mut content = Prefixed::new(&head, &mut content);
        if may_be_layer && looks_like_tar(&head) && self.layers.len() < MAX_MEMBERS {
            let digest = path_digest(&header.path);
            // A second member of one name replaces the first, so it must not be taken for the same layer.
            let place = format!("{}\0{}", header.path, self.end.entries);
            let key = layer_key(self.target, &place, digest.as_ref());
            let expected = Expected { blob: digest.as_ref(), diff_ids: &[], size: Some(header.size) };
            let known = digest.as_ref().and_then(|digest| recall_passing(&key, &mut content, digest, header.size, self.cx));
            let read = known.unwrap_or_else(|| read_layer(&key, &mut content, &expected, self.cx));
            self.layers.insert(header.path.clone(), (key, read));
            self.offer(header, &mut io::empty());
        } else {
            self.offer(header, &mut content);
        }
    }

    /// For the case that the archive is a file system.
    fn offer(&mut self, header: &Header, content: &mut dyn Read) {
        if let Some(visitor) = self.root.as_deref_mut() {
            let failed = self.walk.entry(header, content, visitor, Style::Root, self.cx).err();
            self.walk.note(failed.map(|error| crate::layer::file_error(&header.path, &error)));
        }
    }

    fn conclude(mut self, summary: &StreamSummary, size: Option<u64>, wanted: Wanted<'_>) -> Result<Vec<Artifact>, TargetError> {
        let found = match &self.end.prefix {
            Some(prefix) => image::find(&self, prefix)
                .map_err(|message| TargetError { target: self.target.to_owned(), message, hint: None })
                .map_err(|error| because_cut(error, &self.end, summary.error.as_ref()))?,
            None => None,
        };
        let Some(found) = found else { return self.conclude_root(summary, size) };
        // The archive was an image: what was offered as a file system is forgotten.
        self.root = None;
        let found = found
            .select(self.target, wanted.image, wanted.platform)
            .map_err(|error| because_cut(error, &self.end, summary.error.as_ref()))?;
        let source = source(&self.documents, self.end.prefix.as_deref().unwrap_or_default());
        let blob = |layer: &ImageLayer| match follow(&layer.path, &self.links, &self.layers) {
            Some((key, read)) => Blob::Read(key, read),
            None if self.documents.contains_key(&layer.path) => Blob::Unreadable("it is a document and not an archive"),
            None => Blob::Missing,
        };
        let empty = |path: &str| crate::archive::empty_layer(self.target, path, self.cx);
        let mut artifacts = image::artifacts(self.target, source, found, &blob, &empty);
        let diagnostic = outer_problem(&self.end, summary.error.as_ref());
        for artifact in &mut artifacts {
            artifact.diagnostics.extend(diagnostic.clone());
        }
        Ok(artifacts)
    }

    fn conclude_root(mut self, summary: &StreamSummary, size: Option<u64>) -> Result<Vec<Artifact>, TargetError> {
        let Self { target, cx, .. } = self;
        check_root(target, &self.end, self.walk.is_rootfs, summary.error.as_ref())?;
        if let Some(error) = self.end.error.take() {
            self.walk.fail(error);
        }
        let is_rootfs = self.walk.is_rootfs;
        if let Some(mut visitor) = self.root.take() {
            for diagnostic in self.walk.take_diagnostics(summary, &Expected { size, ..Expected::default() }, cx.filter) {
                visitor.diagnostic(diagnostic);
            }
            for path in sorted(self.layers.keys()) {
                let message = "an archive inside the archive was not examined as a file";
                visitor.diagnostic(Diagnostic::note(Reason::AnalyzerDisabled, message).at(path));
            }
            visitor.finish();
        }
        Ok(vec![root_artifact(target, self.key, is_rootfs, summary)])
    }
}

fn sorted<'s>(keys: impl Iterator<Item = &'s String>) -> Vec<&'s String> {
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    keys
}

/// Whether an archive without image documents can be taken for a file system.
pub(crate) fn check_root(target: &str, end: &End, is_rootfs: bool, failure: Option<&io::Error>) -> Result<(), TargetError> {
    let error = |message: String, hint: Option<String>| Err(TargetError { target: target.to_owned(), message, hint });
    let why = match (&end.error, &end.limit, failure) {
        (_, Some(limit), _) => return if end.entries <= 1 { error(limit.to_string(), Some(limit.hint())) } else { Ok(()) },
        (Some(error), ..) => Some(error.to_string()),
        (None, None, Some(failure)) => Some(failure.to_string()),
        (None, None, None) => (!end.marker).then(|| NO_MARKER.to_owned()),
    };
    if end.entries == 0 {
        return error(why.unwrap_or_else(|| "the archive is empty".to_owned()), None);
    }
    if end.layers && !is_rootfs {
        let message = match why {
            Some(why) => format!("it is an image archive that is damaged or cut short before its manifest: {why}"),
            None if end.prefix.is_some() => {
                "it holds layers, and its `manifest.json` or `index.json` does not say of which image".to_owned()
            }
            None => "it holds layers but neither `manifest.json` nor `index.json`".to_owned(),
        };
        return error(message, Some("save the image again with `docker save` or `skopeo copy`".to_owned()));
    }
    Ok(())
}

const NO_MARKER: &str = "it has no end marker";

/// What is missing from an archive that cannot be read to its end is missing because of that.
pub(crate) fn because_cut(error: TargetError, end: &End, failure: Option<&io::Error>) -> TargetError {
    let limit = end.limit.or_else(|| failure.and_then(LimitError::of));
    let why = match (limit, &end.error, failure) {
        (Some(limit), ..) => limit.to_string(),
        (None, Some(error), _) => error.to_string(),
        (None, None, Some(error)) => error.to_string(),
        (None, None, None) if !end.marker => NO_MARKER.to_owned(),
        (None, None, None) => return error,
    };
    TargetError {
        message: format!("the archive is cut short or damaged ({why}), so {}", error.message),
        hint: limit.map(|limit| limit.hint()).or_else(|| Some("save the image again with `docker save` or `skopeo copy`".to_owned())),
        ..error
    }
}

/// What a damaged outer archive means for the images that were found in it.
pub(crate) fn outer_problem(end: &End, failure: Option<&io::Error>) -> Option<Diagnostic> {
    if let Some(limit) = end.limit.or_else(|| failure.and_then(LimitError::of)) {
        return Some(crate::layer::cut_short(limit));
    }
    if let Some(error) = &end.error {
        let reason = if is_cut(error) { Reason::SubjectTruncated } else { Reason::AnalyzerFailed };
        return Some(incomplete(reason, format!("the image archive cannot be read to its end: {error}")));
    }
    let Some(error) = failure else {
        let message = "the image archive has no end marker; if something is missing, it was cut short";
        return (!end.marker).then(|| Diagnostic::note(Reason::SubjectTruncated, message));
    };
    Some(
        Diagnostic::warning(Reason::SubjectTruncated, format!("the image archive cannot be read to its end: {error}"))
            .affecting([Capability::Everything]),
    )
}

/// A plain archive that is no image, read as a file system.
pub(crate) fn read_root(
    target: &str,
    reader: &mut (dyn Read + Send),
    size: u64,
    end: &End,
    cx: &Reading<'_>,
) -> Result<Vec<Artifact>, TargetError> {
    let key = LayerKey(format!("tar:{target}"));
    let mut visitor = cx.sink.0.open(&key, 0);
    let spec = StreamSpec { stored: &[Algorithm::Sha256], content: &[], size: Some(size) };
    let (mut walk, summary) = with_stream(reader, &spec, cx.budget, |blocks| match visitor.as_deref_mut() {
        Some(visitor) => walk_tar(blocks, visitor, Style::Root, cx),
        None => Walk::default(),
    });
    let is_rootfs = walk.is_rootfs;
    check_root(target, end, is_rootfs, summary.error.as_ref())?;
    if let Some(mut visitor) = visitor {
        for diagnostic in walk.take_diagnostics(&summary, &Expected { size: Some(size), ..Expected::default() }, cx.filter) {
            visitor.diagnostic(diagnostic);
        }
        visitor.finish();
    }
    Ok(vec![root_artifact(target, key, is_rootfs, &summary)])
}

fn root_artifact(target: &str, key: LayerKey, is_rootfs: bool, summary: &StreamSummary) -> Artifact {
    let (kind, source) = if is_rootfs { (SubjectKind::Rootfs, "root file system archive") } else { (SubjectKind::Folder, "archive") };
    let digest = summary.stored.first().filter(|_| summary.error.is_none()).map(ToString::to_string);
    Artifact { subject: subject(target, kind, source, digest), layers: vec![key], diagnostics: Vec::new() }
}

impl Documents for Pass<'_> {
    fn document(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match follow(path, &self.links, &self.documents) {
            Some(bytes) => Ok(Some(bytes.clone())),
            None if self.dropped_documents => {
                Err(format!("`{path}` was not kept: the archive has more than {MAX_KEPT} bytes of documents"))
            }
            None => Ok(None),
        }
    }
}

fn follow<'m, T>(path: &str, links: &HashMap<String, String>, members: &'m HashMap<String, T>) -> Option<&'m T> {
    let mut path = path;
    for _ in 0..8 {
        if let Some(found) = members.get(path) {
            return Some(found);
        }
        path = links.get(path)?;
    }
    None
}

/// How an archive with these documents is called.
fn source<T>(documents: &HashMap<String, T>, prefix: &str) -> &'static str {
    if documents.contains_key(&format!("{prefix}manifest.json")) { "docker archive" } else { "oci archive" }
}

fn is_document_name(path: &str, depth: u32) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_digest = name.starts_with("sha256:") || (name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()));
    (depth <= 2 && (is_digest || name == "oci-layout" || has_suffix(name, &[".json"]))) || path_digest(path).is_some()
}

fn is_layer_name(path: &str) -> bool {
    const SUFFIXES: [&str; 8] = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2", ".gz", ".zst"];
    let name = path.rsplit('/').next().unwrap_or(path);
    path_digest(path).is_some() || !name.contains('.') || has_suffix(name, &SUFFIXES)
}

fn has_suffix(name: &str, suffixes: &[&str]) -> bool {
    let end = |suffix: &&str| {
        name.len().checked_sub(suffix.len()).and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    };
    suffixes.iter().any(end)
}

fn looks_like_tar(head: &[u8]) -> bool {
    is_header(head) || Compression::sniff(head) != Compression::None || (head.len() == HEAD && head.iter().all(|b| *b == 0))
}
