//! Secrets with structure: key blocks, JSON Web Tokens, addresses with passwords, registry credentials.

use super::{
    assign::Strictness,
    engine::{Found, Shape, Window},
    rules::{self, Rule},
    tokens::{hex, looks_like_a_template, starts_word, word},
};
use crate::{crypto::pem, text::sha256};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use memchr::memmem;
use std::ops::Range;

/// Marks that stand in or beside a long run of characters.
pub(super) static IN_RUNS: &[(&[&str], Shape)] = &[
    // `{"a`, `{"t`, `{"k` … in base64.
    (&["eyJ"], jwt),
    (&[":AA"], telegram),
];

/// Words that stand anywhere.
pub(super) static ANYWHERE: &[(&[&str], Shape)] = &[
    (&["&sig=", "?sig="], azure_sas),
    (&[".azconfig.io;"], azure_app_config),
    (&["wilio", "WILIO"], twilio),
    (&["service_account"], gcp_service_account),
    (&["machine "], netrc),
    (&["iscord", "ISCORD"], discord_token),
    (&[".slack.com/"], slack_hook),
    (&["ebhooks/"], discord_hook),
];

/// Strings with a search of their own.
pub(super) static STRINGS: &[(&str, Shape)] = &[("-----BEGIN ", private_key), ("://", address)];

fn run(text: &[u8], from: usize, max: usize, set: fn(u8) -> bool) -> usize {
    text.get(from..).unwrap_or_default().iter().take(max).take_while(|byte| set(**byte)).count()
}

fn private_key(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let block = pem::block_at(window.text, hit.start)?;
    let body = block.private_key()?;
    Some(Found { fingerprint: Some(sha256(&body)), ..Found::new(&rules::PRIVATE_KEY, block.range) })
}

/// `eyJ….eyJ….signature`; the first part must be a JSON object with `alg`.
fn jwt(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    // First, because inside a long run of base64 every third hit would measure the run again.
    if !starts_word(text, hit.start) {
        return None;
    }
    let head = run(text, hit.start, 4096, word);
    let second = hit.start + head + 1;
    if head < 15 || text.get(second - 1) != Some(&b'.') || text.get(second..second + 3) != Some(b"eyJ") {
        return None;
    }
    let payload = run(text, second, 8192, word);
    let third = second + payload + 1;
    if text.get(third - 1) != Some(&b'.') {
        return None;
    }
    let signature = run(text, third, 2048, word);
    if payload < 10 || signature < 20 {
        return None;
    }
    let decoded = URL_SAFE_NO_PAD.decode(text.get(hit.start..hit.start + head)?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&decoded).ok()?;
    header.get("alg")?;
    let claims = URL_SAFE_NO_PAD.decode(text.get(second..second + payload)?).ok()?;
    // The token that introductions to the format print.
    if memmem::find(&claims, b"John Doe").is_some() && memmem::find(&claims, b"1234567890").is_some() {
        return None;
    }
    Some(Found::new(&rules::JWT, hit.start..third + signature))
}

const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "clickhouse",
    "cockroachdb",
    "oracle",
    "db2",
    "neo4j",
    "bolt",
    "nats",
    "ldap",
    "ldaps",
    "mssql+pymssql",
    "kafka",
    "couchbase",
    "cassandra",
    "influxdb",
];

/// `scheme://user:password@host`.
fn address(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    let rest = text.get(hit.end..)?;
    let authority = rest.iter().take(400).take_while(|byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\' | b',')
    });
    let len = authority.count();
    let authority = rest.get(..len)?;
    let at = memchr::memrchr(b'@', authority)?;
    let user_info = authority.get(..at)?;
    let colon = memchr::memchr(b':', user_info)?;
    let (user, password) = (user_info.get(..colon)?, user_info.get(colon + 1..)?);
    let host = authority.get(at + 1..)?;
    if password.is_empty() || !host.first()?.is_ascii_alphanumeric() && host.first() != Some(&b'[') {
        return None;
    }
    let head = text.get(hit.start.saturating_sub(24)..hit.start)?;
    let scheme_len = head.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-')).count();
    let scheme = std::str::from_utf8(head.get(head.len() - scheme_len..)?).ok()?.to_ascii_lowercase();
    let base = scheme.split('+').next().unwrap_or_default();
    let database = DATABASES.contains(&scheme.as_str()) || DATABASES.contains(&base);
    let web = matches!(
        base,
        "http"
            | "https"
            | "ftp"
            | "ftps"
            | "sftp"
            | "ssh"
            | "git"
            | "svn"
            | "smtp"
            | "smtps"
            | "imap"
            | "imaps"
            | "socks5"
            | "mqtt"
            | "mqtts"
            | "tcp"
    );
    if !database && !web {
        return None;
    }
    let literal = std::str::from_utf8(password).ok()?;
    let templated = literal.starts_with(['$', '{', '<', '%', '[', '(', '*', '#']) && !is_percent_encoded(literal)
        || literal.contains("${")
        || literal.contains("}}")
        || literal.contains("$(");
    if templated || literal.bytes().all(|byte| matches!(byte, b'x' | b'X' | b'.' | b'*' | b'-' | b'_')) {
        return None;
    }
    if window.strictness != Strictness::Literal {
        let lower = literal.to_ascii_lowercase();
        let word = [
            "password",
            "pass",
            "passwd",
            "pwd",
            "secret",
            "token",
            "pw",
            "p",
            "passw0rd",
            "your_password",
            "your-password",
            "yourpassword",
            "mypassword",
            "somepassword",
            "bar",
        ];
        if word.contains(&lower.as_str()) || lower.contains("example") || lower.contains("changeme") || lower.contains("placeholder") {
            return None;
        }
        let host = host.to_ascii_lowercase();
        let public_example =
            [&b"example.com"[..], b"example.org", b"example.net", b"host", b"hostname", b"domain", b"server"].iter().any(|name| {
                host.starts_with(name) && host.get(name.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric())
                    || host.ends_with(name) && host.len() > name.len() && name.contains(&b'.')
            });
        if public_example {
            return None;
        }
        // Programs and their documentation show how such an address is built.
        if window.strictness == Strictness::Source
            && (user.eq_ignore_ascii_case(password) || password.len() < 8 || password.iter().all(u8::is_ascii_alphabetic))
        {
            return None;
        }
    }
    let start = hit.end + colon + 1;
    let rule: &Rule = if database { &rules::DATABASE_URL } else { &rules::BASIC_AUTH_URL };
    Some(Found::new(rule, start..start + password.len()))
}

fn is_percent_encoded(text: &str) -> bool {
    matches!(text.as_bytes(), [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// `hooks.slack.com/services/T…/B…/…` and `/workflows/…`.
fn slack_hook(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    if !window.text.get(..hit.start)?.ends_with(b"hooks") {
        return None;
    }
    let len = run(window.text, hit.end, 120, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'-' | b'_'));
    let path = window.text.get(hit.end..hit.end + len)?;
    let rest = path.strip_prefix(b"services/").or_else(|| path.strip_prefix(b"workflows/")).or_else(|| path.strip_prefix(b"triggers/"))?;
    let segments: Vec<&[u8]> = rest.split(|byte| *byte == b'/').collect();
    let last = segments.last()?;
    let real = segments.len() >= 3 && last.len() >= 20 && !looks_like_a_template(last);
    real.then(|| Found::new(&rules::SLACK_HOOK, hit.end..hit.end + len))
}

/// `discord.com/api/webhooks/<number>/<token>`.
fn discord_hook(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    let head = text.get(hit.start.saturating_sub(30)..hit.start)?;
    if !head.ends_with(b"/api/w") {
        return None;
    }
    memmem::find(head, b"discord")?;
    let id = run(text, hit.end, 24, |byte| byte.is_ascii_digit());
    let token = hit.end + id + 1;
    let len = run(text, token, 100, word);
    let real = id >= 17 && text.get(token - 1) == Some(&b'/') && len >= 60 && !looks_like_a_template(text.get(token..token + len)?);
    real.then(|| Found::new(&rules::DISCORD_HOOK, token..token + len))
}

/// `<24 to 28 characters>.<6>.<27 to 38>` on a line that speaks of Discord.
fn discord_token(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    let rest = text.get(hit.end..)?;
    let rest = rest.get(..160).unwrap_or(rest);
    let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
    let mut at = 0;
    for part in line.split(|byte| !word(*byte) && *byte != b'.') {
        let pieces: Vec<&[u8]> = part.split(|byte| *byte == b'.').collect();
        if let [id, time, mac] = pieces.as_slice()
            && (24..=28).contains(&id.len())
            && time.len() == 6
            && (27..=38).contains(&mac.len())
            && matches!(id.first(), Some(b'M' | b'N' | b'O'))
            && !looks_like_a_template(mac)
        {
            let start = hit.end + at;
            return Some(Found::new(&rules::DISCORD_TOKEN, start..start + part.len()));
        }
        at += part.len() + 1;
    }
    None
}

/// `<8 to 10 digits>:AA<33 characters>`.
fn telegram(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    let digits = text.get(..hit.start)?.iter().rev().take(11).take_while(|byte| byte.is_ascii_digit()).count();
    let start = hit.start - digits;
    let len = run(text, hit.start + 1, 40, word);
    // `bot123:AA…` in an address.
    let starts = starts_word(text, start) || text.get(start.saturating_sub(3)..start) == Some(b"bot");
    let real = (8..=10).contains(&digits) && len == 35 && starts && !looks_like_a_template(text.get(hit.end..hit.start + 1 + len)?);
    real.then(|| Found::new(&rules::TELEGRAM, start..hit.start + 1 + len))
}

/// A signature in an address that also has a service version and permissions.
fn azure_sas(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    let len = run(text, hit.end, 100, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'%' | b'+' | b'/' | b'='));
    let signature = text.get(hit.end..hit.end + len)?;
    if len < 43 || looks_like_a_template(signature) {
        return None;
    }
    let around = text.get(hit.start.saturating_sub(400)..hit.start)?;
    let after = text.get(hit.end + len..)?;
    let after = after.get(..200).unwrap_or(after);
    let versioned = |part: &[u8]| memmem::find(part, b"sv=20").is_some();
    (versioned(around) || versioned(after)).then(|| Found::new(&rules::AZURE_SAS, hit.end..hit.end + len))
}

/// `Endpoint=https://….azconfig.io;Id=…;Secret=…`.
fn azure_app_config(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let rest = window.text.get(hit.end..)?;
    let rest = rest.get(..200).unwrap_or(rest);
    let start = hit.end + memmem::find(rest, b"Secret=")? + 7;
    let len = run(window.text, start, 120, super::tokens::base64);
    let real = len >= 36 && !looks_like_a_template(window.text.get(start..start + len)?);
    real.then(|| Found::new(&rules::AZURE_APP_CONFIG, start..start + len))
}

/// `SK` and 32 hexadecimal digits near the name.
fn twilio(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let rest = window.text.get(hit.end..)?;
    let rest = rest.get(..160).unwrap_or(rest);
    for at in memmem::find_iter(rest, b"SK") {
        let start = hit.end + at;
        if starts_word(window.text, start)
            && run(window.text, start + 2, 33, hex) == 32
            && !looks_like_a_template(window.text.get(start + 2..start + 34)?)
        {
            return Some(Found::new(&rules::TWILIO, start..start + 34));
        }
    }
    None
}

/// The key file of a service account: the type, and the key within reach on either side.
fn gcp_service_account(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    let head = text.get(hit.start.saturating_sub(20)..hit.start)?;
    memmem::find(head, b"type")?;
    let from = hit.start.saturating_sub(4096);
    let near = text.get(from..)?;
    let near = near.get(..8192).unwrap_or(near);
    let begin = from + memmem::find(near, b"-----BEGIN PRIVATE KEY-----")?;
    let block = pem::block_at(text, begin)?;
    let body = block.private_key()?;
    Some(Found { fingerprint: Some(sha256(&body)), ..Found::new(&rules::GCP_SERVICE_ACCOUNT, block.range) })
}

/// `machine host login user password word`, in a file of that name.
fn netrc(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let name = crate::text::file_name(window.path);
    if !matches!(name, ".netrc" | "_netrc" | "netrc") {
        return None;
    }
    let rest = window.text.get(hit.end..)?;
    let rest = rest.get(..400).unwrap_or(rest);
    let at = memmem::find(rest, b"password")? + 8;
    if memmem::find(rest.get(..at)?, b"machine ").is_some() {
        return None;
    }
    let blanks = run(window.text, hit.end + at, 40, |byte| byte.is_ascii_whitespace());
    let start = hit.end + at + blanks;
    let len = run(window.text, start, 300, |byte| byte.is_ascii_graphic());
    (blanks > 0 && len > 0).then(|| Found::new(&rules::NETRC, start..start + len))
}

/// `"auth": "base64 of user:password"` of a Docker configuration.
pub(super) fn registry_auth(value: &[u8]) -> Option<&'static Rule> {
    let decoded = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let colon = memchr::memchr(b':', &decoded)?;
    let printable = decoded.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    (colon > 0 && colon + 1 < decoded.len() && printable).then_some(&rules::DOCKER_CONFIG)
}
