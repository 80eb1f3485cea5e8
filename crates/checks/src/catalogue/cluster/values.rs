//! Names and values in the data of a `ConfigMap`, and which of them are credentials.
//!
//! A value may be a whole configuration file. Its lines are read as `name = value` or `name: value`, whatever the format is, and a connection
//! string as pairs between semicolons. A name speaks by its last words: `db.password` and `API_KEY` name a credential, `passwordPolicy`,
//! `tokenizer` and `PASSWORD_FILE` do not. References (`${DB_PASSWORD}`, `{{ .Values.token }}`, `/run/secrets/token`) are no credentials. What
//! is missing: XML, `binaryData`, values that are encoded once more.

use super::shape::{self, Shape, settle};
use probity_model::{
    check::Verdict,
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
    place::Lines,
};

/// A name and its value.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    /// The entry of `data` that it stands in.
    entry: &'a Entry,
    name: &'a str,
    value: &'a str,
    /// The line within the value, from 0; `None` for the value itself.
    line: Option<u32>,
    /// How many lines the value has.
    count: u32,
}

impl Pair<'_> {
    /// `data["application.properties"]`, `data.password`.
    fn locator(&self) -> String {
        let key = &*self.entry.key;
        if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            format!("data.{key}")
        } else {
            format!("data[\"{key}\"]")
        }
    }

    /// "`password`", or "`password` in `application.properties`".
    fn describe(&self) -> String {
        match self.line {
            Some(_) => format!("`{}` in `{}`", self.name, self.entry.key),
            None => format!("`{}`", self.name),
        }
    }

    /// The line of the pair when the text of the document has as many lines as the value, as in a literal block; else the whole entry.
    fn lines(&self) -> Lines {
        let whole = self.entry.lines();
        let Some(line) = self.line else { return whole };
        let Lines { start, end } = self.entry.value.lines;
        let span = end.saturating_sub(start).saturating_add(1);
        if start == self.entry.line && span == self.count.saturating_add(1) {
            Lines::one(start.saturating_add(1).saturating_add(line))
        } else if start > self.entry.line && span == self.count {
            Lines::one(start.saturating_add(line))
        } else {
            whole
        }
    }

    /// What makes the pair a credential, if anything does.
    pub(super) fn credential(&self) -> Option<&'static str> {
        if let Some(what) = known_credential(self.value) {
            return Some(what);
        }
        (names_secret(self.name) && is_literal(self.name, self.value)).then_some("a value under a name for credentials")
    }

    /// What makes the pair an account's name or a person's contact, if anything does.
    pub(super) fn personal(&self) -> Option<&'static str> {
        let [before, last] = last_words(self.name);
        let is = |word: &str| last.eq_ignore_ascii_case(word);
        let after = |first: &str, second: &str| before.eq_ignore_ascii_case(first) && is(second);
        let digits = self.value.bytes().filter(u8::is_ascii_digit).count();
        let what = if is("username") || after("user", "name") || after("login", "name") {
            "the name of an account"
        } else if (is("email") || after("e", "mail") || after("mail", "address") || after("email", "address")) && self.value.contains('@') {
            "an email address"
        } else if (is("phone") || after("phone", "number")) && digits >= 7 {
            "a telephone number"
        } else if (is("iban") || is("ssn") || after("card", "number") || after("account", "number")) && digits >= 7 {
            "the number of an account or a person"
        } else {
            return None;
        };
        is_literal(self.name, self.value).then_some(what)
    }
}

/// Judges every pair of a `ConfigMap` by what `verdict` says that it is.
pub(super) fn judge<'a>(object: &'a Resource, verdict: impl Fn(&Pair<'a>) -> Option<&'static str>) -> Verdict {
    if object.kind != "ConfigMap" || !object.group().is_empty() {
        return Verdict::NotApplicable { why: "the object is no config map" };
    }
    let mut violations = Vec::new();
    let examined = each_pair(object, |pair| {
        if let Some(what) = verdict(&pair) {
            let message = format!("config map `{}` holds {what}: {}", object.name, pair.describe());
            violations.push(Violation::new(message, pair.locator(), pair.lines()));
        }
    });
    settle(violations, examined, shape::misfit(&object.root, &[("data", Shape::Strings)]))
}

/// Runs `visit` over every pair of a `ConfigMap`, and returns how many entries it has.
fn each_pair<'a>(object: &'a Resource, mut visit: impl FnMut(Pair<'a>)) -> u32 {
    let entries = object.root.get("data").map_or(&[][..], Node::entries);
    for entry in entries {
        let Some(text) = entry.value.text() else { continue };
        if text.trim_end().contains('\n') {
            let count = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
            for (number, line) in (0..).zip(text.lines()) {
                if let Some((name, value)) = assignment(line) {
                    visit(Pair { entry, name, value, line: Some(number), count });
                } else if known_credential(line).is_some() {
                    visit(Pair { entry, name: &entry.key, value: line.trim(), line: Some(number), count });
                }
            }
        } else {
            visit(Pair { entry, name: &entry.key, value: text.trim(), line: None, count: 1 });
            if text.contains(';') {
                for (name, value) in text.split(';').filter_map(assignment) {
                    visit(Pair { entry, name, value, line: Some(0), count: 1 });
                }
            }
        }
    }
    u32::try_from(entries.len()).unwrap_or(u32::MAX)
}

/// Reads `name = value`, `name: value`, `"name": "value",` and `export NAME=value`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    if line.starts_with(['#', ';', '/', '!']) {
        return None;
    }
    let line = line.strip_prefix("export ").or_else(|| line.strip_prefix("- ")).unwrap_or(line);
    let (name, value) = line.split_at_checked(line.find(['=', ':'])?)?;
    let name = name.trim().trim_matches(['"', '\'']);
    let fits = !name.is_empty() && name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let value = value.trim_start_matches(['=', ':', '>']).trim().trim_end_matches([',', ';']).trim_matches(['"', '\'']);
    fits.then_some((name, value))
}

/// The last two words of a name, the last one last: words end at punctuation and where the case says so. Trailing digits are left out.
fn last_words(name: &str) -> [&str; 2] {
    let mut rest = name;
    let mut words = [""; 2];
    for word in words.iter_mut().rev() {
        rest = rest.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        let bytes = rest.as_bytes();
        let mut start = bytes.len();
        while let Some(at) = start.checked_sub(1)
            && let Some(&byte) = bytes.get(at)
            && byte.is_ascii_alphabetic()
        {
            let next = bytes.get(start).copied().unwrap_or(byte);
            // `dbPassword` breaks before `P`; `DBPassword` too, since a capital before a small letter begins the word.
            if start < bytes.len() && byte.is_ascii_lowercase() && next.is_ascii_uppercase() {
                break;
            }
            let second = bytes.get(start.saturating_add(1)).copied().unwrap_or(next);
            if start.saturating_add(1) < bytes.len()
                && byte.is_ascii_uppercase()
                && next.is_ascii_uppercase()
                && second.is_ascii_lowercase()
            {
                break;
            }
            start = at;
        }
        let (before, last) = rest.split_at_checked(start).unwrap_or((rest, ""));
        *word = last;
        rest = before;
    }
    words
}

/// Whether a name is one for credentials.
fn names_secret(name: &str) -> bool {
    let [before, last] = last_words(name);
    let is = |word: &str, options: &[&str]| options.iter().any(|option| word.eq_ignore_ascii_case(option));
    if is(last, &["password", "passwd", "passwort", "pwd", "pass", "passphrase", "apikey", "secretkey", "accesskey", "privatekey"]) {
        return true;
    }
    if last.len() > 8 && last.get(last.len() - 8..).is_some_and(|end| end.eq_ignore_ascii_case("password")) {
        return true;
    }
    if is(last, &["token", "authtoken", "accesstoken"]) {
        // Language models and page-wise APIs have tokens too.
        return !is(
            before,
            &["max", "min", "num", "pad", "eos", "bos", "unk", "cls", "sep", "mask", "stop", "next", "continuation", "page"],
        );
    }
    if is(last, &["secret", "clientsecret", "credential", "credentials"]) {
        // These hold the name of a `Secret`.
        return !is(before, &["pull", "tls", "existing", "sealed", "from", "image", "registry"]);
    }
    (is(last, &["key"])
        && is(before, &["api", "access", "secret", "private", "encryption", "signing", "auth", "account", "shared", "master", "license"]))
        || (is(last, &["data"]) && is(before, &["key"]))
}

/// Whether a value is one that works, not a reference to it or a place for it.
fn is_literal(name: &str, value: &str) -> bool {
    let lower = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    let contains = |part: &str| value.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()));
    let mut bytes = value.bytes();
    let first = bytes.next();
    let uniform = first.is_some_and(|first| bytes.all(|byte| byte == first));
    let number = value.len() < 4 && value.bytes().all(|byte| byte.is_ascii_digit());
    let reference =
        ["$", "<", "{{", "%", "@", "__", "/", "./", "~", "arn:", "vault:", "ref+", "secretref:", "file:", "env:", "http://", "https://"];
    let places = ["${", "$(", "{{", "placeholder", "replace_me", "replace-me", "replaceme", "redacted", "your-", "your_"];
    !(value.is_empty()
        || uniform
        || number
        || value.len() > 4096
        || value.bytes().any(|byte| byte.is_ascii_whitespace())
        || value.eq_ignore_ascii_case(name)
        || lower(&["true", "false", "yes", "no", "on", "off", "null", "none", "nil", "{}", "[]", "required", "optional", "string"])
        || reference.iter().any(|prefix| value.starts_with(prefix))
        || places.iter().any(|part| contains(part))
        || [".pem", ".key", ".crt", ".txt", ".json", ".yaml", ".yml"].iter().any(|end| value.ends_with(end)))
}

/// Beginnings of credentials that tell themselves by their form, the least length of the rest, and what they are.
const FORMS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("ghp_", 30, "a GitHub token"),
    ("gho_", 30, "a GitHub token"),
    ("ghs_", 30, "a GitHub token"),
    ("github_pat_", 30, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("sk_live_", 16, "a Stripe key"),
    ("AIza", 35, "a Google API key"),
    ("hvs.", 24, "a Vault token"),
    ("eyJhbGciOi", 40, "a JSON web token"),
];

fn known_credential(value: &str) -> Option<&'static str> {
    if value.contains("-----BEGIN ") && value.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    for token in value.split(|c| !in_token(c)).filter(|token| token.len() >= 20) {
        if let Some((_, _, what)) = FORMS.iter().find(|(start, rest, _)| token.strip_prefix(start).is_some_and(|tail| tail.len() >= *rest))
        {
            return Some(what);
        }
    }
    let (_, authority) = value.split_once("://")?;
    let (user, _) = authority.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    is_literal("", password).then_some("an address with a password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_speak_by_their_last_words() {
        for name in [
            "password",
            "DB_PASSWORD",
            "spring.datasource.password",
            "dbPassword",
            "DBPassword",
            "redis-pass",
            "api_key",
            "apiKey",
            "CLIENT_SECRET",
            "github.token",
            "PASSWORD1",
            "rootpassword",
            "client-key-data",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in [
            "passwordPolicy",
            "tokenizer",
            "PASSWORD_FILE",
            "token_ttl",
            "secretName",
            "max_token",
            "imagePullSecret",
            "key",
            "keyboard",
            "compass",
            "bypass_cache",
            "secrets-store",
            "tls-secret",
            "",
        ] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn references_are_no_values() {
        for value in [
            "${DB_PASSWORD}",
            "$(DB_PASSWORD)",
            "{{ .Values.password }}",
            "/run/secrets/db",
            "<password>",
            "****",
            "",
            "true",
            "30",
            "vault:secret/db#pw",
            "https://vault.example/v1",
            "Your password here",
            "your-password",
        ] {
            assert!(!is_literal("password", value), "{value}");
        }
        for value in ["hunter2-fake", "changeme", "1234", "p4ss"] {
            assert!(is_literal("password", value), "{value}");
        }
    }

    #[test]
    fn forms_are_known() {
        assert_eq!(known_credential("postgres://app:notreal@db.example/shop"), Some("an address with a password"));
        assert_eq!(known_credential("postgres://app:${PW}@db.example/shop"), None);
        assert_eq!(known_credential("https://example.org/a@b:c"), None);
        assert_eq!(known_credential(&format!("id AKIA{} x", "0EXAMPLE".repeat(2))), Some("an AWS access key"));
    }

    #[test]
    fn lines_of_configuration_are_read() {
        assert_eq!(assignment("  \"password\": \"fake\","), Some(("password", "fake")));
        assert_eq!(assignment("export DB_PASS='fake'"), Some(("DB_PASS", "fake")));
        assert_eq!(assignment("proxy_pass http://web:80;"), None);
        assert_eq!(assignment("# password = fake"), None);
    }
}
