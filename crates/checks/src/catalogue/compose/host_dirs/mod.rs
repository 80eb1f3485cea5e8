//! `PB-CMP-0005`: service mounts system folders of the host.

use super::mounts::{Source, clean, is_below, mounts};
use super::service::violation;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

const SYSTEM: [&str; 14] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/sbin",
    "/sys",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/kubelet",
];

/// Harmless when they cannot be written to.
const PUBLIC: [&str; 6] = [
    "/etc/localtime",
    "/etc/timezone",
    "/usr/share/zoneinfo",
    "/etc/ssl/certs",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

fn run(service: &Service, project: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for mount in mounts(service, project) {
        match mount.source {
            Source::Host(path) => {
                let path = clean(path);
                let is_system = path == "/" || SYSTEM.iter().any(|folder| is_below(&path, folder));
                let is_public = mount.read_only && PUBLIC.iter().any(|folder| is_below(&path, folder));
                // Devices that hold nothing.
                let is_null = matches!(path.as_str(), "/dev/null" | "/dev/zero" | "/dev/random" | "/dev/urandom");
                if is_system && !is_public && !is_null {
                    let how = if mount.read_only { "read-only" } else { "writable" };
                    let message = format!("service `{}` mounts `{path}` of the host, {how}", service.name);
                    tally.fail(violation(message, service, &format!("volumes[{}]", mount.index), mount.lines));
                } else {
                    tally.saw();
                }
            }
            Source::Open(text) => tally.unknown(|| format!("service `{}` mounts `{text}`", service.name)),
            Source::Volume => tally.saw(),
        }
    }
    tally.verdict()
}
