//! BoltDB files: the container of vulnerability databases.
//!
//! <https://github.com/etcd-io/bbolt>, whose source is the only specification. A file is pages of one size, numbered from 0. Pages 0 and 1 are two
//! states of the file (`meta`), the newer valid one counts. Keys and values stand in leaf pages, which branch pages point to; a page that does
//! not suffice is continued in the pages behind it (overflow). A value may be a bucket: a tree of its own, or, when it is small, the leaf page
//! itself (inline). Numbers are little-endian here; bbolt writes them as its machine does, and nobody publishes databases of other machines.
//!
//! Reading takes the file to be hostile. Every position is checked, depth and the number of pages of a walk are bounded, and keys of a walk must
//! ascend, so that no arrangement of pages makes it endless. Free pages are not looked at: nothing is ever written into an existing file.

mod cursor;
mod node;
mod writer;

pub use crate::pages::Bytes as Value;
pub use cursor::Cursor;
pub use writer::{Content, WriteError, Writer};

use crate::pages::{Bytes, Pages};
use node::{Found, Node};
use probity_vfs::StoredFile;
use std::{fmt, io, sync::Arc};

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
const PAGE_HEADER: usize = 16;
const ELEMENT: usize = 16;
const BUCKET_HEADER: usize = 16;
/// From the magic number to the checksum.
const META_BYTES: usize = 56;
const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
const META: u16 = 0x04;
const FREELIST: u16 = 0x10;
/// The flag of an element of a leaf page whose value is a bucket.
const IS_BUCKET: u32 = 0x01;
/// Trees of real databases have three or four levels.
const MAX_DEPTH: usize = 32;
/// The largest page with what continues it. The longest values of real databases are some hundred kilobytes.
const MAX_NODE_BYTES: u64 = 64 << 20;
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 512..=65536;

/// Why a file is no database, or where it is damaged.
#[derive(Debug, thiserror::Error)]
pub enum BoltError {
    #[error("at byte {offset}: {fault}")]
    Damaged { offset: u64, fault: &'static str },
    #[error("it has {found} bytes and should have {expected}: the end is missing")]
    Truncated { found: u64, expected: u64 },
    #[error("it has more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
    #[error("at byte {offset}: {error}")]
    Io { offset: u64, error: io::Error },
}

impl BoltError {
    const fn damaged(offset: u64, fault: &'static str) -> Self {
        Self::Damaged { offset, fault }
    }
}

/// A database file, open for reading. Any number of threads and processes may read the same file.
pub struct Bolt {
    pages: Pages,
    page_bytes: u32,
    /// Number of pages in use.
    count: u64,
    root: u64,
}

impl fmt::Debug for Bolt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bolt({} pages of {} bytes)", self.count, self.page_bytes)
    }
}

/// The root of a tree: the whole database or a bucket in it.
#[derive(Debug, Clone)]
pub struct Bucket(Root);

#[derive(Debug, Clone)]
enum Root {
    Page(u64),
    Inline { page: Bytes, offset: u64 },
}

/// What a key stands for.
#[derive(Debug, Clone)]
pub enum Item {
    Value(Bytes),
    Bucket(Bucket),
}

struct Meta {
    page_bytes: u32,
    root: u64,
    count: u64,
    transaction: u64,
}

impl Bolt {
    /// Reads the two states and nothing else.
    pub fn open(file: StoredFile) -> Result<Self, BoltError> {
        Self::start(Pages::file(file))
    }

    pub fn from_bytes(bytes: Arc<[u8]>) -> Result<Self, BoltError> {
        Self::start(Pages::memory(bytes))
    }

    fn start(pages: Pages) -> Result<Self, BoltError> {
        let first = read_meta(&pages, 0);
        let second = match &first {
            Ok(meta) => read_meta(&pages, u64::from(meta.page_bytes)),
            // The size of a page is not known, so that the second state is looked for where it may be.
            Err(_) => (9..=16)
                .map(|shift| 1_u64 << shift)
                .find_map(|offset| read_meta(&pages, offset).ok().filter(|meta| u64::from(meta.page_bytes) == offset))
                .ok_or(BoltError::damaged(0, "neither state of the file is valid")),
        };
        let meta = match (first, second) {
            (Ok(first), Ok(second)) => {
                if second.transaction > first.transaction {
                    second
                } else {
                    first
                }
            }
            (Ok(meta), Err(_)) | (Err(_), Ok(meta)) => meta,
            (Err(error), Err(_)) => return Err(error),
        };
        let expected = meta.count.saturating_mul(u64::from(meta.page_bytes));
        if pages.bytes() < expected {
            return Err(BoltError::Truncated { found: pages.bytes(), expected });
        }
        Ok(Self { pages, page_bytes: meta.page_bytes, count: meta.count, root: meta.root })
    }

    /// All top-level buckets.
    pub fn root(&self) -> Bucket {
        Bucket(Root::Page(self.root))
    }

    /// What a key of a bucket stands for.
    pub fn get(&self, bucket: &Bucket, key: &[u8]) -> Result<Option<Item>, BoltError> {
        let mut node = self.top(bucket)?;
        for _ in 0..MAX_DEPTH {
            if node.is_leaf() {
                let Found { at, exact } = node.search(key)?;
                return if exact { node.item(at).map(|(_, item)| Some(item)) } else { Ok(None) };
            }
            node = self.node(node.child_for(key)?)?;
        }
        Err(BoltError::damaged(node.offset(), "the tree is too deep"))
    }

    /// A bucket in a bucket; `None` when there is none of this name.
    pub fn bucket(&self, bucket: &Bucket, name: &[u8]) -> Result<Option<Bucket>, BoltError> {
        Ok(match self.get(bucket, name)? {
            Some(Item::Bucket(bucket)) => Some(bucket),
            _ => None,
        })
    }

    /// A value in a bucket; `None` when there is none of this name.
    pub fn value(&self, bucket: &Bucket, key: &[u8]) -> Result<Option<Bytes>, BoltError> {
        Ok(match self.get(bucket, key)? {
            Some(Item::Value(value)) => Some(value),
            _ => None,
        })
    }

    /// Everything in a bucket, by key.
    pub fn items(&self, bucket: &Bucket) -> Cursor<'_> {
        Cursor::new(self, bucket, &[])
    }

    /// Everything in a bucket from a key on, by key.
    pub fn items_from(&self, bucket: &Bucket, key: &[u8]) -> Cursor<'_> {
        Cursor::new(self, bucket, key)
    }

    fn top(&self, bucket: &Bucket) -> Result<Node, BoltError> {
        match &bucket.0 {
            Root::Page(id) => self.node(*id),
            Root::Inline { page, offset } => Node::inline(page.clone(), *offset),
        }
    }

    fn node(&self, id: u64) -> Result<Node, BoltError> {
        let page_bytes = u64::from(self.page_bytes);
        let offset = id.saturating_mul(page_bytes);
        if id < 2 || id >= self.count {
            return Err(BoltError::damaged(offset, "a page is referred to that is not there"));
        }
        let bytes = self.pages.cached(id, || {
            let read = |length: u64| {
                let length = usize::try_from(length).map_err(|_| BoltError::damaged(offset, "a page is too large"))?;
                self.pages.read(offset, length).map_err(|error| BoltError::Io { offset, error })
            };
            let first = read(page_bytes)?;
            let overflow = u64::from(u32_at(&first, 12).unwrap_or(0));
            if overflow == 0 {
                return Ok(first);
            }
            let length = (overflow + 1) * page_bytes;
            if length > MAX_NODE_BYTES {
                return Err(BoltError::damaged(offset, "a page is continued over more than 64 MiB"));
            }
            if id + overflow >= self.count {
                return Err(BoltError::damaged(offset, "a page is continued past the end"));
            }
            read(length)
        })?;
        Node::page(Bytes::all(bytes), offset, id)
    }
}

fn read_meta(pages: &Pages, offset: u64) -> Result<Meta, BoltError> {
    let damaged = |fault| BoltError::damaged(offset, fault);
    let page = pages.read(offset, PAGE_HEADER + META_BYTES + 8).map_err(|_| damaged("the file is too short for a database"))?;
    let word = |at: usize| u32_at(&page, PAGE_HEADER + at).unwrap_or(0);
    let long = |at: usize| u64_at(&page, PAGE_HEADER + at).unwrap_or(0);
    if word(0) != MAGIC {
        return Err(damaged("this is no BoltDB file"));
    }
    if word(4) != VERSION {
        return Err(damaged("the file has an unknown version of the format"));
    }
    let summed = page.get(PAGE_HEADER..PAGE_HEADER + META_BYTES).unwrap_or_default();
    if long(META_BYTES) != checksum(summed) {
        return Err(damaged("the checksum is wrong"));
    }
    let meta = Meta { page_bytes: word(8), root: long(16), count: long(40), transaction: long(48) };
    if !PAGE_SIZES.contains(&meta.page_bytes) || !meta.page_bytes.is_power_of_two() {
        return Err(damaged("the size of a page is impossible"));
    }
    if meta.root < 2 || meta.root >= meta.count {
        return Err(damaged("the root is not in the file"));
    }
    Ok(meta)
}

/// FNV-1a of 64 bits.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
