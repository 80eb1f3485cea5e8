//! `META-INF/MANIFEST.MF`: the main section, which describes the archive.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest>
//!
//! A long value goes on in lines that begin with one space; lines end with CR LF, LF or CR. An empty line ends the section: those that follow are about
//! files in the archive.

use std::collections::BTreeMap;

/// Attributes by their lower-case names; of a repeated one the last.
#[derive(Debug, Default)]
pub(super) struct Attributes(BTreeMap<String, String>);

impl Attributes {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        let mut out = BTreeMap::new();
        let mut current = String::new();
        let mut take = |attribute: &str| {
            if let Some((name, value)) = attribute.split_once(':') {
                let value = value.trim();
                // A value that begins with a percent sign is a key of a file of translations.
                if !value.is_empty() && !value.starts_with('%') {
                    out.insert(name.trim().to_ascii_lowercase(), value.to_owned());
                }
            }
        };
        let mut rest = text.as_ref();
        while !rest.is_empty() {
            let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\r', '\n'])).unwrap_or(after);
            if line.is_empty() {
                break;
            }
            if let Some(more) = line.strip_prefix(' ') {
                current.push_str(more);
            } else {
                take(&current);
                line.clone_into(&mut current);
            }
        }
        take(&current);
        Self(out)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The first that is there.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The first that can be an identifier of Maven: titles and vendors are often prose.
    pub(super) fn first_id(&self, names: &[&str]) -> Option<&str> {
        names.iter().filter_map(|name| self.get(name)).find(|value| is_id(value))
    }

    /// The bundle's name without its directives: `org.acme.lib;singleton:=true`.
    pub(super) fn bundle(&self) -> Option<&str> {
        self.get("bundle-symbolicname").and_then(|name| name.split(';').next()).map(str::trim).filter(|name| is_id(name))
    }

    /// Licences that the archive names: those of Jenkins' plugins, else those of OSGi's bundles that are known by id or address.
    pub(super) fn licenses(&self) -> Vec<String> {
        let of_plugin: Vec<String> =
            self.0.iter().filter(|(name, _)| name.starts_with("plugin-license-name")).map(|(_, value)| value.clone()).collect();
        if !of_plugin.is_empty() {
            return of_plugin;
        }
        let header = self.get("bundle-license").unwrap_or_default();
        let mut out: Vec<String> = split_unquoted(header, ',').into_iter().filter_map(bundle_license).collect();
        out.dedup();
        out
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// One entry of `Bundle-License`: an id or an address, maybe with `;link="…"`.
fn bundle_license(entry: &str) -> Option<String> {
    let mut parts = split_unquoted(entry, ';').into_iter();
    let unquote = |text: &str| text.trim().trim_matches('"').trim().to_owned();
    let name = unquote(parts.next()?);
    let link = parts.find_map(|part| part.split_once('=').filter(|(key, _)| key.trim() == "link").map(|(_, value)| unquote(value)));
    super::super::license::of_name(&name)
        .or_else(|| super::super::license::of_url(&name))
        .or_else(|| super::super::license::of_url(&link?))
        .map(str::to_owned)
}

/// Splits at a separator that is not in double quotes.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|c| {
        let here = c == separator && !quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        here
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_section_only_and_long_lines_joined() {
        let attributes = Attributes::read(
            b"Manifest-Version: 1.0\r\nImplementation-Title: a very lo\r\n ng title\rBundle-Name: %name\nBundle-SymbolicName: org.acme.lib;singleton:=true\n\nName: x\nImplementation-Version: 9\n",
        );
        assert_eq!(attributes.get("implementation-title"), Some("a very long title"));
        assert_eq!(attributes.get("bundle-name"), None);
        assert_eq!(attributes.get("implementation-version"), None);
        assert_eq!(attributes.bundle(), Some("org.acme.lib"));
        assert_eq!(attributes.first_id(&["implementation-title", "manifest-version"]), Some("1.0"));
    }

    #[test]
    fn licences_by_name_or_address() {
        let of = |text: &str| Attributes::read(text.as_bytes()).licenses().join(", ");
        assert_eq!(of("Bundle-License: https://www.apache.org/licenses/LICENSE-2.0.txt\n"), "Apache-2.0");
        assert_eq!(of("Bundle-License: \"MIT\";description=\"a, b\", Unknown Words;link=\"http://opensource.org/licenses/MIT/\"\n"), "MIT");
        assert_eq!(of("Bundle-License: <<EXTERNAL>>, EPL-2.0\n"), "EPL-2.0");
        assert_eq!(of("Plugin-License-Name: MIT License\nPlugin-License-Name-2: Other\nBundle-License: EPL-2.0\n"), "MIT License, Other");
    }
}
