//! `PB-CMP-0003`: service keeps capabilities that it was not given on purpose.

use super::service::{is_open, is_privileged, missing, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

/// Capabilities with which a process gets at the host.
const POWERFUL: [&str; 15] = [
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "NET_ADMIN",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_TIME",
    "SYSLOG",
];

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let mut drops_all = false;
    let mut open = None;
    for item in service.node.items_of("cap_drop") {
        let Some(text) = item.text() else { continue };
        drops_all |= bare(text).eq_ignore_ascii_case("ALL");
        open = open.or(is_open(text).then_some(text));
    }
    match open {
        Some(text) if !drops_all => tally.unknown(|| format!("`cap_drop` of service `{}` has `{text}`", service.name)),
        None if !drops_all => {
            tally.fail(missing(format!("service `{}` does not drop all capabilities", service.name), service, "cap_drop"));
        }
        _ => tally.saw(),
    }
    for item in service.node.items_of("cap_add") {
        let Some(text) = item.text() else { continue };
        if POWERFUL.iter().any(|name| bare(text).eq_ignore_ascii_case(name)) {
            tally.fail(violation(format!("service `{}` adds the capability `{text}`", service.name), service, "cap_add", item.lines));
        } else if is_open(text) {
            tally.unknown(|| format!("`cap_add` of service `{}` has `{text}`", service.name));
        }
    }
    if let Some(entry) = is_privileged(service) {
        let message = format!("service `{}` is privileged and has all capabilities whatever it drops", service.name);
        tally.fail(violation(message, service, "privileged", entry.lines()));
    }
    tally.verdict()
}

fn bare(name: &str) -> &str {
    let name = name.trim();
    name.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("CAP_")).and_then(|_| name.get(4..)).unwrap_or(name)
}
