//! The distributions' own release files, which are older than `os-release` or say more.
//!
//! - one line of prose with `release N` (`etc/redhat-release`, `etc/centos-release`, `etc/system-release` of Amazon Linux …) or with a number
//!   after the name (`etc/photon-release`, `etc/mariner-release`, `etc/azurelinux-release`);
//! - a bare version (`etc/alpine-release`, `etc/debian_version`);
//! - assignments (`etc/lsb-release`, `etc/SuSE-release`);
//! - `etc/apk/repositories`, which says from which Alpine release packages come;
//! - Ubuntu Pro's state, which says whether Extended Security Maintenance is on.

use super::{ALPINE_REPOSITORIES, ESM, os_release::assignments, rank};
use crate::{
    text::{file_name, lines},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    facts::OsRelease,
};

pub(crate) const RELEASE_FILES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "distros/release-files",
        version: 2,
        claims: &[
            Pattern::Path("etc/alpine-release"),
            Pattern::Path("etc/debian_version"),
            Pattern::Path("etc/lsb-release"),
            Pattern::Path("etc/openwrt_release"),
            Pattern::Path("etc/gentoo-release"),
            Pattern::Path("etc/redhat-release"),
            Pattern::Path("etc/centos-release"),
            Pattern::Path("etc/almalinux-release"),
            Pattern::Path("etc/rocky-release"),
            Pattern::Path("etc/oracle-release"),
            Pattern::Path("etc/enterprise-release"),
            Pattern::Path("etc/fedora-release"),
            Pattern::Path("usr/lib/fedora-release"),
            Pattern::Path("etc/system-release"),
            Pattern::Path("usr/lib/system-release"),
            Pattern::Path("etc/mariner-release"),
            Pattern::Path("etc/azurelinux-release"),
            Pattern::Path("etc/photon-release"),
            Pattern::Path("etc/SuSE-release"),
            Pattern::Path("etc/SUSE-brand"),
            Pattern::Path("etc/arch-release"),
            Pattern::Path("usr/share/flatcar/release"),
            Pattern::Path("usr/share/coreos/release"),
        ],
        provides: &[Capability::Os],
        max_bytes: SMALL,
    },
    run: Run::Strict(release_file),
};

pub(crate) const APK_REPOSITORIES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "distros/apk-repositories",
        version: 1,
        claims: &[Pattern::Path("etc/apk/repositories")],
        provides: &[Capability::Os],
        max_bytes: SMALL,
    },
    run: Run::Lenient(apk_repositories),
};

pub(crate) const UBUNTU_PRO: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "distros/ubuntu-pro",
        version: 1,
        claims: &[Pattern::Path("var/lib/ubuntu-advantage/status.json")],
        provides: &[Capability::Os],
        max_bytes: SMALL,
    },
    run: Run::Strict(ubuntu_pro),
};

fn release_file(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let found = |family: &str, version: &str, pretty: Option<&str>, rank: u8| OsRelease {
        family: family.to_owned(),
        version: version.to_owned(),
        pretty_name: pretty.filter(|name| !name.is_empty()).map(str::to_owned),
        rank,
        at: Place::file(file.path),
    };
    let name = file_name(file.path);
    // Empty on Arch, by design: its presence is the statement.
    if name == "arch-release" {
        out.os.push(found("arch", "", None, rank::OWN));
        return Ok(());
    }
    let Some(first) = lines(file.bytes).map(|(_, line)| line.trim().to_owned()).find(|line| !line.is_empty()) else {
        return Err(AnalyzeError::new("the file is empty"));
    };
    let release = match name {
        "alpine-release" => {
            if !first.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(AnalyzeError::new("no version of Alpine Linux"));
            }
            found("alpine", &first, None, rank::OWN)
        }
        "debian_version" => {
            // `trixie/sid` is testing or unstable: there is no number yet.
            found("debian", &first, Some(&format!("Debian {first}")), rank::DEBIAN_VERSION)
        }
        "lsb-release" | "openwrt_release" | "release" => {
            let fields = assignments(file.bytes);
            let text = |prefix: &str, key: &str| fields.get(&format!("{prefix}_{key}")).map(String::as_str);
            let prefix = if name == "release" { "FLATCAR_RELEASE" } else { "DISTRIB" };
            let (id, version) = if prefix == "DISTRIB" {
                (text(prefix, "ID"), text(prefix, "RELEASE"))
            } else {
                (
                    Some(if file.path.contains("coreos") { "coreos" } else { "flatcar" }),
                    text(prefix, "VERSION").or(text("COREOS_RELEASE", "VERSION")),
                )
            };
            let Some(id) = id.filter(|id| !id.is_empty()) else {
                return Err(AnalyzeError::new("`DISTRIB_ID` is missing"));
            };
            let family = match prose_family(id) {
                Some(family) => family.to_owned(),
                None if id.starts_with("Flatcar") => "flatcar".to_owned(),
                None => family_word(id),
            };
            found(&family, version.unwrap_or_default(), text("DISTRIB", "DESCRIPTION"), rank::LSB_RELEASE)
        }
        "SuSE-release" | "SUSE-brand" => {
            let fields = assignments(file.bytes);
            let number = |key: &str| fields.get(key).map(String::as_str).filter(|v| v.starts_with(|c: char| c.is_ascii_digit()));
            let version = match (number("VERSION"), number("PATCHLEVEL")) {
                (Some(version), Some(patch)) if patch != "0" => format!("{version}.{patch}"),
                (Some(version), _) => version.to_owned(),
                _ => String::new(),
            };
            let family = if first.to_ascii_lowercase().contains("opensuse") { "opensuse-leap" } else { "sles" };
            found(family, &version, Some(&first), rank::LSB_RELEASE)
        }
        _ => match (prose_family(&first), first.split_once(" release ")) {
            (Some(family), _) => {
                let rank = if family == "redhat" { rank::REDHAT_RELEASE } else { rank::OWN };
                found(family, version_of(family, &first), Some(&first), rank)
            }
            // A relative of Red Hat's that is not known by name: `os-release` says it better, where there is one.
            (None, Some((name, _))) => found(&family_word(name), version_in(&first), Some(&first), rank::LSB_RELEASE),
            (None, None) => return Err(AnalyzeError::new(format!("`{first}` names no distribution this build knows"))),
        },
    };
    out.os.push(release);
    Ok(())
}

/// The family that a line such as `Rocky Linux release 9.3 (Blue Onyx)` names.
fn prose_family(line: &str) -> Option<&'static str> {
    const STARTS: &[(&str, &str)] = &[
        ("CentOS Stream", "centos-stream"),
        ("CentOS", "centos"),
        ("Rocky", "rocky"),
        ("AlmaLinux", "alma"),
        ("Oracle Linux", "oracle"),
        ("Enterprise Linux Enterprise Linux", "oracle"),
        ("Amazon Linux", "amazon"),
        ("Fedora", "fedora"),
        ("Red Hat", "redhat"),
        ("CBL-Mariner", "cbl-mariner"),
        ("Microsoft Azure Linux", "azurelinux"),
        ("Azure Linux", "azurelinux"),
        ("VMware Photon", "photon"),
        ("Photon", "photon"),
        ("Bottlerocket", "bottlerocket"),
        ("Gentoo", "gentoo"),
    ];
    STARTS.iter().find(|(start, _)| line.starts_with(start)).map(|(_, family)| *family)
}

/// A name as a family's word: `Anolis OS` to `anolis-os`.
fn family_word(name: &str) -> String {
    name.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The version as reports of the family have it: Amazon's with its code name, Microsoft's without the day of the build.
fn version_of<'l>(family: &str, line: &'l str) -> &'l str {
    let version = version_in(line);
    match family {
        "amazon" => line.strip_prefix("Amazon Linux release ").map_or(version, str::trim),
        "cbl-mariner" | "azurelinux" => {
            let end = version.match_indices('.').nth(1).map_or(version.len(), |(at, _)| at);
            version.get(..end).unwrap_or(version)
        }
        _ => version,
    }
}

/// The first word that starts with a digit.
fn version_in(line: &str) -> &str {
    line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).unwrap_or_default()
}

/// The newest release that an untagged line of `etc/apk/repositories` names; `edge` is newer than every number.
///
/// A line tagged with `@name` is used only for packages that are asked for by that tag, so it does not decide.
fn apk_repositories(file: &File<'_>, out: &mut Facts) {
    let mut newest = None::<((u32, u32), String)>;
    for (_, line) in lines(file.bytes) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '@']) {
            continue;
        }
        let Some((_, rest)) = line.split_once("/alpine/") else { continue };
        let branch = rest.split('/').next().unwrap_or_default();
        let number = branch.strip_prefix('v').unwrap_or(branch);
        let key = if branch == "edge" {
            (u32::MAX, 0)
        } else if let Some((major, minor)) = number.split_once('.')
            && let (Ok(major), Ok(minor)) = (major.parse(), minor.parse())
        {
            (major, minor)
        } else {
            continue;
        };
        if newest.as_ref().is_none_or(|(best, _)| key > *best) {
            newest = Some((key, number.to_owned()));
        }
    }
    if let Some((_, version)) = newest {
        out.os.push(OsRelease {
            family: ALPINE_REPOSITORIES.to_owned(),
            version,
            pretty_name: None,
            rank: rank::STATE,
            at: Place::file(file.path),
        });
    }
}

fn ubuntu_pro(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let status: serde_json::Value = serde_json::from_slice(file.bytes)
        .map_err(|err| AnalyzeError { message: format!("is no JSON: {err}"), line: u32::try_from(err.line()).ok() })?;
    let services = status.get("services").and_then(serde_json::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let enabled = services.iter().any(|service| {
        let is = |key: &str, value: &str| service.get(key).and_then(serde_json::Value::as_str) == Some(value);
        is("name", "esm-infra") && is("status", "enabled")
    });
    if enabled {
        out.os.push(OsRelease {
            family: "ubuntu".to_owned(),
            version: ESM.to_owned(),
            pretty_name: None,
            rank: rank::STATE,
            at: Place::file(file.path),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        distros::os_release::OS_RELEASE,
        testing::{check, robust},
    };
    use probity_model::analyzer::{Analyzer as _, FileMeta};

    #[track_caller]
    fn release(path: &str, content: &str, expected: &str) {
        check(&RELEASE_FILES, path, content.as_bytes(), expected);
    }

    #[test]
    fn own_files() {
        release("etc/alpine-release", "3.19.1\n", "os alpine 3.19.1 rank 20");
        release("etc/debian_version", "12.5\n", "os debian 12.5 rank 3 `Debian 12.5`");
        release("etc/debian_version", "trixie/sid\n", "os debian trixie/sid rank 3 `Debian trixie/sid`");
        release(
            "etc/lsb-release",
            "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_DESCRIPTION=\"Ubuntu 22.04.3 LTS\"\n",
            "os ubuntu 22.04 rank 6 `Ubuntu 22.04.3 LTS`",
        );
        release(
            "etc/centos-release",
            "CentOS Linux release 7.9.2009 (Core)\n",
            "os centos 7.9.2009 rank 20 `CentOS Linux release 7.9.2009 (Core)`",
        );
        release(
            "etc/redhat-release",
            "Red Hat Enterprise Linux release 9.3 (Plow)\n",
            "os redhat 9.3 rank 8 `Red Hat Enterprise Linux release 9.3 (Plow)`",
        );
        release("etc/oracle-release", "Oracle Linux Server release 8.9\n", "os oracle 8.9 rank 20 `Oracle Linux Server release 8.9`");
        release("etc/system-release", "Amazon Linux AMI release 2018.03\n", "os amazon 2018.03 rank 20 `Amazon Linux AMI release 2018.03`");
        release("etc/system-release", "Amazon Linux release 2 (Karoo)\n", "os amazon 2 (Karoo) rank 20 `Amazon Linux release 2 (Karoo)`");
        release(
            "etc/mariner-release",
            "CBL-Mariner 2.0.20240112\nMARINER_BUILD_NUMBER=x\n",
            "os cbl-mariner 2.0 rank 20 `CBL-Mariner 2.0.20240112`",
        );
        release(
            "etc/photon-release",
            "VMware Photon OS 4.0\nPHOTON_BUILD_NUMBER=1526e30ba\n",
            "os photon 4.0 rank 20 `VMware Photon OS 4.0`",
        );
        release(
            "etc/SuSE-release",
            "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
            "os sles 11.4 rank 6 `SUSE Linux Enterprise Server 11 (x86_64)`",
        );
        release(
            "etc/openwrt_release",
            "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='23.05.2'\nDISTRIB_DESCRIPTION='OpenWrt 23.05.2'\n",
            "os openwrt 23.05.2 rank 6 `OpenWrt 23.05.2`",
        );
        release("etc/lsb-release", "DISTRIB_ID=\"VMware Photon OS\"\nDISTRIB_RELEASE=4.0\n", "os photon 4.0 rank 6");
        release(
            "etc/lsb-release",
            "DISTRIB_ID=\"Flatcar Container Linux by Kinvolk\"\nDISTRIB_RELEASE=3815.2.0\n",
            "os flatcar 3815.2.0 rank 6",
        );
        release("etc/redhat-release", "Anolis OS release 8.8\n", "os anolis-os 8.8 rank 6 `Anolis OS release 8.8`");
        release("etc/gentoo-release", "Gentoo Base System release 2.15\n", "os gentoo 2.15 rank 20 `Gentoo Base System release 2.15`");
        release("etc/arch-release", "", "os arch - rank 20");
        release("etc/redhat-release", "Hat\n", "error: `Hat` names no distribution this build knows");
        release("etc/alpine-release", "", "error: the file is empty");
    }

    #[track_caller]
    fn settled(files: &[(&str, &str)], expected: &str) {
        let mut facts = Facts::default();
        for (path, content) in files {
            let file = File { path, meta: FileMeta::default(), bytes: content.as_bytes() };
            for unit in [&OS_RELEASE, &RELEASE_FILES, &APK_REPOSITORIES, &UBUNTU_PRO] {
                if unit.meta().claims.contains(&Pattern::Path(file.path_static())) {
                    unit.analyze(&file, &mut facts).unwrap();
                }
            }
        }
        let os = super::super::settle(&mut facts);
        assert_eq!(os.map_or_else(|| "none".to_owned(), |os| format!("{} {}", os.family, os.version)), expected);
    }

    /// Claims hold static paths, so a comparison needs one.
    trait PathStatic {
        fn path_static(&self) -> &'static str;
    }
    impl PathStatic for File<'_> {
        fn path_static(&self) -> &'static str {
            String::leak(self.path.to_owned())
        }
    }

    #[test]
    fn the_most_specific_file_wins() {
        settled(&[("etc/os-release", "ID=debian\nVERSION_ID=\"12\""), ("etc/debian_version", "12.5")], "debian 12.5");
        settled(&[("etc/os-release", "ID=ubuntu\nVERSION_ID=22.04"), ("etc/debian_version", "bookworm/sid")], "ubuntu 22.04");
        settled(
            &[
                ("etc/os-release", "ID=ol\nVERSION_ID=8.9"),
                ("etc/redhat-release", "Red Hat Enterprise Linux release 8.9"),
                ("etc/oracle-release", "Oracle Linux Server release 8.9"),
            ],
            "oracle 8.9",
        );
        settled(
            &[("etc/os-release", "ID=centos\nVERSION_ID=7"), ("etc/centos-release", "CentOS Linux release 7.9.2009 (Core)")],
            "centos 7.9.2009",
        );
        settled(&[("etc/os-release", "ID=debian"), ("etc/debian_version", "trixie/sid")], "debian trixie/sid");
        settled(&[("etc/debian_version", "9.13")], "debian 9.13");
        settled(&[("etc/hostname", "x")], "none");
    }

    #[test]
    fn alpine_repositories_say_where_packages_come_from() {
        let release = ("etc/alpine-release", "3.18.4");
        settled(
            &[release, ("etc/apk/repositories", "https://dl-cdn.alpinelinux.org/alpine/v3.18/main\n@t https://x/alpine/edge/testing")],
            "alpine 3.18.4",
        );
        settled(&[release, ("etc/apk/repositories", "https://x/alpine/v3.18/main\nhttps://x/alpine/v3.20/main")], "alpine 3.20");
        settled(&[release, ("etc/apk/repositories", "https://x/alpine/v3.18/main\nhttps://x/alpine/edge/main")], "alpine edge");
        settled(&[("etc/os-release", "ID=wolfi"), ("etc/apk/repositories", "https://packages.wolfi.dev/os")], "wolfi ");
    }

    #[test]
    fn ubuntu_pro_marks_the_release() {
        let os = ("etc/os-release", "ID=ubuntu\nVERSION_ID=18.04");
        let pro = "var/lib/ubuntu-advantage/status.json";
        settled(&[os, (pro, r#"{"services":[{"name":"esm-infra","status":"enabled"}]}"#)], "ubuntu 18.04-ESM");
        settled(&[os, (pro, r#"{"services":[{"name":"esm-infra","status":"disabled"}]}"#)], "ubuntu 18.04");
    }

    #[test]
    fn never_panics() {
        robust(&RELEASE_FILES, "etc/SuSE-release", b"SUSE 11\nVERSION = 11\nPATCHLEVEL = 4\n");
        robust(&APK_REPOSITORIES, "etc/apk/repositories", b"https://x/alpine/v3.18/main\n");
        robust(&UBUNTU_PRO, "var/lib/ubuntu-advantage/status.json", br#"{"services":[{"name":"esm-infra","status":"enabled"}]}"#);
    }
}
