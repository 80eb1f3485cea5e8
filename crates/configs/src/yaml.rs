//! YAML, every node with its lines.
//!
//! <https://yaml.org/spec/1.2.2/>
//!
//! Events come from `granit-parser`. A collection ends on its last line with content, not where the parser notices that it is over.
//! Aliases keep the lines of their anchor. Of repeated keys the last one is kept, as Kubernetes' decoder does; explicit keys win over
//! merged ones wherever the merge key stands. Tags of the core schema are resolved; others are kept. A document after a broken one is
//! not read: the decoders of Kubernetes and Compose stop there too. Texts of the simple sort go through [`block`] instead, with the same
//! result.

use crate::{
    Limits, block,
    scalar::{self, Dialect},
    tree::{At, Builder, Repeated, SyntaxError},
};
use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use memchr::memchr_iter;
use probity_model::{
    Lines, Node,
    node::{Scalar, ScalarKind},
};

/// One document of a stream.
#[derive(Debug)]
pub(crate) struct YamlDocument {
    pub(crate) root: Node,
    /// Has a mapping whose key is no scalar.
    pub(crate) complex_key: bool,
}

/// A comment, without `#`.
#[derive(Debug)]
pub(crate) struct Comment {
    pub(crate) line: u32,
    /// Nothing else is on its line.
    pub(crate) alone: bool,
    pub(crate) text: String,
}

/// A stream as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) documents: Vec<YamlDocument>,
    pub(crate) repeated: Vec<Repeated>,
    /// Only when asked for.
    pub(crate) comments: Vec<Comment>,
    pub(crate) error: Option<SyntaxError>,
}

/// All documents of a text.
pub fn parse_yaml(text: &str, limits: &Limits) -> Result<Vec<Node>, SyntaxError> {
    let stream = read(text, limits, Dialect::Core, false);
    match stream.error {
        Some(error) => Err(error),
        None => Ok(stream.documents.into_iter().map(|document| document.root).collect()),
    }
}

pub(crate) fn read(text: &str, limits: &Limits, dialect: Dialect, comments: bool) -> Stream {
    let fast = if comments { None } else { block::read(text, limits, dialect) };
    fast.unwrap_or_else(|| read_events(text, limits, dialect, comments))
}

/// The general parser, for any text.
pub(crate) fn read_events(text: &str, limits: &Limits, dialect: Dialect, comments: bool) -> Stream {
    let mut stream = Stream::default();
    if let Err(error) = read_into(text, limits, dialect, comments, &mut stream) {
        stream.error = Some(error);
    }
    stream
}

fn read_into(text: &str, limits: &Limits, dialect: Dialect, comments: bool, stream: &mut Stream) -> Result<(), SyntaxError> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(comments);
    options.max_buffered_comment_events = usize::MAX;
    options.flow_nesting_limit = limits.max_depth;
    options.block_nesting_limit = limits.max_depth;
    let mut builder = Builder::new(limits);
    // The last line with content so far.
    let mut last = 1;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax_error(&error))?;
        let at = At { line: number(span.start.line()), column: number(span.start.col() + 1) };
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let empty = style == ScalarStyle::Plain && span.is_empty();
                // An empty node stands behind the key or dash that it belongs to.
                let lines = if empty { Lines::one(at.line) } else { scalar_lines(text, style, &span) };
                last = last.max(lines.end);
                let value = if empty { "".into() } else { value };
                let (kind, tag) = kind_of(&value, style, tag.as_deref(), dialect);
                if anchor == 0 && builder.expects_key() {
                    let merge = style == ScalarStyle::Plain && value == "<<";
                    builder.key(value.into(), lines.start, merge);
                } else {
                    builder.scalar(Scalar { text: value.into(), kind }, lines, tag, anchor, at)?;
                }
            }
            Event::SequenceStart(_, anchor, tag) => {
                last = last.max(at.line);
                builder.begin_seq(tag.as_deref().and_then(custom_tag), anchor, at)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                last = last.max(at.line);
                builder.begin_map(tag.as_deref().and_then(custom_tag), anchor, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if !span.is_empty() {
                    last = last.max(number(span.end.line()));
                }
                builder.end(last, At { line: last, column: 1 })?;
            }
            Event::Alias(anchor) => {
                last = last.max(at.line);
                builder.alias(anchor, at)?;
            }
            Event::DocumentEnd => {
                let complex_key = builder.complex_key;
                if let Some(root) = builder.finish() {
                    stream.documents.push(YamlDocument { root, complex_key });
                }
                stream.repeated.append(&mut builder.repeated);
            }
            Event::DocumentStart(true, _) => last = last.max(at.line),
            Event::Comment(comment, _) => {
                stream.comments.push(Comment { line: at.line, alone: is_alone(text, &span), text: comment.into_owned() });
            }
            _ => {}
        }
    }
    Ok(())
}

fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn syntax_error(error: &granit_parser::ScanError) -> SyntaxError {
    use granit_parser::ErrorKind;
    let (line, column) = (number(error.marker().line()), number(error.marker().col() + 1));
    let message = error.info();
    let mut message = message.trim_end_matches('.').to_owned();
    // Ours begin in lower case; names such as `YAML` stay as they are.
    if message.get(..2).is_some_and(|start| start.ends_with(|c: char| c.is_ascii_lowercase()))
        && let Some(first) = message.get_mut(..1)
    {
        first.make_ascii_lowercase();
    }
    let over_limit = matches!(error.kind(), ErrorKind::RecursionLimitExceeded | ErrorKind::TooManyComments);
    SyntaxError { line, column, message, over_limit }
}

/// From the first to the last line that has text of the scalar.
fn scalar_lines(text: &str, style: ScalarStyle, span: &Span) -> Lines {
    let start = number(span.start.line());
    let end = number(span.end.line());
    if start == end || matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
        return Lines::new(start, end);
    }
    match span.slice(text) {
        Some(slice) => {
            let breaks = memchr_iter(b'\n', slice.trim_end().as_bytes()).count();
            Lines::new(start, start.saturating_add(number(breaks)).min(end))
        }
        None => Lines::new(start, end),
    }
}

fn is_alone(text: &str, span: &Span) -> bool {
    let Some(before) = span.start.byte_offset().and_then(|at| text.get(..at)) else { return true };
    before.rsplit('\n').next().is_none_or(|line| line.trim().is_empty())
}

fn kind_of(value: &str, style: ScalarStyle, tag: Option<&Tag>, dialect: Dialect) -> (ScalarKind, Option<Box<str>>) {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag else {
        return (if plain { scalar::resolve(value, dialect) } else { ScalarKind::Str }, None);
    };
    match tag.core_suffix() {
        None => (ScalarKind::Str, custom_tag(tag)),
        Some("null") => (ScalarKind::Null, None),
        Some("str" | "seq" | "map") => (ScalarKind::Str, None),
        Some("float") => (
            match scalar::number(value) {
                #[expect(clippy::cast_precision_loss, reason = "the document asks for a float")]
                Some(ScalarKind::Int(int)) => ScalarKind::Float(int as f64),
                Some(kind) => kind,
                None => ScalarKind::Str,
            },
            None,
        ),
        // `!!int "5"` and `!!bool "yes"`: the text decides.
        Some(_) => (scalar::resolve(value, dialect), None),
    }
}

/// `Sub` of `!Sub`, `binary` of `!!binary`; the non-specific tag `!` only says that a scalar is a string.
fn custom_tag(tag: &Tag) -> Option<Box<str>> {
    if tag.is_yaml_core_schema() {
        return None;
    }
    let name = tag.suffix().trim_start_matches('!');
    (!name.is_empty()).then(|| name.into())
}
