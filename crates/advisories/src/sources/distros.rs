//! Distributions: what feeds call them, the bucket that scanners look in, and the publisher.
//!
//! Names of buckets are those of trivy-db, schema 2; for distributions that it does not know, the family in lower case and the release.

use super::advisory::{Home, source};
use probity_model::vulnerability::DataSource;
use probity_versions::Scheme;
use std::sync::Arc;

/// Who publishes a distribution's advisories: id, name, address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Publisher {
    id: &'static str,
    name: &'static str,
    url: &'static str,
}

impl Publisher {
    pub(super) fn source(self) -> Arc<DataSource> {
        source(self.id, self.name, self.url)
    }
}

const fn publisher(id: &'static str, name: &'static str, url: &'static str) -> Publisher {
    Publisher { id, name, url }
}

pub(super) const ALMA: Publisher = publisher("alma", "AlmaLinux Product Errata", "https://errata.almalinux.org/");
pub(super) const ALPINE: Publisher = publisher("alpine", "Alpine Secdb", "https://secdb.alpinelinux.org/");
pub(super) const AMAZON: Publisher = publisher("amazon", "Amazon Linux Security Center", "https://alas.aws.amazon.com/");
pub(super) const ARCH: Publisher = publisher("arch-linux", "Arch Linux Vulnerable issues", "https://security.archlinux.org/");
pub(super) const AZURE: Publisher =
    publisher("azure", "Azure Linux Vulnerability Data", "https://github.com/microsoft/AzureLinuxVulnerabilityData");
pub(super) const CHAINGUARD: Publisher =
    publisher("chainguard", "Chainguard Security Data", "https://packages.cgr.dev/chainguard/security.json");
pub(super) const DEBIAN: Publisher =
    publisher("debian", "Debian Security Tracker", "https://salsa.debian.org/security-tracker-team/security-tracker");
pub(super) const MARINER: Publisher =
    publisher("cbl-mariner", "CBL-Mariner Vulnerability Data", "https://github.com/microsoft/CBL-MarinerVulnerabilityData");
pub(super) const MINIMOS: Publisher =
    publisher("minimos", "MinimOS Security Data", "https://packages.mini.dev/advisories/secdb/security.json");
pub(super) const ORACLE: Publisher = publisher("oracle-oval", "Oracle Linux OVAL definitions", "https://linux.oracle.com/security/oval/");
pub(super) const PHOTON: Publisher =
    publisher("photon", "Photon OS CVE metadata", "https://packages.vmware.com/photon/photon_cve_metadata/");
pub(super) const RED_HAT: Publisher = publisher("redhat", "Red Hat CSAF VEX and OVAL", "https://security.access.redhat.com/data/");
pub(super) const ROCKY: Publisher = publisher("rocky", "Rocky Linux updateinfo", "https://errata.rockylinux.org/");
pub(super) const SUSE: Publisher = publisher("suse-cvrf", "SUSE CVRF", "https://ftp.suse.com/pub/projects/security/cvrf/");
pub(super) const UBUNTU: Publisher = publisher("ubuntu", "Ubuntu CVE Tracker", "https://git.launchpad.net/ubuntu-cve-tracker");
pub(super) const WOLFI: Publisher = publisher("wolfi", "Wolfi Secdb", "https://packages.wolfi.dev/os/security.json");
const ECHO: Publisher = publisher("echo", "Echo", "https://advisory.echohq.com/");
const MAGEIA: Publisher = publisher("mageia", "Mageia Advisories", "https://advisories.mageia.org/");
const OPEN_EULER: Publisher =
    publisher("openeuler", "openEuler Security Advisories", "https://www.openeuler.org/en/security/security-bulletins/");

pub(super) fn home(bucket: String, scheme: Scheme) -> Home {
    Home::Distribution { bucket, scheme }
}

/// An OSV ecosystem of a distribution: `Debian:12`, `Ubuntu:Pro:22.04:LTS`. `None` when it is none.
pub(super) fn of_osv(ecosystem: &str) -> Option<(Home, Publisher)> {
    let (family, release) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    let of = |name: &str, scheme, publisher| {
        let bucket = if release.is_empty() { name.to_owned() } else { format!("{name} {release}") };
        Some((home(bucket, scheme), publisher))
    };
    match family {
        "Debian" => of("debian", Scheme::Deb, DEBIAN),
        "Ubuntu" => {
            let (pro, release) = match release.strip_prefix("Pro:") {
                Some(release) => (true, release),
                None => (false, release),
            };
            // `FIPS` and other streams of Pro are other packages than the release's.
            let release = release.strip_suffix(":LTS").unwrap_or(release);
            let plain = release.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !release.is_empty();
            plain.then(|| (home(format!("ubuntu {release}{}", if pro { "-ESM" } else { "" }), Scheme::Deb), UBUNTU))
        }
        "Alpine" => {
            let release = release.strip_prefix('v').unwrap_or(release);
            Some((home(format!("alpine {release}"), Scheme::Apk), ALPINE)).filter(|_| !release.is_empty())
        }
        "AlmaLinux" => of("alma", Scheme::Rpm, ALMA),
        "Rocky Linux" => of("rocky", Scheme::Rpm, ROCKY),
        "Red Hat" => Some((Home::RedHat, RED_HAT)),
        "Oracle" | "Oracle Linux" => of("Oracle Linux", Scheme::Rpm, ORACLE),
        "SUSE" | "openSUSE" => Some((home(suse_bucket(&format!("{family} {release}"))?, Scheme::Rpm), SUSE)),
        "Wolfi" => Some((home("wolfi".to_owned(), Scheme::Apk), WOLFI)),
        "Chainguard" => Some((home("chainguard".to_owned(), Scheme::Apk), CHAINGUARD)),
        "MinimOS" => Some((home("minimos".to_owned(), Scheme::Apk), MINIMOS)),
        "Echo" => Some((home("echo".to_owned(), Scheme::Deb), ECHO)),
        "Photon OS" => of("Photon OS", Scheme::Rpm, PHOTON),
        "Azure Linux" => {
            let release = if release.contains('.') { release.to_owned() } else { format!("{release}.0") };
            Some((home(format!("Azure Linux {release}"), Scheme::Rpm), AZURE))
        }
        "CBL-Mariner" => of("CBL-Mariner", Scheme::Rpm, MARINER),
        "Mageia" => of("mageia", Scheme::Rpm, MAGEIA),
        "openEuler" => of("openEuler", Scheme::Rpm, OPEN_EULER),
        _ => None,
    }
}

/// The bucket of a product of SUSE as its notices name it: `SUSE Linux Enterprise Module for Basesystem 15 SP4`, `openSUSE Leap 15.5`.
///
/// All products of one service pack share a bucket, because a system has packages of several. Products that are no distribution have none.
pub(super) fn suse_bucket(product: &str) -> Option<String> {
    let product = product.trim();
    if let Some(rest) = product.strip_prefix("openSUSE ") {
        if rest.starts_with("Tumbleweed") {
            return Some("openSUSE Tumbleweed".to_owned());
        }
        let release = rest.strip_prefix("Leap ")?.split_whitespace().next()?;
        // `Leap Micro 5.4` is another product.
        return release.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("openSUSE Leap {release}"));
    }
    let rest = product.strip_prefix("SUSE Linux ").or_else(|| product.strip_prefix("SUSE Linux Enterprise "))?;
    let rest = rest.strip_prefix("Enterprise ").unwrap_or(rest);
    if let Some(release) = rest.strip_prefix("Micro ") {
        let release = release.split_whitespace().next()?;
        return release.starts_with(|c: char| c.is_ascii_digit()).then(|| format!("SUSE Linux Enterprise Micro {release}"));
    }
    if rest.starts_with("Storage") || rest.starts_with("Live Patching") {
        return None;
    }
    // `Server 15 SP4-LTSS`, `Module for Basesystem 15 SP4`, `Server for SAP Applications 12-SP5`, `Server 16.0`.
    let words: Vec<&str> = rest.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty()).collect();
    let at = words.iter().position(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let major = words.get(at)?;
    let pack = words.get(at + 1).and_then(|word| word.strip_prefix("SP")).filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
    Some(match pack {
        Some(pack) => format!("SUSE Linux Enterprise {major}.{pack}"),
        None => format!("SUSE Linux Enterprise {major}"),
    })
}

/// The name of a package of a module, as trivy-db has it: `nodejs:12::npm`.
pub(super) fn modular(module: &str, package: &str) -> String {
    format!("{module}::{package}")
}

/// Whether a version of a package comes from a module: its release says so.
pub(super) fn is_modular(version: &str) -> bool {
    version.contains(".module+el") || version.contains(".module_el") || version.contains(".module_f")
}

/// The modules that a title names: `Important: nodejs:12 and mariadb:10.3 security update`.
pub(super) fn modules_of(title: &str) -> Vec<String> {
    let is_word =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'));
    title
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')'))
        .filter(|word| word.split_once(':').is_some_and(|(name, stream)| is_word(name) && is_word(stream)))
        .map(str::to_owned)
        .collect()
}

/// The Debian release of a code name.
pub(super) fn debian_release(codename: &str) -> Option<&'static str> {
    Some(match codename {
        "buzz" => "1.1",
        "rex" => "1.2",
        "bo" => "1.3",
        "hamm" => "2.0",
        "slink" => "2.1",
        "potato" => "2.2",
        "woody" => "3.0",
        "sarge" => "3.1",
        "etch" => "4.0",
        "lenny" => "5.0",
        "squeeze" => "6.0",
        "wheezy" => "7",
        "jessie" => "8",
        "stretch" => "9",
        "buster" => "10",
        "bullseye" => "11",
        "bookworm" => "12",
        "trixie" => "13",
        "forky" => "14",
        "duke" => "15",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn osv_words_become_buckets() {
        for (ecosystem, expected) in [
            ("Debian:12", "debian 12"),
            ("Ubuntu:22.04:LTS", "ubuntu 22.04"),
            ("Ubuntu:25.10", "ubuntu 25.10"),
            ("Ubuntu:Pro:16.04:LTS", "ubuntu 16.04-ESM"),
            ("Ubuntu:Pro:FIPS:16.04:LTS", "-"),
            ("Alpine:v3.19", "alpine 3.19"),
            ("Alpine:edge", "alpine edge"),
            ("AlmaLinux:9", "alma 9"),
            ("Rocky Linux:9", "rocky 9"),
            ("Red Hat:enterprise_linux:9::appstream", "Red Hat"),
            ("SUSE:Linux Enterprise Server 15 SP4", "SUSE Linux Enterprise 15.4"),
            ("SUSE:Linux Enterprise Module for Basesystem 15 SP6", "SUSE Linux Enterprise 15.6"),
            ("SUSE:Linux Enterprise Server 12 SP5-LTSS", "SUSE Linux Enterprise 12.5"),
            ("SUSE:Linux Enterprise Server 15", "SUSE Linux Enterprise 15"),
            ("SUSE:Linux Enterprise Micro 5.4", "SUSE Linux Enterprise Micro 5.4"),
            ("SUSE:Linux Micro 6.1", "SUSE Linux Enterprise Micro 6.1"),
            ("SUSE:Manager Server 4.3", "-"),
            ("openSUSE:Leap 15.5", "openSUSE Leap 15.5"),
            ("openSUSE:Leap Micro 5.4", "-"),
            ("openSUSE:Tumbleweed", "openSUSE Tumbleweed"),
            ("Chainguard", "chainguard"),
            ("Photon OS:3.0", "Photon OS 3.0"),
            ("Azure Linux:3", "Azure Linux 3.0"),
            ("Windows", "-"),
        ] {
            let bucket = of_osv(ecosystem).map_or_else(|| "-".to_owned(), |(home, publisher)| home.bucket(&publisher.source()));
            assert_eq!(bucket, expected, "{ecosystem}");
        }
    }

    #[test]
    fn modules_in_titles() {
        assert_eq!(modules_of("Important: nodejs:12 security update"), ["nodejs:12"]);
        assert_eq!(modules_of("Moderate: virt:rhel and virt-devel:rhel security update"), ["virt:rhel", "virt-devel:rhel"]);
        assert!(modules_of("Important: pki-core security update").is_empty());
    }
}
