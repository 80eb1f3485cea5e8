//! What kind of text a file is: enough to choose a format without parsing it.

use memchr::memmem;

/// Keys of a JSON object that are looked at: formats are told apart by their first ones, whatever they hold.
const MAX_KEYS: usize = 48;
/// How far the start of a document goes that is searched for words.
const HEAD: usize = 8 << 10;
/// The same for the keys of YAML, which may stand behind a long text.
const YAML_HEAD: usize = 4 << 20;

/// A file of a feed, decompressed, and what it looks like.
pub(crate) struct FeedFile<'a> {
    /// Where it was found: inside an archive, the archive's path and the member's.
    pub(crate) path: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) shape: Shape,
}

/// What a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object with these top-level keys: the first [`MAX_KEYS`].
    Object(Vec<String>),
    /// An array whose first element is an object with these keys.
    Array(Vec<String>),
    /// The name of the root element, without its namespace's prefix.
    Xml(String),
    /// Anything else.
    Text,
}

impl<'a> FeedFile<'a> {
    pub(crate) fn new(path: &'a str, bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let start = bytes.iter().position(|b| !b.is_ascii_whitespace()).and_then(|at| bytes.get(at..)).unwrap_or_default();
        let shape = match start {
            [b'{', ..] => Shape::Object(keys(start)),
            [b'[', rest @ ..] => {
                let first = rest.iter().position(|b| !b.is_ascii_whitespace()).and_then(|at| rest.get(at..)).unwrap_or_default();
                Shape::Array(if first.starts_with(b"{") { keys(first) } else { Vec::new() })
            }
            [b'<', ..] => Shape::Xml(root(start)),
            _ => Shape::Text,
        };
        Self { path, bytes, shape }
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &'a str {
        self.path.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// A JSON object that has all these keys.
    pub(crate) fn is_object_with(&self, wanted: &[&str]) -> bool {
        matches!(&self.shape, Shape::Object(keys) if wanted.iter().all(|key| keys.iter().any(|k| k == key)))
    }

    /// A JSON array whose first element has all these keys.
    pub(crate) fn is_array_with(&self, wanted: &[&str]) -> bool {
        matches!(&self.shape, Shape::Array(keys) if wanted.iter().all(|key| keys.iter().any(|k| k == key)))
    }

    pub(crate) fn is_xml(&self, element: &str) -> bool {
        matches!(&self.shape, Shape::Xml(root) if root == element)
    }

    /// Text that is neither JSON nor XML and has lines that start like this. A line of YAML starts with its key.
    pub(crate) fn is_text_with(&self, starts: &[&str]) -> bool {
        self.shape == Shape::Text && {
            let head = self.bytes.get(..YAML_HEAD).unwrap_or(self.bytes);
            starts.iter().all(|start| head.starts_with(start.as_bytes()) || memmem::find(head, format!("\n{start}").as_bytes()).is_some())
        }
    }

    pub(crate) fn head(&self) -> &'a [u8] {
        self.bytes.get(..HEAD).unwrap_or(self.bytes)
    }

    /// The whole text; bytes that are no UTF-8 become replacement characters.
    pub(crate) fn text(&self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.bytes)
    }
}

/// Keys of the object that a text starts with. Strings are skipped as strings; a text that is no JSON gives some keys or none.
fn keys(text: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            b'"' => {
                let start = at + 1;
                let Some(end) = string_end(text, start) else { break };
                at = end;
                let is_key = depth == 1 && text.get(end + 1..).unwrap_or_default().iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':');
                if is_key {
                    let key = text.get(start..end).unwrap_or_default();
                    out.push(String::from_utf8_lossy(key.get(..64).unwrap_or(key)).into_owned());
                    if out.len() >= MAX_KEYS {
                        break;
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    out
}

/// Where the string that starts at `at` ends: the position of its closing quote.
fn string_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// The local name of the first element.
fn root(text: &[u8]) -> String {
    let mut rest = text;
    // Declarations, comments and document types come first; a few of them.
    for _ in 0..32 {
        let Some(open) = memchr::memchr(b'<', rest) else { break };
        rest = rest.get(open + 1..).unwrap_or_default();
        let end = match rest {
            [b'?', ..] => memmem::find(rest, b"?>"),
            [b'!', b'-', b'-', ..] => memmem::find(rest, b"-->"),
            [b'!', ..] => memchr::memchr(b'>', rest),
            _ => {
                let name: &[u8] = rest.split(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')).next().unwrap_or_default();
                let local = name.rsplit(|b| *b == b':').next().unwrap_or_default();
                return String::from_utf8_lossy(local.get(..64).unwrap_or(local)).into_owned();
            }
        };
        let Some(end) = end else { break };
        rest = rest.get(end..).unwrap_or_default();
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let shape = |text: &str| FeedFile::new("x", text.as_bytes()).shape;
        let object = |keys: &[&str]| Shape::Object(keys.iter().map(|k| (*k).to_owned()).collect());
        assert_eq!(shape("\u{feff} {\"a\": {\"b\": [\"c\"]}, \"d\\\"\": 1}"), object(&["a", "d\\\""]));
        assert_eq!(shape("{\"a\": \"{\\\"x\\\": 1}\", \"b\" : 2"), object(&["a", "b"]), "cut off");
        assert_eq!(shape("[ {\"id\": 1}, {\"x\": 2}]"), Shape::Array(vec!["id".to_owned()]));
        assert_eq!(shape("[]"), Shape::Array(Vec::new()));
        assert_eq!(
            shape("<?xml version='1.0'?>\n<!-- <a> -->\n<!DOCTYPE x>\n<ns:oval_definitions xmlns='y'>"),
            Shape::Xml("oval_definitions".to_owned())
        );
        assert_eq!(shape("<"), Shape::Xml(String::new()));
        assert_eq!(shape("gem: x"), Shape::Text);
        assert_eq!(shape("{\"a\\"), object(&[]));
    }
}
