//! The projected document as XML, in the order of elements that the schemas (`bom-1.4.xsd` … `bom-1.7.xsd`) prescribe.

use std::io::{self, Write};

use super::wire;
use crate::warnings::Warnings;
use crate::xml;

pub(super) fn write(document: &wire::Document<'_>, out: &mut dyn Write, warnings: &mut Warnings) -> io::Result<()> {
    let mut xml = Xml { out, depth: 0, cleaned: 0 };
    xml.out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    xml.document(document)?;
    if xml.cleaned > 0 {
        warnings.push("", "control characters that XML cannot have were left out");
    }
    Ok(())
}

type Attributes<'a> = &'a [(&'a str, Option<&'a str>)];

struct Xml<'o> {
    out: &'o mut dyn Write,
    depth: usize,
    cleaned: u64,
}

impl Xml<'_> {
    fn document(&mut self, document: &wire::Document<'_>) -> io::Result<()> {
        let namespace = format!("http://cyclonedx.org/schema/bom/{}", document.spec_version);
        let version = document.version.to_string();
        let attributes =
            [("xmlns", Some(namespace.as_str())), ("serialNumber", document.serial_number.as_deref()), ("version", Some(&version))];
        self.inside("bom", &attributes, |xml| {
            xml.metadata(&document.metadata)?;
            xml.inside("components", &[], |xml| document.components.iter().try_for_each(|it| xml.component(it)))?;
            xml.external_references(&document.external_references)?;
            xml.inside("dependencies", &[], |xml| document.dependencies.iter().try_for_each(|it| xml.dependency(it)))?;
            xml.list("compositions", &document.compositions, Self::composition)?;
            xml.list("vulnerabilities", &document.vulnerabilities, Self::vulnerability)
        })
    }

    fn metadata(&mut self, metadata: &wire::Metadata<'_>) -> io::Result<()> {
        self.inside("metadata", &[], |xml| {
            xml.text("timestamp", metadata.timestamp.as_deref())?;
            xml.list("lifecycles", &metadata.lifecycles, |xml, lifecycle| {
                xml.inside("lifecycle", &[], |xml| match lifecycle {
                    wire::Lifecycle::Phase { phase } => xml.text("phase", Some(phase)),
                    wire::Lifecycle::Name { name } => xml.text("name", Some(name)),
                })
            })?;
            match &metadata.tools {
                Some(wire::Tools::List(tools)) => xml.list("tools", tools, |xml, tool| {
                    xml.inside("tool", &[], |xml| {
                        xml.text("vendor", tool.vendor)?;
                        xml.text("name", Some(tool.name))?;
                        xml.text("version", tool.version)
                    })
                })?,
                Some(wire::Tools::Components { components }) => {
                    xml.inside("tools", &[], |xml| xml.list("components", components, Self::component))?;
                }
                None => {}
            }
            xml.list("authors", &metadata.authors, |xml, author| xml.contact("author", author))?;
            if let Some(component) = &metadata.component {
                xml.component(component)?;
            }
            xml.entity("manufacturer", metadata.manufacturer.as_ref())?;
            xml.entity("supplier", metadata.supplier.as_ref())?;
            xml.properties(&metadata.properties)
        })
    }

    fn component(&mut self, component: &wire::Component<'_>) -> io::Result<()> {
        let attributes = [("type", Some(component.kind)), ("mime-type", component.mime_type), ("bom-ref", component.bom_ref)];
        self.inside("component", &attributes, |xml| {
            xml.entity("supplier", component.supplier.as_ref())?;
            xml.entity("manufacturer", component.manufacturer.as_ref())?;
            xml.list("authors", &component.authors, |xml, author| xml.contact("author", author))?;
            xml.text("author", component.author.as_deref())?;
            xml.text("publisher", component.publisher)?;
            xml.text("group", component.group)?;
            xml.text("name", Some(component.name))?;
            xml.text("version", component.version)?;
            xml.text("description", component.description)?;
            xml.text("scope", component.scope)?;
            xml.hashes(&component.hashes)?;
            xml.list("licenses", &component.licenses, Self::license)?;
            xml.text("copyright", component.copyright)?;
            xml.text("cpe", component.cpe)?;
            xml.text("purl", component.purl)?;
            xml.external_references(&component.external_references)?;
            xml.properties(&component.properties)?;
            xml.list("components", &component.components, Self::component)?;
            if let Some(evidence) = &component.evidence {
                xml.inside("evidence", &[], |xml| {
                    xml.list("occurrences", &evidence.occurrences, |xml, occurrence| {
                        xml.inside("occurrence", &[], |xml| xml.text("location", Some(occurrence.location)))
                    })
                })?;
            }
            Ok(())
        })
    }

    fn license(&mut self, license: &wire::License<'_>) -> io::Result<()> {
        match license {
            wire::License::Expression { expression, acknowledgement } => {
                self.leaf("expression", &[("acknowledgement", *acknowledgement)], expression)
            }
            wire::License::License { license } => self.inside("license", &[("acknowledgement", license.acknowledgement)], |xml| {
                xml.text("id", license.id)?;
                xml.text("name", license.name)?;
                if let Some(text) = &license.text {
                    xml.leaf("text", &[("content-type", Some(text.content_type))], text.content)?;
                }
                xml.text("url", license.url.as_deref())
            }),
        }
    }

    fn entity(&mut self, name: &str, entity: Option<&wire::Entity<'_>>) -> io::Result<()> {
        let Some(entity) = entity else { return Ok(()) };
        self.inside(name, &[], |xml| {
            xml.text("name", Some(entity.name))?;
            entity.url.iter().try_for_each(|url| xml.text("url", Some(url)))?;
            entity.contact.iter().try_for_each(|contact| xml.contact("contact", contact))
        })
    }

    fn contact(&mut self, name: &str, contact: &wire::Contact<'_>) -> io::Result<()> {
        self.inside(name, &[], |xml| {
            xml.text("name", contact.name)?;
            xml.text("email", contact.email)
        })
    }

    fn hashes(&mut self, hashes: &[wire::Hash<'_>]) -> io::Result<()> {
        self.list("hashes", hashes, |xml, hash| xml.leaf("hash", &[("alg", Some(hash.alg))], hash.content))
    }

    fn properties(&mut self, properties: &[wire::Property<'_>]) -> io::Result<()> {
        self.list("properties", properties, |xml, property| xml.leaf("property", &[("name", Some(property.name))], property.value))
    }

    fn external_references(&mut self, references: &[wire::ExternalReference<'_>]) -> io::Result<()> {
        self.list("externalReferences", references, |xml, reference| {
            xml.inside("reference", &[("type", Some(reference.kind))], |xml| {
                xml.text("url", Some(&reference.url))?;
                xml.text("comment", reference.comment.as_deref())?;
                xml.hashes(&reference.hashes)
            })
        })
    }

    fn dependency(&mut self, dependency: &wire::Dependency<'_>) -> io::Result<()> {
        self.inside("dependency", &[("ref", Some(dependency.reference))], |xml| {
            dependency.depends_on.iter().try_for_each(|to| xml.empty("dependency", &[("ref", Some(to))]))?;
            dependency.provides.iter().try_for_each(|to| xml.empty("provides", &[("ref", Some(to))]))
        })
    }

    fn composition(&mut self, composition: &wire::Composition<'_>) -> io::Result<()> {
        self.inside("composition", &[], |xml| {
            xml.text("aggregate", Some(composition.aggregate))?;
            xml.list("assemblies", &composition.assemblies, |xml, it| xml.empty("assembly", &[("ref", Some(it))]))?;
            xml.list("dependencies", &composition.dependencies, |xml, it| xml.empty("dependency", &[("ref", Some(it))]))
        })
    }

    fn vulnerability(&mut self, vulnerability: &wire::Vulnerability<'_>) -> io::Result<()> {
        self.inside("vulnerability", &[("bom-ref", vulnerability.bom_ref.as_deref())], |xml| {
            xml.text("id", Some(vulnerability.id).filter(|id| !id.is_empty()))?;
            xml.source(vulnerability.source.as_ref())?;
            xml.list("references", &vulnerability.references, |xml, alias| {
                xml.inside("reference", &[], |xml| {
                    xml.text("id", Some(alias.id))?;
                    xml.source(Some(&alias.source))
                })
            })?;
            xml.list("ratings", &vulnerability.ratings, |xml, rating| {
                xml.inside("rating", &[], |xml| {
                    xml.source(rating.source.as_ref())?;
                    xml.text("score", rating.score.map(|score| score.to_string()).as_deref())?;
                    xml.text("severity", rating.severity)?;
                    xml.text("method", rating.method)?;
                    xml.text("vector", rating.vector)
                })
            })?;
            xml.list("cwes", &vulnerability.cwes, |xml, cwe| xml.leaf("cwe", &[], &cwe.to_string()))?;
            xml.text("description", vulnerability.description)?;
            xml.text("detail", vulnerability.detail)?;
            xml.text("recommendation", vulnerability.recommendation)?;
            xml.list("advisories", &vulnerability.advisories, |xml, advisory| {
                xml.inside("advisory", &[], |xml| {
                    xml.text("title", advisory.title)?;
                    xml.text("url", Some(&advisory.url))
                })
            })?;
            xml.text("published", vulnerability.published.as_deref())?;
            xml.text("updated", vulnerability.updated.as_deref())?;
            if let Some(analysis) = &vulnerability.analysis {
                xml.inside("analysis", &[], |xml| {
                    xml.text("state", analysis.state)?;
                    xml.text("justification", analysis.justification)?;
                    xml.list("responses", &analysis.responses, |xml, response| xml.text("response", Some(response)))?;
                    xml.text("detail", analysis.detail)
                })?;
            }
            xml.list("affects", &vulnerability.affects, |xml, affected| {
                xml.inside("target", &[], |xml| {
                    xml.text("ref", Some(affected.reference))?;
                    xml.list("versions", &affected.versions, |xml, version| {
                        xml.inside("version", &[], |xml| {
                            xml.text("version", version.version)?;
                            xml.text("range", version.range)?;
                            xml.text("status", version.status)
                        })
                    })
                })
            })?;
            xml.properties(&vulnerability.properties)
        })
    }

    fn source(&mut self, source: Option<&wire::Source<'_>>) -> io::Result<()> {
        let Some(source) = source else { return Ok(()) };
        self.inside("source", &[], |xml| {
            xml.text("name", source.name)?;
            xml.text("url", source.url.as_deref())
        })
    }

    /// A wrapper around items; nothing when there are none.
    fn list<T>(&mut self, name: &str, items: &[T], item: impl Fn(&mut Self, &T) -> io::Result<()>) -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        self.inside(name, &[], |xml| items.iter().try_for_each(|it| item(xml, it)))
    }

    fn text(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        text.map_or(Ok(()), |text| self.leaf(name, &[], text))
    }

    fn inside(&mut self, name: &str, attributes: Attributes<'_>, content: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        self.start(name, attributes)?;
        self.out.write_all(b">\n")?;
        self.depth += 1;
        content(self)?;
        self.depth -= 1;
        self.indent()?;
        writeln!(self.out, "</{name}>")
    }

    fn leaf(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        self.start(name, attributes)?;
        self.out.write_all(b">")?;
        self.escaped(text, false)?;
        writeln!(self.out, "</{name}>")
    }

    fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.start(name, attributes)?;
        self.out.write_all(b"/>\n")
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.indent()?;
        write!(self.out, "<{name}")?;
        for (key, value) in attributes {
            if let Some(value) = value {
                write!(self.out, " {key}=\"")?;
                self.escaped(value, true)?;
                self.out.write_all(b"\"")?;
            }
        }
        Ok(())
    }

    fn indent(&mut self) -> io::Result<()> {
        (0..self.depth).try_for_each(|_| self.out.write_all(b"  "))
    }

    /// White space in attributes is written as references, or readers would turn it into spaces; so is the carriage return everywhere.
    fn escaped(&mut self, text: &str, attribute: bool) -> io::Result<()> {
        let (text, cleaned) = xml::clean(text);
        self.cleaned += u64::from(cleaned);
        let special = |char: char| matches!(char, '&' | '<' | '>' | '\r') || attribute && matches!(char, '"' | '\n' | '\t');
        let mut rest: &str = &text;
        while let Some(at) = rest.find(special) {
            let (plain, tail) = rest.split_at(at);
            self.out.write_all(plain.as_bytes())?;
            let mut chars = tail.chars();
            let escape: &[u8] = match chars.next() {
                Some('&') => b"&amp;",
                Some('<') => b"&lt;",
                Some('>') => b"&gt;",
                Some('"') => b"&quot;",
                Some('\r') => b"&#13;",
                Some('\n') => b"&#10;",
                _ => b"&#9;",
            };
            self.out.write_all(escape)?;
            rest = chars.as_str();
        }
        self.out.write_all(rest.as_bytes())
    }
}
