//! Bounded reading: limits and budgets, files, decompression with digests, archive paths, tar, zip.
//!
//! Knows nothing of images or findings. Everything that opens a file or inflates a stream goes through here, so that every read has a cap and
//! every error names what could not be read. Input is taken to be hostile: a limit that stops something is a [`LimitError`], which says which
//! limit it was and which flag raises it.

mod digest;
mod file;
mod limits;
mod path;
mod stream;
pub mod tar;
pub mod zip;

pub use digest::{Algorithm, Digest, Hasher, sha256_hex};
pub use file::{
    FileIdentity, FolderEntry, FolderEntryKind, LazyFile, OpenError, OpenErrorKind, Section, StoredFile, list_folder, look_at, open_within,
    read_file, read_stdin, stdin,
};
pub use limits::{Budget, Limit, LimitError, Limits, RATIO_FLOOR};
pub use path::{MAX_PATH_BYTES, NormalPath, normalise, normalise_into};
pub use stream::{Blocks, Compression, MAGIC_BYTES, Prefixed, Skip, StreamSpec, StreamSummary, decompressor, peek, with_stream};

/// Size of the buffers that files are read and streams are inflated into.
pub const BLOCK_BYTES: usize = 256 * 1024;
