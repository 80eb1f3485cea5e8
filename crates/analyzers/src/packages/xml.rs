//! XML, every element with its lines: `pom.xml`, project files of .NET, lists of NuGet.
//!
//! <https://www.w3.org/TR/xml/>
//!
//! `quick-xml` reads it. Namespaces are dropped (a prefix is no part of a name here), comments and processing instructions too. Entities of a document
//! type are not expanded, neither those in the file nor those outside it: their names stay in the text as they are written. A text that is not well-formed
//! gives what stood before, and the error. Declared encodings other than UTF-8 and UTF-16 are read as UTF-8; what does not fit is replaced, which spoils
//! the names of people but not of packages.

use super::tree::{MAX_DEPTH, Read};
use crate::text::LineCounter;
use probity_model::{Lines, analyzer::AnalyzeError};
use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};
use std::borrow::Cow;

/// More elements are an error: the largest file of a real project has a tenth of it.
const MAX_ELEMENTS: usize = 400_000;

/// An element, its lines from its first tag to its last.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Element {
    /// Without a prefix.
    pub(crate) name: Box<str>,
    pub(crate) attributes: Vec<(Box<str>, Box<str>)>,
    /// What stands directly in it, trimmed.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
    pub(crate) lines: Option<Lines>,
}

impl Element {
    pub(crate) fn lines(&self) -> Lines {
        self.lines.unwrap_or(Lines::one(1))
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| *child.name == *name)
    }

    /// All children of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| *child.name == *name)
    }

    /// The element below several names, the first of each.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// All children of the first element of this name.
    pub(crate) fn below<'a>(&'a self, list: &str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.child(list).into_iter().flat_map(move |list| list.all(name))
    }

    /// The text of a child, unless it is empty.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// An attribute, unless it is empty. Case is ignored, as MSBuild does.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }
}

/// The outermost element of a text; one without a name when there is none.
pub(crate) fn read(text: &str) -> Read<Element> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    let mut lines = LineCounter::new(text.as_bytes());
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut count = 0_usize;
    let mut error = None;
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(problem) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                error = Some(AnalyzeError { message: format!("not well-formed: {problem}"), line: Some(lines.line(at)) });
                break;
            }
        };
        match event {
            Event::Start(tag) | Event::Empty(tag) if count >= MAX_ELEMENTS || open.len() >= MAX_DEPTH || root.is_some() => {
                let message = if root.is_some() {
                    format!("`{}` stands after the end of the document", tag.name().as_ref())
                } else if count >= MAX_ELEMENTS {
                    format!("more than {MAX_ELEMENTS} elements")
                } else {
                    format!("nested more than {MAX_DEPTH} levels deep")
                };
                error = Some(AnalyzeError { message, line: Some(lines.line(start)) });
                break;
            }
            Event::Start(tag) => {
                count += 1;
                open.push(element(&tag, lines.line(start)));
            }
            Event::Empty(tag) => {
                count += 1;
                let mut whole = element(&tag, lines.line(start));
                close(&mut whole, lines.line(usize::try_from(reader.buffer_position()).unwrap_or(start).saturating_sub(1)));
                attach(whole, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(mut whole) = open.pop() {
                    close(&mut whole, lines.line(usize::try_from(reader.buffer_position()).unwrap_or(start).saturating_sub(1)));
                    attach(whole, &mut open, &mut root);
                }
            }
            Event::Text(part) => add(&mut open, &part.into_inner()),
            Event::CData(part) => add(&mut open, &part.into_inner()),
            Event::GeneralRef(reference) => {
                let written = format!("&{};", &*reference.into_inner());
                add(&mut open, &unescape(&written).unwrap_or(Cow::Borrowed(&written)));
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if error.is_none() && !open.is_empty() {
        let unclosed = open.last().map(|element| element.name.clone()).unwrap_or_default();
        error = Some(AnalyzeError { message: format!("the file ends inside `{unclosed}`"), line: Some(lines.line(text.len())) });
    }
    let last = lines.line(text.len());
    while let Some(mut whole) = open.pop() {
        close(&mut whole, last);
        attach(whole, &mut open, &mut root);
    }
    if root.is_none() && error.is_none() {
        error = Some(AnalyzeError { message: "no XML element in it".to_owned(), line: Some(1) });
    }
    Read { root: root.unwrap_or_default(), error }
}

fn element(tag: &BytesStart<'_>, line: u32) -> Element {
    let attributes = tag
        .html_attributes()
        .with_checks(false)
        .flatten()
        .map(|attribute| {
            let raw = attribute.value.as_ref();
            (attribute.key.local_name().as_ref().into(), unescape(raw).unwrap_or(Cow::Borrowed(raw)).as_ref().into())
        })
        .collect();
    Element { name: tag.local_name().as_ref().into(), attributes, lines: Some(Lines::one(line)), ..Element::default() }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut()
        && !(element.text.is_empty() && text.trim().is_empty())
    {
        element.text.push_str(text);
    }
}

fn close(element: &mut Element, line: u32) {
    element.lines = Some(Lines::new(element.lines().start, line));
    let trimmed = element.text.trim();
    if trimmed.len() != element.text.len() {
        element.text = trimmed.to_owned();
    }
}

fn attach(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn render(element: &Element, depth: usize, out: &mut String) {
        let attributes: Vec<String> = element.attributes.iter().map(|(key, value)| format!(" {key}={value}")).collect();
        let attributes = attributes.concat();
        let lines = element.lines();
        let _ = writeln!(out, "{}{}{attributes} `{}` {}-{}", "-".repeat(depth), element.name, element.text, lines.start, lines.end);
        for child in &element.children {
            render(child, depth + 1, out);
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = read(text);
        let mut out = String::new();
        render(&read.root, 0, &mut out);
        if let Some(error) = read.error {
            let _ = writeln!(out, "error {}: {}", error.line.unwrap(), error.message);
        }
        let tidy = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim().to_owned();
        assert_eq!(tidy(&out), tidy(expected));
    }

    #[test]
    fn elements_have_their_lines_and_no_prefixes() {
        check(
            "<?xml version=\"1.0\"?>\r\n<!-- c -->\n<x:a k='1 &amp; 2' xmlns:x=\"u\">\n <b> 1&lt;&#50;\n<![CDATA[<raw>]]> </b>\n <c\n  d=\"\"\n />&later;\n</x:a>\n",
            "a k=1 & 2 x=u `&later;` 3-9
             -b `1<2
             <raw>` 4-5
             -c d= `` 6-8",
        );
    }

    #[test]
    fn what_stood_before_an_error_is_kept() {
        check("<a><b>1</b><c>", "a `` 1-1\n-b `1` 1-1\n-c `` 1-1\nerror 1: the file ends inside `c`");
        let crossed = read("<a>\n<b>1</a>");
        assert!(crossed.error.is_some_and(|error| error.line == Some(2)));
        assert_eq!(crossed.root.text_of("b"), Some("1"));
        check("", " `` 1-1\nerror 1: no XML element in it");
        check("<a/>\n<b/>", "a `` 1-1\nerror 2: `b` stands after the end of the document");
    }

    #[test]
    fn hostile_input_is_bounded() {
        let deep = read(&"<a>".repeat(100_000)).error.unwrap();
        assert_eq!(deep.message, "nested more than 96 levels deep");
        let many = read(&format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS + 1))).error.unwrap();
        assert!(many.message.starts_with("more than"));
        let doctype = "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z SYSTEM \"file:///etc/passwd\">]><a>&x;&z;</a>";
        assert_eq!(read(doctype).root.text, "&x;&z;");
    }
}
