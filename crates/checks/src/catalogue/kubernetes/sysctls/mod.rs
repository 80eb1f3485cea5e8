//! `KSV-0026`: kernel parameters, against the list of the newest standard that the target version has.

use super::shared::set;
use crate::native::{check, pod};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

/// Safe parameters, and the minor version of Kubernetes that each is safe from.
const SAFE: [(&str, u32); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_notsent_lowat", 37),
];

fn run(object: &Resource, settings: &CheckSettings) -> Verdict {
    pod(object, |pod, violations| {
        let sysctls = pod.security_context().map_or(&[][..], |context| context.items_of("sysctls"));
        for (index, sysctl) in sysctls.iter().enumerate() {
            let Some(entry) = set(Some(sysctl), "name") else { continue };
            let name = entry.value.text().unwrap_or_default();
            if !SAFE.iter().any(|(safe, since)| name == *safe && settings.kubernetes >= (1, *since)) {
                violations.push(Violation::new(
                    format!("the pod sets the kernel parameter `{name}`"),
                    pod.field_path(&format!("securityContext.sysctls[{index}].name")),
                    entry.lines(),
                ));
            }
        }
    })
}
