//! Settings of servers that concern security: TLS versions, authentication, plain HTTP, debugging, logins.
//!
//! Only what a file says: a default that is not written down is not a fact. So a setting in `mods-available` or behind a condition is
//! reported with its path, whether or not something includes it.
//!
//! Missing: Caddy, Traefik, Envoy, Postfix, Dovecot, lighttpd.

pub(crate) mod databases;
pub(crate) mod elasticsearch;
pub(crate) mod haproxy;
pub(crate) mod httpd;
pub(crate) mod nginx;
pub(crate) mod platforms;
pub(crate) mod rabbitmq;
pub(crate) mod sshd;
pub(crate) mod tls;
pub(crate) mod tomcat;

use crate::text::snippet;
use probity_model::{
    Facts, Place,
    facts::{Credential, CredentialKind, ServerSetting, SettingKind, TlsVersion},
};

/// Adds settings of one file.
pub(crate) struct Settings<'a> {
    pub(crate) server: &'static str,
    pub(crate) path: &'a str,
    pub(crate) out: &'a mut Facts,
}

impl Settings<'_> {
    pub(crate) fn add(&mut self, line: u32, kind: SettingKind, text: &str) {
        self.push(line, kind, text, None);
    }

    /// TLS versions; nothing when no version that is on could be read.
    pub(crate) fn tls(&mut self, line: u32, text: &str, lowest: Option<TlsVersion>) {
        if lowest.is_some() {
            self.push(line, SettingKind::TlsVersions, text, lowest);
        }
    }

    fn push(&mut self, line: u32, kind: SettingKind, text: &str, tls_min: Option<TlsVersion>) {
        let text = snippet(&crate::secrets::mask_text(text.trim()), 160);
        self.out.settings.push(ServerSetting { server: self.server, kind, text, tls_min, at: Place::line(self.path, line) });
    }

    pub(crate) fn credential(&mut self, line: u32, kind: CredentialKind, what: &str) {
        self.out.credentials.push(Credential { service: self.server, what: snippet(what, 120), kind, at: Place::line(self.path, line) });
    }
}

/// `name = value` or `name value`, trimmed and unquoted, with a comment removed.
pub(crate) fn key_value(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line.split_once('=').or_else(|| line.split_once([' ', '\t'])).unwrap_or((line, ""));
    (!name.is_empty()).then(|| (name.trim(), crate::text::unquote(value)))
}

/// Removes what follows ` #` outside quotes.
pub(crate) fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut previous = ' ';
    for (at, c) in line.char_indices() {
        match (c, quote) {
            ('#', None) if previous.is_whitespace() => return line.get(..at).unwrap_or_default(),
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            _ => {}
        }
        previous = c;
    }
    line
}

/// Whether a word switches something on.
pub(crate) fn is_on(value: &str) -> bool {
    ["1", "on", "true", "yes", "y", "enabled", "enable"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a word switches something off.
pub(crate) fn is_off(value: &str) -> bool {
    ["0", "off", "false", "no", "n", "disabled", "disable", "none"].iter().any(|word| value.eq_ignore_ascii_case(word))
}
