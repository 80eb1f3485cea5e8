//! XML as a tree of elements. Document type declarations are refused, so there are no entities to expand and nothing to fetch.

use std::cell::Cell;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::SbomError;

/// Deeper documents are refused.
const DEEPEST: usize = 128;
const MOST_ATTRIBUTES: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Element {
    /// As written, with its prefix.
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    /// All text directly inside, untrimmed.
    pub(crate) text: String,
    pub(crate) line: usize,
}

pub(crate) fn parse(text: &str, values: &Cell<u64>, limit: u64) -> Result<Element, SbomError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut lines = Lines { text, offset: 0, line: 1 };
    let mut open: Vec<Element> = Vec::new();
    loop {
        let before = reader.buffer_position();
        let event = reader.read_event().map_err(|err| {
            let offset = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            syntax(text, offset, err.to_string())
        })?;
        let here = usize::try_from(before).unwrap_or(usize::MAX);
        match event {
            Event::Start(start) => {
                if open.len() >= DEEPEST {
                    return Err(syntax(text, here, format!("elements are nested deeper than {DEEPEST}")));
                }
                charge(values, limit)?;
                let mut element = element(&start, values, limit).map_err(|fault| fault.at(text, here))?;
                element.line = lines.at(here);
                open.push(element);
            }
            Event::End(_) => {
                let Some(done) = open.pop() else { return Err(syntax(text, here, "an element ends that was not open".to_owned())) };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return trailing(reader, text, done),
                }
            }
            Event::Text(content) => match open.last_mut() {
                Some(element) => element.text.push_str(&content.xml10_content()),
                None if content.trim().is_empty() => {}
                None => return Err(syntax(text, here, "text outside the root element".to_owned())),
            },
            Event::CData(content) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&content.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let char = resolve(&reference).ok_or_else(|| syntax(text, here, "an entity that XML does not predefine".to_owned()))?;
                if let Some(element) = open.last_mut() {
                    element.text.push(char);
                }
            }
            Event::DocType(_) => return Err(syntax(text, here, "document type declarations are refused".to_owned())),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Empty(_) => return Err(syntax(text, here, "an empty element was not expanded".to_owned())),
            Event::Eof => return Err(syntax(text, text.len(), "the document ends inside an element".to_owned())),
        }
    }
}

/// Only comments and white space may follow the root.
fn trailing(mut reader: Reader<&[u8]>, text: &str, root: Element) -> Result<Element, SbomError> {
    loop {
        let here = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(root),
            Ok(Event::Comment(_) | Event::PI(_)) => {}
            Ok(Event::Text(content)) if content.trim().is_empty() => {}
            Ok(_) => return Err(syntax(text, here, "content after the root element".to_owned())),
            Err(err) => return Err(syntax(text, here, err.to_string())),
        }
    }
}

enum Fault {
    Message(String),
    Error(SbomError),
}

impl Fault {
    fn at(self, text: &str, offset: usize) -> SbomError {
        match self {
            Self::Message(message) => syntax(text, offset, message),
            Self::Error(error) => error,
        }
    }
}

fn element(start: &BytesStart<'_>, values: &Cell<u64>, limit: u64) -> Result<Element, Fault> {
    let mut element = Element { name: start.name().0.to_owned(), ..Element::default() };
    // The check for repeated names is quadratic; few attributes are allowed, and the last of a name wins.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|err| Fault::Message(err.to_string()))?;
        charge(values, limit).map_err(Fault::Error)?;
        if element.attributes.len() >= MOST_ATTRIBUTES {
            return Err(Fault::Message(format!("an element has more than {MOST_ATTRIBUTES} attributes")));
        }
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|err| Fault::Message(err.to_string()))?;
        element.attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    Some(match &**reference {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn charge(values: &Cell<u64>, limit: u64) -> Result<(), SbomError> {
    match values.get().checked_sub(1) {
        Some(left) => {
            values.set(left);
            Ok(())
        }
        None => Err(SbomError::TooLarge { what: "values", limit }),
    }
}

fn syntax(text: &str, offset: usize, message: String) -> SbomError {
    let (line, column) = crate::text::position(text, offset);
    SbomError::Syntax { line, column, message }
}

/// Counts lines as the reader moves forward.
struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, offset: usize) -> usize {
        if let Some(passed) = self.text.as_bytes().get(self.offset..offset.min(self.text.len())) {
            self.line += memchr::memchr_iter(b'\n', passed).count();
            self.offset = offset;
        }
        self.line
    }
}

/// `text` without the characters that XML 1.0 cannot have; second, whether there were any.
pub(crate) fn clean(text: &str) -> (std::borrow::Cow<'_, str>, bool) {
    let invalid = |char: char| matches!(char, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(invalid) { (text.replace(invalid, "").into(), true) } else { (text.into(), false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str, expected: &str) {
        let message = parse(text, &Cell::new(1_000_000), 1_000_000).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }

    #[test]
    fn text_and_entities() {
        let root = parse(
            "<?xml version='1.0'?>\n<a x='1 &lt; 2'>\n <b>p &amp; q<![CDATA[<r>]]>&#x41;</b><c/></a>\n<!-- end -->",
            &Cell::new(100),
            100,
        )
        .unwrap();
        assert_eq!(root.attributes, [("x".to_owned(), "1 < 2".to_owned())]);
        assert_eq!((root.children[0].text.as_str(), root.children[0].line), ("p & q<r>A", 3));
        assert_eq!(root.children[1].name, "c");
    }

    #[test]
    fn hostile_documents_are_refused() {
        fails("<!DOCTYPE a [<!ENTITY b 'bbbb'>]><a>&b;</a>", "document type declarations are refused");
        fails("<a>&b;</a>", "an entity that XML does not predefine");
        fails("<a x='&b;'/>", "line 1");
        fails(&"<a>".repeat(1_000), "nested deeper");
        fails("<a><b></a>", "line 1");
        fails("<a>", "ends inside");
        fails("<a/><b/>", "content after the root");
        let many: String = " a=''".repeat(100);
        fails(&format!("<a{many}/>"), "attributes");
        assert!(matches!(parse("<a><b/><b/></a>", &Cell::new(2), 2), Err(SbomError::TooLarge { .. })));
    }
}
