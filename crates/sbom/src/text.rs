//! Bytes to text: UTF-8 with or without a byte order mark, UTF-16 with one or recognisable by its zeros.

use std::borrow::Cow;

use crate::SbomError;

/// The document as text. UTF-16 is converted; anything else must be UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SbomError> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return utf8(rest, 3);
    }
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes, 2).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes, 2).map(Cow::Owned),
        [b'{' | b'<' | b'S', 0, ..] => utf16(bytes, u16::from_le_bytes, 0).map(Cow::Owned),
        [0, b'{' | b'<' | b'S', ..] => utf16(bytes, u16::from_be_bytes, 0).map(Cow::Owned),
        _ => utf8(bytes, 0),
    }
}

fn utf8(bytes: &[u8], skipped: usize) -> Result<Cow<'_, str>, SbomError> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|err| SbomError::Encoding { encoding: "UTF-8", offset: skipped + err.valid_up_to() })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, skipped: usize) -> Result<String, SbomError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(SbomError::Encoding { encoding: "UTF-16", offset: skipped + bytes.len() });
    }
    let mut out = String::with_capacity(bytes.len());
    let mut offset = skipped;
    for decoded in char::decode_utf16(pairs.iter().copied().map(unit)) {
        let char = decoded.map_err(|_| SbomError::Encoding { encoding: "UTF-16", offset })?;
        offset += char.len_utf16() * 2;
        out.push(char);
    }
    Ok(out)
}

/// At most `most` bytes of `text`, cut between characters and marked with an ellipsis.
pub(crate) fn clip(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default()))
}

/// Line and column (both from 1, in characters) of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

/// At most `most` bytes of `text`, cut between characters.
pub(crate) fn clip_plain(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
