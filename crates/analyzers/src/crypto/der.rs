//! As much of DER as private keys need: tag, length, value. X.690.

/// One element: its tag, its content, and what follows it.
pub(super) fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = input.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let len = if *first < 0x80 {
        usize::from(*first)
    } else {
        let count = usize::from(*first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (bytes, after) = rest.split_at_checked(count)?;
        rest = after;
        bytes.iter().fold(0usize, |len, byte| len << 8 | usize::from(*byte))
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((*tag, content, rest))
}

/// The content of an element with this tag, and what follows it.
pub(super) fn expect(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    element(input).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// The length in bits of a positive integer's content.
pub(super) fn bits(integer: &[u8]) -> Option<u32> {
    let significant = integer.iter().position(|byte| *byte != 0).map_or(&[][..], |at| integer.get(at..).unwrap_or_default());
    let first = significant.first()?;
    u32::try_from(significant.len() * 8).ok().map(|bits| bits - first.leading_zeros())
}
