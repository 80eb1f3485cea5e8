//! Image references: `[registry/]repository[:tag][@digest]`.
//!
//! The grammar is that of <https://github.com/distribution/reference>, with Docker's defaults: no registry means Docker Hub, no slash there means
//! `library/`, no tag and no digest means `latest`.

use std::{fmt, str::FromStr};

/// Where an image lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// `registry-1.docker.io` for Docker Hub, else as written: `ghcr.io`, `localhost:5000`.
    pub registry: String,
    /// `library/debian`, `acme/shop`.
    pub repository: String,
    pub tag: Option<String>,
    /// `sha256:…`; wins over the tag.
    pub digest: Option<String>,
}

/// Text that is no image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no image reference: {why}")]
pub struct ReferenceError {
    pub text: String,
    pub why: &'static str,
}

const HUB: &str = "registry-1.docker.io";
const MAX_NAME: usize = 255;

impl Reference {
    /// The tag or digest that a manifest is asked for with.
    pub fn version(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }

    /// The registry as people and Docker's configuration know it: `docker.io` for Docker Hub.
    pub fn registry_name(&self) -> &str {
        if self.registry == HUB { "docker.io" } else { &self.registry }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry_name(), self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let fail = |why| ReferenceError { text: text.to_owned(), why };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                if !is_digest(digest) {
                    return Err(fail("what follows `@` is no digest such as `sha256:…`"));
                }
                (rest, Some(digest.to_owned()))
            }
            None => (text, None),
        };
        // A colon behind the last slash starts the tag; one before it belongs to the registry's port.
        let name_start = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest.get(name_start..).and_then(|last| last.rfind(':')) {
            Some(at) => {
                let (name, tag) = rest.split_at_checked(name_start + at).ok_or_else(|| fail("it is malformed"))?;
                (name, Some(tag.trim_start_matches(':')))
            }
            None => (rest, None),
        };
        if let Some(tag) = tag
            && !is_tag(tag)
        {
            return Err(fail("the tag has characters that tags cannot have"));
        }
        let (registry, path) = match name.split_once('/') {
            Some((first, path)) if is_registry(first) => (first, path.to_owned()),
            _ => ("docker.io", name.to_owned()),
        };
        let hub = matches!(registry, "docker.io" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com");
        let repository = if hub && !path.contains('/') { format!("library/{path}") } else { path };
        if repository.len() > MAX_NAME || !repository.split('/').all(is_component) {
            return Err(fail("a repository is lower-case letters, digits and `.`, `_`, `-` between slashes"));
        }
        let tag = match (tag, &digest) {
            (Some(tag), _) => Some(tag.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some("latest".to_owned()),
        };
        Ok(Self { registry: if hub { HUB.to_owned() } else { registry.to_ascii_lowercase() }, repository, tag, digest })
    }
}

/// A first component is a registry when it has a dot or a port, or is `localhost`: `acme/shop` is a repository of Docker Hub.
fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => return false,
        },
        None => match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let named = host == "localhost" || host.contains('.') || port.is_some() || text.starts_with('[');
    let valid = host.starts_with(|c: char| c.is_ascii_alphanumeric() || (c == ':' && text.starts_with('[')))
        && !host.contains("..")
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    named && valid && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_component(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.bytes().next().is_some_and(inner)
        && text.bytes().last().is_some_and(inner)
        && text.bytes().all(|b| inner(b) || matches!(b, b'.' | b'_' | b'-'))
        && !text.contains("..")
}

fn is_tag(text: &str) -> bool {
    text.len() <= 128
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// `sha256:` and 64 hexadecimal digits, or `sha512:` and 128.
pub(crate) fn is_digest(text: &str) -> bool {
    let length = match text.split_once(':') {
        Some(("sha256", _)) => 71,
        Some(("sha512", _)) => 135,
        _ => return false,
    };
    text.len() == length && text.bytes().skip(7).all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> String {
        match text.parse::<Reference>() {
            Ok(r) => format!("{} | {} | {} | {}", r.registry, r.repository, r.tag.unwrap_or_default(), r.digest.unwrap_or_default()),
            Err(err) => format!("error: {}", err.why),
        }
    }

    #[test]
    fn references_are_split_as_docker_does() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, expected) in [
            ("debian", "registry-1.docker.io | library/debian | latest | ".to_owned()),
            ("debian:12", "registry-1.docker.io | library/debian | 12 | ".to_owned()),
            ("acme/shop", "registry-1.docker.io | acme/shop | latest | ".to_owned()),
            ("ghcr.io/acme/shop:1.2", "ghcr.io | acme/shop | 1.2 | ".to_owned()),
            ("localhost:5000/a/b/c", "localhost:5000 | a/b/c | latest | ".to_owned()),
            ("localhost/x", "localhost | x | latest | ".to_owned()),
            ("127.0.0.1:5000/x:y", "127.0.0.1:5000 | x | y | ".to_owned()),
            ("[::1]:5000/x", "[::1]:5000 | x | latest | ".to_owned()),
            (&format!("ghcr.io/x@{digest}"), format!("ghcr.io | x |  | {digest}")),
            (&format!("ghcr.io/x:1@{digest}"), format!("ghcr.io | x | 1 | {digest}")),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "UPPER/case", "a:b:c", "x@sha256:zz", "x:-tag", "a//b", "a/../b", "http://x/y", "x y", "/abs/path", "../x"] {
            assert!(parts(text).starts_with("error"), "{text}: {}", parts(text));
        }
    }
}
