//! Redis, PostgreSQL, MySQL and MariaDB, MongoDB: authentication, TLS versions, default passwords.
//!
//! <https://redis.io/docs/latest/operate/oss_and_stack/management/config/>, <https://www.postgresql.org/docs/current/auth-pg-hba-conf.html>,
//! <https://dev.mysql.com/doc/refman/8.4/en/server-options.html>, <https://www.mongodb.com/docs/manual/reference/configuration-options/>

use super::{Settings, is_off, key_value, tls, without_comment};
use crate::{
    text::{lines, unquote},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::{CredentialKind, SettingKind},
};

pub(crate) const REDIS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/redis",
        version: 1,
        claims: &[
            Pattern::Name("redis.conf"),
            Pattern::Name("valkey.conf"),
            Pattern::Name("sentinel.conf"),
            Pattern::Below("etc/redis", ".conf"),
        ],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(redis),
};

pub(crate) const PG_HBA: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/pg-hba",
        version: 1,
        claims: &[Pattern::Name("pg_hba.conf")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(pg_hba),
};

pub(crate) const POSTGRES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/postgres",
        version: 1,
        claims: &[Pattern::Name("postgresql.conf"), Pattern::Name("postgresql.auto.conf")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(postgres),
};

pub(crate) const MYSQL: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/mysql",
        version: 1,
        claims: &[Pattern::Suffix("my.cnf"), Pattern::Below("etc/mysql", ".cnf"), Pattern::Below("etc/my.cnf.d", ".cnf")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(mysql),
};

pub(crate) const MONGODB: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/mongodb",
        version: 1,
        claims: &[Pattern::Name("mongod.conf"), Pattern::Name("mongodb.conf"), Pattern::Name("mongos.conf")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(mongodb),
};

fn redis(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "redis", path: file.path, out };
    let mut unprotected = None;
    let mut authenticated = false;
    for (number, line) in lines(file.bytes) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once([' ', '\t']) else { continue };
        let value = unquote(value);
        match name.to_ascii_lowercase().as_str() {
            "protected-mode" => unprotected = is_off(value).then(|| (number, line.to_owned())),
            // The word that the sample configuration of old had.
            "requirepass" | "masterauth" if value == "foobared" => {
                authenticated = true;
                settings.credential(number, CredentialKind::Default, &format!("{name} foobared"));
            }
            "requirepass" => authenticated |= !value.is_empty(),
            "aclfile" | "user" => authenticated = true,
            "tls-protocols" => settings.tls(number, line, tls::lowest(tls::words(value))),
            _ => {}
        }
    }
    if let Some((number, line)) = unprotected
        && !authenticated
    {
        settings.add(number, SettingKind::NoAuth, &line);
    }
}

fn pg_hba(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "postgres", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        // `local db user method`, `host db user address method` or `host db user address mask method`.
        let method = match words.first() {
            Some(&"local") => words.get(3),
            Some(&("host" | "hostssl" | "hostnossl" | "hostgssenc" | "hostnogssenc")) => {
                words.iter().skip(4).find(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
            }
            _ => None,
        };
        if method == Some(&"trust") {
            settings.add(number, SettingKind::NoAuth, &words.join(" "));
        }
    }
}

fn postgres(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "postgres", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        let Some((name, value)) = key_value(line).filter(|_| !line.starts_with('#')) else { continue };
        match name.to_ascii_lowercase().as_str() {
            "ssl_min_protocol_version" => settings.tls(number, line, tls::version(value)),
            "ssl" if is_off(value) => settings.add(number, SettingKind::PlainHttp, line),
            _ => {}
        }
    }
}

fn mysql(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "mysql", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        if line.starts_with(['#', ';', '[', '!']) {
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        let value = unquote(value);
        match name.trim().to_ascii_lowercase().replace('_', "-").as_str() {
            "skip-grant-tables" if !is_off(value) => settings.add(number, SettingKind::NoAuth, line),
            "tls-version" | "admin-tls-version" => settings.tls(number, line, tls::lowest(tls::words(value))),
            "skip-ssl" if !is_off(value) => settings.add(number, SettingKind::PlainHttp, line),
            _ => {}
        }
    }
}

/// YAML, or `name = value` before version 2.6.
fn mongodb(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "mongodb", path: file.path, out };
    let mut open = None;
    let mut authenticated = false;
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        if line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once([':', '=']) else { continue };
        let value = unquote(value);
        match name.trim() {
            "authorization" if is_off(value) => settings.add(number, SettingKind::NoAuth, line),
            "noauth" if super::is_on(value) => settings.add(number, SettingKind::NoAuth, line),
            "authorization" | "keyFile" | "clusterAuthMode" | "auth" => authenticated = true,
            "bindIp" | "bind_ip" if value.split(',').any(|address| matches!(address.trim(), "0.0.0.0" | "::" | "*")) => {
                open = Some((number, line.to_owned()));
            }
            "bindIpAll" if super::is_on(value) => open = Some((number, line.to_owned())),
            "disabledProtocols" => {
                let disabled: Vec<_> = tls::words(value).filter_map(tls::version).collect();
                settings.tls(number, line, tls::lowest_without(&[&disabled[..], &[probity_model::facts::TlsVersion::Ssl3]].concat()));
            }
            "allowInvalidCertificates" | "allowInvalidHostnames" if super::is_on(value) => {
                settings.add(number, SettingKind::TlsVerifyOff, line);
            }
            _ => {}
        }
    }
    // Without the setting there is no authorization: that default is the server's, and the listener is open to others.
    if let Some((number, line)) = open
        && !authenticated
    {
        settings.add(number, SettingKind::NoAuth, &line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn redis_protection() {
        check(
            &REDIS,
            "etc/redis/redis.conf",
            b"# protected-mode no\nprotected-mode no\ntls-protocols \"TLSv1.1 TLSv1.2\"\n",
            "redis TlsVersions `tls-protocols \"TLSv1.1 TLSv1.2\"` from Tls11 @3\nredis NoAuth `protected-mode no` @2",
        );
        check(
            &REDIS,
            "etc/redis/redis.conf",
            b"protected-mode no\nrequirepass foobared\n",
            "credential redis Default `requirepass foobared` @2",
        );
        robust(&REDIS, "etc/redis/redis.conf", b"protected-mode no\nrequirepass \"x\"\n");
    }

    #[test]
    fn postgres_trust() {
        check(&PG_HBA, "var/lib/postgresql/data/pg_hba.conf", b"# host all all all trust\nlocal all all trust\nhost all all 0.0.0.0/0 scram-sha-256\nhost all all 0.0.0.0 0.0.0.0 trust # x\n", "postgres NoAuth `local all all trust` @2\npostgres NoAuth `host all all 0.0.0.0 0.0.0.0 trust` @4");
        check(
            &POSTGRES,
            "etc/postgresql/postgresql.conf",
            b"#ssl = off\nssl = off\nssl_min_protocol_version = 'TLSv1' # x\n",
            "postgres PlainHttp `ssl = off` @2\npostgres TlsVersions `ssl_min_protocol_version = 'TLSv1'` from Tls10 @3",
        );
        robust(&PG_HBA, "pg_hba.conf", b"host all all 0.0.0.0/0 trust\n");
        robust(&POSTGRES, "postgresql.conf", b"ssl = off\n");
    }

    #[test]
    fn mysql_options() {
        check(
            &MYSQL,
            "etc/my.cnf",
            b"[mysqld]\nskip_grant_tables\ntls_version=TLSv1,TLSv1.2\n",
            "mysql NoAuth `skip_grant_tables` @2\nmysql TlsVersions `tls_version=TLSv1,TLSv1.2` from Tls10 @3",
        );
        robust(&MYSQL, "etc/my.cnf", b"tls_version=TLSv1,TLSv1.2\n");
    }

    #[test]
    fn mongodb_authorization() {
        check(&MONGODB, "etc/mongod.conf", b"net:\n  bindIp: 0.0.0.0\n", "mongodb NoAuth `bindIp: 0.0.0.0` @2");
        check(
            &MONGODB,
            "etc/mongod.conf",
            b"net:\n  bindIp: 0.0.0.0\n  tls:\n    disabledProtocols: TLS1_0\nsecurity:\n  authorization: enabled\n",
            "mongodb TlsVersions `disabledProtocols: TLS1_0` from Tls11 @4",
        );
        check(&MONGODB, "etc/mongod.conf", b"security:\n  authorization: disabled\n", "mongodb NoAuth `authorization: disabled` @2");
        robust(&MONGODB, "etc/mongod.conf", b"net:\n  bindIp: 0.0.0.0\n");
    }
}
