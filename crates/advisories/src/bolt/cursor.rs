//! Walking a tree in the order of its keys.

use super::{Bolt, BoltError, Bucket, Item, MAX_DEPTH, node::Node};
use crate::pages::Bytes;

/// An iterator over a bucket. It ends after the first error.
pub struct Cursor<'a> {
    bolt: &'a Bolt,
    /// From the root to the leaf, with the element that comes next in each.
    path: Vec<(Node, usize)>,
    /// Not yet descended into.
    start: Option<(Bucket, Vec<u8>)>,
    last: Option<Bytes>,
    /// Pages that may still be visited: a tree has each page once.
    left: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bolt: &'a Bolt, bucket: &Bucket, from: &[u8]) -> Self {
        Self { bolt, path: Vec::new(), start: Some((bucket.clone(), from.to_owned())), last: None, left: bolt.count }
    }

    fn advance(&mut self) -> Result<Option<(Bytes, Item)>, BoltError> {
        if let Some((bucket, from)) = self.start.take() {
            let mut node = self.bolt.top(&bucket)?;
            while !node.is_leaf() {
                let at = node.child_at(&from)?;
                let child = node.child(at)?;
                self.path.push((node, at + 1));
                node = self.visit(child)?;
            }
            let at = node.search(&from)?.at;
            self.path.push((node, at));
        }
        while let Some((node, at)) = self.path.last_mut() {
            if *at >= node.count() {
                self.path.pop();
                continue;
            }
            let next = *at;
            *at += 1;
            if node.is_leaf() {
                let (key, item) = node.item(next)?;
                if self.last.as_ref().is_some_and(|last| **last >= *key) {
                    return Err(BoltError::damaged(node.offset(), "keys do not ascend"));
                }
                self.last = Some(key.clone());
                return Ok(Some((key, item)));
            }
            let child = node.child(next)?;
            let node = self.visit(child)?;
            self.path.push((node, 0));
        }
        Ok(None)
    }

    fn visit(&mut self, id: u64) -> Result<Node, BoltError> {
        let node = self.bolt.node(id)?;
        if self.path.len() >= MAX_DEPTH {
            return Err(BoltError::damaged(node.offset(), "the tree is too deep"));
        }
        self.left = self.left.checked_sub(1).ok_or(BoltError::damaged(node.offset(), "the tree has more pages than the file"))?;
        Ok(node)
    }
}

impl Iterator for Cursor<'_> {
    type Item = Result<(Bytes, Item), BoltError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.path.clear();
        }
        next.transpose()
    }
}
