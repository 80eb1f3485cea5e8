//! Secrets that have a fixed prefix, or a fixed part, and a known alphabet and length.

use super::rules::{self, Rule};
use std::ops::Range;

/// A set of bytes.
pub(super) type Set = fn(u8) -> bool;

pub(super) fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}
pub(super) fn hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
pub(super) fn upper(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z')
}
/// Base64url.
pub(super) fn word(byte: u8) -> bool {
    alnum(byte) || matches!(byte, b'_' | b'-')
}
fn word_dot(byte: u8) -> bool {
    word(byte) || byte == b'.'
}
fn word_equal(byte: u8) -> bool {
    word(byte) || byte == b'='
}
fn upper_dot(byte: u8) -> bool {
    upper(byte) || byte == b'.'
}
fn hex_dash(byte: u8) -> bool {
    hex(byte) || byte == b'-'
}
pub(super) fn base64(byte: u8) -> bool {
    alnum(byte) || matches!(byte, b'+' | b'/' | b'=')
}
fn base64_no_pad(byte: u8) -> bool {
    alnum(byte) || matches!(byte, b'+' | b'/')
}

/// One format.
pub(super) struct Token {
    pub(super) rule: &'static Rule,
    pub(super) marks: &'static [&'static str],
    set: Set,
    /// Characters of the set before the mark that belong to the secret.
    before: usize,
    /// Characters of the set after the mark.
    after: (usize, usize),
    /// The mark itself is a name, not part of the secret.
    name: bool,
}

const fn token(rule: &'static Rule, marks: &'static [&'static str], set: Set, min: usize, max: usize) -> Token {
    Token { rule, marks, set, before: 0, after: (min, max), name: false }
}

const fn named(rule: &'static Rule, marks: &'static [&'static str], set: Set, min: usize, max: usize) -> Token {
    Token { rule, marks, set, before: 0, after: (min, max), name: true }
}

const fn around(rule: &'static Rule, marks: &'static [&'static str], set: Set, before: usize, min: usize, max: usize) -> Token {
    Token { rule, marks, set, before, after: (min, max), name: false }
}

/// Secrets whose characters are no long run, because dots, slashes and tildes are among them: their marks are searched for everywhere.
pub(super) static NAMED: &[Token] = &[
    named(&rules::AZURE_STORAGE, &["AccountKey="], base64, 88, 88),
    named(&rules::AZURE_SHARED_KEY, &["SharedAccessKey="], base64, 43, 44),
];

/// Three characters, a digit and `Q~`, 31 to 34 characters.
pub(super) static ENTRA: Token = around(&rules::AZURE_ENTRA, &["Q~"], |b| word_dot(b) || b == b'~', 4, 31, 34);

/// Secrets with a mark, all of at least [`super::engine::RUN`] characters.
pub(super) static TOKENS: &[Token] = &[
    token(&rules::AWS_ACCESS_KEY_ID, &["AKIA", "ASIA", "ABIA", "ACCA"], upper, 16, 16),
    token(&rules::GITHUB_PAT, &["ghp_"], alnum, 36, 255),
    token(&rules::GITHUB_OAUTH, &["gho_"], alnum, 36, 255),
    token(&rules::GITHUB_APP, &["ghu_", "ghs_"], alnum, 36, 255),
    token(&rules::GITHUB_REFRESH, &["ghr_"], alnum, 36, 255),
    token(&rules::GITHUB_FINE, &["github_pat_"], word, 60, 255),
    token(&rules::GITLAB_PAT, &["glpat-"], word_dot, 20, 300),
    token(&rules::GITLAB_TOKEN, &["glptt-", "gldt-", "glrt-", "glcbt-", "glsoat-", "glimt-", "glagent-", "glffct-"], word_dot, 20, 300),
    token(&rules::SLACK_TOKEN, &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.", "xapp-"], word_dot, 20, 300),
    token(&rules::STRIPE_SECRET, &["sk_live_", "rk_live_", "sk_test_", "rk_test_"], alnum, 16, 255),
    token(&rules::STRIPE_PUBLISHABLE, &["pk_live_", "pk_test_"], alnum, 16, 255),
    token(&rules::SHOPIFY, &["shpat_", "shpca_", "shppa_", "shpss_"], |b| hex(b) || matches!(b, b'A'..=b'F'), 32, 32),
    token(&rules::PYPI, &["pypi-AgE"], word, 50, 1000),
    token(&rules::NPM, &["npm_"], alnum, 36, 36),
    token(&rules::RUBYGEMS, &["rubygems_"], hex, 48, 48),
    token(&rules::PACKAGIST, &["packagist_"], |b| hex(b) || matches!(b, b'_' | b'o' | b'r' | b'u' | b'g' | b'm'), 60, 100),
    token(&rules::CLOJARS, &["CLOJARS_"], alnum, 60, 60),
    token(&rules::DOCKER_PAT, &["dckr_pat_"], word, 27, 40),
    token(&rules::GCP_API_KEY, &["AIza"], word, 35, 35),
    token(&rules::GCP_OAUTH_SECRET, &["GOCSPX-"], word, 28, 28),
    token(&rules::GCP_OAUTH_TOKEN, &["ya29."], word_dot, 60, 500),
    around(&rules::AZURE_ACR, &["+ACR"], base64_no_pad, 42, 6, 6),
    around(&rules::AZURE_DEVOPS, &["AZDO"], alnum, 76, 4, 4),
    around(&rules::AZURE_AI, &["JQQJ99"], alnum, 52, 26, 26),
    token(&rules::ALIBABA_ID, &["LTAI"], alnum, 16, 20),
    token(&rules::DIGITALOCEAN, &["dop_v1_", "doo_v1_", "dor_v1_"], hex, 64, 64),
    around(&rules::HASHICORP_TF, &[".atlasv1."], word, 14, 60, 70),
    token(&rules::HASHICORP_VAULT, &["hvs.", "hvb.", "hvr."], word, 24, 300),
    token(&rules::HUGGING_FACE, &["hf_"], alnum, 34, 40),
    token(&rules::OPENAI_PROJECT, &["sk-proj-"], word, 40, 300),
    token(&rules::OPENAI_SERVICE, &["sk-svcacct-"], word, 40, 300),
    token(&rules::OPENAI_ADMIN, &["sk-admin-"], word, 40, 300),
    around(&rules::OPENAI_LEGACY, &["T3BlbkFJ"], alnum, 20, 20, 20),
    token(&rules::ANTHROPIC, &["sk-ant-"], word, 60, 200),
    token(&rules::SENDGRID, &["SG."], word_dot, 66, 66),
    token(&rules::SENDINBLUE, &["xkeysib-"], |b| alnum(b) || b == b'-', 81, 81),
    token(&rules::MAILGUN, &["key-"], hex, 32, 32),
    token(&rules::AGE, &["AGE-SECRET-KEY-1"], upper, 58, 58),
    token(&rules::DATABRICKS, &["dapi"], hex_dash, 32, 34),
    token(&rules::DOPPLER, &["dp.pt.", "dp.st."], word_dot, 40, 60),
    token(&rules::DROPBOX, &["sl."], word_dot, 130, 200),
    token(&rules::DUFFEL, &["duffel_live_", "duffel_test_"], word_equal, 43, 43),
    token(&rules::DYNATRACE, &["dt0c01."], upper_dot, 89, 89),
    token(&rules::EASYPOST, &["EZAK", "EZTK"], alnum, 54, 54),
    token(&rules::FRAMEIO, &["fio-u-"], word_equal, 64, 64),
    token(&rules::FLUTTERWAVE, &["FLWSECK_TEST-", "FLWSECK-"], |b| alnum(b) || b == b'-', 32, 40),
    token(&rules::GRAFANA, &["glsa_", "glc_"], |b| word(b) || matches!(b, b'+' | b'/' | b'='), 32, 400),
    token(&rules::HEROKU, &["HRKU-"], word, 36, 70),
    token(&rules::LINEAR, &["lin_api_"], alnum, 40, 40),
    token(&rules::NEW_RELIC_USER, &["NRAK-"], upper, 27, 27),
    token(&rules::NEW_RELIC_BROWSER, &["NRJS-"], hex, 19, 19),
    token(&rules::PLANETSCALE_PASSWORD, &["pscale_pw_"], word_dot, 32, 64),
    token(&rules::PLANETSCALE_TOKEN, &["pscale_tkn_", "pscale_oauth_"], word_dot, 32, 64),
    token(&rules::POSTMAN, &["PMAK-"], hex_dash, 59, 59),
    token(&rules::PULUMI, &["pul-"], hex, 40, 40),
    token(&rules::SHIPPO, &["shippo_live_", "shippo_test_"], hex, 40, 40),
    token(&rules::SQUARE, &["sq0atp-", "sq0csp-"], word, 22, 60),
    token(&rules::ATLASSIAN, &["ATATT3"], word_equal, 150, 250),
];

impl Token {
    /// The secret around a mark at `hit`.
    pub(super) fn matches(&self, text: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
        if self.before == 0 && !starts_word(text, hit.start) {
            return None;
        }
        let (min, max) = self.after;
        let rest = text.get(hit.end..)?;
        let after = rest.iter().take(max + 1).take_while(|byte| (self.set)(**byte)).count();
        // A dot or a dash at the end belongs to the sentence around the token.
        let trailing = rest.get(..after)?.iter().rev().take_while(|byte| matches!(byte, b'.' | b'-')).count();
        let after = after - trailing;
        if after < min || after > max {
            return None;
        }
        let start = if self.before > 0 {
            let head = text.get(..hit.start)?;
            let before = head.iter().rev().take(self.before + 1).take_while(|byte| (self.set)(**byte)).count();
            // More is part of something longer, except where the mark's neighbour is a legal prefix such as `sk-`.
            if before != self.before {
                return None;
            }
            hit.start - self.before
        } else {
            hit.start
        };
        let body = text.get(hit.end..hit.end + after)?;
        if looks_like_a_template(body) {
            return None;
        }
        Some(if self.name { hit.end } else { start }..hit.end + after)
    }
}

/// Whether a token may begin here: nothing that would make it part of a longer word stands before it. A letter that belongs to an escape
/// (`\n`, `%3D`) does not.
pub(super) fn starts_word(text: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|at| text.get(at)).copied();
    match before(1) {
        Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => {
            (matches!(byte, b'n' | b'r' | b't') && before(2) == Some(b'\\')) || (byte.is_ascii_hexdigit() && before(3) == Some(b'%'))
        }
        // Base64 goes on across these.
        Some(b'+' | b'/') => before(2).is_none_or(|byte| !byte.is_ascii_alphanumeric() || before(1) == Some(b'/')),
        _ => true,
    }
}

/// `xxxxxxxxxxxx`, `EXAMPLE`, `0000…`: documentation, not a secret.
pub(super) fn looks_like_a_template(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    let mut distinct = 0;
    for byte in body {
        if let Some(slot) = seen.get_mut(usize::from(*byte))
            && !std::mem::replace(slot, true)
        {
            distinct += 1;
        }
    }
    if body.len() >= 12 && distinct < 6 {
        return true;
    }
    let lower = body.to_ascii_lowercase();
    [&b"example"[..], b"xxxxxx", b"placeholder", b"redacted", b"your_", b"your-", b"......"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some())
}
