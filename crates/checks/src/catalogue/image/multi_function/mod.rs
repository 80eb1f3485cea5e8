//! `PB-IMG-0004`: image has more than one main function.

use super::places::{at, files_seen, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    facts::TraceKind,
    inventory::Inventory,
};

check!(Inventory, run);

/// Servers by what they are for: packages that start with one of the names.
const FUNCTIONS: [(&str, &[&str]); 8] = [
    ("web server", &["nginx", "apache2", "httpd", "lighttpd", "caddy"]),
    (
        "database",
        &["postgresql-1", "postgresql-9", "postgresql1", "mysql-server", "mariadb-server", "mongodb-org-server", "mongodb-server"],
    ),
    ("cache", &["redis-server", "redis", "valkey", "memcached"]),
    ("message broker", &["rabbitmq-server", "mosquitto", "activemq"]),
    ("mail server", &["postfix", "exim4-daemon", "dovecot-core", "dovecot-imapd", "sendmail-bin"]),
    ("name server", &["bind9", "unbound", "dnsmasq", "pdns-server"]),
    ("directory", &["slapd", "389-ds-base"]),
    ("file server", &["samba", "vsftpd", "proftpd", "nfs-kernel-server"]),
];

/// Names that start like a server's and are none.
const PARTS: [&str; 14] = [
    "-tools",
    "-client",
    "-common",
    "-doc",
    "-docs",
    "-utils",
    "-dev",
    "-libs",
    "-data",
    "-base",
    "-host",
    "-openrc",
    "-dnsutils",
    "-module",
];

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let mut programs: Vec<&str> = Vec::new();
    let mut place = None;
    for trace in inventory.facts.traces.iter().filter(|trace| trace.kind == TraceKind::ProcessManager) {
        let Some((_, names)) = trace.what.split_once(": ") else { continue };
        programs.extend(names.split(", "));
        place.get_or_insert(&trace.at);
    }
    let mut violations = Vec::new();
    if let Some(place) = place.filter(|_| programs.len() > 1) {
        violations.push(at(format!("a process manager starts {} programs: {}", programs.len(), programs.join(", ")), place));
    }
    let servers: Vec<_> = FUNCTIONS
        .iter()
        .filter_map(|(function, names)| {
            let package = inventory.facts.packages.iter().find(|package| {
                matches!(package.kind(), "deb" | "apk" | "rpm")
                    && names.iter().any(|name| {
                        package
                            .name
                            .strip_prefix(name)
                            .is_some_and(|rest| rest.is_empty() || !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
                    })
                    && !PARTS.iter().any(|part| package.name.contains(part))
            })?;
            Some((function, package))
        })
        .collect();
    if let [(_, first), _, ..] = servers.as_slice() {
        let names: Vec<String> = servers.iter().map(|(function, package)| format!("{function} `{}`", package.name)).collect();
        violations.push(at(format!("servers of several sorts are installed: {}", names.join(", ")), &first.at));
    }
    found(violations, || files_seen(inventory))
}
