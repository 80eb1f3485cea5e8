//! PEM blocks wherever they stand: in files of their own, indented in YAML, as one string with `\n` in JSON, in source code.
//!
//! RFC 7468, RFC 1421 for the headers of encrypted keys, RFC 4880 section 6.2 for PGP armour.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use memchr::memmem;
use std::ops::Range;

/// A block longer than this is cut there: the largest keys in use are far below.
const MAX_BLOCK: usize = 256 << 10;

const BEGIN: &[u8] = b"-----BEGIN ";

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A block.
pub(crate) struct Block<'a> {
    /// `CERTIFICATE`, `RSA PRIVATE KEY` …
    pub(crate) label: &'a str,
    /// From `-----BEGIN` to the end of the `END` line, or as far as the content goes when there is none.
    pub(crate) range: Range<usize>,
    /// Between the two lines.
    content: &'a [u8],
}

/// The block that begins at `start`.
pub(crate) fn block_at(text: &[u8], start: usize) -> Option<Block<'_>> {
    let rest = text.get(start..)?.strip_prefix(BEGIN)?;
    let head = rest.get(..64).unwrap_or(rest);
    let label_len = memmem::find(head, b"-----")?;
    let label = std::str::from_utf8(rest.get(..label_len)?).ok()?;
    if !label.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.')) {
        return None;
    }
    let from = start + BEGIN.len() + label_len + 5;
    let content = text.get(from..)?;
    let content = content.get(..MAX_BLOCK).unwrap_or(content);
    // The next marker of any kind ends it, so that blocks without an end do not swallow each other.
    let len = memmem::find(content, b"-----").unwrap_or(content.len());
    let content = content.get(..len)?;
    let mut end = from + len;
    if let Some(tail) = text.get(end..).and_then(|tail| tail.strip_prefix(b"-----END ")) {
        let tail = tail.get(..64).unwrap_or(tail);
        if let Some(close) = memmem::find(tail, b"-----") {
            end += 9 + close + 5;
        }
    } else {
        end = from + digits(content).1;
    }
    Some(Block { label, range: start..end, content })
}

/// All blocks, in order.
pub(crate) fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memmem::find(text.get(at..)?, BEGIN)?;
            at = start + BEGIN.len();
            if let Some(block) = block_at(text, start) {
                at = at.max(block.range.end);
                return Some(block);
            }
        }
    })
}

impl Block<'_> {
    /// Whether RFC 1421 headers say that the content is encrypted.
    pub(crate) fn has_encryption_header(&self) -> bool {
        let head = self.content.get(..200).unwrap_or(self.content);
        memmem::find(head, b"ENCRYPTED").is_some()
    }

    /// The decoded content; empty when it is no base64. Headers, indentation, quotes, `\n` and `+` of string concatenation are taken out.
    pub(crate) fn body(&self) -> Vec<u8> {
        let (mut digits, _) = digits(self.content);
        while digits.last() == Some(&b'=') {
            digits.pop();
        }
        // A cut in the middle of a group loses that group only.
        if digits.len() % 4 == 1 {
            digits.pop();
        }
        LENIENT.decode(&digits).unwrap_or_default()
    }

    /// The decoded content when this is a private key and not only the marker of one, as libraries, documentation and templates have it: it
    /// has the length and the first bytes that its format prescribes.
    pub(crate) fn private_key(&self) -> Option<Vec<u8>> {
        if !self.label.ends_with("PRIVATE KEY") && self.label != "PGP PRIVATE KEY BLOCK" {
            return None;
        }
        let body = self.body();
        let formed = match self.label {
            _ if self.has_encryption_header() => true,
            "OPENSSH PRIVATE KEY" => body.starts_with(b"openssh-key-v1"),
            "PGP PRIVATE KEY BLOCK" => body.first().is_some_and(|byte| byte & 0x80 != 0),
            _ => body.first() == Some(&0x30),
        };
        (formed && body.len() >= 24).then_some(body)
    }
}

/// The base64 digits of a block's content and how much of it they took. The first line that is neither a header nor base64 ends them.
fn digits(content: &[u8]) -> (Vec<u8>, usize) {
    let mut digits = Vec::with_capacity(content.len().min(8192));
    let mut data = false;
    let mut in_header = false;
    let mut at = 0;
    while at < content.len() {
        let rest = content.get(at..).unwrap_or_default();
        let newline = memchr::memchr(b'\n', rest).map_or(rest.len(), |len| len + 1);
        let line = rest.get(..newline).unwrap_or_default();
        // A string of JSON or of source code writes line ends as two characters.
        let escaped = memmem::find(line, b"\\n").map(|len| len + 2);
        let taken = escaped.unwrap_or(newline);
        let line = clean(rest.get(..taken).unwrap_or_default());
        at += taken;
        if line.is_empty() {
            in_header = false;
            continue;
        }
        // `Proc-Type: 4,ENCRYPTED`, `DEK-Info: …`, `Comment: …` and their continuation lines.
        if !data && (in_header || is_header(line)) {
            in_header = line.ends_with(b",") || line.ends_with(b"\\");
            continue;
        }
        // The checksum of PGP armour.
        if data && line.len() == 5 && line.first() == Some(&b'=') {
            continue;
        }
        let length = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')).count();
        if length < line.len() {
            // One long line may go on with other things: a value of JSON whose end marker is missing.
            if !data && length >= 64 {
                digits.extend(line.iter().take(length));
            }
            return (digits, at - taken);
        }
        data = true;
        digits.extend(line);
    }
    (digits, content.len())
}

fn is_header(line: &[u8]) -> bool {
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    name > 0 && line.get(name..name + 2) == Some(b": ")
}

/// A line without what the surrounding language adds to it.
fn clean(line: &[u8]) -> &[u8] {
    let mut line = line.trim_ascii();
    loop {
        let before = line.len();
        for lead in [&b"\""[..], b"'", b"+ ", b"// ", b"#", b"* ", b"|"] {
            line = line.strip_prefix(lead).unwrap_or(line).trim_ascii_start();
        }
        for tail in [&b"\\n"[..], b"\\r", b"\\", b"\"", b"'", b" +", b" .", b",", b";"] {
            line = line.strip_suffix(tail).unwrap_or(line).trim_ascii_end();
        }
        if line.len() == before {
            // A lone operator between two strings.
            return if matches!(line, b"+" | b".") { b"" } else { line };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn body(text: &str, expected: &[u8]) {
        let all: Vec<_> = blocks(text.as_bytes()).collect();
        assert_eq!(all.len(), 1, "{text}");
        assert_eq!(all[0].body(), expected, "{text}");
    }

    #[test]
    fn wherever_it_stands() {
        body("-----BEGIN X-----\naGVsbG8g\nd29ybGQ=\n-----END X-----\n", b"hello world");
        body("a: |\n  -----BEGIN X-----\n  aGVsbG8g\n  d29ybGQ=\n  -----END X-----\n", b"hello world");
        body(r#"{"k":"-----BEGIN X-----\naGVsbG8g\nd29ybGQ=\n-----END X-----\n"}"#, b"hello world");
        body("\"-----BEGIN X-----\\n\" +\n  \"aGVsbG8g\\n\" +\n  \"d29ybGQ=\\n\" +\n\"-----END X-----\"", b"hello world");
        body(
            "-----BEGIN X-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: A,B\r\n\r\naGVsbG8g\r\nd29ybGQ=\r\n-----END X-----\r\n",
            b"hello world",
        );
        body("-----BEGIN PGP X-----\nVersion: 1\n\naGVsbG8g\nd29ybGQ=\n=abcd\n-----END PGP X-----\n", b"hello world");
        body("-----BEGIN X-----\naGVsbG8g", b"hello ");
    }

    #[test]
    fn nothing_is_swallowed() {
        let text = b"-----BEGIN A-----\naGVs\n-----BEGIN B-----\nbG8=\n-----END B-----\n";
        let all: Vec<_> = blocks(text).map(|block| (block.label.to_owned(), block.body())).collect();
        assert_eq!(all, [("A".to_owned(), b"hel".to_vec()), ("B".to_owned(), b"lo".to_vec())]);
        assert_eq!(blocks(b"-----BEGIN ").count() + blocks(b"-----BEGIN a-----x").count(), 0);
    }
}
