//! Files with holes: only the parts between the holes are in the archive.
//!
//! GNU tar manual, "Storing Sparse Files". A map must be ascending and must account for every stored byte, otherwise the archive is damaged.

use super::{byte, number};
use std::io::{self, Read};

/// As many parts as fit the largest extension header.
const MAX_PARTS: usize = 1 << 16;

/// A sparse file that is being read.
#[derive(Debug)]
pub(super) struct Sparse {
    /// Offset and length, ascending; the last one may be empty and mark the end.
    parts: Vec<(u64, u64)>,
    next: usize,
    at: u64,
    size: u64,
}

/// What comes next.
pub(super) enum Step {
    /// So many zeros.
    Hole(usize),
    /// At most so many stored bytes; say with [`Sparse::took`] how many it were.
    Bytes(usize),
}

impl Sparse {
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.size
    }

    pub(super) fn step(&mut self, most: usize) -> Step {
        let most = most as u64;
        let cap = |count: u64| usize::try_from(count.min(most)).unwrap_or(0);
        while let Some((offset, length)) = self.parts.get(self.next) {
            let end = offset.saturating_add(*length);
            if self.at < *offset {
                let count = cap(offset - self.at);
                self.at += count as u64;
                return Step::Hole(count);
            }
            if self.at < end {
                return Step::Bytes(cap(end - self.at));
            }
            self.next += 1;
        }
        let count = cap(self.size - self.at);
        self.at += count as u64;
        Step::Hole(count)
    }

    pub(super) fn took(&mut self, count: usize) {
        self.at += count as u64;
    }
}

/// A map that is being read.
#[derive(Debug, Default)]
pub(super) struct Builder {
    parts: Vec<(u64, u64)>,
}

impl Builder {
    pub(super) fn add(&mut self, offset: u64, length: u64) -> Result<(), &'static str> {
        let start = self.parts.last().map_or(0, |(offset, length)| offset + length);
        if self.parts.len() >= MAX_PARTS {
            return Err("a sparse map has too many parts");
        }
        if offset < start || offset.checked_add(length).is_none_or(|end| i64::try_from(end).is_err()) {
            return Err("a sparse map is not ascending");
        }
        self.parts.push((offset, length));
        Ok(())
    }

    /// Pairs of 12-byte numbers of the old format, up to an empty one.
    pub(super) fn add_fields(&mut self, fields: &[u8]) -> Result<(), &'static str> {
        for pair in fields.chunks_exact(24) {
            if pair.first().is_none_or(|b| *b == 0) {
                break;
            }
            let (offset, length) = pair.split_at_checked(12).ok_or("a sparse map is incomplete")?;
            let positive = |field| number(field).and_then(|n| u64::try_from(n).ok()).ok_or("a sparse map has no numbers");
            self.add(positive(offset)?, positive(length)?)?;
        }
        Ok(())
    }

    /// The map of format 1.0: decimal lines, the first says how many pairs follow, filled up to a block. Returns the bytes read.
    pub(super) fn read_text(&mut self, from: &mut impl Read) -> io::Result<(u64, Result<(), &'static str>)> {
        let mut read = 0;
        let mut numbers = Vec::new();
        let (mut wanted, mut current) = (None, None::<u64>);
        while wanted.is_none_or(|wanted| numbers.len() < wanted) {
            let mut block = [0; super::BLOCK];
            let count = super::read_full(from, &mut block)?;
            read += count as u64;
            if count < block.len() {
                return Ok((read, Err("a sparse map is incomplete")));
            }
            for at in 0..block.len() {
                if wanted.is_some_and(|wanted| numbers.len() >= wanted) {
                    break;
                }
                match (byte(&block, at), current.take()) {
                    (b'\n', Some(number)) if wanted.is_none() => match usize::try_from(number) {
                        Ok(pairs) if pairs <= MAX_PARTS => wanted = Some(2 * pairs),
                        _ => return Ok((read, Err("a sparse map has too many parts"))),
                    },
                    (b'\n', Some(number)) => numbers.push(number),
                    (digit @ b'0'..=b'9', number) => {
                        let next = number.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0')));
                        if next.is_none() {
                            return Ok((read, Err("a sparse map has no numbers")));
                        }
                        current = next;
                    }
                    _ => return Ok((read, Err("a sparse map has no numbers"))),
                }
            }
        }
        let result = numbers.chunks_exact(2).try_for_each(|pair| match pair {
            [offset, length] => self.add(*offset, *length),
            _ => Ok(()),
        });
        Ok((read, result))
    }

    /// `stored` bytes are in the archive for a file of `size` bytes.
    pub(super) fn build(self, size: i64, stored: u64) -> Result<Sparse, &'static str> {
        let size = u64::try_from(size).map_err(|_| "a sparse size is negative")?;
        let end = self.parts.last().map_or(0, |(offset, length)| offset + length);
        let mapped: u64 = self.parts.iter().map(|(_, length)| length).sum();
        if end > size || mapped != stored {
            return Err("a sparse map does not fit its file");
        }
        Ok(Sparse { parts: self.parts, next: 0, at: 0, size })
    }
}
