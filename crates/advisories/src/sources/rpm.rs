//! Names and versions of rpm packages as feeds write them.

/// `0:1.2-3.el8` is `1.2-3.el8`: an epoch of zero is no epoch.
pub(super) fn without_zero_epoch(version: &str) -> &str {
    let version = version.trim();
    version.strip_prefix("0:").or_else(|| version.strip_prefix("(none):")).unwrap_or(version)
}

/// Epoch, version and release in one text.
pub(super) fn evr(epoch: &str, version: &str, release: &str) -> String {
    let epoch = epoch.trim();
    let release = if release.is_empty() { String::new() } else { format!("-{release}") };
    if epoch.is_empty() || epoch == "0" || epoch == "(none)" {
        format!("{version}{release}")
    } else {
        format!("{epoch}:{version}{release}")
    }
}

/// `openssl-1_1-1.1.1l-150400.7.22.1.x86_64`, with or without the architecture: name, version, architecture.
pub(super) fn split_nvra(text: &str) -> Option<(&str, String, &str)> {
    let text = text.strip_suffix(".rpm").unwrap_or(text);
    let (rest, arch) = match text.rsplit_once('.') {
        Some((rest, arch)) if ARCHES.contains(&arch) => (rest, arch),
        _ => (text, ""),
    };
    let (rest, release) = rest.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    if name.is_empty() || !release.contains(|c: char| c.is_ascii_digit()) || !version.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    Some((name, without_zero_epoch(&format!("{version}-{release}")).to_owned(), arch))
}

pub(super) const ARCHES: &[&str] = &[
    "x86_64",
    "aarch64",
    "ppc64le",
    "ppc64",
    "s390x",
    "s390",
    "i386",
    "i486",
    "i586",
    "i686",
    "noarch",
    "src",
    "nosrc",
    "ia64",
    "ppc",
    "armv7hl",
    "armv6hl",
    "riscv64",
    "loongarch64",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_split() {
        for (text, expected) in [
            ("openssl-1_1-1.1.1l-150400.7.22.1.x86_64", Some(("openssl-1_1", "1.1.1l-150400.7.22.1", "x86_64"))),
            ("kernel-0:4.18.0-553.el8_10.x86_64.rpm", Some(("kernel", "4.18.0-553.el8_10", "x86_64"))),
            ("bind-32:9.11.36-5.el8.src", Some(("bind", "32:9.11.36-5.el8", "src"))),
            ("xen-libs-4.16.1_06-150400.4.8.1", Some(("xen-libs", "4.16.1_06-150400.4.8.1", ""))),
            ("kernel", None),
            ("a-b-c", None),
        ] {
            let found = split_nvra(text);
            assert_eq!(found.as_ref().map(|(name, version, arch)| (*name, version.as_str(), *arch)), expected, "{text}");
        }
        assert_eq!(evr("0", "1", "2"), "1-2");
        assert_eq!(evr("3", "1", "2"), "3:1-2");
    }
}
