//! Package URLs, as <https://github.com/package-url/purl-spec> writes them.
//!
//! Epochs of distribution packages are a qualifier and not part of the version: the form that today's scanners and their consumers exchange.

use crate::{facts::OsRelease, package::Package};
use std::fmt::{self, Write as _};

/// A package URL in its parts, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    /// Lower case.
    pub kind: String,
    /// Segments with `/` between them; empty when there is none.
    pub namespace: String,
    pub name: String,
    pub version: Option<String>,
    /// Sorted by key.
    pub qualifiers: Vec<(String, String)>,
    pub subpath: Option<String>,
}

impl Purl {
    /// The URL of a package; `None` when it has no name, or a name that is a path on the machine that made the list (`./local` of Go).
    pub fn of(package: &Package, os: Option<&OsRelease>) -> Option<Self> {
        let kind = package.kind();
        if package.name.is_empty() || kind == "golang" && package.name.starts_with(['.', '/']) {
            return None;
        }
        let mut purl = Self { kind: kind.to_owned(), name: package.name.clone(), ..Self::default() };
        let mut version = package.version.as_str();
        let at_last = |name: &str, separator: char| match name.rsplit_once(separator) {
            Some((namespace, name)) => (namespace.to_owned(), name.to_owned()),
            None => (String::new(), name.to_owned()),
        };
        match kind {
            "deb" | "apk" | "rpm" | "alpm" | "bottlerocket" => {
                purl.in_distribution(package, os);
                if kind == "bottlerocket" {
                    // The type names the distribution already.
                    purl.namespace.clear();
                }
                if let Some((epoch, rest)) = version.split_once(':') {
                    version = rest;
                    if epoch != "0" {
                        purl.qualifiers.push(("epoch".into(), epoch.into()));
                    }
                }
            }
            "maven" => {
                (purl.namespace, purl.name) = match package.name.split_once(':') {
                    Some((group, artifact)) => (group.to_owned(), artifact.to_owned()),
                    None => (String::new(), package.name.clone()),
                };
            }
            "npm" | "composer" | "golang" => (purl.namespace, purl.name) = at_last(&package.name.to_lowercase(), '/'),
            "swift" | "githubactions" | "github" => (purl.namespace, purl.name) = at_last(&package.name, '/'),
            "pypi" => purl.name = package.name.to_lowercase().replace('_', "-"),
            "cocoapods" => {
                if let Some((name, part)) = package.name.split_once('/') {
                    (purl.name, purl.subpath) = (name.to_owned(), Some(part.to_owned()));
                }
            }
            _ => {}
        }
        purl.version = Some(version.to_owned()).filter(|version| !version.is_empty());
        purl.qualifiers.sort();
        Some(purl)
    }

    fn in_distribution(&mut self, package: &Package, os: Option<&OsRelease>) {
        if let Some(arch) = package.arch.as_ref().filter(|arch| *arch != "None") {
            self.qualifiers.push(("arch".into(), arch.clone()));
        }
        if let Some(label) = &package.modularity {
            self.qualifiers.push(("modularitylabel".into(), label.clone()));
        }
        let Some(os) = os else { return };
        let family = if matches!(os.family.as_str(), "sles" | "suse linux enterprise server") { "suse" } else { &os.family };
        family.clone_into(&mut self.namespace);
        let distro = match (self.kind.as_str(), os.version.is_empty()) {
            (_, true) => family.to_owned(),
            ("apk", _) => os.version.clone(),
            _ => format!("{family}-{}", os.version),
        };
        self.qualifiers.push(("distro".into(), distro));
    }

    /// Reads a URL; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix("pkg:")?.trim_start_matches('/');
        let (rest, subpath) = rest.split_once('#').map_or((rest, None), |(rest, subpath)| (rest, Some(subpath)));
        let (rest, qualifiers) = rest.split_once('?').map_or((rest, ""), |(rest, qualifiers)| (rest, qualifiers));
        let (kind, rest) = rest.split_once('/')?;
        // A version may hold an `@` only encoded; a scope of npm may be written with a bare one.
        let (path, version) = match rest.rsplit_once('@') {
            Some((path, version)) if !path.is_empty() && !path.ends_with('/') && !version.contains('/') => (path, Some(version)),
            _ => (rest, None),
        };
        let path = path.trim_matches('/');
        let (namespace, name) = path.rsplit_once('/').map_or(("", path), |(namespace, name)| (namespace, name));
        let mut purl = Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.split('/').filter(|part| !part.is_empty()).map(decode).collect::<Vec<_>>().join("/"),
            name: decode(name),
            version: version.map(decode).filter(|version| !version.is_empty()),
            qualifiers: qualifiers
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key.to_ascii_lowercase(), decode(value)))
                .collect(),
            subpath: subpath.map(|path| path.trim_matches('/').split('/').map(decode).collect::<Vec<_>>().join("/")),
        };
        purl.qualifiers.sort();
        if purl.kind.is_empty() || purl.name.is_empty() {
            return None;
        }
        Some(purl)
    }

    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.kind)?;
        for segment in self.namespace.split('/').filter(|segment| !segment.is_empty()) {
            encode(segment, f)?;
            f.write_char('/')?;
        }
        encode(&self.name, f)?;
        if let Some(version) = &self.version {
            f.write_char('@')?;
            encode(version, f)?;
        }
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            f.write_char(if at == 0 { '?' } else { '&' })?;
            f.write_str(key)?;
            f.write_char('=')?;
            encode(value, f)?;
        }
        if let Some(subpath) = &self.subpath {
            for (at, segment) in subpath.split('/').enumerate() {
                f.write_char(if at == 0 { '#' } else { '/' })?;
                encode(segment, f)?;
            }
        }
        Ok(())
    }
}

/// Percent-encodes; the colon stays as it is, everywhere, by the specification.
fn encode(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':') {
            f.write_char(char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// Decodes; what is no valid escape stays as it is, bytes that are not UTF-8 are replaced.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let rest = bytes.as_slice_pair();
        match (byte, rest) {
            (b'%', Some((high, low))) => {
                out.push(high << 4 | low);
                bytes.nth(1);
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The next two hexadecimal digits of an iterator that is not moved.
trait NextHex {
    fn as_slice_pair(&self) -> Option<(u8, u8)>;
}

impl NextHex for std::str::Bytes<'_> {
    fn as_slice_pair(&self) -> Option<(u8, u8)> {
        let mut ahead = self.clone();
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        Some((digit(ahead.next()?)?, digit(ahead.next()?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystem::Ecosystem;

    fn purl(kind: &'static str, name: &str, version: &str, os: Option<(&str, &str)>) -> String {
        let ecosystem: &'static Ecosystem = Box::leak(Box::new(Ecosystem { id: "x", purl_type: kind, ..Ecosystem::LANGUAGE }));
        let os = os.map(|(family, version)| OsRelease {
            family: family.into(),
            version: version.into(),
            pretty_name: None,
            rank: 1,
            at: crate::Place::default(),
        });
        let package = Package { name: name.into(), version: version.into(), ..Package::of(ecosystem) };
        Purl::of(&package, os.as_ref()).map(|purl| purl.to_string()).unwrap_or_default()
    }

    #[test]
    fn each_world_splits_names_its_own_way() {
        assert_eq!(purl("npm", "@Babel/core", "7.0.0", None), "pkg:npm/%40babel/core@7.0.0");
        assert_eq!(purl("maven", "org.acme:lib", "1", None), "pkg:maven/org.acme/lib@1");
        assert_eq!(
            purl("golang", "github.com/Docker/docker", "v2+incompatible", None),
            "pkg:golang/github.com/docker/docker@v2%2Bincompatible"
        );
        assert_eq!(purl("golang", "./local", "v1", None), "");
        assert_eq!(purl("pypi", "Flask_SQL", "1", None), "pkg:pypi/flask-sql@1");
        assert_eq!(purl("cocoapods", "A/B", "1", None), "pkg:cocoapods/A@1#B");
        assert_eq!(purl("deb", "g++", "1:12~x", Some(("debian", "12.5"))), "pkg:deb/debian/g%2B%2B@12~x?distro=debian-12.5&epoch=1");
        assert_eq!(
            purl("bottlerocket", "glibc", "1:2.38-1", Some(("bottlerocket", "1.19.0"))),
            "pkg:bottlerocket/glibc@2.38-1?distro=bottlerocket-1.19.0&epoch=1"
        );
        assert_eq!(purl("apk", "musl", "1-r1", Some(("alpine", "3.19.1"))), "pkg:apk/alpine/musl@1-r1?distro=3.19.1");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "pkg:npm/%40babel/core@7.0.0",
            "pkg:deb/debian/g%2B%2B@12~x?arch=amd64&distro=debian-12.5&epoch=1",
            "pkg:golang/github.com/docker/docker@v2%2Bincompatible",
            "pkg:cocoapods/A@1#B/C",
            "pkg:generic/n",
        ] {
            assert_eq!(Purl::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Purl::parse("pkg:npm/@babel/core").unwrap().to_string(), "pkg:npm/%40babel/core");
        assert_eq!(Purl::parse("pkg:npm/a%zzb%e").unwrap().name, "a%zzb%e");
        for bad in ["", "npm/x", "pkg:npm", "pkg:npm/", "pkg:/x@1"] {
            assert_eq!(Purl::parse(bad), None, "{bad}");
        }
    }
}
