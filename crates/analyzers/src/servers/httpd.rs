//! Apache HTTP Server: `SSLProtocol`, `Listen`, verification of upstreams.
//!
//! <https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslprotocol>
//!
//! `all` still contains SSL 3 where the library has it, which is why distributions write `all -SSLv3`.

use super::{Settings, is_off, tls};
use crate::{
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::SettingKind,
};

pub(crate) const HTTPD: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/httpd",
        version: 1,
        claims: &[
            Pattern::Name("httpd.conf"),
            Pattern::Name("apache2.conf"),
            Pattern::Name("httpd-ssl.conf"),
            Pattern::Below("etc/apache2", ".conf"),
            Pattern::Below("etc/httpd", ".conf"),
            Pattern::Below("usr/local/apache2/conf", ".conf"),
            Pattern::Below("opt/bitnami/apache/conf", ".conf"),
        ],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(analyze),
};

fn analyze(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "httpd", path: file.path, out };
    let mut joined = String::new();
    let mut start = 1;
    for (number, line) in lines(file.bytes) {
        if joined.is_empty() {
            start = number;
        }
        if let Some(more) = line.strip_suffix('\\') {
            joined.push_str(more);
            joined.push(' ');
            continue;
        }
        joined.push_str(&line);
        let line = std::mem::take(&mut joined);
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once([' ', '\t']) else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "sslprotocol" | "sslproxyprotocol" => settings.tls(start, line, tls::signed(value)),
            "listen" => {
                let mut words = value.split_whitespace();
                let address = words.next().unwrap_or_default();
                let port = address.rsplit(':').next().unwrap_or(address);
                let local = address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("localhost");
                let secure = words.next().is_some_and(|protocol| protocol.eq_ignore_ascii_case("https")) || port == "443";
                if !secure && !local && port.parse::<u16>().is_ok() {
                    settings.add(start, SettingKind::PlainHttp, line);
                }
            }
            "sslproxyverify" | "sslproxycheckpeername" | "sslproxycheckpeercn" if is_off(value) => {
                settings.add(start, SettingKind::TlsVerifyOff, line);
            }
            "loglevel" if value.starts_with("debug") || value.starts_with("trace") => settings.add(start, SettingKind::Debug, line),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn what_it_says() {
        let text = b"# SSLProtocol SSLv3\nListen 80\n Listen 0.0.0.0:8443 https\nListen 443\nSSLProtocol all -SSLv3 \\\n  -TLSv1\nSSLProxyVerify none\n<VirtualHost *:80>\n";
        check(
            &HTTPD,
            "etc/apache2/ports.conf",
            text,
            "httpd PlainHttp `Listen 80` @2
             httpd TlsVersions `SSLProtocol all -SSLv3    -TLSv1` from Tls11 @5
             httpd TlsVerifyOff `SSLProxyVerify none` @7",
        );
        robust(&HTTPD, "etc/apache2/ports.conf", text);
    }
}
