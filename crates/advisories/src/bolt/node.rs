//! One page of a tree with what continues it, or the page inside an inline bucket.

use super::{BRANCH, BUCKET_HEADER, BoltError, Bucket, ELEMENT, IS_BUCKET, Item, LEAF, PAGE_HEADER, Root, u16_at, u32_at, u64_at};
use crate::pages::Bytes;

#[derive(Debug, Clone)]
pub(super) struct Node {
    bytes: Bytes,
    /// Where it starts in the file.
    offset: u64,
    leaf: bool,
    count: usize,
}

/// A place among the keys of a node.
pub(super) struct Found {
    /// Of the key, or of the first one behind it.
    pub(super) at: usize,
    pub(super) exact: bool,
}

impl Node {
    pub(super) fn page(bytes: Bytes, offset: u64, id: u64) -> Result<Self, BoltError> {
        if u64_at(&bytes, 0) != Some(id) {
            return Err(BoltError::damaged(offset, "a page has the number of another"));
        }
        Self::new(bytes, offset)
    }

    /// Numbers of inline pages mean nothing, and they have no children.
    pub(super) fn inline(bytes: Bytes, offset: u64) -> Result<Self, BoltError> {
        let node = Self::new(bytes, offset)?;
        if node.leaf { Ok(node) } else { Err(BoltError::damaged(offset, "an inline bucket has branches")) }
    }

    fn new(bytes: Bytes, offset: u64) -> Result<Self, BoltError> {
        let (Some(flags), Some(count)) = (u16_at(&bytes, 8), u16_at(&bytes, 10)) else {
            return Err(BoltError::damaged(offset, "a page has no header"));
        };
        let leaf = match flags {
            BRANCH => false,
            LEAF => true,
            _ => return Err(BoltError::damaged(offset, "a page of a tree has another purpose")),
        };
        let count = usize::from(count);
        if PAGE_HEADER + count * ELEMENT > bytes.len() {
            return Err(BoltError::damaged(offset, "a page has more elements than room"));
        }
        if !leaf && count == 0 {
            return Err(BoltError::damaged(offset, "a branch has no children"));
        }
        Ok(Self { bytes, offset, leaf, count })
    }

    pub(super) const fn is_leaf(&self) -> bool {
        self.leaf
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    fn damaged(&self, at: usize) -> BoltError {
        BoltError::damaged(self.offset + at as u64, "an element reaches outside its page")
    }

    /// Position and length of a key.
    fn key_range(&self, at: usize) -> Result<(usize, usize), BoltError> {
        let element = PAGE_HEADER + at * ELEMENT;
        let (position, length) = if self.leaf { (4, 8) } else { (0, 4) };
        let (Some(position), Some(length)) = (u32_at(&self.bytes, element + position), u32_at(&self.bytes, element + length)) else {
            return Err(self.damaged(element));
        };
        Ok((element.saturating_add(position as usize), length as usize))
    }

    fn key_slice(&self, at: usize) -> Result<&[u8], BoltError> {
        let (start, length) = self.key_range(at)?;
        self.bytes.get(start..start.saturating_add(length)).ok_or_else(|| self.damaged(start))
    }

    /// Binary search among the keys.
    pub(super) fn search(&self, key: &[u8]) -> Result<Found, BoltError> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            match self.key_slice(middle)?.cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(Found { at: middle, exact: true }),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(Found { at: low, exact: false })
    }

    /// Which child of a branch has the key, if any has: the last whose first key does not come behind it.
    pub(super) fn child_at(&self, key: &[u8]) -> Result<usize, BoltError> {
        let Found { at, exact } = self.search(key)?;
        Ok(if exact { at } else { at.saturating_sub(1) })
    }

    pub(super) fn child_for(&self, key: &[u8]) -> Result<u64, BoltError> {
        self.child(self.child_at(key)?)
    }

    pub(super) fn child(&self, at: usize) -> Result<u64, BoltError> {
        let element = PAGE_HEADER + at * ELEMENT;
        u64_at(&self.bytes, element + 8).ok_or_else(|| self.damaged(element))
    }

    /// Key and meaning of an element of a leaf.
    pub(super) fn item(&self, at: usize) -> Result<(Bytes, Item), BoltError> {
        let element = PAGE_HEADER + at * ELEMENT;
        let (Some(flags), Some(length)) = (u32_at(&self.bytes, element), u32_at(&self.bytes, element + 12)) else {
            return Err(self.damaged(element));
        };
        let (start, key_length) = self.key_range(at)?;
        let key = self.bytes.part(start, key_length).ok_or_else(|| self.damaged(element))?;
        let start = start.saturating_add(key_length);
        let value = self.bytes.part(start, length as usize).ok_or_else(|| self.damaged(element))?;
        if flags & IS_BUCKET == 0 {
            return Ok((key, Item::Value(value)));
        }
        let offset = self.offset + start as u64;
        let Some(root) = u64_at(&value, 0).filter(|_| value.len() >= BUCKET_HEADER) else {
            return Err(BoltError::damaged(offset, "a bucket has no header"));
        };
        let root = if root == 0 {
            let page = value.part(BUCKET_HEADER, value.len() - BUCKET_HEADER).ok_or_else(|| self.damaged(element))?;
            Root::Inline { page, offset: offset + BUCKET_HEADER as u64 }
        } else {
            Root::Page(root)
        };
        Ok((key, Item::Bucket(Bucket(root))))
    }
}
