//! Does a package URL parse? <https://github.com/package-url/purl-spec>

/// `pkg:type/namespace/name@version?key=value#subpath`, with valid percent-encoding.
pub(crate) fn is_valid(purl: &str) -> bool {
    // Most of these are ASCII by specification; everybody reads the rest as well, so only what breaks the structure counts.
    let Some(rest) = purl.strip_prefix("pkg:") else { return false };
    if rest.contains(|it: char| it.is_whitespace() || it.is_control()) {
        return false;
    }
    let (rest, subpath) = rest.split_once('#').map_or((rest, ""), |(rest, subpath)| (rest, subpath));
    let (rest, qualifiers) = rest.split_once('?').map_or((rest, ""), |(rest, qualifiers)| (rest, qualifiers));
    let rest = rest.trim_start_matches('/');
    let Some((kind, path)) = rest.split_once('/') else { return false };
    let kind_valid = kind.starts_with(|it: char| it.is_ascii_alphabetic())
        && kind.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '+' | '-'));
    // The version starts at the last `@` of the last segment: scopes of npm may be written with a bare one.
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = last.rsplit_once('@').map_or(last, |(name, _)| name);
    kind_valid
        && !name.is_empty()
        && [path, subpath].into_iter().all(is_encoded)
        && qualifiers.split('&').filter(|it| !it.is_empty()).all(is_qualifier)
}

fn is_qualifier(pair: &str) -> bool {
    pair.split_once('=').is_some_and(|(key, value)| {
        key.starts_with(|it: char| it.is_ascii_alphabetic())
            && key.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_'))
            && is_encoded(value)
    })
}

fn is_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_parse() {
        for purl in [
            "pkg:npm/%40babel/core@7.0.0",
            "pkg:npm/@babel/core@7.0.0",
            "pkg:deb/debian/bash@5.0-4?distro=debian-10.2",
            "pkg:rpm/centos/bash@4.2.46-31.el7?arch=x86_64&distro=centos-7.6.1810",
            "pkg:golang/github.com/x/y@v1.0.0#sub/path",
            "pkg:oci/image@sha256%3Aabc?repository_url=example.com/image",
            "pkg:generic/name",
            "pkg://npm/x@1",
        ] {
            assert!(is_valid(purl), "{purl}");
        }
        for purl in [
            "",
            "npm/x",
            "pkg:",
            "pkg:npm",
            "pkg:npm/",
            "pkg:npm/@1.0",
            "pkg:n pm/x",
            "pkg:npm/x%4",
            "pkg:npm/x?=1",
            "pkg:npm/x?a b=1",
            "pkg:1x/y",
        ] {
            assert!(!is_valid(purl), "{purl}");
        }
    }
}
