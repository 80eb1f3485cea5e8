//! `KSV-0121`: `hostPath` volumes of folders that give the node away.

use super::shared::{each_volume, is_below, parts, set};
use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

const SENSITIVE: [&str; 25] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/opt/cni",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/lib/rancher",
    "/var/log",
    "/var/run",
];
/// Folders whose sensitive part is one of those above.
const ABOVE: [&str; 3] = ["/var", "/var/lib", "/opt"];
const HARMLESS: [&str; 7] = [
    "/dev/shm",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        each_volume(pod, "hostPath", |index, name, source| {
            let Some(entry) = set(Some(&source.value), "path") else { return };
            let Some(path) = entry.value.text() else { return };
            if is_sensitive(path) {
                violations.push(Violation::new(
                    format!("volume `{name}` mounts the sensitive path `{path}` of the node"),
                    pod.field_path(&format!("volumes[{index}].hostPath.path")),
                    entry.lines(),
                ));
            }
        });
    })
}

fn is_sensitive(path: &str) -> bool {
    // The API server refuses `..`; a manifest that has it anyway could mean any folder.
    if parts(path).next().is_none() || parts(path).any(|part| part == "..") {
        return true;
    }
    if is_windows_system(path) {
        return true;
    }
    let same = |folder: &str| parts(path).eq(parts(folder));
    let inside = |folder: &str| is_below(path, folder);
    ABOVE.iter().any(|folder| same(folder))
        || (SENSITIVE.iter().any(|folder| inside(folder)) && !HARMLESS.iter().any(|folder| inside(folder)))
}

/// A drive's root, or the folders of the system and of its users.
fn is_windows_system(path: &str) -> bool {
    let Some((drive, rest)) = path.split_once(':') else { return false };
    if drive.len() != 1 {
        return false;
    }
    let first = rest.split(['\\', '/']).find(|part| !part.is_empty());
    first.is_none_or(|first| ["windows", "users", "programdata", "etc", "k"].iter().any(|folder| first.eq_ignore_ascii_case(folder)))
}
