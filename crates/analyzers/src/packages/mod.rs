//! Installed packages: dpkg and apk.
//!
//! Missing: rpm databases (Red Hat, SUSE and their relatives), pacman, Chisel's manifest, and the lockfiles of programming languages.

pub(crate) mod apk;
pub(crate) mod dpkg;

use probity_model::facts::{Facts, OsRelease, Package};
use std::collections::BTreeMap;

/// Gives licences that were read beside a package to that package, and completes the package URLs with the distribution.
pub(crate) fn settle(facts: &mut Facts, os: Option<&OsRelease>) {
    let mut licenses: BTreeMap<(&'static str, String), Vec<String>> = BTreeMap::new();
    facts.packages.retain_mut(|package| {
        let is_note = package.version.is_empty() && package.purl.is_empty();
        if is_note {
            licenses.entry((package.kind, std::mem::take(&mut package.name))).or_default().append(&mut package.licenses);
        }
        !is_note
    });
    for package in &mut facts.packages {
        if !matches!(package.kind, "deb" | "apk") {
            continue;
        }
        if let Some(found) = licenses.get(&(package.kind, package.name.clone())) {
            package.licenses.extend(found.iter().cloned());
            package.licenses.sort_unstable();
            package.licenses.dedup();
        }
        package.purl = purl(package, os);
    }
}

/// Licences of a package that another file describes: no version and no purl, folded in by [`settle`].
pub(crate) fn license_note(kind: &'static str, name: &str, licenses: Vec<String>, at: probity_model::Place) -> Package {
    Package {
        kind,
        name: name.to_owned(),
        version: String::new(),
        arch: None,
        source_name: None,
        source_version: None,
        licenses,
        maintainer: None,
        purl: String::new(),
        at,
    }
}

/// `pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12`, as the package URL specification writes it.
pub(crate) fn purl(package: &Package, os: Option<&OsRelease>) -> String {
    let mut purl = format!("pkg:{}/", package.kind);
    if let Some(os) = os {
        encode(&os.family, &mut purl);
        purl.push('/');
    }
    encode(&package.name, &mut purl);
    purl.push('@');
    encode(&package.version, &mut purl);
    let mut separator = '?';
    if let Some(arch) = &package.arch {
        purl.push(separator);
        purl.push_str("arch=");
        encode(arch, &mut purl);
        separator = '&';
    }
    if let Some(os) = os {
        purl.push(separator);
        purl.push_str("distro=");
        encode(&os.family, &mut purl);
        if !os.version.is_empty() {
            purl.push('-');
            encode(&os.version, &mut purl);
        }
    }
    purl
}

/// Percent-encodes; the colon stays as it is, everywhere, by the specification.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&crate::text::hex(&[byte]).to_ascii_uppercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::Place;

    #[test]
    fn purls_name_the_distribution() {
        let mut facts = Facts::default();
        facts.os.push(OsRelease { family: "debian".into(), version: "12".into(), pretty_name: None, rank: 10, at: Place::default() });
        let mut package = license_note("deb", "libstdc++6", Vec::new(), Place::default());
        package.version = "1:12.2.0-14~x".into();
        package.arch = Some("amd64".into());
        package.purl = purl(&package, None);
        assert_eq!(package.purl, "pkg:deb/libstdc%2B%2B6@1:12.2.0-14~x?arch=amd64");
        facts.packages.push(package);
        facts.packages.push(license_note("deb", "libstdc++6", vec!["GPL-3".into()], Place::default()));
        crate::settle(&mut facts);
        assert_eq!(facts.packages.len(), 1);
        assert_eq!(facts.packages[0].purl, "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14~x?arch=amd64&distro=debian-12");
        assert_eq!(facts.packages[0].licenses, ["GPL-3"]);
    }
}
