//! `PB-CMP-0028`: service has the socket of the container engine.

use super::mounts::{Source, clean, mounts};
use super::service::violation;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

const SOCKETS: [&str; 8] = [
    "docker.sock",
    "docker-raw.sock",
    "containerd.sock",
    "crio.sock",
    "cri-dockerd.sock",
    "dockershim.sock",
    "podman.sock",
    "buildkitd.sock",
];

fn run(service: &Service, project: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for mount in mounts(service, project) {
        let target = is_socket(mount.target);
        let reaches = match mount.source {
            Source::Host(path) => {
                let path = clean(path);
                matches!(path.as_str(), "/" | "/var" | "/var/run" | "/run" | "/run/containerd" | "/run/podman" | "/run/crio")
                    || is_socket(&path)
            }
            Source::Open(text) if !target && !is_socket(text) => {
                tally.unknown(|| format!("service `{}` mounts `{text}`", service.name));
                continue;
            }
            Source::Open(_) => true,
            Source::Volume => false,
        };
        if reaches {
            let message = format!("service `{}` reaches the socket of the container engine by `{}`", service.name, mount.target);
            tally.fail(violation(message, service, &format!("volumes[{}]", mount.index), mount.lines));
        } else {
            tally.saw();
        }
    }
    if let Some(entry) = service.node.entry("use_api_socket").filter(|entry| entry.value.as_bool() == Some(true)) {
        let message = format!("service `{}` is given the socket of the container engine", service.name);
        tally.fail(violation(message, service, "use_api_socket", entry.lines()));
    }
    tally.verdict()
}

fn is_socket(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    SOCKETS.contains(&name) || name == "docker_engine"
}
