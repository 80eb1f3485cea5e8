//! What well-known services take for "ask for no password", and the passwords that everybody tries first.
//!
//! From the documentation of the official images. Compose files and Kubernetes manifests say the same things to the same images.

use probity_model::node::Node;

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

/// What a variable says about authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing: it is no such variable, or it has a value of its own.
    Nothing,
    /// No password is asked for.
    Open,
    /// The password is one that everybody knows.
    Known,
}

/// Whether a variable switches authentication or holds a password, so that its value matters.
pub(super) fn matters(name: &str) -> bool {
    OFF.iter().any(|(switch, _)| name.eq_ignore_ascii_case(switch)) || takes_password(name)
}

/// What a variable says with this value.
pub(super) fn says(name: &str, value: &str) -> Says {
    let value = value.trim().trim_matches(['"', '\'']);
    match OFF.iter().find(|(switch, _)| name.eq_ignore_ascii_case(switch)) {
        Some((_, off)) if off.iter().any(|word| value.eq_ignore_ascii_case(word)) || (off.is_empty() && !value.is_empty()) => Says::Open,
        None if takes_password(name) && KNOWN.iter().any(|word| value.eq_ignore_ascii_case(word)) => Says::Known,
        _ => Says::Nothing,
    }
}

/// The option that switches authentication off, in a command that is one text or a list of words.
pub(super) fn option(command: &Node) -> Option<&'static str> {
    let words: Vec<&str> = command.text().into_iter().chain(command.items().iter().filter_map(Node::text)).collect();
    let command = format!("{} ", words.join(" "));
    OPTIONS.into_iter().find(|option| command.contains(&format!("{option} ")))
}

fn takes_password(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["PASSWORD", "PASSWD", "_PASS", "_PW", "_PWD", "SECRET_KEY", "_PASSWORD_HASH", "NEO4J_AUTH"].iter().any(|end| name.ends_with(end))
}
