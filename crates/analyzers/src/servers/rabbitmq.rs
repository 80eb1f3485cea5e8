//! RabbitMQ: the guest account opened to others, TLS versions, verification.
//!
//! <https://www.rabbitmq.com/docs/configure>

use super::{Settings, is_off, key_value, tls, without_comment};
use crate::{
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::{CredentialKind, SettingKind},
};

pub(crate) const RABBITMQ: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/rabbitmq",
        version: 1,
        claims: &[Pattern::Name("rabbitmq.conf"), Pattern::Below("etc/rabbitmq", ".conf"), Pattern::Name("rabbitmq.config")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(analyze),
};

fn analyze(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "rabbitmq", path: file.path, out };
    let mut versions: Option<(u32, Vec<String>)> = None;
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        if line.starts_with(['#', '%']) {
            continue;
        }
        // The older form is a term of Erlang.
        if line.replace(' ', "").contains("{loopback_users,[]}") {
            settings.credential(number, CredentialKind::Default, "guest account without its restriction to localhost");
            continue;
        }
        let Some((name, value)) = key_value(line) else { continue };
        match name {
            "loopback_users.guest" if is_off(value) => {
                settings.credential(number, CredentialKind::Default, "guest account without its restriction to localhost");
            }
            "loopback_users" if value == "none" => {
                settings.credential(number, CredentialKind::Default, "guest account without its restriction to localhost");
            }
            "default_pass" if value == "guest" => settings.credential(number, CredentialKind::Default, "default_pass guest"),
            "anonymous_login_user" if value != "none" => settings.add(number, SettingKind::NoAuth, line),
            "ssl_options.verify" | "management.ssl.verify" if value == "verify_none" => {
                settings.add(number, SettingKind::TlsVerifyOff, line);
            }
            "management.tcp.port" | "management.listener.port" => settings.add(number, SettingKind::PlainHttp, line),
            name if name.starts_with("ssl_options.versions.") => {
                versions.get_or_insert_with(|| (number, Vec::new())).1.push(value.to_owned());
            }
            _ => {}
        }
    }
    if let Some((number, versions)) = versions {
        settings.tls(number, &format!("ssl_options.versions {}", versions.join(" ")), tls::lowest(versions.iter().map(String::as_str)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn what_it_says() {
        let text = b"loopback_users.guest = false\ndefault_pass = guest\nssl_options.versions.1 = tlsv1.2\nssl_options.versions.2 = tlsv1.1\nssl_options.verify = verify_none\n";
        check(
            &RABBITMQ,
            "etc/rabbitmq/rabbitmq.conf",
            text,
            "rabbitmq TlsVerifyOff `ssl_options.verify = verify_none` @5
             rabbitmq TlsVersions `ssl_options.versions tlsv1.2 tlsv1.1` from Tls11 @3
             credential rabbitmq Default `guest account without its restriction to localhost` @1
             credential rabbitmq Default `default_pass guest` @2",
        );
        robust(&RABBITMQ, "rabbitmq.conf", text);
    }
}
