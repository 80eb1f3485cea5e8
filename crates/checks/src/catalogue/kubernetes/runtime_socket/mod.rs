//! `KSV-0006`: the container runtime's socket, or a folder above it, as a `hostPath`.

use super::shared::{each_volume, is_below, set};
use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

const SOCKETS: [&str; 7] = [
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/podman/podman.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/dockershim.sock",
];
const PIPES: [&str; 3] = [r"\\.\pipe\docker_engine", r"\\.\pipe\containerd-containerd", r"\\.\pipe\cri-dockerd"];

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        each_volume(pod, "hostPath", |index, name, source| {
            let Some(entry) = set(Some(&source.value), "path") else { return };
            let Some(path) = entry.value.text() else { return };
            if holds_socket(path) {
                violations.push(Violation::new(
                    format!("volume `{name}` mounts `{path}`, which gives access to the container runtime"),
                    pod.field_path(&format!("volumes[{index}].hostPath.path")),
                    entry.lines(),
                ));
            }
        });
    })
}

fn holds_socket(path: &str) -> bool {
    if PIPES.iter().any(|pipe| path.eq_ignore_ascii_case(pipe)) {
        return true;
    }
    let inside_run = path.strip_prefix("/var").filter(|rest| is_below(rest, "/run"));
    let path = inside_run.unwrap_or(path);
    SOCKETS.iter().any(|socket| is_below(socket, path))
}
