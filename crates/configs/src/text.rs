//! Bytes to text: byte order marks, UTF-16, invalid UTF-8.

use std::borrow::Cow;

/// Bytes that are not text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotText {
    /// 1-based.
    pub(crate) line: u32,
    pub(crate) message: &'static str,
}

/// UTF-8 or, with a byte order mark, UTF-16. The mark is removed.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest).map(Cow::Borrowed),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        _ => utf8(bytes).map(Cow::Borrowed),
    }
}

/// Like [`decode`], with bytes that are not UTF-8 replaced; only binary content is an error.
pub(crate) fn decode_lossy(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return decode(bytes);
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(NotText { line: line_at(bytes, at), message: "the file is binary" });
    }
    Ok(String::from_utf8_lossy(bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes)))
}

fn utf8(bytes: &[u8]) -> Result<&str, NotText> {
    std::str::from_utf8(bytes).map_err(|error| NotText { line: line_at(bytes, error.valid_up_to()), message: "the text is not UTF-8" })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(NotText { line: 1, message: "the text is not UTF-16, as its byte order mark says" });
    }
    let mut text = String::with_capacity(pairs.len());
    let mut line = 1;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let Ok(c) = decoded else { return Err(NotText { line, message: "the text is not UTF-16, as its byte order mark says" }) };
        line += u32::from(c == '\n');
        text.push(c);
    }
    Ok(text)
}

/// The line of an offset, 1-based.
pub(crate) fn line_at(bytes: &[u8], at: usize) -> u32 {
    let before = bytes.get(..at).unwrap_or(bytes);
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        assert_eq!(decode(b"\xEF\xBB\xBFa: \xC3\xA9").unwrap(), "a: é");
        assert_eq!(decode(&utf16("\u{FEFF}a: é\u{1F600}", u16::to_le_bytes)).unwrap(), "a: é\u{1F600}");
        assert_eq!(decode(&utf16("\u{FEFF}a: é", u16::to_be_bytes)).unwrap(), "a: é");
        assert_eq!(decode(b"a\nb\n\xFF").unwrap_err().line, 3);
        assert_eq!(decode(b"\xFF\xFEa").unwrap_err().line, 1);
        assert_eq!(decode(b"\xFF\xFEa\0\n\0\x00\xD8a\0").unwrap_err().line, 2);
        assert_eq!(decode_lossy(b"a\xFFb").unwrap(), "a\u{FFFD}b");
        assert_eq!(decode_lossy(b"a\n\0b").unwrap_err().line, 2);
    }
}
