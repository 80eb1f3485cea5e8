//! Elements of large XML documents, one at a time.
//!
//! Only the elements that are asked for become trees; everything else is passed over, so that a document of any size needs memory for its largest
//! element. Prefixes of namespaces are dropped: the formats that are read here use one vocabulary each. Document types are not processed, and
//! entities other than the five of XML and numbers are dropped.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// Elements nested deeper are dropped.
const MAX_DEPTH: usize = 64;

/// An element with what it holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// All character data directly inside.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> + 'a {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The trimmed text of the first child of this name; empty when there is none.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }

    /// Visits this element and all below it; the tree is no deeper than [`MAX_DEPTH`].
    pub(super) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for child in &self.children {
            child.walk(visit);
        }
    }
}

/// Visits every outermost element of these local names, in order. An error ends the reading; what came before it was visited.
pub(super) fn elements(bytes: &[u8], names: &[&str], visit: &mut dyn FnMut(Element)) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().allow_dangling_amp = true;
    // The elements that are open, outermost first; empty while nothing that is asked for is.
    let mut open: Vec<Element> = Vec::new();
    // Elements too deep to be kept.
    let mut beyond = 0_usize;
    loop {
        let event = reader.read_event().map_err(|error| format!("byte {}: {error}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH || beyond > 0 {
                    beyond += 1;
                } else if !open.is_empty() || is_wanted(&start, names) {
                    open.push(element(&start));
                }
            }
            Event::Empty(start) => {
                if !open.is_empty() {
                    if open.len() < MAX_DEPTH && beyond == 0 {
                        parent_push(&mut open, element(&start));
                    }
                } else if is_wanted(&start, names) {
                    visit(element(&start));
                }
            }
            Event::End(_) => {
                if beyond > 0 {
                    beyond -= 1;
                } else if let Some(done) = open.pop() {
                    if open.is_empty() { visit(done) } else { parent_push(&mut open, done) }
                }
            }
            Event::Text(text) => add_text(&mut open, beyond, &text.into_inner()),
            Event::CData(text) => add_text(&mut open, beyond, &text.into_inner()),
            Event::GeneralRef(reference) => {
                if let Ok(Some(c)) = reference.resolve_char_ref() {
                    add_text(&mut open, beyond, c.encode_utf8(&mut [0; 4]));
                } else {
                    let text = match &*reference {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "apos" => "'",
                        _ => "",
                    };
                    add_text(&mut open, beyond, text);
                }
            }
            Event::Eof if open.is_empty() => return Ok(()),
            Event::Eof => return Err("the document ends inside an element".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn parent_push(open: &mut [Element], child: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(child);
    }
}

fn add_text(open: &mut [Element], beyond: usize, text: &str) {
    if beyond == 0
        && let Some(parent) = open.last_mut()
    {
        parent.text.push_str(text);
    }
}

fn is_wanted(start: &BytesStart<'_>, names: &[&str]) -> bool {
    let local = start.local_name();
    names.iter().any(|name| *name == local.as_ref())
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start
        .attributes()
        .flatten()
        .map(|attribute| {
            let key = attribute.key.local_name().as_ref().to_owned();
            let value = quick_xml::escape::unescape(&attribute.value).unwrap_or_else(|_| attribute.value.clone()).into_owned();
            (key, value)
        })
        .collect();
    Element { name: start.local_name().as_ref().to_owned(), attributes, ..Element::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Element>, Option<String>) {
        let mut out = Vec::new();
        let error = elements(text.as_bytes(), &["a"], &mut |element| out.push(element)).err();
        (out, error)
    }

    #[test]
    fn elements_come_with_text_entities_and_children() {
        let (found, error) =
            read("<?xml version='1.0'?><r><x/><n:a k='1 &amp; 2'>t &lt;&#65;&gt; <b>u</b><![CDATA[<c>]]><b/></n:a><a/></r>");
        assert_eq!(error, None);
        let first = found.first().unwrap();
        assert_eq!((first.attribute("k"), first.text.as_str(), first.text_of("b"), found.len()), (Some("1 & 2"), "t <A> <c>", "u", 2));
        assert_eq!(first.children_named("b").count(), 2);
    }

    #[test]
    fn damage_and_depth() {
        assert!(read("<r><a><b>").1.is_some());
        assert!(read("<r><a></b></a></r>").1.is_some());
        let deep = format!("<a>{}x{}</a><a/>", "<b>".repeat(5000), "</b>".repeat(5000));
        let (found, error) = read(&deep);
        assert_eq!((found.len(), error), (2, None));
    }
}
