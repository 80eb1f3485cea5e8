//! The part of YAML that manifests are made of, read several times faster than by the general parser.
//!
//! Block mappings with plain keys, block sequences, scalars on one line, literal blocks, flow sequences of plain or quoted words on one
//! line, `---`. Anything else (and anything wrong) makes [`read`] give up, and the general parser reads the text from its beginning: what is
//! read here has to come out as it would there, and a test compares the two.

use crate::{
    Limits,
    scalar::{self, Dialect},
    tree::{self, Repeated},
    yaml::{Stream, YamlDocument},
};
use memchr::{memchr, memmem};
use probity_model::{
    Lines, Node,
    node::{Entry, Scalar, ScalarKind, Value},
};

/// Deeper texts are left to the general parser, which needs no recursion.
const MAX_DEPTH: usize = 64;

/// Longer keys are left to the general parser, which limits them.
const MAX_KEY: usize = 500;

/// The stream, or `None` if the text needs the general parser.
pub(crate) fn read(text: &str, limits: &Limits, dialect: Dialect) -> Option<Stream> {
    let bytes = text.as_bytes();
    if bytes.iter().any(|b| (*b < b' ' && *b != b'\n') || *b == 0x7F) || (!text.is_ascii() && text.chars().any(is_odd)) {
        return None;
    }
    let mut reader = Reader {
        rest: text,
        next: 1,
        line: None,
        last: 1,
        dialect,
        nodes: limits.max_nodes,
        max_depth: MAX_DEPTH.min(limits.max_depth),
        repeated: Vec::new(),
    };
    let mut documents = Vec::new();
    reader.advance();
    while let Some(line) = reader.line {
        let explicit = line.is_marker();
        if explicit {
            let rest = line.content.get(3..)?.trim_start();
            if !rest.is_empty() && !rest.starts_with('#') {
                return None;
            }
            reader.last = line.number;
            reader.advance();
        }
        let root = match reader.line {
            Some(line) if !line.is_marker() => {
                if line.indent != 0 || line.content.starts_with("...") || line.content.starts_with('%') {
                    return None;
                }
                reader.block(0)?
            }
            _ => reader.null(),
        };
        documents.push(YamlDocument { root, complex_key: false });
        if reader.line.is_some_and(|line| !line.is_marker()) {
            return None;
        }
    }
    Some(Stream { documents, repeated: reader.repeated, ..Stream::default() })
}

/// Characters that are no text or that end lines somewhere.
fn is_odd(c: char) -> bool {
    c.is_control() && c != '\n' || matches!(c, '\u{FEFF}' | '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}')
}

/// A line with content, from its first character that is no blank.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    number: u32,
    indent: usize,
    content: &'t str,
}

impl Line<'_> {
    /// `---`, alone or with something behind it.
    fn is_marker(self) -> bool {
        self.indent == 0 && self.content.starts_with("---") && matches!(self.content.as_bytes().get(3), None | Some(b' '))
    }

    fn is_item(self) -> bool {
        matches!(self.content.as_bytes(), [b'-'] | [b'-', b' ', ..])
    }
}

struct Reader<'t> {
    /// Behind `line`.
    rest: &'t str,
    /// Number of the line that `rest` begins with.
    next: u32,
    line: Option<Line<'t>>,
    /// The last line with content that was used.
    last: u32,
    dialect: Dialect,
    nodes: usize,
    max_depth: usize,
    repeated: Vec<Repeated>,
}

impl<'t> Reader<'t> {
    /// The raw next line.
    fn raw(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
        let (raw, after) = self.rest.split_at_checked(end)?;
        self.rest = after.get(1..).unwrap_or_default();
        self.next += 1;
        Some(raw)
    }

    /// To the next line with content.
    fn advance(&mut self) {
        self.line = None;
        while let Some(raw) = self.raw() {
            let content = raw.trim_start_matches(' ');
            if !content.is_empty() && !content.starts_with('#') {
                self.line = Some(Line { number: self.next - 1, indent: raw.len() - content.len(), content });
                return;
            }
        }
    }

    /// A mapping or sequence that starts at the current line, at this indentation.
    fn block(&mut self, indent: usize) -> Option<Node> {
        self.max_depth = self.max_depth.checked_sub(1)?;
        let node = if self.line?.is_item() { self.sequence(indent) } else { self.mapping(indent) };
        self.max_depth += 1;
        node
    }

    fn mapping(&mut self, indent: usize) -> Option<Node> {
        self.count()?;
        let start = self.line?.number;
        let mut entries = Vec::new();
        while let Some(line) = self.line {
            if line.indent < indent || line.is_marker() {
                break;
            }
            if line.indent > indent || line.is_item() {
                return None;
            }
            let (key, rest) = key(line.content)?;
            self.last = line.number;
            let value = if rest.is_empty() || rest.starts_with('#') {
                self.advance();
                match self.line {
                    Some(next) if next.is_marker() => self.null(),
                    Some(next) if next.indent > indent => self.block(next.indent)?,
                    // Items may stand as far left as their key.
                    Some(next) if next.indent == indent && next.is_item() => {
                        self.max_depth = self.max_depth.checked_sub(1)?;
                        let items = self.sequence(indent)?;
                        self.max_depth += 1;
                        items
                    }
                    _ => self.null(),
                }
            } else {
                self.inline(rest, line.number, indent)?
            };
            entries.push(Entry { key: key.into(), line: line.number, value });
        }
        tree::keep_last(&mut entries, &mut self.repeated);
        Some(Node { value: Value::Map(entries), lines: Lines::new(start, self.last), tag: None })
    }

    fn sequence(&mut self, indent: usize) -> Option<Node> {
        self.count()?;
        let start = self.line?.number;
        let mut items = Vec::new();
        while let Some(line) = self.line {
            if line.indent < indent || line.is_marker() || (line.indent == indent && !line.is_item()) {
                break;
            }
            if line.indent > indent {
                return None;
            }
            self.last = line.number;
            let rest = line.content.get(1..)?.trim_start_matches(' ');
            if rest.is_empty() || rest.starts_with('#') {
                self.advance();
                let item = match self.line {
                    Some(next) if next.indent > indent => self.block(next.indent)?,
                    _ => self.null(),
                };
                items.push(item);
                continue;
            }
            let inner = Line { number: line.number, indent: indent + line.content.len() - rest.len(), content: rest };
            let item = if inner.is_item() || key(rest).is_some() {
                self.line = Some(inner);
                self.block(inner.indent)?
            } else {
                self.inline(rest, line.number, indent)?
            };
            items.push(item);
        }
        Some(Node { value: Value::Seq(items), lines: Lines::new(start, self.last), tag: None })
    }

    fn count(&mut self) -> Option<()> {
        self.nodes = self.nodes.checked_sub(1)?;
        Some(())
    }

    fn null(&mut self) -> Node {
        self.nodes = self.nodes.saturating_sub(1);
        Node { value: Value::Scalar(Scalar { text: "".into(), kind: ScalarKind::Null }), lines: Lines::one(self.last), tag: None }
    }

    fn string(&mut self, text: &str, line: u32) -> Option<Node> {
        self.count()?;
        Some(Node { value: Value::Scalar(Scalar { text: text.into(), kind: ScalarKind::Str }), lines: Lines::one(line), tag: None })
    }

    fn plain(&mut self, text: &str, line: u32) -> Option<Node> {
        self.count()?;
        let kind = scalar::resolve(text, self.dialect);
        Some(Node { value: Value::Scalar(Scalar { text: text.into(), kind }), lines: Lines::one(line), tag: None })
    }

    /// A value behind a key or a dash; moves on to the line after it. `indent` is that of the mapping or sequence around it.
    fn inline(&mut self, text: &'t str, line: u32, indent: usize) -> Option<Node> {
        let node = match text.as_bytes().first()? {
            quote @ (b'"' | b'\'') => {
                let (inner, after) = quoted(text, *quote)?;
                ends(after)?;
                self.string(inner, line)?
            }
            b'[' => self.flow(text, line)?,
            b'{' => {
                ends(text.strip_prefix("{}")?)?;
                self.count()?;
                Node { value: Value::Map(Vec::new()), lines: Lines::one(line), tag: None }
            }
            b'|' => return self.literal(text, indent),
            _ => {
                let text = match memmem::find(text.as_bytes(), b" #") {
                    Some(at) => text.get(..at)?,
                    None => text,
                };
                let text = text.trim_end_matches(' ');
                if !starts_plain(text) || text.ends_with(':') || memmem::find(text.as_bytes(), b": ").is_some() {
                    return None;
                }
                self.plain(text, line)?
            }
        };
        self.advance();
        // What is indented more would belong to this value.
        if self.line.is_some_and(|next| next.indent > indent) {
            return None;
        }
        Some(node)
    }

    /// `[a, "b"]` on one line.
    fn flow(&mut self, text: &str, line: u32) -> Option<Node> {
        self.count()?;
        if self.max_depth == 0 {
            return None;
        }
        let mut items = Vec::new();
        let mut rest = text.strip_prefix('[')?.trim_start_matches(' ');
        if let Some(after) = rest.strip_prefix(']') {
            ends(after)?;
            return Some(Node { value: Value::Seq(items), lines: Lines::one(line), tag: None });
        }
        loop {
            let first = *rest.as_bytes().first()?;
            let (item, after) = if matches!(first, b'"' | b'\'') {
                let (inner, after) = quoted(rest, first)?;
                (self.string(inner, line)?, after)
            } else {
                let length = rest.bytes().take_while(|b| is_key_byte(*b) || *b == b'=').count();
                let (word, after) = rest.split_at_checked(length)?;
                if !starts_plain(word) {
                    return None;
                }
                (self.plain(word, line)?, after)
            };
            items.push(item);
            let after = after.trim_start_matches(' ');
            if let Some(after) = after.strip_prefix(']') {
                ends(after)?;
                return Some(Node { value: Value::Seq(items), lines: Lines::one(line), tag: None });
            }
            rest = after.strip_prefix(',')?.trim_start_matches(' ');
        }
    }

    /// `|` and `|-`.
    fn literal(&mut self, header: &str, indent: usize) -> Option<Node> {
        let (strip, after) = match header.strip_prefix("|-") {
            Some(after) => (true, after),
            None => (false, header.strip_prefix('|')?),
        };
        ends(after)?;
        self.count()?;
        let start = self.next;
        let mut text = String::new();
        let mut width = 0;
        let mut end = start;
        let mut blank = 0;
        loop {
            let (before, number) = (self.rest, self.next);
            let Some(raw) = self.raw() else { break };
            let content = raw.trim_start_matches(' ');
            let own = raw.len() - content.len();
            if content.is_empty() {
                // Blanks on an empty line may be content or not.
                if own > 0 || width == 0 {
                    return None;
                }
                blank += 1;
                continue;
            }
            if width == 0 {
                if own <= indent {
                    return None;
                }
                width = own;
            }
            if own < width {
                (self.rest, self.next) = (before, number);
                break;
            }
            for _ in 0..std::mem::take(&mut blank) {
                text.push('\n');
            }
            text.push_str(raw.get(width..)?);
            text.push('\n');
            end = number;
        }
        if width == 0 {
            return None;
        }
        if strip {
            text.pop();
        }
        self.last = end;
        self.advance();
        if self.line.is_some_and(|next| next.indent > indent) {
            return None;
        }
        Some(Node { value: Value::Scalar(Scalar { text: text.into(), kind: ScalarKind::Str }), lines: Lines::new(start, end), tag: None })
    }
}

/// Nothing or a comment.
fn ends(text: &str) -> Option<()> {
    let content = text.trim_start_matches(' ');
    (content.is_empty() || (content.starts_with('#') && content.len() < text.len())).then_some(())
}

/// A quoted scalar without escapes, and what follows it.
fn quoted(text: &str, quote: u8) -> Option<(&str, &str)> {
    let inner = text.get(1..)?;
    let end = memchr(quote, inner.as_bytes())?;
    let (content, after) = inner.split_at_checked(end)?;
    let after = after.get(1..)?;
    let escapes = if quote == b'"' { content.contains('\\') } else { after.starts_with('\'') };
    (!escapes).then_some((content, after))
}

fn is_key_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-')
}

/// `key:` and what follows it, without blanks in front.
fn key(content: &str) -> Option<(&str, &str)> {
    let length = content.bytes().take_while(|b| is_key_byte(*b)).count();
    let (key, after) = content.split_at_checked(length)?;
    let after = after.strip_prefix(':')?;
    if key.is_empty() || key.starts_with(['-', '.']) || key.len() > MAX_KEY || !(after.is_empty() || after.starts_with(' ')) {
        return None;
    }
    Some((key, after.trim_start_matches(' ')))
}

/// Whether a text begins as only a plain scalar does.
fn starts_plain(text: &str) -> bool {
    match text.as_bytes() {
        [b'-', next, ..] => next.is_ascii_alphanumeric() || matches!(next, b'-' | b'.' | b'/'),
        [first, ..] => {
            first.is_ascii_alphanumeric() || matches!(first, b'_' | b'/' | b'.' | b'+' | b'(' | b'$' | b'=' | b'~' | b'^' | b';')
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;
    use proptest::prelude::*;

    /// Both parsers; the fast one may give up.
    fn compare(text: &str) -> bool {
        let limits = Limits::default();
        for dialect in [Dialect::Core, Dialect::Kubernetes] {
            let Some(fast) = read(text, &limits, dialect) else { return false };
            let general = yaml::read_events(text, &limits, dialect, false);
            assert_eq!(general.error, None, "{text:?}");
            assert_eq!(format!("{:?}", fast.documents), format!("{:?}", general.documents), "{text:?}");
            assert_eq!(fast.repeated, general.repeated, "{text:?}");
        }
        true
    }

    #[test]
    fn reads_manifests() {
        let manifest = "# comment\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web # trailing\n  labels: {}\n  empty:\n\nspec:\n  \
                        containers:\n  - name: \"a b\"\n    args: [--x=1, 'y', \"z\", -1, 0644]\n    command:\n      - sh\n      - |\n        set -e\n\n        \
                        exit\n      - |-\n        x\n      -\n        k: v\n      - - 1\n        - on\n  - name: b\n    url: http://x:80/a#b\n    n: -5\n---\n---\n- a\n- b: \
                        c\n  d: ~\n-\n";
        assert!(compare(manifest));
    }

    #[test]
    fn leaves_the_rest_to_the_general_parser() {
        for text in [
            "a: &x b",
            "a: *x",
            "a: !t b",
            "a: b\n  c",
            "a: b: c",
            "a: [b, [c]]",
            "a: {b: c}",
            "a: \"\\n\"",
            "a: 'it''s'",
            "a: >\n  b",
            "a: |2\n   b",
            "a: |+\n  b",
            "\"a\": b",
            "? a\n: b",
            "a b: c",
            "<<: c",
            "a:\tb",
            "a: b\r\n",
            "--- a",
            "a: b\n...",
            "%YAML 1.2\n---\na: b",
            "a",
            " a: b\nc: d",
            "a: - b",
            "a: @b",
        ] {
            assert!(read(text, &Limits::default(), Dialect::Core).is_none(), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn agrees_with_the_general_parser(text in "(\n|\n|\n  |\n    |\n|  | |- |-|a: |b:|c.d/e: |key: |x|true|12|~|no|-1|--|---|\n---\n| #c|#|\"q\"|'s'|\\[a, \"b\"\\]|\\[\\]|\\{\\}|\\|\n|\\|-\n|: |:|é|,|\\[|&a|\\.|0x1f){0,24}") {
            compare(&text);
        }

        #[test]
        fn agrees_on_lines(lines in proptest::collection::vec((0usize..4, "(- |- - |)(a: |b: |c: |d:|)(x|\"q\"|'s' # c|\\[1, y\\]|\\{\\}|\\||\\|-|# c|)"), 0..12)) {
            let text: Vec<String> = lines.into_iter().map(|(indent, line)| format!("{}{line}", "  ".repeat(indent))).collect();
            compare(&text.join("\n"));
        }
    }
}
