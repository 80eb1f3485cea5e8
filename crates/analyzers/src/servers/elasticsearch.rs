//! Elasticsearch, OpenSearch, Kibana: security switched off, plain HTTP, unverified certificates.
//!
//! <https://www.elastic.co/guide/en/elasticsearch/reference/current/security-settings.html>
//!
//! Keys are read as they are written most often, dotted on one line; nested YAML of the same settings is not.

use super::{Settings, is_off, is_on, tls, without_comment};
use crate::{
    text::{lines, unquote},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::SettingKind,
};

pub(crate) const ELASTICSEARCH: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/elasticsearch",
        version: 1,
        claims: &[
            Pattern::Name("elasticsearch.yml"),
            Pattern::Name("opensearch.yml"),
            Pattern::Name("kibana.yml"),
            Pattern::Name("opensearch_dashboards.yml"),
        ],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(analyze),
};

fn analyze(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "elasticsearch", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        let Some((name, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let value = unquote(value);
        match name.trim() {
            "xpack.security.enabled" if is_off(value) => settings.add(number, SettingKind::NoAuth, line),
            "plugins.security.disabled" | "opendistro_security.disabled" if is_on(value) => settings.add(number, SettingKind::NoAuth, line),
            name if name.ends_with("http.ssl.enabled") && is_off(value) => settings.add(number, SettingKind::PlainHttp, line),
            name if (name.ends_with("verification_mode") || name.ends_with("verificationMode")) && value == "none" => {
                settings.add(number, SettingKind::TlsVerifyOff, line);
            }
            name if name.ends_with("supported_protocols") || name.ends_with("supportedProtocols") => {
                settings.tls(number, line, tls::lowest(tls::words(value)));
            }
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
        let text = b"#xpack.security.enabled: false\nxpack.security.enabled: false\nxpack.security.http.ssl.enabled: \"false\"\nxpack.http.ssl.verification_mode: none\nxpack.security.http.ssl.supported_protocols: [ \"TLSv1.1\", TLSv1.2 ]\n";
        check(
            &ELASTICSEARCH,
            "usr/share/elasticsearch/config/elasticsearch.yml",
            text,
            "elasticsearch NoAuth `xpack.security.enabled: false` @2
             elasticsearch PlainHttp `xpack.security.http.ssl.enabled: \"false\"` @3
             elasticsearch TlsVerifyOff `xpack.http.ssl.verification_mode: none` @4
             elasticsearch TlsVersions `xpack.security.http.ssl.supported_protocols: [ \"TLSv1.1\", TLSv1.2 ]` from Tls11 @5",
        );
        robust(&ELASTICSEARCH, "elasticsearch.yml", text);
    }
}
