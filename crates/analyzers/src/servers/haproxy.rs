//! HAProxy: `ssl-min-ver` and the older `no-sslv3` family, plain binds, unverified servers.
//!
//! <https://docs.haproxy.org/3.0/configuration.html#5.1>

use super::{Settings, tls, without_comment};
use crate::{
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::{SettingKind, TlsVersion},
};

pub(crate) const HAPROXY: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/haproxy",
        version: 1,
        claims: &[Pattern::Name("haproxy.cfg"), Pattern::Below("etc/haproxy", ".cfg"), Pattern::Below("usr/local/etc/haproxy", ".cfg")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(analyze),
};

fn analyze(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "haproxy", path: file.path, out };
    let mut tcp = false;
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { continue };
        match *first {
            "frontend" | "listen" | "defaults" => tcp = false,
            "mode" => tcp = rest.first() == Some(&"tcp"),
            "bind" => {
                let secure = rest.contains(&"ssl");
                let address = rest.first().copied().unwrap_or_default();
                let local =
                    address.starts_with('/') || address.starts_with("unix@") || address.starts_with("127.") || address.starts_with("abns@");
                if secure {
                    settings.tls(number, line, floor(rest));
                } else if !local && !tcp {
                    settings.add(number, SettingKind::PlainHttp, line);
                }
            }
            "ssl-default-bind-options" | "ssl-default-server-options" => settings.tls(number, line, floor(rest)),
            _ => {}
        }
        let unverified = words.windows(2).any(|pair| matches!(pair, ["verify", "none"]));
        if unverified && matches!(*first, "server" | "server-template" | "default-server" | "ssl-server-verify")
            || line == "ssl-server-verify none"
        {
            settings.add(number, SettingKind::TlsVerifyOff, line);
        }
    }
}

/// The lowest version that options leave on; `None` when they do not speak of versions.
fn floor(words: &[&str]) -> Option<TlsVersion> {
    let mut disabled = Vec::new();
    let mut lowest = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "ssl-min-ver" {
            lowest = words.next().and_then(|version| tls::version(version));
        } else if let Some(version) = word.strip_prefix("force-").and_then(tls::version) {
            return Some(version);
        } else if let Some(version) = word.strip_prefix("no-").and_then(tls::version) {
            disabled.push(version);
        }
    }
    lowest.or_else(|| (!disabled.is_empty()).then(|| tls::lowest_without(&disabled)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn what_it_says() {
        let text = b"global\n ssl-default-bind-options no-sslv3 no-tlsv10 no-tls-tickets\nfrontend web\n bind *:80\n bind *:443 ssl crt /x.pem ssl-min-ver TLSv1.2 # c\n bind 127.0.0.1:90\nbackend b\n server s 10.0.0.1:443 ssl verify none\n";
        check(
            &HAPROXY,
            "etc/haproxy/haproxy.cfg",
            text,
            "haproxy TlsVersions `ssl-default-bind-options no-sslv3 no-tlsv10 no-tls-tickets` from Tls11 @2
             haproxy PlainHttp `bind *:80` @4
             haproxy TlsVersions `bind *:443 ssl crt /x.pem ssl-min-ver TLSv1.2` from Tls12 @5
             haproxy TlsVerifyOff `server s 10.0.0.1:443 ssl verify none` @8",
        );
        robust(&HAPROXY, "etc/haproxy/haproxy.cfg", text);
    }
}
