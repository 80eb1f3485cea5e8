//! Lines, words and digests: what every parser here needs.

use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Write as _};

/// Lines with their 1-based numbers, without line ends; what is not UTF-8 is replaced, a byte order mark is dropped.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = (u32, Cow<'_, str>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let empty = bytes.is_empty();
    let lines = bytes.split(|byte| *byte == b'\n').skip(usize::from(empty));
    (1..).zip(lines).map(|(number, line)| (number, String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line))))
}

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The last component of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The lower-cased text after the last dot of the last component; empty when there is none or the only dot starts the name.
pub(crate) fn extension(path: &str) -> String {
    let name = file_name(path);
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or_else(String::new, |(_, ext)| ext.to_ascii_lowercase())
}

/// Whether `path` has `folder` (one or more components) as consecutive components, the last of `path` excluded.
pub(crate) fn has_folder(path: &str, folder: &str) -> bool {
    path.match_indices(folder).any(|(at, _)| {
        let starts = at == 0 || path.as_bytes().get(at - 1) == Some(&b'/');
        starts && path.as_bytes().get(at + folder.len()) == Some(&b'/')
    })
}

/// At most `max` characters, with an ellipsis when something was cut; control characters become spaces.
pub(crate) fn snippet(text: &str, max: usize) -> String {
    let mut out: String = text.chars().take(max).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(max).is_some() {
        out.pop();
        out.push('…');
    }
    out
}

/// Removes one pair of matching quotes.
pub(crate) fn unquote(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// The line of a byte offset, for callers that ask with growing offsets.
pub(crate) struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The 1-based line that holds `offset`. An offset before the last one asked is counted from the start again.
    pub(crate) fn line(&mut self, offset: usize) -> u32 {
        if offset < self.at {
            (self.at, self.line) = (0, 1);
        }
        let between = self.bytes.get(self.at..offset.min(self.bytes.len())).unwrap_or_default();
        let count = memchr::memchr_iter(b'\n', between).count();
        self.line = self.line.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.at += between.len();
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_numbers_and_no_line_ends() {
        let all: Vec<_> = lines(b"\xef\xbb\xbfa\r\n\nb\n").map(|(n, l)| format!("{n}:{l}")).collect();
        assert_eq!(all, ["1:a", "2:", "3:b"]);
        assert_eq!(lines(b"").count(), 0);
    }

    #[test]
    fn folders_are_whole_components() {
        assert!(has_folder("usr/share/doc/x/copyright", "share/doc"));
        assert!(!has_folder("usr/share/docs/x", "share/doc"));
        assert!(!has_folder("a/test", "test"));
    }

    #[test]
    fn line_counter_goes_both_ways() {
        let mut counter = LineCounter::new(b"a\nb\nc");
        assert_eq!([counter.line(4), counter.line(0), counter.line(99)], [3, 1, 3]);
    }
}
