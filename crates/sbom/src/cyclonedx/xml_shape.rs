//! The XML form in the shape of the JSON form.
//!
//! The two follow one model, so the differences are few: lists have a wrapper element, some texts are attributes or element content, and
//! a few names differ. Elements of other namespaces keep their prefix and are reported as not carried over.

use std::borrow::Cow;

use crate::SbomError;
use crate::json::Node;
use crate::xml::Element;

/// The tree and the version from the namespace.
pub(super) fn shape(root: Element) -> Result<(Node<'static>, String), SbomError> {
    let (prefix, name) = root.name.rsplit_once(':').map_or((None, root.name.as_str()), |(prefix, name)| (Some(prefix.to_owned()), name));
    let declaration = prefix.as_ref().map_or_else(|| "xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
    let namespace = root.attributes.iter().find(|(key, _)| *key == declaration).map(|(_, value)| value.trim());
    let version = namespace.and_then(|it| it.strip_prefix("http://cyclonedx.org/schema/bom/"));
    let (true, Some(version)) = (name == "bom", version) else { return Err(SbomError::Unrecognised) };
    let version = version.to_owned();
    let shaper = Shaper { prefix: prefix.map(|prefix| format!("{prefix}:")) };
    Ok((shaper.object(root), version))
}

struct Shaper {
    /// Of the document's own elements, with the colon.
    prefix: Option<String>,
}

type Field = (Cow<'static, str>, Node<'static>);

fn text(value: String) -> Node<'static> {
    Node::Text(Cow::Owned(value))
}

/// The text of an element without the white space that pretty-printing puts around it.
fn leaf(value: String) -> Node<'static> {
    let trimmed = value.trim();
    if trimmed.len() == value.len() { text(value) } else { text(trimmed.to_owned()) }
}

fn object(fields: Vec<(&'static str, Node<'static>)>) -> Node<'static> {
    Node::Object(fields.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

impl Shaper {
    fn local(&self, name: &str) -> String {
        match &self.prefix {
            Some(prefix) => name.strip_prefix(prefix.as_str()).unwrap_or(name).to_owned(),
            None => name.to_owned(),
        }
    }

    fn attributes(attributes: Vec<(String, String)>) -> impl Iterator<Item = Field> {
        attributes
            .into_iter()
            .filter(|(key, _)| key != "xmlns" && !key.starts_with("xmlns:") && !key.starts_with("xsi:"))
            .map(|(key, value)| (Cow::Owned(key), text(value)))
    }

    fn object(&self, element: Element) -> Node<'static> {
        let mut fields: Vec<Field> = Self::attributes(element.attributes).collect();
        for child in element.children {
            let name = self.local(&child.name);
            self.child(name, child, &mut fields);
        }
        Node::Object(fields)
    }

    fn child(&self, name: String, child: Element, fields: &mut Vec<Field>) {
        let value = match name.as_str() {
            "licenses" => self.list(child, |name, it| match name {
                "license" => object(vec![("license", self.object(it))]),
                _ => self.expression(it),
            }),
            "hashes" => self.list(child, |_, it| content(it, "content")),
            "properties" => self.list(child, |_, it| content(it, "value")),
            "text" => content(child, "content"),
            "externalReferences" | "components" | "vulnerabilities" | "ratings" | "advisories" | "references" | "services"
            | "lifecycles" | "occurrences" | "versions" | "affects" | "authors" => self.list(child, |_, it| self.object(it)),
            "compositions" => self.list(child, |_, it| self.composition(it)),
            "cwes" => self.list(child, |_, it| leaf(it.text)),
            "dependencies" => self.list(child, |_, it| self.dependency(it)),
            "supplier" | "manufacturer" | "manufacture" => self.entity(child),
            "tools" => {
                // `<tool>` elements are the list of old; `<components>` and `<services>` the object since 1.5.
                let old = child.children.iter().any(|it| self.local(&it.name) == "tool");
                if old { self.list(child, |_, it| self.object(it)) } else { self.object(child) }
            }
            "responses" => {
                fields.push((Cow::Borrowed("response"), self.list(child, |_, it| leaf(it.text))));
                return;
            }
            _ if child.children.is_empty() && child.attributes.is_empty() => leaf(child.text),
            _ => self.object(child),
        };
        fields.push((Cow::Owned(name), value));
    }

    /// An organisation: its addresses and contacts repeat without a wrapper.
    fn entity(&self, element: Element) -> Node<'static> {
        let (mut urls, mut contacts, mut fields) = (Vec::new(), Vec::new(), Vec::new());
        for child in element.children {
            let name = self.local(&child.name);
            match name.as_str() {
                "url" => urls.push(leaf(child.text)),
                "contact" => contacts.push(self.object(child)),
                _ => self.child(name, child, &mut fields),
            }
        }
        fields.push((Cow::Borrowed("url"), Node::List(urls)));
        fields.push((Cow::Borrowed("contact"), Node::List(contacts)));
        Node::Object(fields)
    }

    /// Here `dependencies` are plain references, not the graph.
    fn composition(&self, element: Element) -> Node<'static> {
        let mut fields: Vec<Field> = Self::attributes(element.attributes).collect();
        for child in element.children {
            let name = self.local(&child.name);
            if name == "aggregate" {
                fields.push((Cow::Owned(name), leaf(child.text)));
            } else {
                let list = self.list(child, |_, it| reference(it));
                fields.push((Cow::Owned(name), list));
            }
        }
        Node::Object(fields)
    }

    fn list(&self, element: Element, item: impl Fn(&str, Element) -> Node<'static>) -> Node<'static> {
        Node::List(element.children.into_iter().map(|child| item(&self.local(&child.name), child)).collect())
    }

    /// `<expression>` and, since 1.7, `<expression-detailed expression="…">`.
    fn expression(&self, element: Element) -> Node<'static> {
        if element.attributes.iter().any(|(key, _)| key == "expression") { self.object(element) } else { content(element, "expression") }
    }

    fn dependency(&self, element: Element) -> Node<'static> {
        let mut depends_on = Vec::new();
        let mut provides = Vec::new();
        for child in element.children {
            let list = if self.local(&child.name) == "provides" { &mut provides } else { &mut depends_on };
            list.push(reference(child));
        }
        let mut fields: Vec<Field> = Self::attributes(element.attributes).collect();
        fields.push((Cow::Borrowed("dependsOn"), Node::List(depends_on)));
        fields.push((Cow::Borrowed("provides"), Node::List(provides)));
        Node::Object(fields)
    }
}

/// Attributes, and the text under a name of its own.
fn content(element: Element, key: &'static str) -> Node<'static> {
    let mut fields: Vec<Field> = Shaper::attributes(element.attributes).collect();
    // A property's value and a licence's text keep their white space.
    fields.push((
        Cow::Borrowed(key),
        if key == "value" || key == "content" && fields.iter().all(|(key, _)| key != "alg") {
            text(element.text)
        } else {
            leaf(element.text)
        },
    ));
    Node::Object(fields)
}

fn reference(element: Element) -> Node<'static> {
    element.attributes.into_iter().find(|(key, _)| key == "ref").map_or(Node::Null, |(_, value)| text(value))
}
