//! `KSV-0030`: seccomp as the restricted profile has it.

use super::shared::{WINDOWS, pod_and_containers, set};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::{Pod, Resource},
    node::{Entry, Node},
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    if object.pod().is_some_and(Pod::is_windows) {
        return WINDOWS;
    }
    pod_and_containers(
        object,
        |pod, violations| {
            if let Profile::Bad(entry) = profile(pod.security_context()) {
                violations.push(Violation::new(
                    format!("the pod's seccomp profile is {}", describe(entry)),
                    pod.field_path("securityContext.seccompProfile.type"),
                    lines(entry),
                ));
            }
        },
        |container, violations| match profile(container.security_context()) {
            Profile::Good => {}
            Profile::Bad(entry) => violations.push(Violation::new(
                format!("the seccomp profile of container `{}` is {}", container.name, describe(entry)),
                container.field_path("securityContext.seccompProfile.type"),
                lines(entry),
            )),
            // What the pod says, good or bad, has been judged.
            Profile::Absent if set(container.pod.security_context(), "seccompProfile").is_some() => {}
            Profile::Absent => violations.push(Violation::new(
                format!("container `{}` has no seccomp profile", container.name),
                container.field_path("securityContext.seccompProfile"),
                container.lines_of(&["securityContext", "seccompProfile"]),
            )),
        },
    )
}

enum Profile<'a> {
    Absent,
    Good,
    /// The `seccompProfile` entry.
    Bad(&'a Entry),
}

fn profile(context: Option<&Node>) -> Profile<'_> {
    let Some(entry) = set(context, "seccompProfile") else { return Profile::Absent };
    match entry.value.text_of("type") {
        Some("RuntimeDefault" | "Localhost") => Profile::Good,
        _ => Profile::Bad(entry),
    }
}

fn describe(profile: &Entry) -> String {
    profile.value.text_of("type").map_or_else(|| "without a type".to_owned(), |name| format!("`{name}`"))
}

fn lines(profile: &Entry) -> probity_model::place::Lines {
    profile.value.entry("type").unwrap_or(profile).lines()
}
