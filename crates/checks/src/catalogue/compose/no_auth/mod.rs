//! `PB-CMP-0030`: service accepts everybody or a password that everybody knows.

use super::service::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
    diagnostic::Reason,
    node::Node,
    place::Lines,
};

check!(Compose, run);

/// Variables that switch authentication off, and the values that do.
const OFF: [(&str, &[&str]); 24] = [
    ("POSTGRES_HOST_AUTH_METHOD", &["trust"]),
    ("POSTGRESQL_ALLOW_EMPTY_PASSWORD", &YES),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", &SET),
    ("MYSQL_ALLOW_EMPTY_ROOT_PASSWORD", &SET),
    ("MARIADB_ALLOW_EMPTY_PASSWORD", &SET),
    ("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", &SET),
    ("ALLOW_EMPTY_PASSWORD", &YES),
    ("ALLOW_ANONYMOUS_LOGIN", &YES),
    ("ALLOW_PLAINTEXT_LISTENER", &YES),
    ("XPACK.SECURITY.ENABLED", &NO),
    ("XPACK_SECURITY_ENABLED", &NO),
    ("ELASTICSEARCH_ENABLE_SECURITY", &NO),
    ("PLUGINS.SECURITY.DISABLED", &YES),
    ("DISABLE_SECURITY_PLUGIN", &YES),
    ("OPENSEARCH_ENABLE_SECURITY", &NO),
    ("NEO4J_AUTH", &["none"]),
    ("NEO4J_DBMS_SECURITY_AUTH__ENABLED", &NO),
    ("INFLUXDB_HTTP_AUTH_ENABLED", &NO),
    ("CLICKHOUSE_SKIP_USER_SETUP", &YES),
    ("GF_AUTH_ANONYMOUS_ENABLED", &YES),
    ("AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", &YES),
    ("ANONYMOUS_ACCESS", &YES),
    ("ARTEMIS_ANONYMOUS_LOGIN", &YES),
    ("ME_CONFIG_BASICAUTH", &NO),
];

const YES: [&str; 5] = ["true", "yes", "1", "on", "y"];
const NO: [&str; 5] = ["false", "no", "0", "off", "n"];
/// The official images of MySQL and MariaDB look only whether the variable is set: `no` allows an empty password, too.
const SET: [&str; 0] = [];

/// Passwords that are in the documentation of the programs, or tried first.
const KNOWN: [&str; 44] = [
    "1234",
    "12345",
    "123456",
    "12345678",
    "123456789",
    "admin",
    "admin123",
    "administrator",
    "airflow",
    "bitnami",
    "changeit",
    "changeme",
    "couchdb",
    "default",
    "elastic",
    "example",
    "grafana",
    "guest",
    "keycloak",
    "mariadb",
    "minio",
    "minio123",
    "minioadmin",
    "mongo",
    "my-secret-pw",
    "mysecretpassword",
    "mysql",
    "neo4j/neo4j",
    "neo4j/password",
    "neo4j/test",
    "oracle",
    "pass",
    "passw0rd",
    "password",
    "password123",
    "postgres",
    "qwerty",
    "rabbitmq",
    "redis",
    "root",
    "secret",
    "test",
    "toor",
    "user",
];

/// Options of servers that switch authentication off.
const OPTIONS: [&str; 7] =
    ["--noauth", "--skip-grant-tables", "--protected-mode no", "--anonymous-auth=true", "--auth-mode=none", "--disable-auth", "--no-auth"];

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let environment = service.node.get("environment");
    for entry in environment.map(Node::entries).unwrap_or_default() {
        variable(service, &entry.key, entry.value.text(), entry.lines(), &mut tally);
    }
    for item in environment.map(Node::items).unwrap_or_default() {
        let text = item.text().unwrap_or_default();
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        variable(service, name, value, item.lines, &mut tally);
    }
    for key in ["command", "entrypoint"] {
        let Some(entry) = service.node.entry(key) else { continue };
        let words: Vec<&str> = entry.value.text().into_iter().chain(entry.value.items().iter().filter_map(Node::text)).collect();
        let command = format!("{} ", words.join(" "));
        if let Some(option) = OPTIONS.iter().find(|option| command.contains(&format!("{option} "))) {
            let message = format!("service `{}` is started with `{option}`", service.name);
            tally.fail(violation(message, service, key, entry.lines()));
        }
    }
    if let Some(file) = service.env_files.first() {
        tally.unknown_because(Reason::TargetKindMissing, || {
            format!("service `{}` has variables from `{file}`, which is not read", service.name)
        });
    }
    tally.verdict()
}

fn variable(service: &Service, name: &str, value: Option<&str>, lines: Lines, tally: &mut Tally) {
    let field = || format!("environment.{name}");
    let switch = OFF.iter().find(|(switch, _)| name.eq_ignore_ascii_case(switch));
    if switch.is_none() && !takes_password(name) {
        return tally.saw();
    }
    let Some(value) = value.map(str::trim) else {
        return tally.unknown(|| format!("`{name}` of service `{}` comes from outside of the file", service.name));
    };
    if is_open(value) {
        return tally.unknown(|| format!("`{name}` of service `{}` is `{value}`", service.name));
    }
    let value = value.trim_matches(['"', '\'']);
    match switch {
        Some((_, off)) if off.iter().any(|word| value.eq_ignore_ascii_case(word)) || (off.is_empty() && !value.is_empty()) => {
            tally.fail(violation(format!("service `{}` asks for no password (`{name}={value}`)", service.name), service, &field(), lines));
        }
        None if KNOWN.iter().any(|word| value.eq_ignore_ascii_case(word)) => {
            let message = format!("service `{}` has a password that everybody knows in `{name}`", service.name);
            tally.fail(violation(message, service, &field(), lines));
        }
        _ => tally.saw(),
    }
}

fn takes_password(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["PASSWORD", "PASSWD", "_PASS", "_PW", "_PWD", "SECRET_KEY", "_PASSWORD_HASH", "NEO4J_AUTH"].iter().any(|end| name.ends_with(end))
}
