//! `Packages`: a hash table of Berkeley DB, in which rpm kept headers until 4.16 (Red Hat and CentOS up to 8, Amazon Linux 2, older SUSE).
//!
//! <https://docs.oracle.com/cd/E17276_01/html/api_reference/C/dbopen.html>; the layout of pages is that of `dbinc/db_page.h` in Berkeley DB 5.3
//! and has not changed since 4.0: a page of metadata, hash pages with pairs of key and value, and chains of overflow pages for values that do not
//! fit. Numbers are in the byte order of the machine that made the file.
//!
//! All hash pages are read in order of the file; buckets do not matter to someone who wants everything. Record 0 is rpm's counter.
//!
//! Missing: encrypted files, pages with checksums, and b-trees, none of which rpm writes.

use super::{Blobs, Damage};
use std::borrow::Cow;

const MAGIC: u32 = 0x0006_1561;
const PAGE_HEADER: usize = 26;

/// The byte order of the file, if it is one.
fn order(bytes: &[u8]) -> Option<Order> {
    let magic = bytes.get(12..)?.first_chunk::<4>()?;
    match MAGIC {
        number if u32::from_le_bytes(*magic) == number => Some(Order::Little),
        number if u32::from_be_bytes(*magic) == number => Some(Order::Big),
        _ => None,
    }
}

pub(super) fn is_database(bytes: &[u8]) -> bool {
    order(bytes).is_some()
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }
}

struct File<'a> {
    bytes: &'a [u8],
    order: Order,
    page_size: usize,
}

/// Visits the headers, in order of the file.
pub(super) fn read(bytes: &[u8], blobs: &mut Blobs<'_>) -> Result<(), Damage> {
    let order = order(bytes).ok_or("is no hash table of Berkeley DB")?;
    let short = || "the file ends in its first page".to_owned();
    let page_size = usize::try_from(order.u32(bytes, 20).ok_or_else(short)?).unwrap_or_default();
    if !(512..=65536).contains(&page_size) || !page_size.is_power_of_two() {
        return Err(format!("pages of {page_size} bytes are impossible"));
    }
    if bytes.get(24).ok_or_else(short)? != &0 {
        return Err("is encrypted".to_owned());
    }
    let last = usize::try_from(order.u32(bytes, 32).ok_or_else(short)?).unwrap_or(usize::MAX);
    let file = File { bytes, order, page_size };
    let there = bytes.len() / page_size;
    // Content that may still be copied: no honest file has more than it is long.
    let mut left = bytes.len();
    for number in 1..there.min(last.saturating_add(1)) {
        let Some(page) = file.page(number) else { break };
        if !matches!(page.get(25), Some(2 | 13)) {
            continue;
        }
        if let Err(damage) = file.pairs(number, page, &mut left, blobs) {
            blobs.damage(damage);
        }
    }
    if last >= there {
        return Err(format!("the file has {there} pages of {}", last.saturating_add(1)));
    }
    Ok(())
}

impl<'a> File<'a> {
    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_mul(self.page_size)?;
        self.bytes.get(start..start.checked_add(self.page_size)?)
    }

    /// Keys have even positions, the values behind them odd ones. Items grow from the end of the page, so an item ends where the one before starts.
    fn pairs(&self, number: usize, page: &'a [u8], left: &mut usize, blobs: &mut Blobs<'_>) -> Result<(), Damage> {
        let damaged = || format!("page {number} is damaged");
        let entries = usize::from(self.order.u16(page, 20).ok_or_else(damaged)?);
        let mut end = page.len();
        let mut key: &[u8] = &[];
        for entry in 0..entries {
            let start = usize::from(self.order.u16(page, PAGE_HEADER + entry * 2).ok_or_else(damaged)?);
            let item = page.get(start..end).ok_or_else(damaged)?;
            end = start;
            let (kind, rest) = item.split_first().ok_or_else(damaged)?;
            if entry % 2 == 0 {
                key = rest;
                continue;
            }
            if key == [0; 4] {
                continue;
            }
            let value = match kind {
                1 => Cow::Borrowed(rest),
                3 => {
                    let first = self.order.u32(item, 4).ok_or_else(damaged)?;
                    let length = usize::try_from(self.order.u32(item, 8).ok_or_else(damaged)?).unwrap_or(usize::MAX);
                    match self.chain(first, length, left) {
                        Ok(value) => Cow::Owned(value),
                        Err(damage) => {
                            blobs.damage(damage);
                            continue;
                        }
                    }
                }
                kind => {
                    blobs.damage(format!("page {number} has an item of kind {kind}"));
                    continue;
                }
            };
            blobs.header(&value);
        }
        Ok(())
    }

    /// The content of a chain of overflow pages.
    fn chain(&self, first: u32, length: usize, left: &mut usize) -> Result<Vec<u8>, Damage> {
        if length > *left {
            return Err("the headers have more content than the file".to_owned());
        }
        *left -= length;
        let mut value = Vec::with_capacity(length);
        let mut next = first;
        while value.len() < length {
            let broken = || format!("the content that starts on page {first} is cut off at page {next}");
            let page = self.page(usize::try_from(next).unwrap_or(usize::MAX)).filter(|_| next != 0).ok_or_else(broken)?;
            let used = usize::from(self.order.u16(page, 22).ok_or_else(broken)?);
            let content = page.get(PAGE_HEADER..PAGE_HEADER + used).filter(|content| page.get(25) == Some(&7) && !content.is_empty());
            let content = content.ok_or_else(broken)?;
            value.extend_from_slice(content.get(..length - value.len()).unwrap_or(content));
            next = self.order.u32(page, 16).ok_or_else(broken)?;
        }
        Ok(value)
    }
}
