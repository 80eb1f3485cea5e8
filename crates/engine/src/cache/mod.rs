//! What was seen in the layers of images, kept for the next scan.
//!
//! A record is content-addressed: its name is a digest of everything that facts depend on (the layer's content, the analyzers and their versions, this
//! build, the options that decide what is read), so that there is nothing to invalidate and no lock. A change of any of them is another name.
//!
//! Two sorts of records are kept. A blob's says what its bytes inflate to; a layer's has the facts of its content. So a compressed layer that is known
//! is verified by hashing its stored bytes: nothing is inflated. Only layers that were read to their end with every stated digest right are kept, and
//! a target verifies the bytes that it has before it takes one. Folders and files are never kept.
//!
//! Whoever may write to the cache decides what is found in known layers: it belongs to the user who scans, as the program does. A record that is
//! damaged or made up badly is no record.

mod codec;
mod folder;

pub use folder::FolderCache;

use crate::{Request, see::LayerRecord};
use codec::{Code, Reader, Writer};
use probity_analyzers::analyzers;
use probity_model::target::WholeLayer;
use probity_vfs::sha256_hex;
use std::sync::Arc;

/// Bump when records are written differently and the sources that `build.rs` looks at are the same.
const FORMAT: u32 = 1;
/// Bytes of a record at most: a layer of a million files. A larger one is read again every time.
const MAX_BYTES: usize = 64 << 20;

/// Somewhere to keep records. Names are 64 hexadecimal digits and say what is in a record, so a record is never changed. Called by several threads.
pub trait Cache: Send + Sync {
    /// A record of at most `max` bytes.
    fn get(&self, name: &str, max: usize) -> Option<Vec<u8>>;
    /// Keeps a record if it can. A scan does not fail because it cannot.
    fn put(&self, name: &str, record: &[u8]);
    /// What the user should know after a run: why nothing could be kept.
    fn problem(&self) -> Option<&str>;
}

/// The records of layers for one run's options.
pub(crate) struct Layers {
    cache: Arc<dyn Cache>,
    /// Everything but the layer that facts depend on.
    circumstances: String,
}

/// What a blob inflates to.
struct Blob {
    bytes: u64,
    /// Digests of the content.
    content: Vec<String>,
}

/// What was seen in a layer's content.
struct Seen {
    content: Vec<String>,
    bytes: u64,
    entries: u64,
    record: LayerRecord,
}

codec::fields!(Blob { bytes, content });
codec::fields!(Seen { content, bytes, entries, record });

impl Layers {
    pub(crate) fn new(cache: Arc<dyn Cache>, request: &Request) -> Self {
        Self { cache, circumstances: circumstances(request) }
    }

    /// A layer by the digest of its blob, else by that of its content. The blob must be one of that content when both are given.
    pub(crate) fn load(&self, stored: Option<&str>, content: Option<&str>) -> Option<(WholeLayer, LayerRecord)> {
        let blob: Option<Blob> = match stored {
            Some(stored) => Some(self.read(&blob_name(stored))?),
            None => None,
        };
        let content = match (&blob, content) {
            (Some(blob), Some(content)) => blob.content.iter().find(|digest| *digest == content)?,
            (Some(blob), None) => blob.content.first()?,
            (None, content) => content?,
        };
        let seen: Seen = self.read(&self.layer_name(content))?;
        if !seen.content.iter().any(|digest| digest == content) {
            return None;
        }
        let (stored, stored_bytes) = match (stored, &blob) {
            (Some(stored), Some(blob)) => (vec![stored.to_owned()], blob.bytes),
            // Not compressed, as far as is known.
            _ => (seen.content.clone(), seen.bytes),
        };
        let content = blob.map_or(seen.content, |blob| blob.content);
        Some((WholeLayer { stored, stored_bytes, content, content_bytes: seen.bytes, entries: seen.entries }, seen.record))
    }

    pub(crate) fn store(&self, layer: WholeLayer, record: &LayerRecord) {
        let WholeLayer { stored, stored_bytes, content, content_bytes, entries } = layer;
        if content.is_empty() || stored.is_empty() || !record.files.is_empty() {
            return;
        }
        let mut out = Writer::new(MAX_BYTES);
        content.write(&mut out);
        content_bytes.write(&mut out);
        entries.write(&mut out);
        record.write(&mut out);
        let Some(seen) = out.finish() else { return };
        for digest in &content {
            self.write(&self.layer_name(digest), &seen);
        }
        let mut out = Writer::new(MAX_BYTES);
        Blob { bytes: stored_bytes, content }.write(&mut out);
        let Some(blob) = out.finish() else { return };
        for digest in &stored {
            self.write(&blob_name(digest), &blob);
        }
    }

    fn layer_name(&self, content: &str) -> String {
        sha256_hex(format!("layer\n{}\n{content}", self.circumstances).as_bytes())
    }

    fn read<T: Code>(&self, name: &str) -> Option<T> {
        let bytes = self.cache.get(name, MAX_BYTES + CHECK_BYTES)?;
        let (check, body) = bytes.split_at_checked(CHECK_BYTES)?;
        if check != checksum(name, body).as_bytes() {
            return None;
        }
        let mut from = Reader::new(body);
        let value = T::read(&mut from)?;
        from.is_at_end().then_some(value)
    }

    fn write(&self, name: &str, body: &[u8]) {
        let mut bytes = checksum(name, body).into_bytes();
        bytes.extend_from_slice(body);
        self.cache.put(name, &bytes);
    }
}

/// What a blob inflates to depends on its bytes only.
fn blob_name(stored: &str) -> String {
    sha256_hex(format!("blob\n{FORMAT}\n{}\n{stored}", env!("PROBITY_FACTS")).as_bytes())
}

/// Hexadecimal digits of a checksum.
const CHECK_BYTES: usize = 64;

/// A record that was cut, damaged, or put under another name is none.
fn checksum(name: &str, body: &[u8]) -> String {
    sha256_hex(format!("{name}\n{}", sha256_hex(body)).as_bytes())
}

/// A digest of everything but the layer that its facts depend on.
fn circumstances(request: &Request) -> String {
    let probity_vfs::Limits { max_file_bytes, max_total_bytes, max_entries, max_depth, max_ratio, max_time: _ } = &request.options.limits;
    let mut text = format!(
        "{FORMAT}\n{}\n{}\n{max_file_bytes} {max_total_bytes} {max_entries} {max_depth} {max_ratio}\n{:?}\n{:?}\n{:?}\n",
        env!("CARGO_PKG_VERSION"),
        env!("PROBITY_FACTS"),
        request.configs,
        request.options.skip_files,
        request.options.skip_dirs,
    );
    for analyzer in analyzers() {
        let meta = analyzer.meta();
        text.push_str(&format!("{}@{}\n", meta.id, meta.version));
    }
    text.push_str(request.secrets.as_ref().map_or("", |config| config.source()));
    sha256_hex(text.as_bytes())
}

#[cfg(test)]
mod tests;
