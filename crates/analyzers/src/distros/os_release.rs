//! `etc/os-release` and `usr/lib/os-release`.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>
//!
//! Shell-like assignments; values may be quoted and escaped. `ID` defaults to `linux` in the specification, which says nothing, so a file
//! without `ID` is an error here. Rolling distributions have no `VERSION_ID`. The family is the name that vulnerability databases use; a
//! distribution that is not known keeps its `ID`, so that nobody takes a derivative for what it was derived from.

use super::rank;
use crate::{
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    facts::OsRelease,
};
use std::collections::BTreeMap;

pub(crate) const OS_RELEASE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "distros/os-release",
        version: 2,
        claims: &[Pattern::Path("etc/os-release"), Pattern::Path("usr/lib/os-release")],
        provides: &[Capability::Os],
        max_bytes: SMALL,
    },
    run: Run::Strict(analyze),
};

fn analyze(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let fields = assignments(file.bytes);
    let field = |name: &str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let Some(id) = field("ID") else {
        return Err(AnalyzeError::new("`ID` is missing"));
    };
    let rank = if file.path.starts_with("etc/") { rank::OS_RELEASE } else { rank::USR_OS_RELEASE };
    let name = field("NAME").unwrap_or_default();
    let mut version = field("VERSION_ID").unwrap_or_default().to_owned();
    let mut family = family(id, name);
    match field("RHEL_VERSION") {
        // OpenShift's nodes have the version of OpenShift and packages of a release of Enterprise Linux.
        Some(release) if family == "rhcos" => {
            release.clone_into(&mut version);
            "redhat".clone_into(&mut family);
        }
        _ => {}
    }
    if family == "arch" {
        // Archives of it have the day on which they were made.
        version.clear();
    }
    out.os.push(OsRelease {
        family,
        version,
        pretty_name: field("PRETTY_NAME").or(field("NAME")).map(str::to_owned),
        rank,
        at: Place::file(file.path),
    });
    Ok(())
}

/// `NAME=value` lines, unquoted; comments and anything else are passed over.
pub(super) fn assignments(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for (_, line) in lines(bytes) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = line.split_once('=') {
            fields.insert(name.trim().to_owned(), shell_value(value.trim()));
        }
    }
    fields
}

/// What a shell would assign: quotes removed, backslashes resolved.
fn shell_value(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut quote = None;
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => value.extend(chars.next()),
            ('#', None) if value.ends_with(char::is_whitespace) => break,
            _ => value.push(c),
        }
    }
    value.trim().to_owned()
}

pub(crate) fn family(id: &str, name: &str) -> String {
    let id = id.to_ascii_lowercase();
    match id.as_str() {
        "rhel" => "redhat",
        "centos" if name.contains("Stream") => "centos-stream",
        "almalinux" => "alma",
        "ol" => "oracle",
        "amzn" => "amazon",
        "mariner" => "cbl-mariner",
        "opensuse" if name.contains("Tumbleweed") => "opensuse-tumbleweed",
        "opensuse" => "opensuse-leap",
        "sles_sap" | "sled" | "sle_hpc" => "sles",
        "sle-micro" | "sle-micro-rancher" | "sl-micro" | "slem" | "suse-microos" => "slem",
        "archlinux" | "archarm" => "arch",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[track_caller]
    fn os(content: &str, expected: &str) {
        check(&OS_RELEASE, "etc/os-release", content.as_bytes(), expected);
    }

    #[test]
    fn families_and_versions() {
        os(
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n",
            "os debian 12 rank 10 `Debian GNU/Linux 12 (bookworm)`",
        );
        os("# c\r\nID='alpine'\r\nVERSION_ID=3.19.1\r\nNAME=\"Alpine\"\r\n", "os alpine 3.19.1 rank 10 `Alpine`");
        os("ID=wolfi\nVERSION_ID=\"20230201\"\nPRETTY_NAME=Wolfi", "os wolfi 20230201 rank 10 `Wolfi`");
        os("ID=\"rhel\"\nVERSION_ID=9.3", "os redhat 9.3 rank 10");
        os("NAME=\"CentOS Stream\"\nID=centos\nVERSION_ID=9", "os centos-stream 9 rank 10 `CentOS Stream`");
        os("ID=almalinux\nVERSION_ID=9.3", "os alma 9.3 rank 10");
        os("ID=rocky\nVERSION_ID=9.3", "os rocky 9.3 rank 10");
        os("ID=ol\nVERSION_ID=8.9", "os oracle 8.9 rank 10");
        os("ID=amzn\nVERSION_ID=2023", "os amazon 2023 rank 10");
        os("ID=fedora\nVERSION_ID=40\nVARIANT_ID=coreos", "os fedora 40 rank 10");
        os("ID=rhcos\nVERSION_ID=4.14\nRHEL_VERSION=9.2", "os redhat 9.2 rank 10");
        os("ID=sle-micro-rancher\nVERSION_ID=5.3", "os slem 5.3 rank 10");
        os("ID=sles_sap\nVERSION_ID=15.4", "os sles 15.4 rank 10");
        os("ID=opensuse\nNAME=\"openSUSE Leap\"\nVERSION_ID=42.3", "os opensuse-leap 42.3 rank 10 `openSUSE Leap`");
        os("ID=chainguard\nVERSION_ID=20230214", "os chainguard 20230214 rank 10");
        os("ID=minimos\nVERSION_ID=20241031", "os minimos 20241031 rank 10");
        os("ID=echo\nVERSION_ID=1", "os echo 1 rank 10");
        os("ID=bottlerocket\nVERSION_ID=1.19.0", "os bottlerocket 1.19.0 rank 10");
        os("ID=photon\nVERSION_ID=4.0", "os photon 4.0 rank 10");
        os("ID=openwrt\nVERSION_ID=23.05.2", "os openwrt 23.05.2 rank 10");
        os("ID=gentoo\nVERSION_ID=2.15", "os gentoo 2.15 rank 10");
        os("ID=flatcar\nVERSION_ID=3815.2.0", "os flatcar 3815.2.0 rank 10");
        os("ID=mariner\nVERSION_ID=2.0", "os cbl-mariner 2.0 rank 10");
        os("ID=azurelinux\nVERSION_ID=3.0", "os azurelinux 3.0 rank 10");
        os("ID=opensuse-tumbleweed\nVERSION_ID=20240201", "os opensuse-tumbleweed 20240201 rank 10");
        os("ID=sl-micro\nVERSION_ID=6.0", "os slem 6.0 rank 10");
        os("ID=arch\nBUILD_ID=rolling", "os arch - rank 10");
        os("ID=talos\nVERSION_ID=v1.6.4", "os talos v1.6.4 rank 10");
        os("ID=derived\nID_LIKE=debian", "os derived - rank 10");
    }

    #[test]
    fn without_id_it_is_an_error() {
        os("NAME=x\n", "error: `ID` is missing");
        os("", "error: `ID` is missing");
    }

    #[test]
    fn never_panics() {
        robust(&OS_RELEASE, "usr/lib/os-release", b"ID=\"a\\\"b\"\nVERSION_ID='1'\n");
    }
}
