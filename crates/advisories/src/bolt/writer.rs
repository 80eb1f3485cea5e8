//! Writing a whole database at once, from keys in order.
//!
//! Trees are built from their leaves up, and every page is written as soon as it is full, so that memory holds one page for each level of the
//! buckets that are open. The same content gives the same bytes.

use super::{
    BRANCH, BUCKET_HEADER, ELEMENT, FREELIST, IS_BUCKET, LEAF, MAGIC, MAX_NODE_BYTES, META, META_BYTES, PAGE_HEADER, VERSION, checksum,
};
use std::{
    collections::BTreeMap,
    io::{self, Seek, SeekFrom, Write},
};

const PAGE_BYTES: usize = 4096;
/// Larger buckets have pages of their own.
const MAX_INLINE_BYTES: usize = PAGE_BYTES / 4;
const MAX_KEY_BYTES: usize = 32768;
const MAX_OPEN: usize = 16;
/// Two states and the list of free pages, which is empty.
const FIRST_PAGES: u64 = 3;

/// A database cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("cannot write the database: {0}")]
    Io(#[from] io::Error),
    #[error("the key `{0}` does not come behind the one before it")]
    Order(String),
    #[error("the key `{0}` is empty or longer than 32768 bytes")]
    Key(String),
    #[error("the value of `{0}` is too large")]
    Value(String),
    #[error("buckets are nested too deeply, one was closed that was not open, or a value is in no bucket")]
    Nesting,
}

/// A value or a bucket, for databases that are made in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Value(Vec<u8>),
    Bucket(BTreeMap<Vec<u8>, Content>),
}

/// Writes a database. Keys and buckets of a bucket come in ascending order, and [`Writer::finish`] at the end.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// The number of the next page.
    next: u64,
    /// The root and the open buckets.
    open: Vec<Tree>,
}

/// A tree of which the leaves at the left are written.
#[derive(Debug, Default)]
struct Tree {
    name: Vec<u8>,
    leaf: Page,
    /// From the leaves up: what is not yet written.
    branches: Vec<Page>,
    last: Vec<u8>,
    has_buckets: bool,
}

/// A page that is being filled.
#[derive(Debug, Default)]
struct Page {
    elements: Vec<Element>,
    bytes: usize,
}

#[derive(Debug)]
struct Element {
    key: Vec<u8>,
    /// Of a leaf.
    value: Vec<u8>,
    flags: u32,
    /// Of a branch.
    child: u64,
}

impl Page {
    fn size_with(&self, element: &Element) -> usize {
        PAGE_HEADER + self.bytes + ELEMENT + element.key.len() + element.value.len()
    }

    fn push(&mut self, element: Element) {
        self.bytes += ELEMENT + element.key.len() + element.value.len();
        self.elements.push(element);
    }

    fn size(&self) -> usize {
        PAGE_HEADER + self.bytes
    }

    /// The page, not padded.
    fn encode(&self, id: u64, leaf: bool, overflow: u32) -> Vec<u8> {
        let mut page = Vec::with_capacity(self.size());
        let count = u16::try_from(self.elements.len()).expect("a page of 4096 bytes has room for 255 elements");
        page.extend(id.to_le_bytes());
        page.extend((if leaf { LEAF } else { BRANCH }).to_le_bytes());
        page.extend(count.to_le_bytes());
        page.extend(overflow.to_le_bytes());
        let mut position = self.elements.len() * ELEMENT;
        for element in &self.elements {
            // Positions count from the element that has them.
            let relative = u32_of(position);
            if leaf {
                page.extend(element.flags.to_le_bytes());
                page.extend(relative.to_le_bytes());
                page.extend(u32_of(element.key.len()).to_le_bytes());
                page.extend(u32_of(element.value.len()).to_le_bytes());
            } else {
                page.extend(relative.to_le_bytes());
                page.extend(u32_of(element.key.len()).to_le_bytes());
                page.extend(element.child.to_le_bytes());
            }
            position = position + element.key.len() + element.value.len() - ELEMENT;
        }
        for element in &self.elements {
            page.extend(&element.key);
            page.extend(&element.value);
        }
        page
    }
}

fn u32_of(length: usize) -> u32 {
    u32::try_from(length).expect("keys and values are limited to less than 64 MiB")
}

fn lossy(key: &[u8]) -> String {
    String::from_utf8_lossy(key.get(..key.len().min(200)).unwrap_or_default()).into_owned()
}

impl<W: Write + Seek> Writer<W> {
    /// Writes from the start of `out`, which should be empty and buffered.
    pub fn new(mut out: W) -> Result<Self, WriteError> {
        out.seek(SeekFrom::Start(0))?;
        for _ in 0..FIRST_PAGES {
            out.write_all(&[0; PAGE_BYTES])?;
        }
        Ok(Self { out, next: FIRST_PAGES, open: vec![Tree::default()] })
    }

    /// What follows is inside this bucket, until it is closed.
    pub fn open_bucket(&mut self, name: &[u8]) -> Result<(), WriteError> {
        if self.open.len() >= MAX_OPEN {
            return Err(WriteError::Nesting);
        }
        self.check_key(name)?;
        self.open.push(Tree { name: name.to_owned(), ..Tree::default() });
        Ok(())
    }

    pub fn close_bucket(&mut self) -> Result<(), WriteError> {
        if self.open.len() < 2 {
            return Err(WriteError::Nesting);
        }
        let mut tree = self.open.pop().ok_or(WriteError::Nesting)?;
        let inline = tree.branches.is_empty() && !tree.has_buckets && tree.leaf.size() <= MAX_INLINE_BYTES;
        let mut value = Vec::new();
        // Root and sequence; an inline bucket has no root.
        if inline {
            value.extend([0; BUCKET_HEADER]);
            value.extend(tree.leaf.encode(0, true, 0));
        } else {
            value.extend(self.root_of(&mut tree)?.to_le_bytes());
            value.extend([0; 8]);
        }
        let parent = self.open.last_mut().ok_or(WriteError::Nesting)?;
        parent.has_buckets = true;
        self.add(Element { key: tree.name, value, flags: IS_BUCKET, child: 0 })
    }

    /// A value in the open bucket.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), WriteError> {
        if self.open.len() < 2 {
            return Err(WriteError::Nesting);
        }
        self.check_key(key)?;
        if (value.len() + MAX_KEY_BYTES) as u64 > MAX_NODE_BYTES - PAGE_BYTES as u64 {
            return Err(WriteError::Value(lossy(key)));
        }
        self.add(Element { key: key.to_owned(), value: value.to_owned(), flags: 0, child: 0 })
    }

    /// Everything of a map, into the open bucket.
    pub fn put_all(&mut self, content: &BTreeMap<Vec<u8>, Content>) -> Result<(), WriteError> {
        for (key, content) in content {
            match content {
                Content::Value(value) => self.put(key, value)?,
                Content::Bucket(inner) => {
                    self.open_bucket(key)?;
                    self.put_all(inner)?;
                    self.close_bucket()?;
                }
            }
        }
        Ok(())
    }

    /// Closes what is open, writes the states of the file and flushes.
    pub fn finish(mut self) -> Result<W, WriteError> {
        while self.open.len() > 1 {
            self.close_bucket()?;
        }
        let mut tree = self.open.pop().ok_or(WriteError::Nesting)?;
        let root = self.root_of(&mut tree)?;
        let count = self.next;
        self.out.seek(SeekFrom::Start(0))?;
        for transaction in 0..2_u64 {
            let mut page = Vec::with_capacity(PAGE_BYTES);
            page.extend(transaction.to_le_bytes());
            page.extend(META.to_le_bytes());
            page.extend([0; 6]);
            page.extend(MAGIC.to_le_bytes());
            page.extend(VERSION.to_le_bytes());
            page.extend(u32_of(PAGE_BYTES).to_le_bytes());
            page.extend([0; 4]);
            page.extend(root.to_le_bytes());
            page.extend([0; 8]);
            page.extend((FIRST_PAGES - 1).to_le_bytes());
            page.extend(count.to_le_bytes());
            page.extend(transaction.to_le_bytes());
            let sum = checksum(page.get(PAGE_HEADER..PAGE_HEADER + META_BYTES).unwrap_or_default());
            page.extend(sum.to_le_bytes());
            page.resize(PAGE_BYTES, 0);
            self.out.write_all(&page)?;
        }
        let mut page = Vec::with_capacity(PAGE_HEADER);
        page.extend((FIRST_PAGES - 1).to_le_bytes());
        page.extend(FREELIST.to_le_bytes());
        page.extend([0; 6]);
        self.out.write_all(&page)?;
        self.out.seek(SeekFrom::End(0))?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn check_key(&mut self, key: &[u8]) -> Result<(), WriteError> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Err(WriteError::Key(lossy(key)));
        }
        let tree = self.open.last_mut().ok_or(WriteError::Nesting)?;
        if tree.last.as_slice() >= key {
            return Err(WriteError::Order(lossy(key)));
        }
        tree.last.clear();
        tree.last.extend(key);
        Ok(())
    }

    fn add(&mut self, element: Element) -> Result<(), WriteError> {
        let mut tree = self.open.pop().ok_or(WriteError::Nesting)?;
        if !tree.leaf.elements.is_empty() && tree.leaf.size_with(&element) > PAGE_BYTES {
            self.write_leaf(&mut tree)?;
        }
        tree.leaf.push(element);
        self.open.push(tree);
        Ok(())
    }

    fn write_leaf(&mut self, tree: &mut Tree) -> Result<(), WriteError> {
        let page = std::mem::take(&mut tree.leaf);
        let first = page.elements.first().map(|element| element.key.clone()).unwrap_or_default();
        let child = self.write_page(&page, true)?;
        self.add_child(tree, 0, Element { key: first, value: Vec::new(), flags: 0, child })
    }

    fn add_child(&mut self, tree: &mut Tree, level: usize, element: Element) -> Result<(), WriteError> {
        let mut element = element;
        // Each turn is one level up, and trees have few.
        for level in level.. {
            if tree.branches.len() <= level {
                tree.branches.push(Page::default());
            }
            let Some(branch) = tree.branches.get_mut(level) else { break };
            if branch.elements.len() < 2 || branch.size_with(&element) <= PAGE_BYTES {
                branch.push(element);
                break;
            }
            let full = std::mem::take(branch);
            branch.push(element);
            element = self.write_branch(&full)?;
        }
        Ok(())
    }

    /// Writes a branch; gives the element that stands for it one level up.
    fn write_branch(&mut self, page: &Page) -> Result<Element, WriteError> {
        let key = page.elements.first().map(|element| element.key.clone()).unwrap_or_default();
        Ok(Element { key, value: Vec::new(), flags: 0, child: self.write_page(page, false)? })
    }

    /// Writes what is left of a tree; gives the number of its root.
    fn root_of(&mut self, tree: &mut Tree) -> Result<u64, WriteError> {
        if !tree.leaf.elements.is_empty() || tree.branches.is_empty() {
            self.write_leaf(tree)?;
        }
        let mut level = 0;
        loop {
            let Some(branch) = tree.branches.get_mut(level) else { return Err(WriteError::Nesting) };
            let page = std::mem::take(branch);
            if level + 1 == tree.branches.len()
                && let [only] = page.elements.as_slice()
            {
                return Ok(only.child);
            }
            let element = self.write_branch(&page)?;
            level += 1;
            self.add_child(tree, level, element)?;
        }
    }

    fn write_page(&mut self, page: &Page, leaf: bool) -> Result<u64, WriteError> {
        let id = self.next;
        let pages = page.size().div_ceil(PAGE_BYTES);
        let mut bytes = page.encode(id, leaf, u32_of(pages - 1));
        bytes.resize(pages * PAGE_BYTES, 0);
        self.out.write_all(&bytes)?;
        self.next += pages as u64;
        Ok(id)
    }
}
