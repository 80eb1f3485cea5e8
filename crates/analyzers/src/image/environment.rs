//! Variables: credentials that everybody knows, services told to ask for none, debug flags, TLS verification switched off, secrets.

use crate::secrets::{Found, assign::Strictness, assign::judge_literal, report, search};
use probity_model::{
    Facts, Place,
    facts::{Credential, CredentialKind, Trace, TraceKind},
};

/// A variable of an image that takes a password, and the passwords of documentation and tutorials for it beside [`WEAK`].
struct Service {
    name: &'static str,
    /// A start of the variable's name.
    prefix: &'static str,
    defaults: &'static [&'static str],
}

const fn service(name: &'static str, prefix: &'static str, defaults: &'static [&'static str]) -> Service {
    Service { name, prefix, defaults }
}

/// The first that fits wins.
const SERVICES: &[Service] = &[
    service("postgres", "POSTGRES", &["postgres", "mysecretpassword", "example"]),
    service("postgres", "POSTGRESQL_", &["postgres", "bitnami", "example"]),
    service("postgres", "PG", &["postgres"]),
    service("mysql", "MYSQL_", &["mysql", "my-secret-pw", "example"]),
    service("mariadb", "MARIADB_", &["mariadb", "my-secret-pw", "example", "bn_wordpress"]),
    service("mongodb", "MONGO", &["mongo", "mongodb", "mongoadmin", "example"]),
    service("mongo-express", "ME_CONFIG_", &["pass", "mongo", "example"]),
    service("redis", "REDIS_", &["redis", "foobared"]),
    service("rabbitmq", "RABBITMQ_", &["guest", "rabbitmq", "bitnami"]),
    service("minio", "MINIO_", &["minio", "minioadmin", "minio123", "minio-secret-key"]),
    service("grafana", "GF_SECURITY_", &["grafana"]),
    service("keycloak", "KEYCLOAK_", &["keycloak"]),
    service("keycloak", "KC_", &["keycloak"]),
    service("pgadmin", "PGADMIN_", &["pgadmin", "supersecret"]),
    service("elasticsearch", "ELASTIC", &["elastic", "changeme"]),
    service("opensearch", "OPENSEARCH_", &["admin", "myStrongPassword123@456"]),
    service("neo4j", "NEO4J_", &["neo4j", "neo4j/neo4j", "neo4j/test", "neo4j/password"]),
    service("influxdb", "INFLUXDB_", &["influxdb", "my-password"]),
    service("influxdb", "DOCKER_INFLUXDB_", &["influxdb", "my-password"]),
    service("mssql", "MSSQL_", &["yourStrong(!)Password", "yourStrong#Password"]),
    service("mssql", "SA_PASSWORD", &["yourStrong(!)Password", "yourStrong#Password", "Passw0rd", "P@ssw0rd"]),
    service("oracle", "ORACLE_", &["oracle", "manager"]),
    service("couchdb", "COUCHDB_", &["couchdb"]),
    service("couchbase", "COUCHBASE_", &["couchbase"]),
    service("cassandra", "CASSANDRA_", &["cassandra"]),
    service("clickhouse", "CLICKHOUSE_", &["clickhouse"]),
    service("activemq", "ACTIVEMQ_", &["activemq"]),
    service("artemis", "ARTEMIS_", &["artemis", "simetraehcapa"]),
    service("openldap", "LDAP_", &["config"]),
    service("wordpress", "WORDPRESS_", &["wordpress", "bitnami", "example"]),
    service("drupal", "DRUPAL_", &["drupal", "bitnami"]),
    service("joomla", "JOOMLA_", &["joomla", "bitnami"]),
    service("nextcloud", "NEXTCLOUD_", &["nextcloud"]),
    service("gitlab", "GITLAB_", &["5iveL!fe"]),
    service("jenkins", "JENKINS_", &["jenkins", "bitnami"]),
    service("sonarqube", "SONAR", &["sonar", "sonarqube", "bitnami"]),
    service("nexus", "NEXUS_", &["admin123"]),
    service("airflow", "AIRFLOW_", &["airflow"]),
    service("airflow", "_AIRFLOW_", &["airflow"]),
    service("superset", "SUPERSET_", &["superset", "TEST_NON_DEV_SECRET"]),
    service("hasura", "HASURA_", &["myadminsecretkey", "hasura"]),
    service("vault", "VAULT_", &["root", "myroot"]),
    service("tomcat", "TOMCAT_", &["tomcat", "s3cret"]),
    service("zabbix", "ZBX_", &["zabbix"]),
    service("portainer", "PORTAINER_", &["portainer"]),
    service("directus", "DIRECTUS_", &["directus", "d1r3ctu5"]),
];

/// Passwords that nobody needs to guess.
const WEAK: &[&str] = &[
    "admin",
    "administrator",
    "root",
    "toor",
    "user",
    "guest",
    "password",
    "passwd",
    "pass",
    "password1",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pwd",
    "secret",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "changethis",
    "default",
    "test",
    "testing",
    "demo",
    "example",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "qwerty",
    "letmein",
    "welcome",
    "admin123",
    "root123",
    "test123",
    "abc123",
    "secret123",
    "admin1234",
    "postgres",
    "mysql",
    "bitnami",
    "docker",
    "dev",
    "development",
    "token",
    "supersecret",
    "topsecret",
    "mysecretpassword",
    "mypassword",
    "yourpassword",
    "your_password",
    "your-password",
    "foobar",
    "hunter2",
];

/// Variables that tell a service to ask for no password: name (or its end, after `*`) and value (`+`: any that switches on).
const NO_AUTH: &[(&str, &str, &str)] = &[
    ("postgres", "POSTGRES_HOST_AUTH_METHOD", "trust"),
    ("mysql", "MYSQL_ALLOW_EMPTY_PASSWORD", "+"),
    ("mariadb", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "+"),
    ("mariadb", "MARIADB_ALLOW_EMPTY_PASSWORD", "+"),
    ("bitnami", "ALLOW_EMPTY_PASSWORD", "+"),
    ("bitnami", "*_ALLOW_EMPTY_PASSWORD", "+"),
    ("zookeeper", "ALLOW_ANONYMOUS_LOGIN", "+"),
    ("kafka", "ALLOW_PLAINTEXT_LISTENER", "+"),
    ("activemq", "ANONYMOUS_LOGIN", "+"),
    ("grafana", "GF_AUTH_ANONYMOUS_ENABLED", "+"),
    ("neo4j", "NEO4J_AUTH", "none"),
    ("elasticsearch", "xpack.security.enabled", "-"),
    ("elasticsearch", "XPACK_SECURITY_ENABLED", "-"),
    ("opensearch", "DISABLE_SECURITY_PLUGIN", "+"),
    ("opensearch", "plugins.security.disabled", "+"),
    ("opensearch", "DISABLE_SECURITY_DASHBOARDS_PLUGIN", "+"),
    ("redis", "REDIS_PROTECTED_MODE", "-"),
    ("mongo-express", "ME_CONFIG_BASICAUTH", "-"),
    ("jupyter", "JUPYTER_TOKEN", ""),
    ("influxdb", "INFLUXDB_HTTP_AUTH_ENABLED", "-"),
    ("weaviate", "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", "+"),
    ("kibana", "XPACK_SECURITY_AUTHC_PROVIDERS_ANONYMOUS", "+"),
    ("docker", "DOCKER_TLS_CERTDIR", ""),
    ("clickhouse", "CLICKHOUSE_SKIP_USER_SETUP", "+"),
    ("n8n", "N8N_BASIC_AUTH_ACTIVE", "-"),
    ("prefect", "DISABLE_AUTH", "+"),
    ("vnc", "VNC_NO_PASSWORD", "+"),
    ("selenium", "SE_VNC_NO_PASSWORD", "+"),
];

fn is_on(value: &str) -> bool {
    ["1", "true", "yes", "on", "enabled"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn is_off(value: &str) -> bool {
    ["0", "false", "no", "off", "disabled"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether the value is written down, not taken from elsewhere.
fn is_reference(value: &str) -> bool {
    value.contains("${") || value.starts_with('$') || value.contains("{{")
}

/// Everything but secrets.
pub(super) fn variable(name: &str, value: &str, at: &Place, out: &mut Facts) {
    if is_reference(value) {
        return;
    }
    no_auth(name, value, at, out);
    default_credential(name, value, at, out);
    debug(name, value, at, out);
    let off = match name.to_ascii_uppercase().as_str() {
        "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => value == "0",
        "GIT_SSL_NO_VERIFY"
        | "CURL_INSECURE"
        | "AWS_NO_VERIFY_SSL"
        | "VAULT_SKIP_VERIFY"
        | "HTTPLIB2_DISABLE_SSL_CERTIFICATE_VALIDATION" => is_on(value),
        "NPM_CONFIG_STRICT_SSL" | "SSL_VERIFY" | "VERIFY_SSL" | "REQUESTS_VERIFY" | "CONDA_SSL_VERIFY" => is_off(value),
        "PIP_TRUSTED_HOST" | "GOINSECURE" => !value.is_empty(),
        _ => false,
    };
    if off {
        trace(TraceKind::TlsVerifyOff, name, value, at, out);
    }
}

fn trace(kind: TraceKind, name: &str, value: &str, at: &Place, out: &mut Facts) {
    out.traces.push(Trace { kind, what: crate::text::snippet(&format!("{name}={value}"), 120), at: at.clone() });
}

fn no_auth(name: &str, value: &str, at: &Place, out: &mut Facts) {
    let found = NO_AUTH.iter().find(|(_, wanted, on)| {
        let named =
            wanted.strip_prefix('*').map_or_else(|| name.eq_ignore_ascii_case(wanted), |end| name.to_ascii_uppercase().ends_with(end));
        named
            && match *on {
                "+" => is_on(value),
                "-" => is_off(value),
                exact => value.eq_ignore_ascii_case(exact),
            }
    });
    if let Some((service, ..)) = found {
        out.credentials.push(Credential {
            service,
            what: crate::text::snippet(&format!("{name}={value}"), 120),
            kind: CredentialKind::NoAuth,
            at: at.clone(),
        });
    }
}

fn default_credential(name: &str, value: &str, at: &Place, out: &mut Facts) {
    let upper = name.to_ascii_uppercase();
    let takes_password =
        ["PASSWORD", "PASSWD", "PASS", "_PWD", "PASSPHRASE", "ADMIN_SECRET", "SECRET_KEY", "ROOT_TOKEN_ID", "NEO4J_AUTH", "_PW"]
            .iter()
            .any(|end| upper.ends_with(end));
    if !takes_password || value.is_empty() {
        return;
    }
    let service = SERVICES.iter().find(|service| upper.starts_with(service.prefix));
    let known = WEAK.iter().any(|weak| value.eq_ignore_ascii_case(weak))
        || service.is_some_and(|service| service.defaults.iter().any(|known| value.eq_ignore_ascii_case(known)));
    if known {
        // The value is public knowledge, which is the point of saying it.
        let service = service.map_or("generic", |service| service.name);
        out.credentials.push(Credential {
            service,
            what: crate::text::snippet(&format!("{name}={value}"), 120),
            kind: CredentialKind::Default,
            at: at.clone(),
        });
    }
}

fn debug(name: &str, value: &str, at: &Place, out: &mut Facts) {
    let upper = name.to_ascii_uppercase();
    let development = |value: &str| ["development", "dev", "debug", "local"].iter().any(|word| value.eq_ignore_ascii_case(word));
    let on = match upper.as_str() {
        "DEBUG" => is_on(value) || value == "*",
        "FLASK_DEBUG" | "DJANGO_DEBUG" | "APP_DEBUG" | "RAILS_DEBUG" | "WP_DEBUG" | "WORDPRESS_DEBUG" | "SYMFONY_DEBUG" | "DEBUG_MODE"
        | "ENABLE_DEBUG" | "PYTHONDEVMODE" | "JPDA_ENABLED" | "XDEBUG_ENABLED" | "PHP_DISPLAY_ERRORS" => is_on(value),
        "FLASK_ENV"
        | "NODE_ENV"
        | "RAILS_ENV"
        | "RACK_ENV"
        | "APP_ENV"
        | "ASPNETCORE_ENVIRONMENT"
        | "DOTNET_ENVIRONMENT"
        | "SYMFONY_ENV"
        | "MIX_ENV"
        | "GIN_MODE"
        | "SPRING_PROFILES_ACTIVE"
        | "QUARKUS_PROFILE"
        | "MICRONAUT_ENVIRONMENTS" => value.split(',').any(|part| development(part.trim())),
        "XDEBUG_MODE" => value.contains("debug"),
        "JAVA_TOOL_OPTIONS" | "JAVA_OPTS" | "JAVA_OPTIONS" | "CATALINA_OPTS" | "_JAVA_OPTIONS" | "JDK_JAVA_OPTIONS" => {
            value.contains("jdwp") || value.contains("-Xdebug")
        }
        "NODE_OPTIONS" => value.contains("--inspect"),
        _ => false,
    };
    if on {
        trace(TraceKind::DebugFlag, name, value, at, out);
    }
}

/// Whether the value of a variable is a secret, by its name or by its form. The sample shows the name.
pub(super) fn secret(name: &str, value: &str, at: &Place, out: &mut Facts) {
    let line = format!("{name}={value}");
    let start = name.len() + 1;
    let mut found = Vec::new();
    let scanned = search(value.as_bytes(), Strictness::Literal, "", &mut found);
    for item in &mut found {
        item.range = item.range.start + start..item.range.end + start;
    }
    if !is_reference(value)
        && let Some(rule) = judge_literal(name, value)
    {
        found.push(Found::new(rule, start..line.len()));
    }
    report(line.as_bytes(), scanned + start, found, out, &mut |_| at.clone());
}
