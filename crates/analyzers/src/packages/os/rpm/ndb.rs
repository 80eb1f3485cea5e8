//! `Packages.db`: rpm's own database (`ndb`), which SUSE uses.
//!
//! <https://github.com/rpm-software-management/rpm/blob/master/lib/backend/ndb/rpmpkg.c>
//!
//! A header, pages of slots that say where each blob is, and blobs with a header and a trailer of their own. Numbers are little-endian, offsets
//! count blocks of 16 bytes. The checksum in a blob's trailer is not verified: rpm itself does so only on request.

use super::{Blobs, Damage};

const BLOCK: usize = 16;
const PAGE: usize = 4096;
const SLOT: &[u8] = b"Slot";

pub(super) fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RpmP")
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn size(bytes: &[u8], at: usize) -> Option<usize> {
    number(bytes, at).and_then(|number| usize::try_from(number).ok())
}

/// Visits the headers, in order of the slots.
pub(super) fn read(bytes: &[u8], blobs: &mut Blobs<'_>) -> Result<(), Damage> {
    let short = || "the file ends in its header".to_owned();
    let version = number(bytes, 4).ok_or_else(short)?;
    if version != 0 {
        return Err(format!("version {version} of the format is not known"));
    }
    let slots = size(bytes, 12).and_then(|pages| pages.checked_mul(PAGE)).ok_or_else(short)?;
    // The header takes the place of the first two slots.
    let area = bytes.get(2 * BLOCK..slots.min(bytes.len())).unwrap_or_default();
    // Content that may still be read: two slots do not share a blob.
    let mut left = bytes.len();
    for slot in area.chunks_exact(BLOCK) {
        if !slot.starts_with(SLOT) {
            return Err("a slot is damaged".to_owned());
        }
        let (Some(package), Some(block), Some(count)) = (number(slot, 4), size(slot, 8), size(slot, 12)) else { continue };
        if package == 0 {
            continue;
        }
        match blob(bytes, package, block, count) {
            Some(blob) if blob.len() <= left => {
                left -= blob.len();
                blobs.header(blob);
            }
            Some(_) => return Err("the headers have more content than the file".to_owned()),
            None => blobs.damage(format!("the header of package {package} is damaged")),
        }
    }
    if slots > bytes.len() {
        return Err("the file ends in its slots".to_owned());
    }
    Ok(())
}

/// The content of a blob: behind its magic word, the package's number, a generation and the length.
fn blob(bytes: &[u8], package: u32, block: usize, count: usize) -> Option<&[u8]> {
    let start = block.checked_mul(BLOCK)?;
    let blob = bytes.get(start..start.checked_add(count.checked_mul(BLOCK)?)?)?;
    if !blob.starts_with(b"BlbS") || number(blob, 4)? != package {
        return None;
    }
    let length = size(blob, 12)?;
    blob.get(16..16_usize.checked_add(length)?)
}
