//! Apache Tomcat: users that everybody knows, connectors without TLS, TLS versions.
//!
//! <https://tomcat.apache.org/tomcat-10.1-doc/config/http.html>
//!
//! Tags are found by scanning; comments are blanked first, because the shipped files have the sample users in one.

use super::{Settings, is_on, tls};
use crate::{
    text::LineCounter,
    unit::{Run, SMALL, Unit},
};
use memchr::memmem;
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::{CredentialKind, SettingKind},
};

pub(crate) const TOMCAT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/tomcat",
        version: 1,
        claims: &[Pattern::Name("tomcat-users.xml"), Pattern::Name("server.xml")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(analyze),
};

/// Passwords of the sample users, of tutorials and of popular images.
const KNOWN: &[&str] =
    &["tomcat", "admin", "manager", "s3cret", "password", "role1", "both", "changeme", "secret", "root", "<must-be-changed>", ""];

fn analyze(file: &File<'_>, out: &mut Facts) {
    let text = without_comments(file.bytes);
    let mut counter = LineCounter::new(&text);
    let mut settings = Settings { server: "tomcat", path: file.path, out };
    for at in memchr::memchr_iter(b'<', &text) {
        let rest = text.get(at + 1..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'>', rest.get(..4096).unwrap_or(rest)) else { continue };
        let tag = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        let attribute = |name: &str| attribute(&tag, name);
        let line = counter.line(at);
        match name {
            "user" => {
                let user = attribute("username").or_else(|| attribute("name")).unwrap_or_default();
                if let Some(password) = attribute("password")
                    && (KNOWN.contains(&password.to_ascii_lowercase().as_str()) || password == user)
                {
                    settings.credential(line, CredentialKind::Default, &format!("{user} with a password that everybody knows"));
                }
            }
            "Connector" => {
                let protocol = attribute("protocol").unwrap_or_default();
                let secure = attribute("SSLEnabled").is_some_and(is_on) || attribute("secure").is_some_and(is_on);
                let port = attribute("port").unwrap_or_default();
                if !secure && !protocol.contains("AJP") && port != "-1" {
                    settings.add(line, SettingKind::PlainHttp, &format!("Connector port=\"{port}\""));
                }
            }
            _ => {}
        }
        for name in ["sslEnabledProtocols", "sslProtocol", "protocols", "SSLProtocol"] {
            if let Some(value) = attribute(name).filter(|_| tag.starts_with("Connector") || tag.starts_with("SSLHostConfig")) {
                // A single `TLS` means every version of the Java runtime.
                settings.tls(line, &format!("{name}=\"{value}\""), tls::signed(value));
            }
        }
    }
}

/// Comments become blanks; lines stay where they are.
fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| memmem::find(rest, b"<!--")).map(|start| at + start) {
        let end = text.get(start + 4..).and_then(|rest| memmem::find(rest, b"-->")).map_or(text.len(), |len| start + 4 + len + 3);
        if let Some(comment) = out.get_mut(start..end) {
            comment.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    out
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        let before = tag.get(..at)?.chars().next_back()?;
        let rest = tag.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        before.is_whitespace().then(|| rest.get(1..)?.split(quote).next()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn users() {
        let text = b"<tomcat-users>\n<!-- <user username=\"both\" password=\"x\"/> -->\n<user username=\"tomcat\" password=\"tomcat\" roles=\"manager-gui\"/>\n<user username='ops' password='Kd83jf-2' roles='x'/>\n</tomcat-users>";
        check(
            &TOMCAT,
            "usr/local/tomcat/conf/tomcat-users.xml",
            text,
            "credential tomcat Default `tomcat with a password that everybody knows` @3",
        );
        robust(&TOMCAT, "tomcat-users.xml", text);
    }

    #[test]
    fn connectors() {
        let text = b"<Server>\n<Connector port=\"8080\" protocol=\"HTTP/1.1\"/>\n<Connector port=\"8443\" SSLEnabled=\"true\"\n sslEnabledProtocols=\"TLSv1,TLSv1.1\"/>\n<SSLHostConfig protocols=\"all,-TLSv1\"/>\n<Connector protocol=\"AJP/1.3\" port=\"8009\"/></Server>";
        check(
            &TOMCAT,
            "conf/server.xml",
            text,
            "tomcat PlainHttp `Connector port=\"8080\"` @2
             tomcat TlsVersions `sslEnabledProtocols=\"TLSv1,TLSv1.1\"` from Tls10 @3
             tomcat TlsVersions `protocols=\"all,-TLSv1\"` from Ssl3 @5",
        );
        robust(&TOMCAT, "server.xml", text);
    }
}
