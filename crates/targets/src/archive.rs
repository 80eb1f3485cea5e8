//! Images in a plain archive that can be read anywhere, or in a layout that is a folder: layers are read by several threads.
//!
//! The archive's index is its headers, read by seeking from one to the next. Links between members (`docker save` once stored a repeated layer as a
//! symlink) are followed within the archive.

use crate::{
    documents::{self, MAX_DOCUMENT, Saved},
    image::{self, Blob, Documents, Found, ImageLayer, path_digest},
    layer::{Expected, LayerRead, Proof, Reading, read_layer, recall_layer},
};
use probity_model::target::{Artifact, LayerKey};
use probity_vfs::{
    Algorithm, Digest, LimitError, StoredFile, open_within,
    tar::{Kind, Tar, TarError},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, HashMap},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

/// How many links lead to a member at most.
const MAX_LINKS: u32 = 8;

/// Deepest members that matter: `FOLDER/blobs/sha256/HEX`.
const MAX_MEMBER_DEPTH: u32 = 4;

/// Members of an archive by path.
#[derive(Debug)]
pub(crate) struct Members {
    file: StoredFile,
    /// Offset and size.
    files: HashMap<String, (u64, u64)>,
    links: HashMap<String, String>,
    pub(crate) end: End,
}

/// How reading an archive's headers ended.
#[derive(Debug, Default)]
pub(crate) struct End {
    pub(crate) entries: u64,
    /// Why the headers after this could not be read.
    pub(crate) error: Option<TarError>,
    pub(crate) limit: Option<LimitError>,
    /// The blocks of zeros that end an archive were seen: without them it may have been cut between two members.
    pub(crate) marker: bool,
    /// A member has holes and cannot be read in place.
    pub(crate) sparse: bool,
    /// The folder of `manifest.json`, `index.json` or `oci-layout`, empty or ending in `/`, by preference for the shortest.
    pub(crate) prefix: Option<String>,
    /// There are members that look like layers.
    pub(crate) layers: bool,
}

impl End {
    /// Takes note of a member's name.
    pub(crate) fn member(&mut self, path: &str, depth: u32) {
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        if depth <= 2 && matches!(name, "manifest.json" | "index.json" | "oci-layout") {
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            if self.prefix.as_ref().is_none_or(|known| prefix.len() < known.len()) {
                self.prefix = Some(prefix);
            }
        }
        self.layers |= name == "layer.tar" || path_digest(path).is_some();
    }
}

/// Looks through the headers for what tells an image archive.
pub(crate) fn survey(file: &StoredFile, cx: &Reading<'_>) -> End {
    index(file, cx, false).end
}

impl Members {
    pub(crate) fn new(file: &StoredFile, cx: &Reading<'_>) -> Self {
        index(file, cx, true)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Follows links.
    fn find(&self, path: &str) -> Option<(u64, u64)> {
        let mut path = path;
        for _ in 0..MAX_LINKS {
            if let Some(found) = self.files.get(path) {
                return Some(*found);
            }
            path = self.links.get(path)?;
        }
        None
    }
}

fn index(file: &StoredFile, cx: &Reading<'_>, keep: bool) -> Members {
    let mut out = Members { file: file.clone(), files: HashMap::new(), links: HashMap::new(), end: End::default() };
    let mut tar = Tar::new(BufReader::with_capacity(16 << 10, file.whole()), u64::MAX);
    loop {
        let header = match tar.next_entry() {
            Ok(Some(entry)) => entry.header,
            Ok(None) => {
                out.end.marker = tar.has_end_marker();
                break;
            }
            Err(error) => {
                out.end.error = Some(error);
                break;
            }
        };
        let end = &mut out.end;
        end.entries += 1;
        let limits = cx.budget.limits();
        if end.entries > limits.max_entries {
            end.limit = Some(LimitError { limit: probity_vfs::Limit::Entries, value: limits.max_entries });
            break;
        }
        if end.entries.is_multiple_of(1024)
            && let Err(limit) = cx.budget.check_time()
        {
            end.limit = Some(limit);
            break;
        }
        if header.normal.depth > MAX_MEMBER_DEPTH || header.normal.too_long {
            continue;
        }
        match header.kind {
            Kind::File => {
                end.member(&header.path, header.normal.depth);
                end.sparse |= header.sparse;
                if keep {
                    out.links.remove(&header.path);
                    out.files.insert(header.path.clone(), (header.offset, header.size));
                }
            }
            Kind::Symlink | Kind::HardLink if keep => {
                out.files.remove(&header.path);
                out.links.insert(header.path.clone(), link_target(&header.path, &header.link, header.kind));
            }
            _ => {}
        }
    }
    out
}

/// The member that a link leads to.
pub(crate) fn link_target(path: &str, link: &str, kind: Kind) -> String {
    let folder = if kind == Kind::Symlink && !link.starts_with('/') { path.rsplit_once('/').map(|(folder, _)| folder) } else { None };
    match folder {
        Some(folder) => probity_vfs::normalise(&format!("{folder}/{link}")).into_owned(),
        None => probity_vfs::normalise(link).into_owned(),
    }
}

/// A reader, and how many bytes it should give when that is known.
pub(crate) type StoredBlob<'a> = (Box<dyn Read + Send + 'a>, Option<u64>);

/// Blobs that several threads can read.
pub(crate) trait Blobs: Documents + Sync {
    /// `None` when the blob is missing.
    fn blob(&self, path: &str) -> Result<Option<StoredBlob<'_>>, String>;

    /// What shows that the blob is a layer which an earlier run read. `None` when it is missing.
    fn proof(&self, path: &str) -> Option<Proof<'_>> {
        self.blob(path).ok().flatten().map(|(reader, _)| Proof::Bytes(reader))
    }
}

impl Documents for Members {
    fn document(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let Some((offset, size)) = self.find(path) else { return Ok(None) };
        read_document(path, self.file.section(offset, size), size).map(Some)
    }
}

impl Blobs for Members {
    fn blob(&self, path: &str) -> Result<Option<StoredBlob<'_>>, String> {
        Ok(self.find(path).map(|(offset, size)| (Box::new(self.file.section(offset, size)) as Box<dyn Read + Send>, Some(size))))
    }
}

fn read_document(path: &str, mut from: impl Read, size: u64) -> Result<Vec<u8>, String> {
    if size > MAX_DOCUMENT {
        return Err(format!("`{path}` has {size} bytes, more than the {MAX_DOCUMENT} that a document may have"));
    }
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    if (bytes.len() as u64) < size { Err(format!("`{path}` is cut short")) } else { Ok(bytes) }
}

/// An OCI layout, or an unpacked `docker save`, in a folder.
#[derive(Debug)]
pub(crate) struct LayoutFolder(pub(crate) PathBuf);

impl LayoutFolder {
    /// Whether a folder is one: by the layout's marker, or by a `manifest.json` that is `docker save`'s.
    pub(crate) fn recognise(path: &Path) -> bool {
        let layout = Self(path.to_owned());
        let holds = |name| layout.document(name).ok().flatten();
        if holds("oci-layout").is_some() {
            return true;
        }
        holds("manifest.json").is_some_and(|bytes| matches!(documents::saved(&bytes), Saved::Images(_)))
    }
}

impl Documents for LayoutFolder {
    fn document(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match open_within(&self.0, path).map_err(|error| error.to_string())? {
            Some(file) => read_document(path, file.whole(), file.bytes()).map(Some),
            None => Ok(None),
        }
    }
}

impl Blobs for LayoutFolder {
    fn blob(&self, path: &str) -> Result<Option<StoredBlob<'_>>, String> {
        let file = open_within(&self.0, path).map_err(|error| error.message)?;
        Ok(file.map(|file| (Box::new(file.whole()) as Box<dyn Read + Send>, Some(file.bytes()))))
    }
}

/// The key of a layer: what its content is known by, or where it is.
pub(crate) fn layer_key(target: &str, path: &str, digest: Option<&Digest>) -> LayerKey {
    match digest {
        Some(digest) => LayerKey(digest.to_string()),
        // Nothing states the content's digest, so the place must do: two archives may have different layers at one path.
        None => LayerKey(format!("{}@place", Digest::compute(Algorithm::Sha256, format!("{target}\0{path}").as_bytes()))),
    }
}

/// Opens and finishes an empty layer, which takes the place of one that is not there or cannot be trusted.
pub(crate) fn empty_layer(target: &str, path: &str, cx: &Reading<'_>) -> LayerKey {
    let key = layer_key(target, &format!("{path}\0empty"), None);
    if let Some(visitor) = cx.sink.0.open(&key, 0) {
        visitor.finish();
    }
    key
}

/// Path, digest, and content digests as images state them.
type StatedBlob<'a> = (&'a str, Option<&'a Digest>, Vec<Digest>);
/// Key and what was found, `None` for a missing blob.
type ReadBlob = Result<Option<(LayerKey, LayerRead)>, String>;

/// Reads the layers of all images, each once, and makes artifacts of them.
pub(crate) fn read_images(target: &str, source: &str, store: &dyn Blobs, found: Found, cx: &Reading<'_>) -> Vec<Artifact> {
    let mut paths: BTreeMap<&str, (Option<&Digest>, Vec<Digest>)> = BTreeMap::new();
    for layer in found.images.iter().flat_map(|image| &image.layers) {
        let (digest, diff_ids) = paths.entry(&layer.path).or_default();
        *digest = digest.or(layer.digest.as_ref());
        diff_ids.extend(layer.diff_id.clone().filter(|id| !diff_ids.contains(id)));
    }
    // Blobs that say they are the same layer are read one after the other: if the first is refused, the next one is opened in its place.
    let mut groups: BTreeMap<LayerKey, Vec<StatedBlob<'_>>> = BTreeMap::new();
    for (path, (digest, diff_ids)) in paths {
        let key = layer_key(target, path, diff_ids.first().or(digest));
        groups.entry(key).or_default().push((path, digest, diff_ids));
    }
    let read: Vec<Vec<(&str, ReadBlob)>> = groups
        .into_par_iter()
        .map(|(key, blobs)| {
            let read_one = |(path, digest, diff_ids): (_, _, Vec<Digest>)| {
                let stated = Expected { blob: digest, diff_ids: &diff_ids, size: None };
                if let Some(read) = recall_layer(&key, &stated, cx, || store.proof(path)) {
                    return (path, Ok(Some((key.clone(), read))));
                }
                let result = store.blob(path).map(|found| {
                    found.map(|(mut reader, size)| {
                        let expected = Expected { blob: digest, diff_ids: &diff_ids, size };
                        (key.clone(), read_layer(&key, &mut reader, &expected, cx))
                    })
                });
                (path, result)
            };
            blobs.into_iter().map(read_one).collect()
        })
        .collect();
    let read: HashMap<String, ReadBlob> = read.into_iter().flatten().map(|(path, result)| (path.to_owned(), result)).collect();
    let blob = |layer: &ImageLayer| match read.get(&layer.path) {
        Some(Ok(Some((key, read)))) => Blob::Read(key, read),
        Some(Err(why)) => Blob::Unreadable(why),
        Some(Ok(None)) | None => Blob::Missing,
    };
    image::artifacts(target, source, found, &blob, &|path| empty_layer(target, path, cx))
}

/// Whether an I/O error is the end of a file that should have gone on.
pub(crate) fn is_cut(error: &TarError) -> bool {
    match error {
        TarError::Truncated(_) => true,
        TarError::Io(error) => error.kind() == io::ErrorKind::UnexpectedEof,
        TarError::Damaged { .. } => false,
    }
}
