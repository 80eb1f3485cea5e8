//! How targets hand layers of files to the engine.
//!
//! A target drives: it opens a visitor for every layer, several at once when its storage allows, and returns the artifacts that the layers
//! form. Nothing is extracted; an entry's content is a stream that may be left unread.

use crate::{analyzer::FileMeta, diagnostic::Diagnostic, subject::Subject};
use std::io::{self, Read};

/// Identifies a layer's content within a run: a digest, or `folder:…` for a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerKey(pub String);

/// What an entry of a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind<'a> {
    File,
    Folder,
    /// The link's target as written.
    Symlink(&'a str),
    /// Path of the file in the same layer, normalised.
    HardLink(&'a str),
    /// Device, pipe, socket.
    Special,
    /// `.wh.NAME`: `path` is deleted from lower layers.
    Whiteout,
    /// `.wh..wh..opq`: everything lower layers have below the folder `path` is hidden.
    Opaque,
}

/// One entry of a layer.
pub struct Entry<'a> {
    /// Normalised: relative, `/`-separated, no `.`/`..`; bytes that are not UTF-8 are replaced.
    pub path: &'a str,
    pub kind: EntryKind<'a>,
    pub meta: FileMeta,
    /// Raw `security.capability` attribute.
    pub capability: Option<&'a [u8]>,
    /// At most `meta.size` bytes.
    pub content: &'a mut dyn Read,
}

/// A layer that was read to its end: nothing was cut, and every digest that somebody states is right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WholeLayer {
    /// Digests of the blob as stored, `sha256:…`.
    pub stored: Vec<String>,
    pub stored_bytes: u64,
    /// Digests of the uncompressed tar; when the blob is not compressed, they are those of the blob too.
    pub content: Vec<String>,
    pub content_bytes: u64,
    pub entries: u64,
}

impl WholeLayer {
    /// Whether the blob has this digest.
    pub fn is_stored_as(&self, digest: &impl std::fmt::Display) -> bool {
        let digest = digest.to_string();
        self.stored.contains(&digest)
    }
}

/// A layer that an earlier run read.
pub struct KnownLayer<'a> {
    pub layer: WholeLayer,
    /// Has everything that was seen in the layer. The target finishes it once it knows that the bytes it has are that layer, and drops it
    /// otherwise. `None`: this run has the layer already.
    pub visitor: Option<Box<dyn LayerVisitor + 'a>>,
}

/// Receives layers. Called from several threads.
pub trait LayerSink: Sync {
    /// Starts a part of a layer, or says that this layer is known already (`None`). Parts let a folder be walked by several threads; their facts
    /// are joined in order of `part`.
    fn open(&self, layer: &LayerKey, part: u32) -> Option<Box<dyn LayerVisitor + '_>>;

    /// What an earlier run saw in a layer, found by the digest of its blob, else by that of its content. The target still has to verify that what it
    /// would read is that layer.
    fn known(&self, _layer: &LayerKey, _stored: Option<&str>, _content: Option<&str>) -> Option<KnownLayer<'_>> {
        None
    }
}

/// Receives the entries of one part of a layer, and is told when it ends. Dropped without `finish`: the part is incomplete and is discarded.
pub trait LayerVisitor {
    /// An error is one of reading `entry.content`; the target passes it on.
    fn entry(&mut self, entry: &mut Entry<'_>) -> io::Result<()>;
    fn diagnostic(&mut self, diagnostic: Diagnostic);
    /// Says, before the end, that the layer may be remembered: what was given depends on nothing but its content and the options of the run.
    fn whole(&mut self, _layer: WholeLayer) {}
    fn finish(self: Box<Self>);
}

/// An artifact: a subject (its `id` is set by the engine) and its layers, lowest first, as keys that were opened.
#[derive(Debug)]
pub struct Artifact {
    pub subject: Subject,
    pub layers: Vec<LayerKey>,
    pub diagnostics: Vec<Diagnostic>,
}

/// A target could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{target}`: {message}")]
pub struct TargetError {
    pub target: String,
    pub message: String,
    pub hint: Option<String>,
}

/// An artifact or several, ready to be read.
pub trait Target: Send + Sync {
    /// As the user wrote it.
    fn name(&self) -> &str;
    /// Reads everything. An error means that nothing can be said; a part that could not be read is a diagnostic of the artifact.
    fn read(&self, sink: &dyn LayerSink) -> Result<Vec<Artifact>, TargetError>;
}
