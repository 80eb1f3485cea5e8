//! `KSV-0012`: something in the pod keeps the container from running as root.

use super::shared::{effective, set};
use crate::native::{check, each_container};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::{Container, Resource},
    node::Node,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_container(object, |container, violations| {
        let non_root = effective(container, "runAsNonRoot");
        if non_root.is_some_and(|found| found.entry.value.as_bool() == Some(true)) {
            return;
        }
        let windows = container.pod.is_windows();
        let user = effective(container, "runAsUser").filter(|_| !windows);
        if user.is_some_and(|found| found.entry.value.as_i64().is_some_and(|id| id > 0)) || (windows && has_plain_windows_user(container)) {
            return;
        }
        let root = user.filter(|found| found.entry.value.as_i64() == Some(0));
        let (what, found) = match (root, non_root) {
            (Some(root), _) => ("runs as root", Some(root)),
            (None, Some(non_root)) => ("is allowed to run as root", Some(non_root)),
            (None, None) => ("may run as root: neither it nor its pod rules that out", None),
        };
        violations.push(Violation::new(
            format!("container `{}` {what}", container.name),
            found.map_or_else(|| container.field_path("securityContext.runAsNonRoot"), |found| found.locator(container)),
            found.map_or_else(|| container.lines_of(&["securityContext"]), |found| found.entry.lines()),
        ));
    })
}

fn has_plain_windows_user(container: Container<'_>) -> bool {
    let name = windows_user(container.security_context()).or_else(|| windows_user(container.pod.security_context()));
    name.is_some_and(|name| {
        let account = name.rsplit('\\').next().unwrap_or(name);
        !account.is_empty() && !account.eq_ignore_ascii_case("ContainerAdministrator") && !account.eq_ignore_ascii_case("Administrator")
    })
}

fn windows_user(context: Option<&Node>) -> Option<&str> {
    set(context?.get("windowsOptions"), "runAsUserName")?.value.text()
}
